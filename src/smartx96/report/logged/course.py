"""Course: the values of one meter over time, of a log of any length in bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from smartx96.errors import OptionError
from smartx96.report.charts.scale import Values
from smartx96.tables.log.row import Row, listed

CAPACITY = 1000
"""Points of a line at most; of more rows each stands for several. As many gaps break it."""

MOST_METERS = 50
"""Meters of one page."""

_SECOND = 1e6

Rows = Callable[[], Iterator[Row]]


@dataclass(slots=True)
class Gap:
    """Time without values.

    Parameters
    ----------
    start, end : float
        First moment without, first one with values again [s since 1970-01-01T00:00Z].
    fault : str
        Of the first.
    """

    start: float
    end: float
    fault: str


@dataclass(slots=True)
class _Extent:
    """Where the rows of a meter are."""

    first: int
    last: int
    rows: int = 0
    gaps: int = 0
    missing: float = 0.0
    longest: list[tuple[float, int, Gap]] = field(default_factory=list)
    present: Gap | None = None

    def take(self, row: Row) -> None:
        time = row.time / _SECOND
        if self.present is not None:
            self.present.end = time
        if row.fault is None:
            self.end_gap()
        elif self.present is None:
            self.present = Gap(time, time, row.fault)
        self.rows += 1
        self.first, self.last = min(self.first, row.time), max(self.last, row.time)

    def end_gap(self) -> None:
        """Count a gap that is over, and keep it if it is one of the longest."""
        gap, self.present = self.present, None
        if gap is not None:
            length = gap.end - gap.start
            self.gaps, self.missing = self.gaps + 1, self.missing + length
            keep = heapq.heappush if len(self.longest) < CAPACITY else heapq.heappushpop
            keep(self.longest, (length, self.gaps, gap))


@dataclass(frozen=True, slots=True)
class Course:
    """One meter.

    Parameters
    ----------
    meter : str
    start, end : float
        First and last moment [s since 1970-01-01T00:00Z].
    rows, gaps : int
    missing : float
        Length of all gaps together [s].
    longest : list of Gap
        The longest gaps, `CAPACITY` at most, by time.
    time : ndarray, shape (point,)
        [s since 1970-01-01T00:00Z]; points of the longest gaps among them.
    low, mean, high : ndarray, shape (id, point)
        NaN where there is no value.
    merged : bool
        Whether points stand for several rows.
    """

    meter: str
    start: float
    end: float
    rows: int
    gaps: int
    missing: float
    longest: list[Gap]
    time: Values
    low: Values
    mean: Values
    high: Values
    merged: bool


def courses(rows: Rows, count: int, meters: Sequence[str] = ()) -> list[Course]:
    """Courses of the meters of a log, by name.

    Parameters
    ----------
    rows : callable
        Gives all rows, as often as it is called: they are gone through twice.
    count : int
        Values of a row.
    meters : sequence of str
        Those that are wanted; all if empty.

    Raises
    ------
    OptionError
        There is no such meter, or there are too many.
    """
    extents = _extents(rows(), meters)
    bins = {name: _Bins(extent, count) for name, extent in extents.items()}
    for row in rows():
        # A log that is being written has more rows by now.
        if row.meter in bins and row.fault is None and row.time <= extents[row.meter].last:
            bins[row.meter].take(row)
    return [bins[name].course(name) for name in sorted(bins)]


def _extents(rows: Iterator[Row], meters: Sequence[str]) -> dict[str, _Extent]:
    found = dict[str, _Extent]()
    for row in rows:
        extent = found.get(row.meter)
        if extent is None:
            extent = found[row.meter] = _Extent(row.time, row.time)
        extent.take(row)
    for extent in found.values():
        extent.end_gap()
    unknown = [name for name in meters if name not in found]
    if unknown:
        raise OptionError(f"--meter {unknown[0]}: not in the log; it has {listed(sorted(found))}")
    chosen = {name: found[name] for name in (meters or found)}
    if len(chosen) > MOST_METERS:
        raise OptionError(
            f"the log has {len(chosen)} meters; choose up to {MOST_METERS} with --meter NAME"
        )
    return chosen


class _Bins:
    """Rows of a meter put together, equal stretches of time each."""

    def __init__(self, extent: _Extent, count: int) -> None:
        self._extent = extent
        self._size = max(1, min(CAPACITY, extent.rows))
        self._time, self._rows = np.zeros(self._size), np.zeros(self._size)
        self._low, self._high = np.full((2, count, self._size), np.nan)
        self._sum, self._known = np.zeros((2, count, self._size))
        self._span = max(1, extent.last - extent.first)

    def take(self, row: Row) -> None:
        n = min(self._size - 1, (row.time - self._extent.first) * self._size // self._span)
        values = np.array([np.nan if v is None else v for v in row.values], np.float64)
        known = np.isfinite(values)
        self._low[:, n] = np.fmin(self._low[:, n], values)
        self._high[:, n] = np.fmax(self._high[:, n], values)
        self._sum[:, n] += np.where(known, values, 0.0)
        self._known[:, n] += known
        self._time[n] += (row.time - self._extent.first) / _SECOND
        self._rows[n] += 1

    def course(self, meter: str) -> Course:
        filled = np.flatnonzero(self._rows)
        start = self._extent.first / _SECOND
        time = start + self._time[filled] / self._rows[filled]
        known = self._known[:, filled]
        mean = np.full(known.shape, np.nan)
        np.divide(self._sum[:, filled], known, out=mean, where=known > 0)
        longest = sorted((gap for *_, gap in self._extent.longest), key=lambda gap: gap.start)
        breaks = np.array([gap.start for gap in longest])
        places = np.searchsorted(time, breaks)
        low, mean, high = (
            np.insert(values, places, np.nan, axis=1)
            for values in (self._low[:, filled], mean, self._high[:, filled])
        )
        merged = bool((self._rows > 1).any())
        extent, time = self._extent, np.insert(time, places, breaks)
        return Course(meter, start, extent.last / _SECOND, extent.rows, extent.gaps, extent.missing,
                      longest, time, low, mean, high, merged)  # fmt: skip
