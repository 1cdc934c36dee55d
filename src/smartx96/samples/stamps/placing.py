"""Placing samples with time stamps on their sample clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality
from smartx96.samples.cutting import Flags, at_positions
from smartx96.samples.stamps.clock import SampleClock, Times
from smartx96.samples.stamps.column_rate import RateStretch


class Placing:
    """Puts rows of samples at their times; where the rate changes, a clock begins.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    jitter : float
        Distance of good stamps from a uniform clock, in samples.
    stretches : sequence of RateStretch
        Of a column whose rate changes on the way, in which case `rate` is that of the first.
    """

    def __init__(self, rate: float, jitter: float, stretches: Sequence[RateStretch] = ()) -> None:
        self._rate = rate
        self._jitter = jitter
        self._later = list(stretches[1:])
        self._clock = SampleClock(rate, jitter, strict=True)
        self._row = 0
        self._last = np.nan

    def placed(
        self, samples: NDArray[np.generic], stamps: Times, quality: Flags | None
    ) -> Iterator[Block]:
        """Blocks of samples that follow on those placed before; a jump begins a new block.

        Parameters
        ----------
        samples : ndarray, shape (channel, n)
        stamps : ndarray, shape (n,)
            Their times [s].
        quality : ndarray of uint8, shape (n,), optional
        """
        end = self._row + len(stamps)
        begin = self._row
        while self._row < end:
            if self._later and self._later[0].first <= self._row:
                self._change(self._later.pop(0).rate, stamps[self._row - begin])
            stop = min(end, self._later[0].first) if self._later else end
            part = slice(self._row - begin, stop - begin)
            flags = None if quality is None else quality[part]
            yield from _at_times(samples[:, part], stamps[part], self._clock, self._rate, flags)
            self._row, self._last = stop, stamps[part][-1]

    def _change(self, rate: float, stamp: float) -> None:
        """Go on at another rate; a long step up to the next stamp is a gap."""
        missing = (stamp - self._last) * rate - 1
        gap = round(missing) if missing > max(0.75, 2 * self._jitter + 0.1) else 0
        self._rate = rate
        self._clock = SampleClock(rate, self._jitter, strict=True, first=gap)


def _at_times(
    samples: NDArray[np.generic],
    stamps: Times,
    clock: SampleClock,
    rate: float,
    quality: Flags | None,
) -> Iterator[Block]:
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
