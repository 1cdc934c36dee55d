"""What the registers of the tariff calendar are: their place in a block, and their texts.

Three blocks of the same layout hold the active calendar, the passive one and the draft.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from smartx96.meter.calendar.calendar import (
    MOST_DAYS,
    MOST_SEASONS,
    MOST_SPECIAL_DAYS,
    MOST_WEEKS,
)
from smartx96.modbus.readings import Declaration

MOST_TIMES = 32
"""Most switching times of a day that the registers hold; a calendar of a file may have more."""

NAME_BYTES = 32
"""Longest name that the registers hold, in UTF-8."""


class Which(StrEnum):
    """The calendars that have a block of registers."""

    ACTIVE = "active"
    PASSIVE = "passive"
    DRAFT = "draft"


BASES = {Which.ACTIVE: 0x4000, Which.PASSIVE: 0xA000, Which.DRAFT: 0xC000}
"""Where the blocks begin.

No meter of the family has registers there. What lies between is left out on purpose: clients that
take a register's number, 30001 or 40001, for its address ask for 0x7531 or 0x9C41. At 50000, one of
the places where SunSpec is looked for, stand special days: BCD, which never is its mark.
"""

BLOCK_SIZE = 0x1F00
"""Registers of a block; none touches another, so that no read runs from one into the next."""


class Part(NamedTuple):
    """Parameters of one kind, which follow each other without a gap.

    Parameters
    ----------
    id : str
    offset : int
        Of the first, from the beginning of the block.
    shape : tuple of int
        How many there are; of switching times, those of each day.
    words : int
        Registers of each.
    format : str
        Of `registers.Format`.
    text, values : str
        For the register map.
    """

    id: str
    offset: int
    shape: tuple[int, ...]
    words: int
    format: str
    text: str
    values: str = ""


_NAME = NAME_BYTES // 2
_DATE = "century YY MM DD weekday"

# fmt: off
PARTS: tuple[Part, ...] = (
    Part("name", 0x0000, (), _NAME, "utf8", "name"),
    Part("season", 0x0080, (MOST_SEASONS,), 3, "bcd",
         f"start of a season and its week profile; BCD bytes: {_DATE} week",
         f"week 1..{MOST_WEEKS}; all 0 = unused"),
    Part("week", 0x0100, (MOST_WEEKS,), 4, "bcd",
         "day profiles of a week; BCD bytes: Mon Tue Wed Thu Fri Sat Sun 0",
         f"1..{MOST_DAYS}; all 0 = unused"),
    Part("special", 0x0200, (MOST_SPECIAL_DAYS,), 3, "bcd",
         f"special day and its day profile; BCD bytes: {_DATE} day profile",
         f"day profile 1..{MOST_DAYS}; all 0 = unused"),
    Part("time", 0x0800, (MOST_DAYS, MOST_TIMES), 2, "bcd",
         "switching time of a day profile; BCD bytes: hh mm ss tariff",
         "tariff 1..4; all 0 = unused"),
    Part("season_name", 0x1800, (MOST_SEASONS,), _NAME, "utf8", "name of a season"),
    Part("week_name", 0x1980, (MOST_WEEKS,), _NAME, "utf8", "name of a week profile"),
    Part("day_name", 0x1B00, (MOST_DAYS,), _NAME, "utf8", "name of a day profile"),
)
# fmt: on


def _access(which: Which) -> str:
    return "rw-locked" if which is Which.DRAFT else "ro"


def _parts() -> Iterator[Declaration]:
    for which in Which:
        for part in PARTS:
            text = f"{which} tariff calendar: {part.text}"
            yield Declaration(
                f"calendar_{which}_{part.id}", text, "", _access(which), part.values
            )  # fmt: skip


def _block(which: Which) -> str:
    return f"0x{BASES[which]:04X}-0x{BASES[which] + BLOCK_SIZE - 1:04X}"


_STATES = "0 = none 1 = shown 2 = beyond the registers"
_ACTIVATION = "BCD bytes: century YY MM DD hh mm ss 0"

# fmt: off
CONTROL: tuple[Declaration, ...] = (
    Declaration("calendar_active_state", f"active tariff calendar: {_STATES}", "", "ro", "0|1|2"),
    Declaration("calendar_passive_state", f"passive tariff calendar: {_STATES}", "", "ro", "0|1|2"),
    Declaration("calendar_draft_state",
                "draft tariff calendar: 0 = not written 1 = written", "", "ro", "0|1"),
    Declaration("calendar_draft_fault",
                "address of the first register that keeps the draft from being a calendar; "
                "0 = none"),
    *(Declaration(f"calendar_{which}_crc", f"CRC-32 of registers {_block(which)}")
      for which in Which),
    Declaration("calendar_passive_activation",
                f"when the passive tariff calendar becomes active (local time); {_ACTIVATION}",
                "", "ro", "all 0 = not"),
    Declaration("calendar_draft_activation",
                f"from when command 2 lets the draft rule (local time); {_ACTIVATION}",
                "", "rw-locked", "all 0 = not"),
    Declaration("calendar_command",
                "1 = put the draft in force now 2 = take it as the passive tariff calendar "
                "3 = discard what was written 4 = draft as the passive one 5 = empty draft",
                "", "wo-locked", "1|2|3|4|5"),
)
# fmt: on

BY_ID: dict[str, Declaration] = {d.id: d for d in (*_parts(), *CONTROL)}
"""Declarations of calendar registers; of many of one kind by the id without its index."""
