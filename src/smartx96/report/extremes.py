"""Extremes: lowest and highest value of every quantity and when it was; how often what was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values
from smartx96.metrology.windows import Flag


@dataclass(frozen=True, slots=True)
class Extreme:
    """A value, the end of its window [s], and what that window is flagged with."""

    value: float
    time: float
    flags: Flag


class Extremes:
    """Lowest and highest of quantities over windows.

    Parameters
    ----------
    ids : tuple of str
    """

    def __init__(self, ids: tuple[str, ...]) -> None:
        self._place = {id: n for n, id in enumerate(ids)}
        self._value = np.full((2, len(ids)), np.nan)
        self._time = np.full((2, len(ids)), np.nan)
        self._flags = np.zeros((2, len(ids)), np.int64)

    def add(self, time: Values, flags: NDArray[np.int64], values: Values) -> None:
        """Take windows: their ends [s], shape (window,), flags, and values (quantity, window)."""
        rows = np.arange(len(values))
        known = np.isfinite(values)
        for side, sign in enumerate((1.0, -1.0)):
            signed = np.where(known, sign * values, np.inf)
            place = np.argmin(signed, axis=1)
            before = np.where(np.isnan(self._value[side]), np.inf, sign * self._value[side])
            better = signed[rows, place] < before
            self._value[side, better] = values[rows, place][better]
            self._time[side, better] = time[place][better]
            self._flags[side, better] = flags[place][better]

    def lowest(self, id: str) -> Extreme:
        """The lowest value; NaN where there was none."""
        return self._extreme(0, id)

    def highest(self, id: str) -> Extreme:
        """The highest value; NaN where there was none."""
        return self._extreme(1, id)

    def _extreme(self, side: int, id: str) -> Extreme:
        n = self._place[id]
        return Extreme(float(self._value[side, n]), float(self._time[side, n]),
                       Flag(int(self._flags[side, n])))  # fmt: skip


@dataclass(slots=True)
class Tally:
    """How many windows there were of a kind, and the end of the first [s]."""

    windows: int = 0
    first: float = np.nan


class Tallies:
    """Windows by flag, by phase sequence and by nature of the load."""

    def __init__(self) -> None:
        self.flags: dict[Flag, Tally] = {}
        self.sequence: Counter[int] = Counter()
        self.nature: Counter[int] = Counter()

    def add(self, time: Values, flags: NDArray[np.int64], sequence: Values, nature: Values) -> None:
        """Take windows: their ends [s], flags, `voltage_sequence` and `load_nature`."""
        seen = int(np.bitwise_or.reduce(flags))
        for flag in Flag:
            if flag & seen:
                places = np.flatnonzero(flags & flag)
                tally = self.flags.setdefault(flag, Tally(0, float(time[places[0]])))
                tally.windows += len(places)
        for counter, values in ((self.sequence, sequence), (self.nature, nature)):
            counter.update(values[np.isfinite(values)].astype(int).tolist())
