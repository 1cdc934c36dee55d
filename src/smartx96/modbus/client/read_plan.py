"""ReadPlan: which registers are read together, so that all wanted ones cost least."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

from smartx96.errors import OptionError
from smartx96.modbus.calendar.layout import BLOCKS as CALENDAR_BLOCKS
from smartx96.modbus.calendar.layout import place_of
from smartx96.modbus.functions.request import MAX_READ
from smartx96.modbus.registers import BLOCKS, BY_ID, HOLDING, INPUT, Origin, Register, Space
from smartx96.settings.setting import brief, nearest

FEWEST = 1000
"""Cost of a request that makes their number count before their length: more than any reads."""

_MODEL_LIMITS = (80, 60, 50)
"""Most registers of one read of real models."""

_ILLEGAL_ADDRESS, _ILLEGAL_VALUE = 2, 3


def register(id: str) -> Register:
    """The register of an id, those of tariff calendars among them.

    Raises
    ------
    OptionError
        No register has it.
    """
    found = BY_ID.get(id)
    if found is not None:
        return found
    try:
        run, place = place_of(id)
    except KeyError:
        raise OptionError(f"{brief(id)}: no register has this id; {nearest(id, BY_ID)}") from None
    return run.at(place)


_OWN = {
    space: [each.address for each in found if each.origin is Origin.OWN]
    for space, found in ((Space.INPUT, INPUT), (Space.HOLDING, HOLDING))
}
"""Where registers begin that only this project documents."""


def _is_own(space: Space, start: int, stop: int) -> bool:
    """Whether there are registers between two addresses that only this project documents."""
    found = _OWN[space]
    return bisect_left(found, start) < bisect_left(found, stop)


class Stretch(NamedTuple):
    """Registers of one request.

    Parameters
    ----------
    space : Space
    address : int
        Of the first.
    quantity : int
    registers : tuple of Register
        Those of them that are wanted, in order of address.
    """

    space: Space
    address: int
    quantity: int
    registers: tuple[Register, ...]

    @property
    def has_gap(self) -> bool:
        """Whether registers are read that nobody wants."""
        return self.quantity > sum(each.words for each in self.registers)

    def split(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Ids and bytes of the wanted registers in the bytes of all."""
        for each in self.registers:
            first = 2 * (each.address - self.address)
            yield each.id, data[first : first + 2 * each.words]


class Limits(NamedTuple):
    """What a meter lets be read at once.

    Parameters
    ----------
    max_read : int
        Most registers of one read.
    gaps : bool
        Whether addresses without a parameter may be among them.
    own : bool
        Whether such that hold one only by our word may be among them.
    """

    max_read: int = MAX_READ
    gaps: bool = True
    own: bool = True

    def across(self, before: Register, after: Register) -> bool:
        """Whether what lies between two registers may be read."""
        if before.end == after.address:
            return True
        return self.gaps and (self.own or not _is_own(before.space, before.end, after.address))

    def after(self, plan: ReadPlan, code: int) -> Limits | None:
        """Narrower limits, after a meter answered a plan with an exception; None where they are
        not the reason.
        """
        if code == _ILLEGAL_ADDRESS and any(each.has_gap for each in plan.stretches):
            return self._replace(gaps=False)
        longest = max(each.quantity for each in plan.stretches)
        smaller = next((limit for limit in _MODEL_LIMITS if limit < longest), None)
        if code == _ILLEGAL_VALUE and smaller is not None:
            return self._replace(max_read=smaller)
        return None


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Requests that bring all wanted registers.

    Parameters
    ----------
    stretches : tuple of Stretch
        By space and address.
    """

    stretches: tuple[Stretch, ...]

    @classmethod
    def of(cls, ids: Iterable[str], limits: Limits | None = None,
           request_cost: int = FEWEST) -> ReadPlan:  # fmt: skip
        """The cheapest plan for ids.

        Parameters
        ----------
        ids : iterable of str
        limits : Limits, optional
        request_cost : int
            What a request costs beside its registers, in registers: a gap of more is not read
            across. `FEWEST` makes as few requests as can be.

        Raises
        ------
        OptionError
            No register has an id, or one does not fit into a request.
        """
        return cls(_planned(frozenset(ids), limits or Limits(), request_cost))


@lru_cache(maxsize=64)
def _planned(ids: frozenset[str], limits: Limits, request_cost: int) -> tuple[Stretch, ...]:
    """The plan for ids: many meters are asked for the same ones, again and again."""
    wanted = sorted({register(id) for id in ids}, key=lambda r: (r.space, r.address))
    for each in wanted:
        if each.words > limits.max_read:
            raise OptionError(
                f"{each.id} has {each.words} registers, and {limits.max_read} may be read"
            )
    found: list[Stretch] = []
    for _, group in groupby(wanted, key=_area):
        found += _cheapest(list(group), limits, request_cost)
    return tuple(found)


def _area(register: Register) -> tuple[Space, int]:
    """Registers of one area can be read in one request."""
    return register.space, bisect_right(_STARTS[register.space], register.address)


def _starts(blocks: Iterable[range]) -> list[int]:
    """Where areas begin: blocks that touch are one."""
    found = sorted(blocks, key=lambda block: block.start)
    return [found[0].start, *(b.start for a, b in pairwise(found) if a.stop < b.start)]


_STARTS = {
    Space.INPUT: _starts(BLOCKS[Space.INPUT]),
    Space.HOLDING: _starts((*BLOCKS[Space.HOLDING], *CALENDAR_BLOCKS.values())),
}


def _cheapest(registers: list[Register], limits: Limits, request_cost: int) -> list[Stretch]:
    """The cheapest requests for registers of one area, by address.

    `costs[n]` is the least that the first n registers cost, `begins[n]` where the last request of
    that begins: the shortest way through the registers.
    """
    costs, begins = [0], [0]
    for end in range(1, len(registers) + 1):
        best = min(
            (costs[begin] + request_cost + registers[end - 1].end - registers[begin].address, begin)
            for begin in _beginnings(registers, end, limits)
        )
        costs.append(best[0])
        begins.append(best[1])
    found, end = list[Stretch](), len(registers)
    while end:
        found.append(_stretch(registers[begins[end] : end]))
        end = begins[end]
    return found[::-1]


def _beginnings(registers: list[Register], end: int, limits: Limits) -> Iterator[int]:
    """Where a request may begin whose last register stands before `end`."""
    last = registers[end - 1].end
    for begin in range(end - 1, -1, -1):
        if last - registers[begin].address > limits.max_read:
            return
        yield begin
        if begin and not limits.across(registers[begin - 1], registers[begin]):
            return


def _stretch(registers: list[Register]) -> Stretch:
    first, last = registers[0], registers[-1]
    return Stretch(first.space, first.address, last.end - first.address, tuple(registers))
