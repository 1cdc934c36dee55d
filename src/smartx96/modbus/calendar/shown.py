"""The calendars that a meter has, as their registers show them."""

from __future__ import annotations

import zlib
from enum import IntEnum
from functools import cached_property

from smartx96.meter.calendar import Calendar, Calendars
from smartx96.modbus.calendar.writing import EMPTY, block, fits


class State(IntEnum):
    """What the registers of the active or the passive calendar show."""

    NONE = 0
    SHOWN = 1
    BEYOND = 2


class Shown:
    """A calendar of the meter in its registers.

    Parameters
    ----------
    calendar : Calendar, optional
    """

    def __init__(self, calendar: Calendar | None) -> None:
        self._calendar = calendar

    @cached_property
    def state(self) -> State:
        """Whether there is one, and whether the registers can hold it."""
        if self._calendar is None:
            return State.NONE
        return State.SHOWN if fits(self._calendar) else State.BEYOND

    @cached_property
    def data(self) -> bytes:
        """Bytes of the block; all 0 where the registers cannot hold the calendar."""
        if self._calendar is None or self.state is State.BEYOND:
            return EMPTY
        return block(self._calendar)

    @cached_property
    def checksum(self) -> int:
        """CRC-32 of the block (IEEE 802.3)."""
        return zlib.crc32(self.data)


class Standing:
    """The calendars of a meter in their registers, made when they are first read.

    Parameters
    ----------
    calendars : Calendars
    """

    def __init__(self, calendars: Calendars) -> None:
        self.calendars = calendars
        self.active = Shown(calendars.active)
        self.passive = Shown(calendars.passive)
