"""Passwords on the wire: where they stand in requests, so that nothing recorded shows them.

A write to a register that takes a password carries it in clear. Requests are hidden by their
layout, whoever they are for: meters of the same family share lines. Where the layout is lost, what
looks like such a write is hidden as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from smartx96.modbus.functions.writes import FUNCTION as WRITE
from smartx96.modbus.line.frames import Frame
from smartx96.modbus.registers import BY_ID

HIDDEN = 0xFF
"""What a hidden byte becomes: four of them are no number."""

_ADDRESSES = frozenset(
    address for id in ("lock", "password") for address in range(BY_ID[id].address, BY_ID[id].end)
)
_HEADER = 7
_LENGTHS = range(2, 255)
_PREFIX = 6


class _Layout(NamedTuple):
    """Where the address and the values stand in a write; a counted one has several values."""

    address: int
    data: int
    counted: bool


_WRITES = {
    6: _Layout(1, 3, False),
    WRITE: _Layout(1, 6, True),
    22: _Layout(1, 3, False),
    23: _Layout(5, 10, True),
}
"""Functions that write registers (application protocol 1.1b3, clauses 6.6, 6.12, 6.16, 6.17)."""

_FUNCTIONS = frozenset({*range(1, 9), 11, 12, *range(15, 18), *range(20, 25), 43})
"""Of the standard; a frame with another may be RTU, whose address 0 looks like a header."""

_SINGLE_SIZE = {6: 2, 22: 4}
_LONGEST_HEAD = 10
_LAST = max(_ADDRESSES)
_SUSPECTS = re.compile(
    b"(?=[\\x06\\x16]\\x00|[\\x10]\\x00[\\x00-\\x%02x]|\\x17.{4}\\x00[\\x00-\\x%02x])"
    % (_LAST, _LAST),
    re.DOTALL,
)
"""Where a write to a password may begin."""


def places(pdu: bytes) -> list[int]:
    """Where bytes of a password stand in a request PDU, whole or cut off, well formed or not."""
    layout = _WRITES.get(pdu[0]) if pdu else None
    if layout is None or len(pdu) <= layout.data:
        return []
    first = int.from_bytes(pdu[layout.address : layout.address + 2])
    if not layout.counted:
        return list(range(layout.data, len(pdu))) if first in _ADDRESSES else []
    if first > _LAST:
        return []
    span = range(layout.data, len(pdu))
    return [at for at in span if first + (at - layout.data) // 2 in _ADDRESSES]


def hide(pdu: bytes) -> bytes:
    """A request PDU without its passwords."""
    return _hidden(pdu, places(pdu))


def hexadecimal(pdu: bytes) -> str:
    """A request PDU in hexadecimal, `**` for the bytes of a password."""
    found = set(places(pdu))
    if not found:
        return pdu.hex()
    return "".join("**" if at in found else f"{byte:02x}" for at, byte in enumerate(pdu))


def hide_burst(burst: bytes, frames: Iterable[Frame]) -> list[bytes]:
    """A burst of a line without its passwords, cut into the frames found in it and what is none.

    A frame gets the check sum of what is shown.
    """
    pieces, rest = list[bytes](), burst
    for frame in frames:
        whole = frame.encode()
        noise, found, rest = rest.partition(whole)
        if noise:
            pieces.append(_hidden(noise, _suspected(noise)))
        if found:
            pieces.append(frame._replace(pdu=hide(frame.pdu)).encode())
    if rest:
        pieces.append(_hidden(rest, _suspected(rest)))
    return pieces


class StreamMask:
    """Hides the passwords of a Modbus TCP stream, wherever it is cut."""

    def __init__(self) -> None:
        self._pending = b""
        self._lost = False

    def hide(self, data: bytes) -> bytes:
        """The next bytes of the stream without passwords."""
        known = len(self._pending)
        joined = self._pending + data
        found = set(_suspected(joined, strict=not self._lost))
        if not self._lost:
            found.update(self._framed(joined))
        if self._lost:
            # What may be the beginning of a write to be told when its data come.
            self._pending = joined[-260:]
        return _hidden(joined, found)[known:]

    def _framed(self, joined: bytes) -> Iterator[int]:
        at = 0
        while len(joined) - at > _HEADER:
            length = int.from_bytes(joined[at + 4 : at + 6])
            if joined[at + 2 : at + 4] != b"\0\0" or length not in _LENGTHS:
                self._lost = True
                yield from (at + place for place in _suspected(joined[at:]))
                return
            end = at + _PREFIX + length
            begin = at + _HEADER
            pdu = joined[begin:end]
            found = places(pdu) if pdu[0] in _FUNCTIONS else _suspected(pdu)
            yield from (begin + place for place in found)
            if end > len(joined):
                break
            at = end
        self._pending = joined[at:]


def _suspected(data: bytes, strict: bool = False) -> Iterator[int]:
    """Places of what may be passwords; strictly only of requests that are consistent."""
    for match in _SUSPECTS.finditer(data):
        start = match.start()
        end = _end(data[start : start + _LONGEST_HEAD], strict)
        yield from (start + place for place in places(data[start:][:end]))


def _end(head: bytes, strict: bool) -> int | None:
    """Length of what looks like a write; None has no end."""
    function = head[0]
    layout = _WRITES[function]
    if not layout.counted:
        return layout.data + _SINGLE_SIZE[function]
    if not strict:
        return None
    if len(head) < layout.data:
        return 0
    head = head[: layout.data]
    size, stated = 2 * int.from_bytes(head[layout.data - 3 : layout.data - 1]), head[-1]
    return layout.data + size if size == stated else 0


def _hidden(data: bytes, found: Iterable[int]) -> bytes:
    shown = bytearray(data)
    for at in found:
        shown[at] = HIDDEN
    return bytes(shown)
