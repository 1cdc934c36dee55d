"""Calendars as plain data: what a store keeps as JSON and people write as TOML.

    {"name": "Household",
     "activation": "2027-01-01T12:00:00",
     "seasons": {"winter": {"start": "10-01", "week": "winter"}},
     "weeks": {"winter": {"mon-fri": "workday", "sat-sun": "sunday"}},
     "days": {"workday": {"00:00": 2, "06:00": 1, "22:00": 2}, "sunday": {"00:00": 2}},
     "special_days": {"12-25": "sunday"}}

Reading takes shorter forms too: a week that is one text has the same day all week, a day that is
one number the same tariff all day, and `seasons` may be left out where there is one week.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar.calendar import Calendar
from smartx96.meter.calendar.places import place
from smartx96.meter.calendar.profiles import (
    DayProfile,
    Season,
    SpecialDay,
    SwitchingTime,
    WeekProfile,
)
from smartx96.meter.calendar.recurring_date import (
    SHORT_WEEKDAYS,
    WEEKDAYS,
    YEARS,
    RecurringDate,
)
from smartx96.settings.setting import brief

T = TypeVar("T")

KEYS = ("name", "activation", "seasons", "weeks", "days", "special_days")
"""Keys at the top."""

_SEASON_KEYS = ("start", "week")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_NUMBERS = {day: n for names in (WEEKDAYS, SHORT_WEEKDAYS) for n, day in enumerate(names)}


def check_activation(activation: datetime | None) -> datetime | None:
    """Return an activation that a meter can meet.

    Raises
    ------
    ConfigurationError
        It states a time zone or parts of a second, or calendars do not know the year.
    """
    if activation is not None:
        if activation.tzinfo or activation.microsecond:
            reason = "must be a local time in whole seconds, without time zone"
            raise _refused("activation", str(activation), reason)
        if activation.year not in YEARS:
            reason = f"must be of {YEARS[0]} to {YEARS[-1]}"
            raise _refused("activation", str(activation), reason)
    return activation


class DatedCalendar(NamedTuple):
    """A calendar, and when it comes into force.

    Parameters
    ----------
    calendar : Calendar
    activation : datetime, optional
        By the local clock, without time zone.
    """

    calendar: Calendar
    activation: datetime | None = None


def calendar_data(calendar: Calendar, activation: datetime | None = None) -> dict[str, Any]:
    """A calendar as plain data."""
    data: dict[str, Any] = {"name": calendar.name} if calendar.name else {}
    if activation is not None:
        data["activation"] = activation.isoformat()
    return data | {
        "seasons": {s.name: {"start": str(s.start), "week": s.week} for s in calendar.seasons},
        "weeks": {week.name: _week_data(week) for week in calendar.weeks},
        "days": {d.name: {str(t): t.tariff for t in d.times} for d in calendar.days},
        "special_days": {str(special.date): special.day for special in calendar.special_days},
    }


def _week_data(week: WeekProfile) -> dict[str, str]:
    data = {}
    for day, run in groupby(range(len(WEEKDAYS)), key=lambda number: week.days[number]):
        numbers = list(run)
        ends = dict.fromkeys(SHORT_WEEKDAYS[number] for number in (numbers[0], numbers[-1]))
        data["-".join(ends)] = day
    return data


def calendar_from(data: object) -> DatedCalendar:
    """A calendar from plain data.

    Raises
    ------
    ConfigurationError
        It is none; names the key.
    """
    table = _table("", data, KEYS)
    weeks = _parts(table, "weeks", _week)
    return DatedCalendar(
        Calendar(
            _text("name", table.get("name", "")),
            _parts(table, "seasons", _season) if "seasons" in table else _all_year(weeks),
            weeks,
            _parts(table, "days", _day),
            _parts(table, "special_days", _special_day),
        ),
        check_activation(_activation(table.get("activation"))),
    )


def _activation(value: object) -> datetime | None:
    """From a date and time, a date, or the text of either."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise _refused("activation", value, 'must be like "2027-01-01T12:00:00"') from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if value is None or isinstance(value, datetime):
        return value
    raise _refused("activation", str(value), "must be a date and time")


