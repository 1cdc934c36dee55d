"""Block: the registers of one of a meter's calendars, read as far as they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from smartx96.configuration.link import Link
from smartx96.modbus.calendar.declarations import MOST_TIMES, PARTS, Which
from smartx96.modbus.calendar.layout import Run, run_of
from smartx96.modbus.calendar.writing import EMPTY
from smartx96.modbus.encoding import encode
from smartx96.modbus.functions.request import MAX_READ
from smartx96.modbus.readings import Reading

_TIME = "time"
"""Of these there is a row for each day, asked for only where the day is used."""

_FIRST_TIMES = 8
"""Times of a day that are asked for first: few days have more, and two days go in one request."""


@dataclass(slots=True)
class _Row:
    """Parameters that are used from the first on without a gap, as far as they are known.

    Parameters
    ----------
    run : Run
    start : int
        Place of the first in its run.
    count : int
        How many there are.
    """

    run: Run
    start: int
    count: int
    known: list[Reading] = field(default_factory=list)

    @property
    def used(self) -> int:
        """How many are known to be used."""
        return sum(map(_is_used, self.known))

    def wanted(self) -> Iterator[str]:
        """Ids that are to be asked for next, while all that are known are used."""
        if self.used == len(self.known):
            for n in range(len(self.known), min(self.count, self._following())):
                yield self.run.at(self.start + n).id

    def _following(self) -> int:
        """How many are to be known next: twice as many, or of times all."""
        known, part = len(self.known), self.run.part
        if part.id == _TIME:
            return self.count if known else _FIRST_TIMES
        return max(MAX_READ // part.words, 2 * known)

    def take(self, found: Mapping[str, Reading]) -> None:
        """Know what was asked for."""
        self.known += [found[id] for id in self.wanted()]

    def put(self, data: bytearray) -> None:
        """Put what is known into the bytes of the block."""
        for n, value in enumerate(self.known, self.start):
            register, words = self.run.at(n), self.run.part.words
            offset = 2 * (self.run.part.offset + n * words)
            data[offset : offset + 2 * words] = encode(register, value)


def _is_used(value: Reading) -> bool:
    return any(value) if isinstance(value, tuple) else bool(value)


async def read_block(link: Link, which: Which) -> bytes:
    """Bytes of the active or the passive calendar's block.

    A meter numbers the parts of these without gaps: what follows the first one that is not used is
    not asked for. Whether that is true its check sum tells, which is the caller's to compare.

    Parameters
    ----------
    link : Link
    which : Which
        Not the draft, in which parts stand at any numbers.

    Raises
    ------
    OptionError
        The meter does not have the registers.
    ExchangeError
        There is no answer of use.
    """
    runs = {part.id: run_of(which, part.id) for part in PARTS}
    rows = [_Row(run, 0, run.count) for id, run in runs.items() if id != _TIME]
    days = next(row for row in rows if row.run.part.id == "day_name")
    asked = 0
    while wanted := [id for row in rows for id in row.wanted()]:
        found = await link.read(wanted)
        for id in wanted:
            link.check(id)
        for row in rows:
            row.take(found)
        new = range(asked, days.used)
        rows += [_Row(runs[_TIME], day * MOST_TIMES, MOST_TIMES) for day in new]
        asked = days.used
    data = bytearray(EMPTY)
    for row in rows:
        row.put(data)
    return bytes(data)
