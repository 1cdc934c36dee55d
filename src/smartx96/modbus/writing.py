"""Writing: from the bytes of a write request to whole parameters, and to what they command."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from smartx96.meter.calendar.local_clock import instant, time_zone
from smartx96.meter.commands import (
    ChangeSettings,
    Command,
    EnterPassword,
    LockUp,
    Reset,
    Resettable,
    SetClock,
    Unlock,
)
from smartx96.modbus.calendar.layout import parameter_at
from smartx96.modbus.encoding import decode
from smartx96.modbus.exceptions import IllegalAddressError, IllegalValueError
from smartx96.modbus.readings import DISPLAY_TIME_LIMIT, DISPLAY_TIMES, WORD_ORDER_MARK, Reading
from smartx96.modbus.registers import HOLDING, Register
from smartx96.settings import BY_ID, Settings

_ADDRESSES = [register.address for register in HOLDING]

_RESETS = {
    "reset": {1: Resettable.ENERGY, 2: Resettable.MAXIMA, 3: Resettable.DEMAND},
    "reset_command": {0: Resettable.MAXIMA, 3: Resettable.ENERGY},
}
"""What their values clear, by register."""


class Written(NamedTuple):
    """A parameter and the bytes that were written to it."""

    register: Register
    data: bytes

    @property
    def of_calendar(self) -> bool:
        """Whether it is for the draft of a tariff calendar."""
        return self.register.id.startswith("calendar_")


def parameters(address: int, data: bytes) -> list[Written]:
    """Whole parameters, one behind the other, that may be written.

    Raises
    ------
    IllegalAddressError
        There is a gap, half a parameter, or one that is read only.
    """
    return list(_parameters(address, data))


def _parameters(address: int, data: bytes) -> Iterator[Written]:
    at, end = address, address + len(data) // 2
    while at < end:
        register = _at(at)
        if register is None or register.address != at or register.end > end:
            raise IllegalAddressError(f"no whole parameter at 0x{at:04X}")
        if register.description.access == "ro":
            raise IllegalAddressError(f"{register.id} is read only")
        first = 2 * (at - address)
        yield Written(register, data[first : first + 2 * register.words])
        at = register.end


def _at(address: int) -> Register | None:
    """The parameter that begins at an address, or lies over it."""
    place = bisect_right(_ADDRESSES, address) - 1
    if place >= 0 and address < HOLDING[place].end:
        return HOLDING[place]
    return parameter_at(address)


def commands(written: list[Written], settings: Settings, low_first: bool) -> list[Command]:
    """What parameters ask of the meter.

    Parameters
    ----------
    written : list of Written
    settings : Settings
        The meter's.
    low_first : bool
        Whether the low word of a float comes first.

    Raises
    ------
    IllegalValueError
        A value that the parameter cannot have.
    """
    changes: dict[str, object] = {}
    others: list[Command] = []
    for register, data in written:
        if register.id == "word_order":
            changes["word_order"] = _word_order(register, data)
            continue
        value = decode(register, data, low_first)
        if register.id in ("lock", "password"):
            others.append(_authorisation(register.id, value))
        elif register.id in _RESETS:
            others.append(_reset(register.id, value))
        elif register.id == "clock":
            others.append(SetClock(_time(value, settings.name("time_zone"))))
        elif register.id == "display_times":
            changes |= _display_times(value, settings)
        else:
            changes[register.id.removesuffix("_u16")] = _whole(register.id, value)
    return [*([ChangeSettings(changes)] if changes else []), *others]


def _whole(id: str, value: Reading) -> int | str:
    """A number without a part, or a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) or value != value // 1:
        raise IllegalValueError(f"{id}: {value} is no whole number")
    return int(value)


def _word_order(register: Register, data: bytes) -> int:
    """The order in which the mark was written."""
    for order in (0, 1):
        if decode(register, data, bool(order)) == WORD_ORDER_MARK:
            return order
    raise IllegalValueError(f"{register.id}: write {WORD_ORDER_MARK} in the wanted order")


def _authorisation(id: str, value: Reading) -> Command:
    password = _whole(id, value)
    if password not in (BY_ID["password"].allowed or ()):
        raise IllegalValueError(f"{id}: {value} is no password")
    if id == "password":
        return EnterPassword(password)
    return Unlock(password) if password else LockUp()


def _reset(id: str, value: Reading) -> Command:
    what = _RESETS[id].get(int(_whole(id, value)))
    if what is None:
        raise IllegalValueError(f"{id}: {value} resets nothing")
    return Reset(what)


def _time(fields: Reading, zone: str) -> int:
    """A time of the local clock [us since 1970-01-01T00:00Z]; its weekday is not looked at."""
    if not isinstance(fields, tuple):
        raise TypeError("the clock is BCD")
    second, minute, hour, _, day, month, year, century = fields
    try:
        local = datetime(100 * century + year, month, day, hour, minute, second)
        return instant(time_zone(zone), local)
    except (ValueError, OverflowError) as error:
        raise IllegalValueError(f"clock: {error}") from None


def _display_times(values: Reading, settings: Settings) -> Mapping[str, object]:
    """Settings of the register, of which the last reads 99 where it is more: so it stays then."""
    if not isinstance(values, tuple):
        raise TypeError("display times are BCD")
    return {
        id: max(value, settings.number(id)) if value == DISPLAY_TIME_LIMIT else value
        for id, value in zip(DISPLAY_TIMES, values, strict=True)
    }
