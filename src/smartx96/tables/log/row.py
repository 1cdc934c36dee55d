"""Row: one meter at one moment; Layout: the columns of a log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from smartx96.meter import clock

Value = float | int | None

KEY = ("time", "meter")
"""Columns that no two rows have in common."""

FIXED: Mapping[str, type] = {
    "time": datetime,
    "meter": str,
    "serial_number": int,
    "answered": datetime,
    "took": float,
    "fault": str,
}
"""Columns before those of the values, with their types; all but those of `KEY` may be empty."""

LARGEST = 2**63 - 1
"""Largest integer of a column: databases have signed ones of 64 bits."""


@dataclass(frozen=True, slots=True)
class Row:
    """One meter at one moment.

    Parameters
    ----------
    time : int
        When it was due [us since 1970-01-01T00:00Z].
    meter : str
    serial_number : int or None
    answered : int or None
        When the last of its answers was there [us since 1970-01-01T00:00Z].
    took : float or None
        From the first request to that [s].
    fault : str or None
        Why there are no values; None where there are.
    values : tuple of float or int or None
        In the order of the layout; None is not available.
    """

    time: int
    meter: str
    serial_number: int | None
    answered: int | None
    took: float | None
    fault: str | None
    values: tuple[Value, ...]

    @property
    def cells(self) -> tuple[Any, ...]:
        """All columns, times as counts of microseconds."""
        return (self.time, self.meter, self.serial_number, self.answered, self.took, self.fault,
                *self.values)  # fmt: skip

    @property
    def texts(self) -> tuple[Any, ...]:
        """All columns, times as text."""
        return self._with_times(moment)

    @property
    def dated(self) -> tuple[Any, ...]:
        """All columns, times as `datetime`."""
        return self._with_times(clock.moment)

    def _with_times(self, told: Callable[[int], Any]) -> tuple[Any, ...]:
        answered = None if self.answered is None else told(self.answered)
        return (told(self.time), self.meter, self.serial_number, answered, *self.cells[4:])


@dataclass(frozen=True, slots=True)
class Layout:
    """Which values a log has.

    Parameters
    ----------
    ids : tuple of str
        Of the values' columns.
    integers : frozenset of str
        Those of them that are whole numbers.
    """

    ids: tuple[str, ...]
    integers: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return (*FIXED, *self.ids)

    @property
    def types(self) -> dict[str, type]:
        """Types of all columns by name."""
        return {**FIXED, **{id: int if id in self.integers else float for id in self.ids}}

    def difference(self, columns: Collection[str]) -> str:
        """In which columns another log differs, in words."""
        missing = [id for id in self.columns if id not in columns]
        more = [id for id in columns if id not in self.columns]
        said = [f"{word} {listed(ids)}" for word, ids in (("lacks", missing), ("has", more)) if ids]
        return " and ".join(said) or "has the same columns in another order"


class Log(Protocol):
    """Where rows go.

    Attributes
    ----------
    name : str
        As its user is told of it; without a password.
    notes : list of str
        What was found when it was opened, and what was done about it.
    """

    name: str
    notes: list[str]

    def latest(self) -> dict[str, Row]:
        """The newest row of each meter whose rows come; others may be among them.

        Of a very long file those of late.
        """

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows; on return they are kept, or LogError says why none of them is."""

    def close(self) -> None:
        """Finish it, and let go of it."""


def moment(time: int) -> str:
    """A time as text whose order is that of the times (ISO 8601, UTC, milliseconds)."""
    return clock.moment_text(time, "milliseconds")


def moment_in(text: str) -> int:
    """The time in such a text [us]; ValueError where it is none."""
    found = datetime.fromisoformat(text)
    return clock.microseconds(found if found.tzinfo else found.replace(tzinfo=UTC))


def newest(rows: Iterable[Row]) -> dict[str, Row]:
    """The newest row of each meter."""
    found = dict[str, Row]()
    for row in rows:
        if row.meter not in found or row.time >= found[row.meter].time:
            found[row.meter] = row
    return found


def listed(ids: Sequence[str], most: int = 3) -> str:
    """Ids as one reads them, the rest of many counted."""
    rest = len(ids) - most
    return ", ".join(ids[:most]) + (f" and {rest} more" if rest > 0 else "")
