"""Comparison: in which keys two calendars differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from smartx96.meter.calendar import DatedCalendar
from smartx96.meter.calendar.places import place
from smartx96.meter.calendar.recurring_date import SHORT_WEEKDAYS

Entry = int | str


class Difference(NamedTuple):
    """One key of a calendar's file, and what both have there.

    Parameters
    ----------
    key : str
    before, after : int, str or None
        None where it has no such key.
    """

    key: str
    before: Entry | None
    after: Entry | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.key} = {self.after}"
        if self.after is None:
            return f"- {self.key} = {self.before}"
        return f"  {self.key} = {self.before} -> {self.after}"


def differences(before: DatedCalendar | None, after: DatedCalendar) -> list[Difference]:
    """What differs between two calendars, in the order of a file; None is no calendar at all."""
    old, new = (dict(_entries(each)) if each else {} for each in (before, after))
    keys = [*new, *(key for key in old if key not in new)]
    found = [Difference(key, old.get(key), new.get(key)) for key in keys]
    return [each for each in found if each.before != each.after]


def _entries(dated: DatedCalendar) -> Iterator[tuple[str, Entry]]:
    """Each thing that a calendar says, by its key; a week day by day."""
    calendar, activation = dated
    if calendar.name:
        yield "name", calendar.name
    if activation is not None:
        yield "activation", activation.isoformat()
    for season in calendar.seasons:
        yield place("seasons", season.name, "start"), str(season.start)
        yield place("seasons", season.name, "week"), season.week
    for week in calendar.weeks:
        for weekday, day in zip(SHORT_WEEKDAYS, week.days, strict=True):
            yield place("weeks", week.name, weekday), day
    for profile in calendar.days:
        for switching in profile.times:
            yield place("days", profile.name, str(switching)), switching.tariff
    for special in calendar.special_days:
        yield place("special_days", str(special.date)), special.day
