"""White noise that any sample can be asked for on its own."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

CHUNK = 1024
"""Samples drawn together; the content of a chunk depends on nothing outside it."""


@lru_cache(maxsize=64)
def _chunk(seed: int, channel: int, chunk: int) -> NDArray[np.float64]:
    # Philox is a function of key and counter: the third word of the counter leaves 2**128 draws
    # between one chunk and the next.
    bits = np.random.Philox(
        key=np.array([seed % 2**64, channel], dtype=np.uint64),
        counter=np.array([0, 0, chunk % 2**64, 0], dtype=np.uint64),
    )
    values = np.random.Generator(bits).standard_normal(CHUNK)
    values.flags.writeable = False
    return values


def white_noise(seed: int, channel: int, start: int, n: int) -> NDArray[np.float64]:
    """Normal noise of variance 1, the same for a sample however the stream is cut.

    Parameters
    ----------
    seed, channel : int
        Streams of different seed or channel are independent.
    start, n : int
        First sample and number of samples.

    Returns
    -------
    ndarray, shape (n,)
    """
    if n == 0:
        return np.empty(0)
    first, last = start // CHUNK, (start + n - 1) // CHUNK
    chunks = [_chunk(seed, channel, chunk) for chunk in range(first, last + 1)]
    skip = start - first * CHUNK
    return np.concatenate(chunks)[skip : skip + n]
