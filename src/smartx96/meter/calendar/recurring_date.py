"""RecurringDate: a date of which parts may be left open."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from smartx96.errors import ConfigurationError
from smartx96.settings.setting import brief

YEARS = range(2000, 2100)
"""Years that a date may name and that a calendar knows, as the meter's clock does."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Days of the week, Monday first (ISO 8601)."""

SHORT_WEEKDAYS = tuple(day[:3] for day in WEEKDAYS)

LAST, PENULTIMATE = -1, -2
"""Days of a month counted from its end (0xFE and 0xFD in IEC 62056-6-2)."""

_DAYS = {LAST: "last", PENULTIMATE: "penultimate"}
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ANY = "*"
_TEXT = re.compile(
    r"(?:([0-9]{4}|\*)-)?([0-9]{2}|\*)-([0-9]{2}|\*|last|penultimate)"
    rf"(?:-({'|'.join(SHORT_WEEKDAYS)}))?"
)
_FORMS = '"12-25" for every year, "2026-12-25", "02-last", "05-last-mon", "11-22-thu" or "*-01"'


@dataclass(frozen=True, slots=True)
class RecurringDate:
    """Dates by year, month, day of the month and day of the week, each of them open as None.

    With a day of the month and a day of the week it is the first such weekday from that day of the
    month on and within the month (22 and Thursday: the fourth), with `LAST` the last one.

    Parameters
    ----------
    year : int, optional
        Of `YEARS`.
    month : int, optional
        1..12.
    day : int, optional
        1..31, `LAST` or `PENULTIMATE`.
    weekday : int, optional
        1 = Monday .. 7 = Sunday.

    Raises
    ------
    ConfigurationError
        A part is out of range, or there is no such date.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    def __post_init__(self) -> None:
        _within("year", self.year, YEARS)
        _within("month", self.month, range(1, 13))
        _within("weekday", self.weekday, range(1, 8))
        if self.day not in _DAYS:
            _within("day", self.day, range(1, 32))
        if self.day == PENULTIMATE and self.weekday:
            raise ConfigurationError(f"{self}: the penultimate day takes no weekday")
        if not self._occurs():
            raise ConfigurationError(f"{self}: there is no such date")

    def _occurs(self) -> bool:
        if self.year is not None:
            return any(True for _ in self.dates(self.year))
        return self.month is None or (self.day or 0) <= _LENGTHS[self.month - 1]

    @classmethod
    def parsed(cls, text: str) -> RecurringDate:
        """A date from its text, the inverse of `str`.

        Raises
        ------
        ConfigurationError
            The text is none, or there is no such date.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ConfigurationError(f"{brief(text)} is no date; write it like {_FORMS}")
        year, month, day, weekday = match.groups()
        ends = {name: number for number, name in _DAYS.items()}
        return cls(
            _number(year),
            _number(month),
            ends[day] if day in ends else _number(day),
            SHORT_WEEKDAYS.index(weekday) + 1 if weekday else None,
        )

    def __str__(self) -> str:
        parts = [] if self.year is None else [f"{self.year:04}"]
        parts += [_ANY if self.month is None else f"{self.month:02}"]
        parts += [_ANY if self.day is None else _DAYS.get(self.day) or f"{self.day:02}"]
        parts += [] if self.weekday is None else [SHORT_WEEKDAYS[self.weekday - 1]]
        return "-".join(parts)

    def dates(self, year: int) -> Iterator[date]:
        """The dates of a year, ascending."""
        if self.year in (None, year):
            for month in (self.month,) if self.month else range(1, 13):
                for day in self._days(*monthrange(year, month)):
                    yield date(year, month, day)

    def _days(self, first: int, length: int) -> Iterator[int]:
        """Days of a month of this length whose first is this weekday (0 = Monday)."""
        span = 7 if self.weekday else 1
        begin = 1 if self.day is None else self.day
        end = length + 1 if self.day is None else begin + span
        if begin < 0:
            end = length + 2 + begin
            begin = end - span
        for day in range(begin, min(end, length + 1)):
            if self.weekday in (None, (first + day - 1) % 7 + 1):
                yield day

    @property
    def exactness(self) -> tuple[int, ...]:
        """Of two dates that fall on one day the greater one is meant: it leaves less open.

        A day of the month counts most, then month, year, weekday; alike, the later day.
        """
        parts = (self.day, self.month, self.year, self.weekday)
        return (*(int(part is not None) for part in parts), self.day or 0)


def _within(name: str, value: int | None, allowed: range) -> None:
    if value is not None and value not in allowed:
        raise ConfigurationError(f"{name} {brief(value)}: must be {allowed[0]} to {allowed[-1]}")


def _number(text: str | None) -> int | None:
    return None if text in (None, _ANY) else int(text or "")
