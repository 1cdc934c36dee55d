"""Timetables: which tariff rules at a time, and when it changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, tzinfo
from typing import NamedTuple, Protocol

from smartx96.meter.calendar.calendar import DEFAULT_TARIFF, Calendar
from smartx96.meter.calendar.local_clock import DAY, EPOCH, SECONDS, stretches
from smartx96.meter.calendar.recurring_date import YEARS
from smartx96.meter.calendar.year import Schedule, schedules

_EPOCH = EPOCH.toordinal()
_FIRST, _END = (date(year, 1, 1).toordinal() - _EPOCH for year in (YEARS.start, YEARS.stop))
"""Days of UTC, from 1970 on, in which a calendar rules."""

_KEPT = 4
"""Days and years of which the outcome is kept: a meter asks in the order of time."""

_Steps = tuple[list[int], list[int]]
"""When tariffs begin to rule in a day of UTC [s], and which: the first as the day begins."""

Switch = tuple[int, int]
"""When a tariff begins to rule [us since 1970-01-01T00:00Z], and its number."""


class Timetable(Protocol):
    """What answers which tariff rules; all times are in us since 1970-01-01T00:00Z."""

    def tariff_at(self, time: int) -> int:
        """The tariff that rules at a time, 1..4."""
        ...

    def switches(self, after: int, until: int) -> list[Switch]:
        """Every instant in (after, until] at which another tariff begins to rule."""
        ...

    def next_switch(self, after: int) -> int | None:
        """The first instant after a time at which another tariff begins to rule, if there is."""
        ...


class FixedTariff(NamedTuple):
    """One tariff at all times."""

    tariff: int

    def tariff_at(self, time: int) -> int:
        """The tariff."""
        return self.tariff

    def switches(self, after: int, until: int) -> list[Switch]:
        """Nothing ever changes."""
        return []

    def next_switch(self, after: int) -> int | None:
        """Nothing ever changes."""
        return None


class CalendarTimetable:
    """The tariffs of a calendar by the local clock of a time zone.

    The tariff is a function of what the local clock shows. So where the clock is put back it runs
    through the same switching times twice, and where it is put forward a switching time that is
    left out takes effect with the change.

    Parameters
    ----------
    calendar : Calendar
    zone : tzinfo
    """

    def __init__(self, calendar: Calendar, zone: tzinfo) -> None:
        self._calendar, self._zone = calendar, zone
        self._years: dict[int, list[Schedule]] = {}
        self._days: dict[int, _Steps] = {}
        self._ahead: tuple[int, int | None] = (0, 0)

    def tariff_at(self, time: int) -> int:
        """The tariff that rules at a time [us], 1..4."""
        second = time // SECONDS
        begins, tariffs = self._steps(second // DAY)
        return tariffs[bisect_right(begins, second) - 1]

    def switches(self, after: int, until: int) -> list[Switch]:
        """Every instant in (after, until] at which another tariff begins to rule [us]."""
        first, last = after // SECONDS // DAY, until // SECONDS // DAY
        found, tariff = [], self.tariff_at(after)
        for day in range(max(first, _FIRST), min(last, _END) + 1):
            for begin, own in zip(*self._steps(day), strict=True):
                if own != tariff and after < begin * SECONDS <= until:
                    found.append((begin * SECONDS, own))
                    tariff = own
        return found

    def next_switch(self, after: int) -> int | None:
        """The first instant after a time at which another tariff begins to rule [us].

        None where there is none as long as calendars know the year (`YEARS`).
        """
        known, found = self._ahead
        if after < known or (found is not None and after >= found):
            found = self._found_ahead(after)
            self._ahead = after, found
        return found

    def _found_ahead(self, after: int) -> int | None:
        tariff = self.tariff_at(after)
        for day in range(max(after // SECONDS // DAY, _FIRST), _END + 1):
            if not self._rules_all_around(tariff, day):
                for begin, own in zip(*self._steps(day), strict=True):
                    if own != tariff and begin * SECONDS > after:
                        return begin * SECONDS
        return None

    def _rules_all_around(self, tariff: int, day: int) -> bool:
        """Whether a tariff rules all of the local dates that a day of UTC may touch."""
        return day < _END and all(
            own == tariff for near in range(day - 1, day + 2) for _, own in self._schedule(near)
        )

    def _steps(self, day: int) -> _Steps:
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _KEPT:
                self._days.clear()
            found = self._days[day] = self._worked_out(day)
        return found

    def _worked_out(self, day: int) -> _Steps:
        begins, tariffs = [day * DAY], [DEFAULT_TARIFF]
        for begin, tariff in self._run(day) if _FIRST <= day < _END else ():
            if begin == begins[-1]:
                tariffs[-1] = tariff
            elif tariff != tariffs[-1]:
                begins.append(begin)
                tariffs.append(tariff)
        return begins, tariffs

    def _run(self, day: int) -> Iterator[tuple[int, int]]:
        """What the local clock runs through in a day of UTC: tariffs and when they begin [s]."""
        for begin, end, offset in stretches(self._zone, day * DAY, (day + 1) * DAY):
            for local in range((begin + offset) // DAY, (end - 1 + offset) // DAY + 1):
                midnight = local * DAY - offset
                for second, tariff in self._schedule(local):
                    if midnight + second < end:
                        yield max(midnight + second, begin), tariff

    def _schedule(self, day: int) -> Schedule:
        year = date.fromordinal(_EPOCH + day).year
        found = self._years.get(year)
        if found is None:
            if len(self._years) >= _KEPT:
                self._years.clear()
            found = self._years[year] = schedules(self._calendar, year)
        return found[_EPOCH + day - date(year, 1, 1).toordinal()]
