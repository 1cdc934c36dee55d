"""What the Modbus server does with octets, whatever they are; each target takes one input.

An `AssertionError`, or any exception, is a finding. Check sums are another program's.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

import minimalmodbus

from smartx96.meter.commands import ChangeSettings
from smartx96.modbus import pdu
from smartx96.modbus.exceptions import IllegalAddressError, IllegalValueError
from smartx96.modbus.functions.request import Caller
from smartx96.modbus.line.line import Line, Reply
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.stations import Stations
from smartx96.modbus.tcp import Connection
from smartx96.modbus.writing import commands, parameters
from smartx96.settings import Settings
from support.modbus_unit import ScriptedUnit, answered, connection, dialogue

OURS = (0x11, 0x12)
LONGEST_BURST = 512
"""Octets that a line keeps at most."""


def exercise_pdu(content: bytes) -> str:
    """A request to a unit that reads and writes; which way it went."""
    request = content[: pdu.LARGEST]
    unit = ScriptedUnit(OURS[0])
    station = next(iter(Stations([unit])))
    answer = pdu.answer(request, station, Caller())
    function = request[0] if request else 0
    assert 2 <= len(answer) <= pdu.LARGEST
    assert answer[0] & 0x7F == function & 0x7F
    refused = answer[0] != function or function > 0x7F
    assert station.counters.exceptions == refused
    assert bool(unit.written) == (answer[0] == 16), "executed and refused, or neither"
    if refused:
        assert len(answer) == 2
        assert answer[1] in (1, 2, 3, 4)
    elif function in (3, 4, 17):
        assert answer[1] == len(answer) - 2
    return f"{function & 0x7F} {'refused' if refused else 'done'}"


def exercise_tcp(content: bytes) -> str:
    """A stream, cut as its first octet says; as answered as in one piece."""
    size, stream = 1 + (content[0] if content else 0), content[1:]
    whole, cut = _client(), _client()
    found = answered(whole, stream)
    parts = (stream[n : n + size] for n in range(0, len(stream), size))
    assert dialogue(cut, parts) == found
    assert (cut.broken, cut.requests) == (whole.broken, whole.requests)
    asked = {message[:2] + message[6:7] for message in _messages(stream)}
    for message in _messages(found):
        assert message[6] in (0, 255, OURS[0])
        assert message[:2] + message[6:7] in asked, "an answer that nobody asked for"
    return f"{'broken' if whole.broken else 'whole'} {bool(found)}"


def _client() -> Connection:
    return connection(ScriptedUnit(OURS[0]))


def _messages(stream: bytes) -> Iterator[bytes]:
    """Messages of a stream, up to where it is none."""
    while len(stream) >= 8:
        kind, length = struct.unpack_from(">HH", stream, 2)
        if kind or not 2 <= length <= 254 or len(stream) < 6 + length:
            return
        yield stream[: 6 + length]
        stream = stream[6 + length :]


class Piece(NamedTuple):
    """Octets on a line, and how they came there."""

    data: bytes
    gap: float
    damaged: bool


_GAPS = (0.0, 0.5, 2.0, 4.0, 6.0, 30.0, 100.0, 300.0)
"""Silences before a piece, in characters."""


def script(content: bytes) -> Iterator[Piece]:
    """Pieces of an input: two octets say how many octets follow and what happens to them.

    The first one is their number; of the second, three bits choose the silence before, one marks a
    damaged character, and one has the right check sum put behind, which no fuzzer would guess.
    """
    while len(content) > 2:
        size, how = content[0], content[1]
        data, content = content[2 : 2 + size], content[2 + size :]
        if how & 0x10 and data:
            data += minimalmodbus._calculate_crc(data)
        if data:
            yield Piece(data, _GAPS[how & 7], bool(how & 8))


def exercise_rtu(content: bytes) -> str:
    """Pieces on a line of two units; what they were answered."""
    how, pieces = (content[0] if content else 0), list(script(content[1:]))
    units = [ScriptedUnit(address) for address in OURS]
    stations = Stations(units)
    line = Line(stations, parameters=LineParameters(9600) if how & 1 else None,
                patience=0.02 if how & 2 else 0.0, exact=bool(how & 4))  # fmt: skip
    now, burst, spoilt, outcomes = 0.0, b"", False, set[str]()
    for n, piece in enumerate(pieces):
        begin = now + piece.gap * line.parameters.character
        now = begin + len(piece.data) * line.parameters.character
        line.receive(piece.data, now, piece.damaged)
        burst, spoilt = burst + piece.data, spoilt or piece.damaged
        assert line.burst == burst[-LONGEST_BURST:]
        following = pieces[n + 1].gap * line.parameters.character if n + 1 < len(pieces) else 1.0
        ended = _silent(line, now, now + following)
        if ended is not None:
            outcomes.add(_checked(ended, burst, spoilt, stations))
            burst, spoilt = b"", False
    return ",".join(sorted(outcomes))


def _silent(line: Line, now: float, until: float) -> list[Reply] | None:
    """What the line says in the silence between two times; None where it waits for more."""
    for due in (line.due, line.last_chance):
        if due <= until:
            replies = line.silence(due)
            if not line.burst:
                return replies
    return None


def _checked(replies: list[Reply], burst: bytes, spoilt: bool, stations: Stations) -> str:
    """Replies are to whole frames of ours in the burst, one at most has an answer: the last."""
    bus = stations.bus
    assert min(bus.messages, bus.errors, bus.overruns) >= 0
    for reply in replies:
        assert not spoilt, "to what was damaged"
        request = _framed(reply.request.unit, reply.request.pdu)
        assert request in burst, "nobody asked"
        assert reply.request.unit in (0, *_addresses(stations), *OURS)
    asked = [reply for reply in replies if reply.answer is not None]
    if not asked:
        return "silent"
    assert asked == replies[-1:], "two answers, or one that nobody waits for"
    request, answer = asked[0]
    assert answer is not None
    assert answer.unit == request.unit != 0, "in another unit's name"
    assert burst.endswith(_framed(*request)), "something came behind it"
    assert answer.encode() == _framed(*answer)
    assert len(answer.encode()) <= 256
    return f"{answer.pdu[0]}"


def _addresses(stations: Stations) -> list[int]:
    return [station.unit.unit_address for station in stations]


def _framed(unit: int, content: bytes) -> bytes:
    body = bytes((unit,)) + content
    return body + minimalmodbus._calculate_crc(body)


def exercise_writes(content: bytes) -> str:
    """An address and data to be written to a meter's registers; what they command."""
    how, content = (content[0] if content else 0), content[1:]
    if len(content) < 4:
        return "nothing"
    (address,), data = struct.unpack(">H", content[:2]), content[2:248]
    data = data[: len(data) & ~1]
    settings = Settings(
        {"word_order": how & 1, "time_zone": ("UTC", "Europe/Berlin")[how >> 1 & 1]}
    )
    try:
        found = parameters(address, data)
        asked = commands(found, settings, bool(how & 1))
    except (IllegalAddressError, IllegalValueError) as error:
        return f"refused {error.code}"
    assert b"".join(written.data for written in found) == data
    assert found[0].register.address == address
    assert all(written.register.description.access != "ro" for written in found)
    changes = [command.changes for command in asked if isinstance(command, ChangeSettings)]
    assert all(isinstance(value, int | str) for change in changes for value in change.values())
    return " ".join(sorted({type(command).__name__ for command in asked}))


TARGETS: dict[str, Callable[[bytes], str]] = {
    "pdu": exercise_pdu,
    "tcp": exercise_tcp,
    "rtu": exercise_rtu,
    "writes": exercise_writes,
}
