"""Modbus TCP framing without I/O (Modbus messaging on TCP/IP 1.0b, clause 3.1.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from smartx96.modbus import pdu as protocol
from smartx96.modbus.exceptions import FramingError
from smartx96.modbus.functions.request import Caller
from smartx96.modbus.stations import Stations

_HEADER = struct.Struct(">HHHB")
_PREFIX = 6  # transaction, protocol and length, which `length` does not count
_LENGTHS = range(2, 255)

_FIRST = (0, 255)
"""Unit ids that mean the first meter behind a TCP port."""


class Frame(NamedTuple):
    """One message: transaction number, unit id and PDU."""

    transaction: int
    unit: int
    pdu: bytes

    def encode(self) -> bytes:
        """The message with its header."""
        return _HEADER.pack(self.transaction, 0, len(self.pdu) + 1, self.unit) + self.pdu


class Framer:
    """Cuts a byte stream into messages, wherever the network has cut it."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    @property
    def partial(self) -> bool:
        """Whether the beginning of a message waits for its end."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Messages that are complete with these bytes.

        Raises
        ------
        FramingError
            A header is not Modbus; what follows it cannot be read. Messages before it came.
        """
        buffer = self._buffer + data if self._buffer else data
        position = 0
        # What stays behind is less than one message, so the buffer is bounded.
        while len(buffer) - position >= _HEADER.size:
            transaction, kind, length, unit = _HEADER.unpack_from(buffer, position)
            if kind != 0 or length not in _LENGTHS:
                raise FramingError(f"protocol {kind}, length {length}: not Modbus TCP")
            end = position + _PREFIX + length
            if end > len(buffer):
                break
            yield Frame(transaction, unit, buffer[position + _HEADER.size : end])
            position = end
        self._buffer = buffer[position:]


class Reply(NamedTuple):
    """A request and its answer; None where nobody is there who could answer."""

    request: Frame
    answer: Frame | None


class Connection:
    """One client's dialogue: bytes in, replies out.

    Parameters
    ----------
    stations : Stations
        The meters behind the port.
    caller : Caller, optional
        What a password on this connection unlocks, and how much may be read at once.

    Attributes
    ----------
    broken : bool
        Whether the stream has lost its framing: to be closed once the answers are sent.
    requests : int
        Messages received so far, those to other units included.
    """

    __slots__ = ("_framer", "_stations", "broken", "caller", "requests")

    def __init__(self, stations: Stations, caller: Caller | None = None) -> None:
        self._stations = stations
        self._framer = Framer()
        self.caller = caller or Caller(session=self)
        self.broken = False
        self.requests = 0

    def receive(self, data: bytes) -> list[Reply]:
        """Replies to the requests that are complete with these bytes, in their order."""
        return [] if self.broken else list(self._replies(data))

    def _replies(self, data: bytes) -> Iterator[Reply]:
        stations, caller = self._stations, self.caller
        try:
            for frame in self._framer.feed(data):
                self.requests += 1
                stations.bus.messages += 1
                unit = frame.unit
                station = stations.first if unit in _FIRST else stations.at(unit)
                if station is None:
                    yield Reply(frame, None)
                    continue
                answer = protocol.answer(frame.pdu, station, caller)
                yield Reply(frame, Frame(frame.transaction, unit, answer))
        except FramingError:
            stations.bus.errors += 1
            self.broken = True
