"""Control: what the registers beside the blocks tell of a meter's calendars and its draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from smartx96.configuration.link import Link
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.parts import ParameterError, meaning
from smartx96.modbus.calendar.shown import State
from smartx96.modbus.client.errors import UnreadableValueError
from smartx96.modbus.readings import Reading
from smartx96.modbus.registers import BY_ID

_IDS = (
    "calendar_active_state",
    "calendar_passive_state",
    "calendar_draft_state",
    "calendar_draft_fault",
    *(f"calendar_{which}_crc" for which in Which),
    "calendar_passive_activation",
    "calendar_draft_activation",
)
"""They follow each other: one request brings all of one moment."""


class Control(NamedTuple):
    """How a meter's calendars stand at one moment.

    Parameters
    ----------
    active, passive : State
    drafted : bool
        Whether somebody has written to the draft.
    fault : int
        Address of the first register that keeps the draft from being a calendar; 0 is none.
    checksums : mapping of Which to int
        CRC-32 of the blocks.
    activation : datetime, optional
        When the passive calendar becomes active, by the meter's local clock.
    draft_activation : datetime, optional
    """

    active: State
    passive: State
    drafted: bool
    fault: int
    checksums: Mapping[Which, int]
    activation: datetime | None
    draft_activation: datetime | None

    def state(self, which: Which) -> State:
        """Whether the meter has the active, or the passive calendar."""
        return self.active if which is Which.ACTIVE else self.passive


async def read_control(link: Link) -> Control:
    """Ask a meter how its calendars stand.

    Raises
    ------
    OptionError
        Nothing says that the meter has such registers, or it has none.
    ExchangeError
        There is no answer of use.
    """
    for id in _IDS:
        link.check(id)
    found = await link.read(_IDS)
    for id in _IDS:
        link.check(id)
    try:
        return Control(
            State(_number(found["calendar_active_state"])),
            State(_number(found["calendar_passive_state"])),
            bool(found["calendar_draft_state"]),
            _number(found["calendar_draft_fault"]),
            {which: _number(found[f"calendar_{which}_crc"]) for which in Which},
            _time("calendar_passive_activation", found),
            _time("calendar_draft_activation", found),
        )
    except (ParameterError, ValueError) as error:
        raise UnreadableValueError(f"{error}; has it tariff calendars?", str(link.target)) from None


def _number(value: Reading) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _time(id: str, found: Mapping[str, Reading]) -> datetime | None:
    time: datetime | None = meaning(BY_ID[id], "activation", found[id])
    return time
