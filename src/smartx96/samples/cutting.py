"""Cutting sample arrays into blocks: the steps that all readers share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality

Flags = NDArray[np.uint8]
"""`Quality` bits of each sample, shape (n,)."""


def part(block: Block, first: int, stop: int) -> Block:
    """Samples `first` to `stop` of a block, counted within it."""
    return Block(
        samples=block.samples[:, first:stop],
        rate=block.rate,
        start=block.start + first,
        scale=block.scale,
        quality=None if block.quality is None else block.quality[first:stop],
    )


def longest(seconds: float, rate: float) -> int:
    """Samples per channel of a block that lasts `seconds` at most, never less than one."""
    return max(1, int(seconds * rate))


def cut(blocks: Iterable[Block], seconds: float) -> Iterator[Block]:
    """The same stream in blocks of at most `seconds`, never less than one sample."""
    for block in blocks:
        size = longest(seconds, block.rate)
        for first in range(0, block.length, size):
            yield part(block, first, min(first + size, block.length))


def all_finite(samples: NDArray[np.generic]) -> bool:
    """Whether there is no NaN and no infinity, told by a sum, which is quicker than each value."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduce(samples, axis=None)
    return bool(np.isfinite(total)) or bool(np.isfinite(samples).all())


def flag_missing(
    samples: NDArray[np.float64], quality: Flags | None = None
) -> tuple[NDArray[np.float64], Flags | None]:
    """Replace values that are not finite by 0 and flag their samples as missing.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
    quality : ndarray of uint8, shape (n,), optional
        What is known already.

    Returns
    -------
    tuple of ndarray
        Samples without NaN or infinity (the same array where nothing is to do), and flags.
    """
    if all_finite(samples):
        return samples, quality
    finite = np.isfinite(samples)
    missing = np.where(finite.all(axis=0), 0, Quality.MISSING).astype(np.uint8)
    return np.where(finite, samples, 0), merge(missing, quality)


def merge(one: Flags | None, other: Flags | None) -> Flags | None:
    """Flags of both; None where neither has any."""
    if one is None or other is None:
        return other if one is None else one
    return one | other


def at_positions(
    samples: NDArray[np.generic],
    positions: NDArray[np.int64],
    rate: float,
    quality: Flags | None = None,
) -> Iterator[Block]:
    """Blocks of samples whose places on the sample clock are known; each jump begins a new one.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
    positions : ndarray of int, shape (n,)
        Index of each sample on the sample clock, increasing.
    rate : float
        Sampling rate [1/s].
    quality : ndarray of uint8, shape (n,), optional
    """
    if len(positions) and positions[-1] - positions[0] == len(positions) - 1:
        yield Block(samples, rate, int(positions[0]), quality=quality)
        return
    jumps = np.flatnonzero(np.diff(positions) != 1) + 1
    edges = [0, *jumps.tolist(), len(positions)]
    for first, stop in pairwise(edges):
        if stop > first:
            flags = None if quality is None else quality[first:stop]
            yield Block(samples[:, first:stop], rate, int(positions[first]), quality=flags)
