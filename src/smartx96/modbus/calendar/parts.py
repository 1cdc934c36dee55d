"""Parameters of a calendar: the fields of a register, and what they stand for.

Fields are numbers 0..99, one for each BCD byte, from the large to the small, so that the registers
read like the text: 0x2026 0x1225 is 25 December 2026. Fields that are all 0 stand for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any, NamedTuple

from smartx96.errors import ConfigurationError, OptionError, X96Error
from smartx96.meter.calendar import LAST, PENULTIMATE, RecurringDate, SwitchingTime
from smartx96.meter.calendar.calendar import MOST_DAYS, MOST_WEEKS
from smartx96.meter.calendar.plain import check_activation
from smartx96.meter.calendar.profiles import NUMBERS, check_name
from smartx96.modbus.calendar.declarations import NAME_BYTES
from smartx96.modbus.readings import Reading
from smartx96.modbus.registers import Register
from smartx96.settings.setting import brief

Fields = tuple[int, ...]

_ENDS = {LAST % 100: LAST, PENULTIMATE % 100: PENULTIMATE}
"""Days from the end of a month: 99 is the last, 98 the one before."""


class ParameterError(OptionError):
    """A parameter with a value that it cannot have, or that does not fit the others.

    Parameters
    ----------
    register : Register
    reason : str
    value : Reading, optional
        What stands in it.
    """

    def __init__(self, register: Register, reason: str, value: Reading | None = None) -> None:
        shown = "" if value is None else f" = {_shown(value)}"
        super().__init__(f"{register.id} (0x{register.address:04X}){shown}: {reason}")
        self.register = register


def _shown(value: Reading) -> str:
    if isinstance(value, tuple):
        return " ".join(f"{number:02}" for number in value)
    return brief(value)


class Dated(NamedTuple):
    """A date, and the number of the profile that it brings."""

    date: RecurringDate
    number: int


def dated_fields(date: RecurringDate, number: int) -> Fields:
    """Fields of a season or a special day; what a date leaves open is 0."""
    day, weekday = (date.day or 0) % 100, date.weekday or 0
    return (*divmod(date.year or 0, 100), date.month or 0, day, weekday, number)


def _dated(fields: Fields, most: int, kind: str) -> Dated:
    century, year, month, day, weekday, number = fields
    date = RecurringDate(
        100 * century + year or None, month or None, _ENDS.get(day, day) or None, weekday or None
    )
    if not 1 <= number <= most:
        raise ConfigurationError(f"must name a {kind} profile, 1 to {most}")
    return Dated(date, number)


def season(fields: Fields) -> Dated:
    """Start of a season, and the number of its week profile."""
    found = _dated(fields, MOST_WEEKS, "week")
    if found.date.day is None:
        raise ConfigurationError("the start of a season must tell the day of the month")
    return found


def special_day(fields: Fields) -> Dated:
    """Date, and the number of its day profile."""
    return _dated(fields, MOST_DAYS, "day")


def week_fields(days: Fields) -> Fields:
    """Fields of a week: the numbers of the day profiles of Monday to Sunday."""
    return (*days, 0)


def week(fields: Fields) -> Fields:
    """Numbers of the day profiles of Monday to Sunday."""
    *days, rest = fields
    if rest or not all(1 <= day <= MOST_DAYS for day in days):
        raise ConfigurationError(f"must be 7 numbers of day profiles, 1 to {MOST_DAYS}, and 0")
    return tuple(days)


def switching_fields(switching: SwitchingTime) -> Fields:
    """Fields of a switching time."""
    start = switching.start
    return (start.hour, start.minute, start.second, switching.tariff)


def switching_time(fields: Fields) -> SwitchingTime:
    """A switching time."""
    hour, minute, second, tariff = fields
    if tariff not in NUMBERS:
        raise ConfigurationError(f"must have a tariff, {NUMBERS[0]} to {NUMBERS[-1]}")
    try:
        return SwitchingTime(time(hour, minute, second), tariff)
    except ValueError:
        raise ConfigurationError("there is no such time of day") from None


def name(text: str) -> str:
    """A name that the registers hold."""
    if len(text.encode("utf-8", "replace")) > NAME_BYTES:
        raise ConfigurationError(f"must have at most {NAME_BYTES} bytes in UTF-8")
    return check_name("name", text)


def activation_fields(activation: datetime | None) -> Fields:
    """Fields of a local date and time; all 0 without one."""
    if activation is None:
        return (0,) * 8
    date, clock = activation.date(), activation.time()
    return (*divmod(date.year, 100), date.month, date.day,
            clock.hour, clock.minute, clock.second, 0)  # fmt: skip


def activation(fields: Fields) -> datetime:
    """A local date and time."""
    century, year, month, day, hour, minute, second, rest = fields
    try:
        found = datetime(100 * century + year, month, day, hour, minute, second)
    except ValueError:
        raise ConfigurationError("there is no such date and time") from None
    if rest:
        raise ConfigurationError("the last byte must be 0")
    check_activation(found)
    return found


_READERS: dict[str, Callable[[Fields], object]] = {
    "season": season,
    "special": special_day,
    "week": week,
    "time": switching_time,
    "activation": activation,
}


def meaning(register: Register, kind: str, value: Reading) -> Any:
    """What the value of a parameter stands for; None where it is unused.

    Parameters
    ----------
    register : Register
    kind : str
        `declarations.Part.id`, or `activation`.
    value : tuple of int, or str
        As `encoding.decode` has it.

    Raises
    ------
    ParameterError
        The parameter cannot have this value.
    """
    try:
        if isinstance(value, str) and kind not in _READERS:
            return name(value) if value else None
        if isinstance(value, tuple) and kind in _READERS and len(value) == 2 * register.words:
            return _READERS[kind](value) if any(value) else None
    except X96Error as error:
        raise ParameterError(register, str(error), value) from None
    raise ParameterError(register, f"is no value of {register.format}", value)
