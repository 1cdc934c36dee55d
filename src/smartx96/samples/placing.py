"""Placing samples with time stamps on their sample clock."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality
from smartx96.samples.clock import SampleClock, Times
from smartx96.samples.cutting import Flags, at_positions


def placed(
    samples: NDArray[np.generic],
    stamps: Times,
    clock: SampleClock,
    rate: float,
    quality: Flags | None,
) -> Iterator[Block]:
    """Blocks of samples at their times; a jump begins a new block.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
        Samples that follow on those placed before.
    stamps : ndarray, shape (n,)
        Their times [s].
    clock : SampleClock
    rate : float
        Sampling rate [1/s].
    quality : ndarray of uint8, shape (n,), optional
    """
    positions = clock.place(stamps)
    if np.any(positions < 0):
        samples, positions, quality = _without_repeated(samples, positions, quality)
    yield from at_positions(samples, positions, rate, quality)


def _without_repeated(
    samples: NDArray[np.generic], positions: NDArray[np.int64], quality: Flags | None
) -> tuple[NDArray[np.generic], NDArray[np.int64], Flags]:
    """Leave out samples that stand at the time of the one before; the next are questionable."""
    repeated = positions < 0
    flags = np.zeros(len(positions), dtype=np.uint8) if quality is None else quality.copy()
    flags[1:][repeated[:-1]] |= np.uint8(Quality.QUESTIONABLE)
    return samples[:, ~repeated], positions[~repeated], flags[~repeated]
