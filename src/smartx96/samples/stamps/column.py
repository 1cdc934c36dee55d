"""The time column of a plane: the rate that it holds, and the length of the plane by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.stamps.clock import SampleClock, Times
from smartx96.samples.stamps.column_rate import ColumnRate, RateStretch, column_rate
from smartx96.samples.stored.planes import Plane


@dataclass(frozen=True, slots=True)
class Mark:
    """A row (from 0) that has a time [s]."""

    row: int
    time: float


@dataclass(slots=True)
class Extent:
    """The first and the last row that have a time, where they are known."""

    first: Mark | None = None
    last: Mark | None = None

    def note(self, row: int, stamps: Times) -> None:
        """Take in the stamps [s] of further rows, the first of which is `row`."""
        known = np.flatnonzero(np.isfinite(stamps))
        if len(known):
            first, last = (Mark(row + int(n), float(stamps[n])) for n in (known[0], known[-1]))
            self.first, self.last = self.first or first, last

    def is_even(self, rate: float) -> bool:
        """Whether as many samples as rows fit between them."""
        if self.first is None or self.last is None:
            return False
        steps = (self.last.time - self.first.time) * rate
        return abs(steps - (self.last.row - self.first.row)) < 0.5


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """The channel of a plane that holds times; its numbers times `factor` are seconds.

    `jitter` is how far good stamps lie from a uniform clock, in samples; `stretches` are those of
    a column whose rate changes on the way.
    """

    index: int
    factor: float
    jitter: float
    extent: Extent = field(default_factory=Extent)
    stretches: tuple[RateStretch, ...] = ()

    def length(self, plane: Plane, rate: float) -> int | None:
        """Samples of the plane on its sample clock, gaps included; None where time runs back or the
        rate changes on the way.

        Only stamps that contradict the number of rows are read once more.

        Parameters
        ----------
        plane : Plane
        rate : float
            Sampling rate [1/s].
        """
        if self.stretches:
            return None
        if self.extent.is_even(rate):
            return plane.length
        clock = SampleClock(rate, self.jitter, strict=True)
        end = 0
        try:
            for stamps in plane.chunks([self.index]):
                places = clock.place(stamps[0].astype(np.float64) * self.factor)
                end = max(end, int(places.max(initial=-1)) + 1)
        except RecordingError:
            return None  # its place is told when the samples are read
        return end


@dataclass(slots=True)
class TimeSurvey:
    """A pass over a time column: the rate that it holds, its first and its last time."""

    rate: ColumnRate | None = None
    extent: Extent = field(default_factory=Extent)

    @classmethod
    def of_plane(cls, plane: Plane, index: int, factor: float) -> TimeSurvey:
        """Of a channel of a plane; its numbers times `factor` are seconds."""
        return cls.of_pieces(_pieces(plane, index, factor))

    @classmethod
    def of_pieces(cls, pieces: Iterable[tuple[int, Times]]) -> TimeSurvey:
        """Of stamps [s] with the row of the first of each piece, as `column_rate` takes them."""
        survey = cls()
        survey.rate = column_rate(survey._watched(pieces))
        return survey

    def column(self, index: int, factor: float) -> TimeColumn | None:
        """The surveyed column; None where its stamps are of no use."""
        if self.rate is None:
            return None
        return TimeColumn(index, factor, self.rate.jitter, self.extent, self.rate.stretches)

    def begin(self, rate: float) -> float | None:
        """Time of row 0 [s], whose own stamp may be lacking."""
        first = self.extent.first
        return None if first is None else first.time - first.row / rate

    def _watched(self, pieces: Iterable[tuple[int, Times]]) -> Iterator[tuple[int, Times]]:
        for row, stamps in pieces:
            self.extent.note(row, stamps)
            yield row, stamps


def _pieces(plane: Plane, index: int, factor: float) -> Iterator[tuple[int, Times]]:
    done = 0
    for (stamps,) in plane.chunks([index]):
        yield done, stamps.astype(np.float64) * factor
        done += len(stamps)
