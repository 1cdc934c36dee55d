"""IntervalTable: aggregated intervals kept in memory, for JSON, summaries and arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Flag
from smartx96.quantities import INSTANTANEOUS
from smartx96.tables.rows import COLUMNS, Stamps, rows


@dataclass(frozen=True, slots=True)
class IntervalDocument:
    """One interval: its end [s], names of its flags, instantaneous quantities by id."""

    time: float
    flags: list[str]
    quantities: dict[str, float | None]


class IntervalTable:
    """Rows of intervals as they come; a day of 3 s intervals takes 100 MB.

    Attributes
    ----------
    name : str
        Interval, such as `10min`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._rows: list[Values] = []

    def add(self, intervals: Stamps, readings: Readings) -> None:
        """Take more intervals."""
        self._rows.append(rows(intervals, readings))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def table(self) -> Values:
        """All rows, shape (interval, columns)."""
        return np.concatenate(self._rows) if self._rows else np.empty((0, len(COLUMNS)))

    def documents(self) -> list[IntervalDocument]:
        """Each interval by names, for JSON and summaries."""
        return [
            IntervalDocument(
                time=row[0],
                flags=Flag(int(row[1])).names,
                quantities={
                    id: None if value != value else value
                    for id, value in zip(COLUMNS, row, strict=True)
                    if id in _SHOWN
                },
            )
            for row in self.table.tolist()
        ]


_SHOWN = frozenset(INSTANTANEOUS)
