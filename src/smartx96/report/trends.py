"""Trends: values over a recording of any length, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartx96.metrology.kernels import Values

CAPACITY = 1024
"""Bins at most; between half of them and all are in use once there are more windows."""


@dataclass(frozen=True, slots=True)
class Bins:
    """Windows put together: all of one bin stand next to each other.

    Parameters
    ----------
    start, end : ndarray, shape (bin,)
        On the stream's clock [s].
    low, mean, high : ndarray, shape (quantity, bin)
        NaN where no window of the bin has a value.
    windows : int
        Windows in a bin.
    """

    start: Values
    end: Values
    low: Values
    mean: Values
    high: Values
    windows: int


class Trends:
    """Running lowest, mean and highest of bins; pairs are merged when all are full.

    Parameters
    ----------
    count : int
        Quantities.
    capacity : int
        Bins at most, even.
    """

    def __init__(self, count: int, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._per_bin, self._windows = 1, 0
        self._start, self._end = np.full(capacity, np.inf), np.full(capacity, -np.inf)
        self._low, self._high = np.full((2, count, capacity), np.nan)
        self._sum, self._known = np.zeros((2, count, capacity))

    def add(self, start: Values, end: Values, values: Values) -> None:
        """Take consecutive windows.

        Parameters
        ----------
        start, end : ndarray, shape (window,)
            [s].
        values : ndarray, shape (quantity, window)
            NaN where not available.
        """
        taken = 0
        while taken < len(start):
            room = self._capacity * self._per_bin - self._windows
            if not room:
                self._merge()
                continue
            part = slice(taken, taken + room)
            self._put(start[part], end[part], values[:, part])
            taken += room

    def bins(self) -> Bins:
        """The bins as they stand."""
        filled = -(-self._windows // self._per_bin)
        known = self._known[:, :filled]
        mean = np.full(known.shape, np.nan)
        np.divide(self._sum[:, :filled], known, out=mean, where=known > 0)
        return Bins(self._start[:filled], self._end[:filled], self._low[:, :filled], mean,
                    self._high[:, :filled], self._per_bin)  # fmt: skip

    def _put(self, start: Values, end: Values, values: Values) -> None:
        places = (self._windows + np.arange(len(start))) // self._per_bin
        first = np.flatnonzero(np.diff(places, prepend=-1))
        into = slice(int(places[0]), int(places[-1]) + 1)
        known = np.isfinite(values)
        self._start[into] = np.fmin(self._start[into], start[first])
        self._end[into] = np.fmax(self._end[into], np.maximum.reduceat(end, first))
        for kept, extreme in ((self._low, np.fmin), (self._high, np.fmax)):
            kept[:, into] = extreme(kept[:, into], extreme.reduceat(values, first, axis=1))
        self._sum[:, into] += np.add.reduceat(np.where(known, values, 0.0), first, axis=1)
        self._known[:, into] += np.add.reduceat(known.astype(np.float64), first, axis=1)
        self._windows += len(start)

    def _merge(self) -> None:
        half = self._capacity // 2
        for kept, join in (
            (self._start, np.fmin), (self._end, np.fmax), (self._low, np.fmin),
            (self._high, np.fmax), (self._sum, np.add), (self._known, np.add),
        ):  # fmt: skip
            kept[..., :half] = join(kept[..., ::2], kept[..., 1::2])
        self._start[half:], self._end[half:] = np.inf, -np.inf
        self._low[:, half:] = self._high[:, half:] = np.nan
        self._sum[:, half:] = self._known[:, half:] = 0.0
        self._per_bin *= 2
