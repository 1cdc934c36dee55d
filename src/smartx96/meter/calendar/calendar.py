"""Calendar: seasons, weeks, days and special days that fit together."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar.places import place
from smartx96.meter.calendar.profiles import (
    DayProfile,
    Season,
    SpecialDay,
    WeekProfile,
    check_name,
)
from smartx96.meter.calendar.recurring_date import SHORT_WEEKDAYS
from smartx96.settings.setting import brief

MOST_SEASONS = 24
MOST_WEEKS = 24
MOST_DAYS = 64
MOST_SPECIAL_DAYS = 512
"""Most that a calendar may have of each."""

DEFAULT_TARIFF = 1
"""Rules where no calendar does: none is set, or its first season has not begun."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A tariff calendar (IEC 62056-6-2, classes 20 and 11): immutable, whole, checked.

    The season that began last rules; it tells the week, the week tells the day, a special day beats
    it, the day tells the tariffs. Where two dates fall on one day, the one that leaves less open
    rules. The order of the parts does not matter and is not kept: they are sorted by name or date.

    Parameters
    ----------
    name : str
        For people; may be empty.
    seasons : tuple of Season
    weeks : tuple of WeekProfile
    days : tuple of DayProfile
    special_days : tuple of SpecialDay

    Raises
    ------
    ConfigurationError
        A name is missing or taken twice, two seasons begin alike, or there is too much of
        something; names the key as in a calendar's file.
    """

    name: str
    seasons: tuple[Season, ...]
    weeks: tuple[WeekProfile, ...]
    days: tuple[DayProfile, ...]
    special_days: tuple[SpecialDay, ...] = ()

    def __post_init__(self) -> None:
        if self.name:
            check_name("name", self.name)
        _check_size("days", self.days, 1, MOST_DAYS)
        _check_size("weeks", self.weeks, 1, MOST_WEEKS)
        _check_size("seasons", self.seasons, 1, MOST_SEASONS)
        _check_size("special_days", self.special_days, 0, MOST_SPECIAL_DAYS)
        self._sort()
        days = _unique("days", (day.name for day in self.days))
        weeks = _unique("weeks", (week.name for week in self.weeks))
        _unique("seasons", (season.name for season in self.seasons))
        _unique("seasons", (str(season.start) for season in self.seasons))
        _unique("special_days", (str(special.date) for special in self.special_days))
        for season in self.seasons:
            _check_reference(place("seasons", season.name, "week"), season.week, "week", weeks)
        for week in self.weeks:
            for weekday, day in zip(SHORT_WEEKDAYS, week.days, strict=True):
                _check_reference(place("weeks", week.name, weekday), day, "day", days)
        for special in self.special_days:
            _check_reference(place("special_days", str(special.date)), special.day, "day", days)

    def _sort(self) -> None:
        for table in ("seasons", "weeks", "days"):
            parts = sorted(getattr(self, table), key=lambda part: str(part.name))
            object.__setattr__(self, table, tuple(parts))
        special_days = sorted(self.special_days, key=lambda special: str(special.date))
        object.__setattr__(self, "special_days", tuple(special_days))


def _check_size(table: str, parts: Sized, least: int, most: int) -> None:
    if not least <= len(parts) <= most:
        raise ConfigurationError(f"{table}: must be {least} to {most} of them, not {len(parts)}")


def _unique(table: str, names: Iterable[str]) -> dict[str, None]:
    found: dict[str, None] = {}
    for name in names:
        if name in found:
            raise ConfigurationError(f"{table}: {brief(name)} stands twice")
        found[name] = None
    return found


def _check_reference(here: str, name: str, kind: str, known: Iterable[str]) -> None:
    if name not in known:
        listed = [brief(other) for other in known]
        more = ", ..." if len(listed) > 8 else ""
        raise ConfigurationError(
            f"{here} = {brief(name)}: no such {kind}; there are {', '.join(listed[:8])}{more}"
        )
