"""Modbus TCP framing without I/O (Modbus messaging on TCP/IP 1.0b, clause 3.1.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from smartx96.modbus import pdu as protocol
from smartx96.modbus.exceptions import FramingError

_HEADER = struct.Struct(">HHHB")
_PREFIX = 6  # transaction, protocol and length, which `length` does not count
_LENGTHS = range(2, 255)


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


class Banks(Protocol):
    """Where a connection reads: the banks of the meters behind it."""

    def answering(self, unit: int) -> protocol.Bank | None:
        """The bank that answers to a unit id; None where nobody does."""


class Connection:
    """One client's dialogue: bytes in, bytes out.

    Parameters
    ----------
    banks : Banks
        The meters' registers.
    max_read : int
        Most registers of one read.
    """

    __slots__ = ("_banks", "_framer", "_max_read", "broken", "requests")

    def __init__(self, banks: Banks, max_read: int = protocol.MAX_READ) -> None:
        self._banks = banks
        self._framer = Framer()
        self._max_read = max_read
        self.broken = False
        """Whether the stream has lost its framing: to be closed once the answers are sent."""
        self.requests = 0
        """Messages received so far, those to other units included."""

    def receive(self, data: bytes) -> bytes:
        """Answers to the requests that are complete with these bytes, in their order.

        A unit that nobody is gets no answer.
        """
        return b"" if self.broken else b"".join(self._answers(data))

    def _answers(self, data: bytes) -> Iterator[bytes]:
        try:
            for frame in self._framer.feed(data):
                self.requests += 1
                bank = self._banks.answering(frame.unit)
                if bank is not None:
                    answer = protocol.answer(frame.pdu, bank, self._max_read)
                    yield Frame(frame.transaction, frame.unit, answer).encode()
        except FramingError:
            self.broken = True
