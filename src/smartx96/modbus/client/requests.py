"""Requests: what is sent, how long its answer is, and what the answer says; no I/O."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, NamedTuple, TypeVar

from smartx96.errors import OptionError
from smartx96.modbus.client.errors import DamagedAnswerError, ExceptionAnswerError
from smartx96.modbus.functions.diagnostics import CLEAR, ECHO
from smartx96.modbus.functions.identification import (
    DEVICE_IDENTIFICATION,
    ENCAPSULATED,
    REPORT,
)
from smartx96.modbus.functions.request import MAX_READ
from smartx96.modbus.functions.writes import FUNCTION as WRITE
from smartx96.modbus.functions.writes import MAX_WRITE
from smartx96.modbus.pdu import LARGEST
from smartx96.modbus.registers import Space
from smartx96.modbus.watch.subject import heading, subject

T_co = TypeVar("T_co", covariant=True)

DIAGNOSTICS = 8
READ_FUNCTIONS = {Space.HOLDING: 3, Space.INPUT: 4}

_ERROR = 0x80
_WORD = range(0x10000)
_EXCEPTION_SIZE = 2


class Request(ABC, Generic[T_co]):
    """A request PDU and what is made of its answer.

    Attributes
    ----------
    pdu : bytes
    repeatable : bool
        Whether it may be asked again without harm.
    mirrored : bool
        Whether the answer may be the same bytes as the request.
    largest : int
        Bytes that the answer PDU has at most.
    """

    repeatable: ClassVar[bool] = True
    mirrored: ClassVar[bool] = False
    largest: int = LARGEST
    pdu: bytes

    @property
    def function(self) -> int:
        """Function code."""
        return self.pdu[0]

    def __str__(self) -> str:
        return str(subject(heading(self.pdu)))

    def size(self, data: bytes) -> int | None:
        """Length of the answer PDU with which data begin; None where they do not tell yet."""
        return _EXCEPTION_SIZE if data[0] == self.function | _ERROR else self._size(data)

    def fits(self, pdu: bytes) -> bool:
        """Whether a PDU can be the answer to this very request."""
        if pdu[:1] == bytes((self.function | _ERROR,)):
            return len(pdu) == _EXCEPTION_SIZE
        return pdu[:1] == self.pdu[:1] and self._size(pdu) == len(pdu) and self._fits(pdu)

    def result(self, pdu: bytes) -> T_co:
        """What the answer says.

        Raises
        ------
        ExceptionAnswerError
            It is an exception.
        DamagedAnswerError
            It is no answer to this request.
        """
        if not self.fits(pdu):
            raise DamagedAnswerError("the answer has a wrong length or is to another request")
        if pdu[0] & _ERROR:
            raise ExceptionAnswerError.of(pdu[1], write=not self.repeatable)
        return self._result(pdu)

    @abstractmethod
    def _size(self, data: bytes) -> int | None:
        """As `size`, of an answer that is no exception."""

    def _fits(self, pdu: bytes) -> bool:
        """Whether an answer of the right function and length names what was asked for."""
        return True

    @abstractmethod
    def _result(self, pdu: bytes) -> T_co:
        """As `result`, of an answer that fits."""


def _check(address: int, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise OptionError(f"{count} registers: give 1 to {most}")
    if address < 0 or address + count > len(_WORD):
        raise OptionError(f"registers {address}..{address + count - 1}: give 0 to {_WORD[-1]}")


class ReadRegisters(Request[bytes]):
    """Functions 03 and 04: the bytes of registers that follow each other."""

    def __init__(self, space: Space, address: int, count: int) -> None:
        _check(address, count, MAX_READ)
        self.space, self.address = space, address
        self.pdu = struct.pack(">BHH", READ_FUNCTIONS[space], address, count)
        self.largest = 2 + 2 * count

    def _size(self, data: bytes) -> int:
        return self.largest

    def _fits(self, pdu: bytes) -> bool:
        return pdu[1] == len(pdu) - 2

    def _result(self, pdu: bytes) -> bytes:
        return pdu[2:]


class WriteRegisters(Request[None]):
    """Function 16: write registers that follow each other."""

    repeatable = False
    largest = 5

    def __init__(self, address: int, data: bytes) -> None:
        if len(data) % 2:
            raise OptionError(f"{len(data)} bytes are no whole registers")
        _check(address, len(data) // 2, MAX_WRITE)
        head = struct.pack(">BHHB", WRITE, address, len(data) // 2, len(data))
        self.pdu = head + data

    def _size(self, data: bytes) -> int:
        return self.largest

    def _fits(self, pdu: bytes) -> bool:
        return pdu == self.pdu[: self.largest]

    def _result(self, pdu: bytes) -> None:
        return None


class Diagnostic(Request[bytes]):
    """Function 08: the data of a sub-function's answer, which has the length of the request.

    Repeated as reads are: the sub-functions that end something, such as 0001 and 0004, are not
    for this client.
    """

    mirrored = True

    def __init__(self, sub_function: int, data: bytes = b"\0\0") -> None:
        if not 0 < len(data) <= LARGEST - 3 or len(data) % 2 or sub_function not in _WORD:
            raise OptionError(
                f"sub-function {sub_function} with {len(data)} bytes: give 0 to {_WORD[-1]} "
                f"and whole words, 1 to {(LARGEST - 3) // 2}"
            )
        self.pdu = struct.pack(">BH", DIAGNOSTICS, sub_function) + data
        self.largest = len(self.pdu)
        self._echoed = sub_function in (ECHO, CLEAR)

    def _size(self, data: bytes) -> int:
        return self.largest

    def _fits(self, pdu: bytes) -> bool:
        return pdu == self.pdu if self._echoed else pdu[:3] == self.pdu[:3]

    def _result(self, pdu: bytes) -> bytes:
        return pdu[3:]


class ReportServerId(Request[bytes]):
    """Function 17: type code, run indicator and text, as the device arranges them."""

    pdu = bytes((REPORT,))

    def _size(self, data: bytes) -> int | None:
        return 2 + data[1] if len(data) > 1 else None

    def _result(self, pdu: bytes) -> bytes:
        return pdu[2:]


class Objects(NamedTuple):
    """Objects of one answer of function 43/14, and from which on there are more; 0 is none."""

    texts: dict[int, str]
    following: int


_LISTED_FROM, _NUMBER_AT, _FOLLOWS_AT = 7, 6, 4


class ReadIdentification(Request[Objects]):
    """Function 43/14: objects of the device identification from one on."""

    def __init__(self, code: int = 2, object_id: int = 0) -> None:
        if code not in range(1, 5) or object_id not in range(0x100):
            raise OptionError(
                f"identification {code}, object {object_id}: give 1 to 4, and 0 to 255"
            )
        self.pdu = bytes((ENCAPSULATED, DEVICE_IDENTIFICATION, code, object_id))

    def _size(self, data: bytes) -> int | None:
        if len(data) < _LISTED_FROM:
            return None
        at = _LISTED_FROM
        for _ in range(data[_NUMBER_AT]):
            if len(data) < at + 2:
                return None
            at += 2 + data[at + 1]
        return at

    def _fits(self, pdu: bytes) -> bool:
        return pdu[1:3] == self.pdu[1:3]

    def _result(self, pdu: bytes) -> Objects:
        texts, at = dict[int, str](), _LISTED_FROM
        while at < len(pdu):
            end = at + 2 + pdu[at + 1]
            texts[pdu[at]] = pdu[at + 2 : end].decode("ascii", "replace")
            at = end
        return Objects(texts, pdu[_FOLLOWS_AT + 1] if pdu[_FOLLOWS_AT] == 0xFF else 0)
