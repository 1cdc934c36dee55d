"""Intervals: windows aggregated to 150/180 cycles, 10 minutes, 2 hours (IEC 61000-4-30, 4.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.aggregation import Aggregate
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Flag, Windows

INTERVALS: dict[str, float] = {"3s": 3.0, "10min": 600.0, "2h": 7200.0}
"""Aggregation intervals by name, nominal length [s]."""

_WINDOWS = 15
"""Windows in the 150/180-cycle interval."""
_WINDOW_SECONDS = 0.25
"""Longest window [s]: at its edges an interval on the clock may lack as much."""
_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """One interval as rows of readings take it.

    Parameters
    ----------
    time : ndarray, shape (1,)
        Its end on the stream's clock [s].
    flags : ndarray of int64, shape (1,)
        Of all its windows; `Flag.INCOMPLETE` where they do not cover it.
    windows : int
        How many there are.
    """

    time: Values
    flags: NDArray[np.int64]
    windows: int

    def __len__(self) -> int:
        return 1


Listener = Callable[[Interval, Readings], None]


class Intervals:
    """Aggregates windows as they come; memory does not grow with their number.

    A window belongs to the interval in which it ends. 3 s are 15 consecutive windows; longer
    intervals end at whole multiples of their length on the clock.

    Parameters
    ----------
    name : {'3s', '10min', '2h'}
    listener : callable
        Called with each interval and its readings, of one row.
    start : float
        Time of day of the stream's time 0 [s]; 0 counts from the stream's beginning.
    """

    def __init__(self, name: str, listener: Listener, start: float = 0.0) -> None:
        self.name = name
        self._length = INTERVALS[name]
        self._by_count = self._length < 10.0
        self._listener = listener
        self._start = start
        self._begin()

    def _begin(self) -> None:
        self._aggregate = Aggregate()
        self._flags = 0
        self._covered = self._end = 0.0
        self._number: int | None = None

    def add(self, windows: Windows, readings: Readings) -> None:
        """Take more windows."""
        numbers = self._numbers(windows)
        edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(windows)]
        for first, end in pairwise(edges):
            if self._number is not None and numbers[first] != self._number:
                self.finish()
            self._take(windows, readings, slice(first, end), int(numbers[first]))

    def _numbers(self, windows: Windows) -> NDArray[np.int64]:
        """Number of the interval to which each window belongs."""
        if not self._by_count:
            ends = (self._start + windows.time) / self._length
            return np.ceil(ends - _HAIR).astype(np.int64)
        begins = windows.time - windows.duration
        apart = begins - np.concatenate([[self._end], windows.time[:-1]]) > _WINDOW_SECONDS / 2
        number = self._number or 0
        if self._number is None:
            apart[0] = False
        count, found = self._aggregate.windows, []
        for gap in apart.tolist():
            if gap or count == _WINDOWS:
                number, count = number + 1, 0
            count += 1
            found.append(number)
        return np.array(found, np.int64)

    def _take(self, windows: Windows, readings: Readings, part: slice, number: int) -> None:
        self._number = number
        self._aggregate.add(_rows(readings, part))
        self._flags |= int(np.bitwise_or.reduce(windows.flags[part]))
        self._covered += float(windows.duration[part].sum())
        self._end = float(windows.time[part.stop - 1])

    def finish(self) -> None:
        """The interval at work ends, complete or not."""
        mean = self._aggregate.result()
        if mean is None or self._number is None:
            return
        time, number = self._end, self._number
        if self._by_count:
            complete = self._aggregate.windows == _WINDOWS
        else:
            complete = self._covered > self._length - 2 * _WINDOW_SECONDS
            time = number * self._length - self._start if complete else time
        flags = self._flags | (0 if complete else Flag.INCOMPLETE)
        interval = Interval(np.array([time]), np.array([flags]), self._aggregate.windows)
        self._listener(interval, _one_row(mean))
        end = self._end
        self._begin()
        self._number, self._end = number, end


def _rows(readings: Readings, part: slice) -> Readings:
    return _each(readings, lambda values: values[part])


def _one_row(readings: Readings) -> Readings:
    return _each(readings, lambda values: np.asarray(values)[np.newaxis])


def _each(readings: Readings, change: Callable[[Any], Any]) -> Readings:
    names = [f.name for f in fields(readings) if f.name != "wiring"]
    return replace(readings, **{name: change(getattr(readings, name)) for name in names})


def fan_out(*listeners: Listener) -> Listener:
    """One listener that tells several."""

    def tell(interval: Interval, readings: Readings) -> None:
        for listener in listeners:
            listener(interval, readings)

    return tell
