"""Draft: the fewest writes that make a meter's draft the registers of a calendar."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from smartx96.errors import OptionError
from smartx96.meter.calendar import Calendar
from smartx96.modbus.calendar.declarations import BASES, Which
from smartx96.modbus.calendar.draft import Order
from smartx96.modbus.calendar.layout import RUNS
from smartx96.modbus.calendar.writing import EMPTY, block, excesses
from smartx96.modbus.functions.writes import MAX_WRITE

_RUNS = [run for run in RUNS if run.which is Which.DRAFT]


class Piece(NamedTuple):
    """Registers of one write.

    Parameters
    ----------
    address : int
        Of the first.
    data : bytes
    """

    address: int
    data: bytes


class Drafting(NamedTuple):
    """How a draft becomes a calendar.

    Parameters
    ----------
    beginning : Order
        What the draft begins with: empty, or a copy of the active calendar.
    pieces : tuple of Piece
    checksum : int
        CRC-32 of the block that is wanted.
    """

    beginning: Order
    pieces: tuple[Piece, ...]
    checksum: int


def wanted_block(calendar: Calendar) -> bytes:
    """Registers of a calendar that is to be written.

    Raises
    ------
    OptionError
        They cannot hold it.
    """
    for line in excesses(calendar):
        raise OptionError(f"{line}: a meter takes it from a file only (`x96 run --tariffs`)")
    return block(calendar)


def drafting(active: bytes, wanted: bytes) -> Drafting:
    """The way to a block of registers that takes fewest writes, and of those fewest registers."""
    ways = [
        Drafting(order, tuple(pieces(before, wanted)), zlib.crc32(wanted))
        for order, before in ((Order.DISCARD, active), (Order.CLEAR, EMPTY))
    ]
    return min(ways, key=lambda way: (len(way.pieces), sum(len(each.data) for each in way.pieces)))


def pieces(before: bytes, wanted: bytes) -> Iterator[Piece]:
    """Fewest writes that change one block of registers into another, of whole parameters."""
    stretch: range | None = None
    for parameter in _differing(before, wanted):
        if stretch is not None and _is_writable(stretch.start, parameter.stop):
            stretch = range(stretch.start, parameter.stop)
            continue
        if stretch is not None:
            yield _piece(stretch, wanted)
        stretch = parameter
    if stretch is not None:
        yield _piece(stretch, wanted)


def _differing(before: bytes, wanted: bytes) -> Iterator[range]:
    """Registers of the parameters that differ, counted from the beginning of the block."""
    for run in _RUNS:
        offset, words = run.part.offset, run.part.words
        for first in range(offset, offset + run.count * words, words):
            bytes_ = slice(2 * first, 2 * (first + words))
            if before[bytes_] != wanted[bytes_]:
                yield range(first, first + words)


def _is_writable(first: int, end: int) -> bool:
    """Whether one write takes these registers: few enough, and none of them without a parameter."""
    return end - first <= MAX_WRITE and not any(first < gap.stop <= end for gap in _GAPS)


_GAPS = [range(a.end - BASES[a.which], b.address - BASES[b.which])
         for a, b in pairwise(_RUNS) if a.end < b.address]  # fmt: skip


def _piece(stretch: range, wanted: bytes) -> Piece:
    data = wanted[2 * stretch.start : 2 * stretch.stop]
    return Piece(BASES[Which.DRAFT] + stretch.start, data)
