"""Where the registers of the tariff calendar stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from math import prod

from smartx96.modbus.calendar.declarations import BASES, BLOCK_SIZE, PARTS, Part, Which
from smartx96.modbus.image import Layout
from smartx96.modbus.registers import BLOCKS as OTHERS
from smartx96.modbus.registers import Format, Origin, Register, Space, check

BLOCKS: dict[Which, range] = {
    which: range(base, base + BLOCK_SIZE) for which, base in BASES.items()
}
"""Holding registers of the calendars; those of them without a parameter read 0."""

LAYOUT = Layout(BLOCKS.values())

_INDEX = re.compile(r"([a-z_]+)(?:\[([0-9,]+)\])?")


@dataclass(frozen=True, slots=True)
class Run:
    """Registers of one kind in one of the blocks.

    Parameters
    ----------
    which : Which
    part : Part
    """

    which: Which
    part: Part

    @property
    def id(self) -> str:
        """Id of its registers, without the index."""
        return f"calendar_{self.which}_{self.part.id}"

    @property
    def address(self) -> int:
        """Of the first register."""
        return BASES[self.which] + self.part.offset

    @property
    def count(self) -> int:
        """Number of parameters."""
        return prod(self.part.shape)

    @property
    def end(self) -> int:
        """Address after the last register."""
        return self.address + self.count * self.part.words

    @property
    def listed(self) -> Register:
        """The first parameter with an id that stands for all: `calendar_draft_season[1..24]`."""
        index = ",".join(f"1..{size}" for size in self.part.shape)
        return self._register(self.address, f"[{index}]" if index else "")

    @property
    def ends(self) -> tuple[Register, ...]:
        """The first parameter and the last, of which a table makes one row; or the only one."""
        return tuple(self.at(place) for place in sorted({0, self.count - 1}))

    def at(self, place: int) -> Register:
        """Parameter at a place of the run, from 0; a switching time of its day and its place."""
        index, rest = [], place
        for size in reversed(self.part.shape):
            rest, number = divmod(rest, size)
            index.append(str(number + 1))
        address = self.address + place * self.part.words
        return self._register(address, f"[{','.join(reversed(index))}]" if index else "")

    def _register(self, address: int, index: str) -> Register:
        form = Format(self.part.format)
        name = f"{self.id}{index}"
        return Register(address, self.part.words, form, name, Space.HOLDING, Origin.OWN)


RUNS: tuple[Run, ...] = tuple(
    sorted((Run(which, part) for which in Which for part in PARTS), key=lambda run: run.address)
)
"""Registers of all blocks by address."""

_BY_ID = {run.id: run for run in RUNS}
_ADDRESSES = [run.address for run in RUNS]


def run_of(which: Which, part: str) -> Run:
    """The registers of one kind in one of the blocks."""
    return _BY_ID[f"calendar_{which}_{part}"]


def parameter_at(address: int) -> Register | None:
    """The parameter that has a holding register; None where no calendar has one."""
    found = bisect_right(_ADDRESSES, address) - 1
    if found < 0 or address >= RUNS[found].end:
        return None
    run = RUNS[found]
    return run.at((address - run.address) // run.part.words)


def place_of(id: str) -> tuple[Run, int]:
    """The run of a parameter, and its place there.

    Raises
    ------
    KeyError
        No calendar has such a parameter.
    """
    match = _INDEX.fullmatch(id)
    if match is None or match[1] not in _BY_ID:
        raise KeyError(id)
    run, place = _BY_ID[match[1]], 0
    numbers = [int(number) for number in (match[2] or "").split(",") if number]
    for number, size in zip(numbers, run.part.shape, strict=False):
        place = place * size + number - 1
    if place >= run.count or place < 0 or run.at(place).id != id:
        raise KeyError(id)
    return run, place


def _check() -> None:
    """Raise `RuntimeError` where blocks touch; runs overlap, leave their block or lack a text."""
    blocks = (*OTHERS[Space.HOLDING], *BLOCKS.values())
    for n, one in enumerate(blocks):
        if any(one.start <= other.stop and other.start <= one.stop for other in blocks[:n]):
            raise RuntimeError(f"calendar registers: 0x{one.start:04X} touches another block")
    whole = [
        Register(run.address, run.end - run.address, Format.BCD, run.id, Space.HOLDING, Origin.OWN)
        for run in RUNS
    ]
    check(whole, tuple(BLOCKS.values()))


_check()
