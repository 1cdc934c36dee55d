"""Profiles of days and weeks, seasons and special days: the parts of a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from typing import NamedTuple

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar.places import place
from smartx96.meter.calendar.recurring_date import WEEKDAYS, RecurringDate
from smartx96.quantities import TARIFFS
from smartx96.settings.setting import brief

NUMBERS = range(1, len(TARIFFS) + 1)
"""Numbers of the tariffs."""

NAME_LENGTH = 32
"""Longest name [characters]."""

MOST_TIMES = 96
"""Most switching times of a day: one every quarter of an hour."""


class SwitchingTime(NamedTuple):
    """From a time of day on a tariff rules.

    Parameters
    ----------
    start : datetime.time
        By the local clock, whole seconds.
    tariff : int
        Of `NUMBERS`.
    """

    start: time
    tariff: int

    @property
    def second(self) -> int:
        """Of the day, by the local clock [s]."""
        return (self.start.hour * 60 + self.start.minute) * 60 + self.start.second

    def __str__(self) -> str:
        return self.start.isoformat("seconds" if self.start.second else "minutes")


@dataclass(frozen=True, slots=True)
class DayProfile:
    """The tariffs of a day.

    Parameters
    ----------
    name : str
    times : tuple of SwitchingTime
        Ascending; the first is 00:00, so that no day depends on the one before.

    Raises
    ------
    ConfigurationError
        It is none; names the key.
    """

    name: str
    times: tuple[SwitchingTime, ...]

    def __post_init__(self) -> None:
        here = place("days", check_name("days", self.name))
        if len(self.times) > MOST_TIMES:
            raise ConfigurationError(f"{here}: {len(self.times)} times; at most {MOST_TIMES}")
        for switching in self.times:
            _check_time(here, switching)
        if not self.times or self.times[0].second:
            raise ConfigurationError(f'{here}: the first time must be "00:00"')
        for before, after in pairwise(self.times):
            if after.second <= before.second:
                raise ConfigurationError(f"{here}: {after} does not come after {before}")


def _check_time(here: str, switching: SwitchingTime) -> None:
    if switching.start.microsecond or switching.start.tzinfo:
        raise ConfigurationError(f"{here}: {switching.start} is no local time of whole seconds")
    if type(switching.tariff) is not int or switching.tariff not in NUMBERS:
        raise ConfigurationError(
            f"{place(here, str(switching))} = {brief(switching.tariff)}: "
            f"must be a tariff, {NUMBERS[0]} to {NUMBERS[-1]}"
        )


@dataclass(frozen=True, slots=True)
class WeekProfile:
    """The days of a week.

    Parameters
    ----------
    name : str
    days : tuple of str
        Names of the day profiles of Monday to Sunday.
    """

    name: str
    days: tuple[str, ...]

    def __post_init__(self) -> None:
        here = place("weeks", check_name("weeks", self.name))
        if len(self.days) != len(WEEKDAYS):
            raise ConfigurationError(f"{here}: must have {len(WEEKDAYS)} days")


@dataclass(frozen=True, slots=True)
class Season:
    """From a date on a week rules, until another season begins.

    Parameters
    ----------
    name : str
    start : RecurringDate
        From 00:00 of the local clock; tells the day of the month.
    week : str
        Name of the week profile.
    """

    name: str
    start: RecurringDate
    week: str

    def __post_init__(self) -> None:
        here = place("seasons", check_name("seasons", self.name), "start")
        if self.start.day is None:
            raise ConfigurationError(f"{here} = {self.start}: must tell the day of the month")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A date, such as a holiday, that has its own day profile.

    Parameters
    ----------
    date : RecurringDate
    day : str
        Name of the day profile; it beats the one of the week.
    """

    date: RecurringDate
    day: str


def check_name(table: str, name: str) -> str:
    """Return a name that may be one.

    Raises
    ------
    ConfigurationError
        It is empty, too long, or does not print.
    """
    if 0 < len(name) <= NAME_LENGTH and name.isprintable() and name == name.strip():
        return name
    raise ConfigurationError(
        f"{table}: {brief(name)} is no name; 1 to {NAME_LENGTH} printable characters"
    )
