"""Reading: the tariff calendars that a meter has, whole and of one moment."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from smartx96.configuration.link import Link
from smartx96.configuration.tariffs.block import read_block
from smartx96.configuration.tariffs.control import Control, read_control
from smartx96.errors import ConfigurationError
from smartx96.meter.calendar import Calendar
from smartx96.modbus.calendar.declarations import MOST_TIMES, NAME_BYTES, Which
from smartx96.modbus.calendar.parts import ParameterError
from smartx96.modbus.calendar.reading import calendar_in
from smartx96.modbus.calendar.shown import State
from smartx96.modbus.calendar.writing import EMPTY
from smartx96.modbus.client.errors import UnreadableValueError
from smartx96.modbus.readings import Reading, clock_time

_ATTEMPTS = 3
"""How often calendars are read that change meanwhile."""

_SURROUNDINGS = ("tariff_control", "tariff_active", "time_zone", "clock")
"""What tells how a calendar works in this meter."""


@dataclass(frozen=True)
class Held:
    """One of a meter's calendars.

    Parameters
    ----------
    which : Which
    state : State
    checksum : int
        CRC-32 of its registers.
    data : bytes
        Its registers; all 0 where there is none, or where they cannot hold it.
    calendar : Calendar, optional
    """

    which: Which
    state: State
    checksum: int
    data: bytes = EMPTY
    calendar: Calendar | None = None

    def shown(self) -> Calendar:
        """The calendar.

        Raises
        ------
        ConfigurationError
            There is none, or the registers cannot hold it.
        """
        if self.calendar is None:
            raise ConfigurationError(self.told)
        return self.calendar

    @property
    def told(self) -> str:
        """Whether there is one, in words."""
        return _TOLD[self.state].format(self.which)


_TOLD = {
    State.NONE: "the meter has no {} calendar",
    State.SHOWN: "the meter shows its {} calendar",
    State.BEYOND: f"the meter's {{}} calendar is beyond its registers: over {MOST_TIMES} switching "
    f"times in a day, or a name of over {NAME_BYTES} bytes",
}


@dataclass(frozen=True)
class MeterCalendars:
    """What a meter goes by in its tariffs.

    Parameters
    ----------
    control : Control
    calendars : mapping of Which to Held
        Those that were asked for.
    surroundings : mapping of str to int, str or tuple
        `tariff_control`, `tariff_active`, `time_zone` and `clock`, as far as it has them.
    """

    control: Control
    calendars: Mapping[Which, Held]
    surroundings: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def clock(self) -> datetime | None:
        """The meter's local clock."""
        fields = self.surroundings.get("clock")
        return None if fields is None else clock_time(fields)


async def read_calendars(
    link: Link, wanted: Iterable[Which] = (Which.ACTIVE, Which.PASSIVE)
) -> MeterCalendars:
    """Read a meter's calendars; each is one that it had as a whole.

    Parameters
    ----------
    link : Link
    wanted : iterable of Which
        Active, passive, or both.

    Raises
    ------
    OptionError
        Nothing says that the meter has tariff calendars, or it has none.
    ExchangeError
        There is no answer of use, or they change as often as they are read.
    """
    wanted = tuple(wanted)
    for _ in range(_ATTEMPTS):
        control = await read_control(link)
        held = {which: await _held(link, which, control) for which in wanted}
        # A check sum that fits is that of a moment; another one is read again.
        if all(zlib.crc32(each.data) == each.checksum for each in held.values()):
            return MeterCalendars(control, held, await link.read(_SURROUNDINGS))
    raise UnreadableValueError(
        f"its calendars do not have their check sums, {_ATTEMPTS} times read: "
        "is somebody else writing them?",
        str(link.target),
    )


async def _held(link: Link, which: Which, control: Control) -> Held:
    state, checksum = control.state(which), control.checksums[which]
    if state is not State.SHOWN:
        return Held(which, state, checksum)
    data = await read_block(link, which)
    if zlib.crc32(data) != checksum:
        return Held(which, state, checksum, data)
    try:
        return Held(which, state, checksum, data, calendar_in(data))
    except ParameterError as error:
        raise UnreadableValueError(f"{which} calendar: {error}", str(link.target)) from None
