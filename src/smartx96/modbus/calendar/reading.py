"""The bytes of a draft's registers to the calendar that they mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from smartx96.errors import ConfigurationError, X96Error
from smartx96.meter.calendar import (
    Calendar,
    DayProfile,
    Season,
    SpecialDay,
    SwitchingTime,
    WeekProfile,
)
from smartx96.modbus.calendar.declarations import MOST_TIMES, Which
from smartx96.modbus.calendar.layout import run_of
from smartx96.modbus.calendar.parts import ParameterError, meaning
from smartx96.modbus.encoding import decode
from smartx96.modbus.readings import Reading
from smartx96.modbus.registers import Register

T = TypeVar("T")


class _Stated(NamedTuple):
    """A parameter that is used, its value, and what that stands for."""

    register: Register
    value: Reading
    meaning: Any

    def refused(self, reason: str) -> ParameterError:
        """The error of a parameter that does not fit the others."""
        return ParameterError(self.register, reason, self.value)


def _stated(data: bytes, part: str) -> dict[int, _Stated]:
    """Parameters of a kind that are used, by place."""
    run, found = run_of(Which.DRAFT, part), {}
    for place in range(run.count):
        offset = 2 * (run.part.offset + place * run.part.words)
        words = data[offset : offset + 2 * run.part.words]
        if any(words):
            found[place] = _read(run.at(place), part, words)
    return found


def _read(register: Register, part: str, words: bytes) -> _Stated:
    try:
        value = decode(register, words)
        return _Stated(register, value, meaning(register, part, value))
    except ParameterError:
        raise
    except X96Error as error:
        raise ParameterError(register, str(error)) from None


def calendar_in(data: bytes) -> Calendar:
    """The calendar that the registers of a draft mean.

    Parts may stand at any places and in any order. A part without a name is called by its number:
    `day 01`, `week 01`, `season 01`.

    Parameters
    ----------
    data : bytes
        Of the whole block.

    Raises
    ------
    ParameterError
        It is none; names the register, its value and what is wrong.
    """
    days = _days(data)
    weeks = _weeks(data, days)
    seasons = _seasons(data, weeks)
    special_days = _special_days(data, days)
    for part, found in (("time", days), ("week", weeks), ("season", seasons)):
        if not found:
            kind = "day profile" if part == "time" else part
            raise ParameterError(run_of(Which.DRAFT, part).at(0), f"there is no {kind} yet")
    title = _stated(data, "name").get(0)
    return Calendar(
        "" if title is None else title.meaning,
        tuple(seasons.values()),
        tuple(weeks.values()),
        tuple(days.values()),
        special_days,
    )


def _names(data: bytes, kind: str, used: Iterable[int]) -> dict[int, str]:
    """Names of the parts that have one or are used, by place."""
    run, stated = run_of(Which.DRAFT, f"{kind}_name"), _stated(data, f"{kind}_name")
    names = {place: f"{kind} {place + 1:02}" for place in used}
    names |= {place: one.meaning for place, one in stated.items()}
    _refuse_twice((run.at(place), names[place]) for place in sorted(names))
    return {place: names[place] for place in sorted(names)}


def _refuse_twice(texts: Iterable[tuple[Register, str]]) -> None:
    found: dict[str, Register] = {}
    for register, text in texts:
        before = found.setdefault(text, register)
        if before is not register:
            raise ParameterError(register, f"the same as {before.id}", text)


def _days(data: bytes) -> dict[int, DayProfile]:
    """Day profiles by place."""
    times: dict[int, list[SwitchingTime]] = defaultdict(list)
    for place, one in _stated(data, "time").items():
        times[place // MOST_TIMES].append(one.meaning)
    found = {}
    for place, name in _names(data, "day", times).items():
        try:
            found[place] = DayProfile(name, tuple(sorted(times[place])))
        except ConfigurationError as error:
            first = run_of(Which.DRAFT, "time").at(place * MOST_TIMES)
            raise ParameterError(first, str(error)) from None
    return found


def _weeks(data: bytes, days: dict[int, DayProfile]) -> dict[int, WeekProfile]:
    stated, found = _stated(data, "week"), {}
    for place, name in _names(data, "week", stated).items():
        one = _named(stated, place, "week")
        own = tuple(_profile(days, number, "day", one).name for number in one.meaning)
        found[place] = WeekProfile(name, own)
    return found


def _seasons(data: bytes, weeks: dict[int, WeekProfile]) -> dict[int, Season]:
    stated, found = _stated(data, "season"), {}
    for place, name in _names(data, "season", stated).items():
        one = _named(stated, place, "season")
        date, number = one.meaning
        found[place] = Season(name, date, _profile(weeks, number, "week", one).name)
    _refuse_twice((one.register, str(one.meaning.date)) for one in stated.values())
    return found


def _special_days(data: bytes, days: dict[int, DayProfile]) -> tuple[SpecialDay, ...]:
    stated = _stated(data, "special").values()
    _refuse_twice((one.register, str(one.meaning.date)) for one in stated)
    return tuple(
        SpecialDay(one.meaning.date, _profile(days, one.meaning.number, "day", one).name)
        for one in stated
    )


def _named(stated: dict[int, _Stated], place: int, kind: str) -> _Stated:
    """The parameter behind a name."""
    if place not in stated:
        register = run_of(Which.DRAFT, kind).at(place)
        raise ParameterError(register, f"is unused, but the {kind} has a name")
    return stated[place]


def _profile(profiles: dict[int, T], number: int, kind: str, by: _Stated) -> T:
    """The profile of a number, from 1, that a parameter names."""
    if number - 1 in profiles:
        return profiles[number - 1]
    raise by.refused(f"there is no {kind} profile {number}")
