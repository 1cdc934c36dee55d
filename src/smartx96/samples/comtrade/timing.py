"""Ways to put the rows of a COMTRADE record on a sample clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.errors import RecordingError
from smartx96.samples.comtrade.uniform_grid import UniformGrid
from smartx96.samples.cutting import Flags, at_positions
from smartx96.samples.stamps.clock import LATEST, SampleClock

STAMP_WRAP = 2.0**32
"""Counts after which binary time stamps begin anew."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows with physical values; stamps in seconds."""

    numbers: NDArray[np.float64]
    stamps: NDArray[np.float64]
    samples: NDArray[np.float64]
    quality: Flags | None


class Timing(Protocol):
    """A way to put rows on a sample clock; `rate` is that of the first block [1/s]."""

    @property
    def rate(self) -> float:
        """Sampling rate [1/s]."""

    def place(self, chunks: Iterable[Chunk]) -> Iterator[Block]:
        """Blocks on the sample clock, from sample 0."""


@dataclass(frozen=True, slots=True)
class UniformTiming:
    """One rate throughout; gaps by time stamps or running numbers that can be believed.

    `stamp_unit` is the time of one count of the stamps [s], None where they say nothing.
    """

    rate: float
    stamp_unit: float | None
    numbered: bool
    jitter: float = 0.0

    def place(self, chunks: Iterable[Chunk]) -> Iterator[Block]:
        """Blocks on the sample clock, from sample 0."""
        wrap = self.stamp_unit and STAMP_WRAP * self.stamp_unit
        clock = SampleClock(self.rate, self.jitter, wrap=wrap)
        for chunk in chunks:
            unknown = np.full(len(chunk.stamps), np.nan)
            positions = clock.place(
                unknown if self.stamp_unit is None else chunk.stamps,
                chunk.numbers if self.numbered else None,
            )
            yield from at_positions(chunk.samples, positions, self.rate, chunk.quality)


class SteppedTiming:
    """Rates that really differ: each stretch on a sample clock of its own, from 0."""

    def __init__(self, rates: tuple[tuple[float, int], ...]) -> None:
        self._rates = [rate for rate, _ in rates]
        self._ends = [*(end for _, end in rates[:-1]), None]

    @property
    def rate(self) -> float:
        """Rate of the first stretch [1/s]."""
        return self._rates[0]

    def place(self, chunks: Iterable[Chunk]) -> Iterator[Block]:
        """Blocks on each stretch's sample clock."""
        done, stretch, first = 0, 0, 0
        for chunk in chunks:
            taken = 0
            while taken < len(chunk.stamps):
                end = self._ends[stretch]
                if end is not None and done >= end:
                    stretch, first = stretch + 1, done
                    continue
                count = len(chunk.stamps) - taken
                count = count if end is None else min(count, end - done)
                part = slice(taken, taken + count)
                flags = None if chunk.quality is None else chunk.quality[part]
                rate = self._rates[stretch]
                yield Block(chunk.samples[:, part], rate, done - first, quality=flags)
                done, taken = done + count, taken + count


class TrackedTiming:
    """Rates that follow the mains frequency: brought to a uniform grid at their mean."""

    def __init__(self, rates: tuple[tuple[float, int], ...], count: int) -> None:
        self._rates = np.array([rate for rate, _ in rates])
        self._firsts = np.array([0, *(end for _, end in rates[:-1])], dtype=np.int64)
        before = np.diff(self._firsts) / self._rates[:-1]
        self._times = np.concatenate(([0.0], np.cumsum(before))) - 1 / self._rates[0]
        last = float(self._time_of(np.array([count - 1]))[0])
        self.rate = (count - 1) / last if last > 0 else float(self._rates[0])

    def _time_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Time of each row [s]; the interval before a row is that of the row's own rate."""
        stretch = np.searchsorted(self._firsts, rows, side="right") - 1
        since = (rows - self._firsts[stretch] + 1) / self._rates[stretch]
        times: NDArray[np.float64] = self._times[stretch] + since
        return times

    def place(self, chunks: Iterable[Chunk]) -> Iterator[Block]:
        """Blocks on the uniform grid."""
        grid: UniformGrid | None = None
        done = 0
        for chunk in chunks:
            grid = grid or UniformGrid(self.rate, len(chunk.samples))
            times = self._time_of(np.arange(done, done + len(chunk.stamps)))
            yield from _settled(grid, self.rate, times, chunk.samples, chunk.quality)
            done += len(times)
        if grid is not None:
            yield from _rest(grid, self.rate)


@dataclass(frozen=True, slots=True)
class StampTiming:
    """No rate, uneven time stamps: brought to a uniform grid through them; a long step is a gap."""

    rate: float

    def place(self, chunks: Iterable[Chunk]) -> Iterator[Block]:
        """Blocks on the uniform grid."""
        grid: UniformGrid | None = None
        origin = before = math.nan
        for chunk in chunks:
            grid = grid or UniformGrid(self.rate, len(chunk.samples))
            origin = chunk.stamps[0] if math.isnan(origin) else origin
            times = chunk.stamps - origin
            steps = np.diff(times, prepend=before)
            if not np.all(np.isfinite(times)) or np.any(steps <= 0):
                raise RecordingError("the time stamps do not increase throughout; give --rate")
            if times[-1] * self.rate > LATEST:
                raise RecordingError(
                    f"the time stamps span more than {LATEST} samples; give --rate"
                )
            gaps = np.flatnonzero(steps * self.rate > 1.75).tolist()
            for first, stop in pairwise([0, *gaps, len(times)]):
                if first in gaps:
                    yield from _rest(grid, self.rate)
                    grid.restart(float(times[first]))
                part = slice(first, stop)
                flags = None if chunk.quality is None else chunk.quality[part]
                yield from _settled(grid, self.rate, times[part], chunk.samples[:, part], flags)
            before = float(times[-1])
        if grid is not None:
            yield from _rest(grid, self.rate)


def _settled(
    grid: UniformGrid,
    rate: float,
    times: NDArray[np.float64],
    samples: NDArray[np.float64],
    quality: Flags | None,
    *,
    last: bool = False,
) -> Iterator[Block]:
    start = grid.next
    values, flags = grid.feed(times, samples, quality, last=last)
    if values.shape[1]:
        yield Block(values, rate, start, quality=flags if flags.any() else None)


def _rest(grid: UniformGrid, rate: float) -> Iterator[Block]:
    nothing = np.zeros((grid.channels, 0))
    return _settled(grid, rate, np.zeros(0), nothing, None, last=True)
