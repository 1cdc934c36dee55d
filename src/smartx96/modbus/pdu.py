"""Requests and answers of the application protocol, without I/O.

`_PARSERS` holds the functions that the meter has; a function comes with its entry there and a
request class that answers itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple, Protocol

from smartx96.modbus.exceptions import (
    ExceptionCode,
    IllegalFunctionError,
    IllegalValueError,
    RequestError,
)
from smartx96.modbus.registers import Space

MAX_READ = 125
"""Most registers of one read (Modbus application protocol 1.1b3, clauses 6.3 and 6.4)."""

_READ = struct.Struct(">BHH")
_SPACES = {3: Space.HOLDING, 4: Space.INPUT}


class Bank(Protocol):
    """Where requests read."""

    def read(self, space: Space, address: int, count: int) -> bytes:
        """Bytes of registers, all of one reading; `IllegalAddressError` outside the blocks."""


class Request(Protocol):
    """A request that is well formed."""

    def answer(self, bank: Bank) -> bytes:
        """Answer PDU; `RequestError` where the bank refuses."""


class ReadRequest(NamedTuple):
    """Functions 03 and 04: read registers."""

    function: int
    address: int
    quantity: int

    def answer(self, bank: Bank) -> bytes:
        """Answer PDU with the registers' bytes."""
        data = bank.read(_SPACES[self.function], self.address, self.quantity)
        return bytes((self.function, len(data))) + data


def _parse_read(pdu: bytes, max_read: int) -> ReadRequest:
    if len(pdu) != _READ.size:
        raise IllegalValueError(f"a read request has {_READ.size} bytes, not {len(pdu)}")
    request = ReadRequest(*_READ.unpack(pdu))
    if not 1 <= request.quantity <= max_read:
        raise IllegalValueError(f"{request.quantity} registers; a read takes 1..{max_read}")
    return request


_PARSERS: dict[int, Callable[[bytes, int], Request]] = {3: _parse_read, 4: _parse_read}


def parse(pdu: bytes, max_read: int = MAX_READ) -> Request:
    """Request of a PDU.

    Parameters
    ----------
    pdu : bytes
        Function code and data as received.
    max_read : int
        Most registers that one read may ask for.

    Raises
    ------
    RequestError
        The function is unknown (code 01), or quantity or length are wrong (03).
    """
    parser = _PARSERS.get(pdu[0]) if pdu else None
    if parser is None:
        raise IllegalFunctionError("the meter does not have this function")
    return parser(pdu, max_read)


def exception_answer(function: int, code: ExceptionCode) -> bytes:
    """Answer PDU of a request that was refused."""
    return bytes((function | 0x80, code))


def answer(pdu: bytes, bank: Bank, max_read: int = MAX_READ) -> bytes:
    """Answer PDU to a request PDU; never raises, whatever the request is.

    Checks run in the order function, quantity, address.
    """
    try:
        return parse(pdu, max_read).answer(bank)
    except RequestError as error:
        return exception_answer(pdu[0] if pdu else 0, error.code)