def _season(here: str, name: str, value: object) -> Season:
    table = _table(here, value, _SEASON_KEYS)
    for key in _SEASON_KEYS:
        if key not in table:
            raise ConfigurationError(f"{place(here, key)}: missing")
    start = table["start"]
    if isinstance(start, date) and not isinstance(start, datetime):
        start = start.isoformat()
    begin = _date(place(here, "start"), _text(place(here, "start"), start))
    return Season(name, begin, _text(place(here, "week"), table["week"]))


def _all_year(weeks: tuple[WeekProfile, ...]) -> tuple[Season, ...]:
    if len(weeks) > 1:
        raise ConfigurationError("seasons: missing; may be left out where there is one week")
    return tuple(Season(week.name, RecurringDate(month=1, day=1), week.name) for week in weeks)


def _week(here: str, name: str, value: object) -> WeekProfile:
    if isinstance(value, str):
        return WeekProfile(name, (value,) * len(WEEKDAYS))
    days: dict[int, str] = {}
    for key, day in _table(here, value).items():
        for number in _weekdays(here, key):
            if number in days:
                raise ConfigurationError(f"{here}: {WEEKDAYS[number]} stands twice")
            days[number] = _text(place(here, key), day)
    for number, weekday in enumerate(WEEKDAYS):
        if number not in days:
            raise ConfigurationError(f"{here}: {weekday} is missing")
    return WeekProfile(name, tuple(days[number] for number in range(len(WEEKDAYS))))


def _weekdays(here: str, key: str) -> list[int]:
    """Numbers of one weekday, or of `mon-fri`; `sun-thu` goes over the end of the week."""
    first, _, last = key.partition("-")
    if first not in _NUMBERS or (last or first) not in _NUMBERS:
        raise ConfigurationError(
            f"{place(here, key)}: no day of the week; write them like mon, sat-sun or monday"
        )
    begin = _NUMBERS[first]
    span = (_NUMBERS[last or first] - begin) % len(WEEKDAYS)
    return [(begin + n) % len(WEEKDAYS) for n in range(span + 1)]


def _day(here: str, name: str, value: object) -> DayProfile:
    table = {"00:00": value} if isinstance(value, int) else _table(here, value)
    for key in table:
        if not _CLOCK.fullmatch(key):
            raise ConfigurationError(f'{place(here, key)}: no time of day; write it like "06:00"')
    times = [SwitchingTime(time.fromisoformat(key), _tariff(place(here, key), tariff))
             for key, tariff in table.items()]  # fmt: skip
    return DayProfile(name, tuple(sorted(times)))


def _special_day(here: str, name: str, value: object) -> SpecialDay:
    return SpecialDay(_date(here, name), _text(here, value))


def _date(here: str, text: str) -> RecurringDate:
    try:
        return RecurringDate.parsed(text)
    except ConfigurationError as error:
        raise ConfigurationError(f"{here}: {error}") from None


def _tariff(here: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _refused(here, value, "must be a tariff, a whole number")


def _parts(table: Mapping[str, object], kind: str, read: Callable[[str, str, object], T]
           ) -> tuple[T, ...]:  # fmt: skip
    parts = _table(kind, table.get(kind, {}))
    return tuple([read(place(kind, name), name, value) for name, value in parts.items()])


def _table(here: str, value: object, keys: tuple[str, ...] = ()) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _refused(here or "calendar", value, "must be a table")
    for key in value if keys else ():
        if key not in keys:
            raise ConfigurationError(
                f"{place(here, key)}: unknown key; allowed are {', '.join(keys)}"
            )
    return value


def _text(here: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise _refused(here, value, "must be a text")


def _refused(here: str, value: object, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{here} = {brief(value)}: {reason}")
