"""The tariffs of a year: seasons, weeks and special days put on its dates."""

from __future__ import annotations

from datetime import date, timedelta

from smartx96.meter.calendar.calendar import DEFAULT_TARIFF, Calendar
from smartx96.meter.calendar.profiles import Season

_LONGEST = 40
"""Longest time between two occurrences of a date that names no year, 29 February on a given
weekday about 2100 [years]."""

Schedule = tuple[tuple[int, int], ...]
"""The tariffs of a date: second of the day from which each rules, and its number."""

_UNRULED: Schedule = ((0, DEFAULT_TARIFF),)
"""Before the first season."""


def schedules(calendar: Calendar, year: int) -> list[Schedule]:
    """The tariffs of every date of a year, in their order."""
    days = {d.name: tuple((t.second, t.tariff) for t in d.times) for d in calendar.days}
    weeks = {week.name: week for week in calendar.weeks}
    beginnings, special = _beginnings(calendar, year), _special_days(calendar, year)
    season = _season_before(calendar, year)
    found: list[Schedule] = []
    today = date(year, 1, 1)
    while today.year == year:
        season = beginnings.get(today, season)
        name = special.get(today)
        if name is None and season is not None:
            name = weeks[season.week].days[today.weekday()]
        found.append(_UNRULED if name is None else days[name])
        today += timedelta(days=1)
    return found


def _beginnings(calendar: Calendar, year: int) -> dict[date, Season]:
    """Seasons by the dates of a year at which they begin."""
    seasons = sorted(calendar.seasons, key=lambda season: season.start.exactness)
    return {day: season for season in seasons for day in season.start.dates(year)}


def _special_days(calendar: Calendar, year: int) -> dict[date, str]:
    """Names of day profiles by special date."""
    specials = sorted(calendar.special_days, key=lambda special: special.date.exactness)
    return {day: special.day for special in specials for day in special.date.dates(year)}


def _season_before(calendar: Calendar, year: int) -> Season | None:
    """The season that rules when a year begins."""
    named = {season.start.year for season in calendar.seasons if season.start.year is not None}
    earlier = {*range(year - _LONGEST, year), *(n for n in named if n < year)}
    for before in sorted(earlier, reverse=True):
        beginnings = _beginnings(calendar, before)
        if beginnings:
            return beginnings[max(beginnings)]
    return None
