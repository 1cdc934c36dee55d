"""Subject: what a request is about, and what became of it, in words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.registers import HOLDING, INPUT, Space

_FUNCTIONS = {
    1: "read coils",
    2: "read discrete inputs",
    3: "read holding",
    4: "read input",
    5: "write coil",
    6: "write holding",
    8: "diagnostics",
    15: "write coils",
    16: "write holding",
    17: "server id",
    22: "mask holding",
    23: "read and write holding",
    43: "device identification",
}
_SPACES = {3: Space.HOLDING, 4: Space.INPUT, 6: Space.HOLDING, 16: Space.HOLDING,
           22: Space.HOLDING, 23: Space.HOLDING}  # fmt: skip
_SINGLE = (5, 6, 22)
_COUNTED = (1, 2, 3, 4, 15, 16, 23)

_MAPS = {Space.INPUT: INPUT, Space.HOLDING: HOLDING}
_STARTS = {space: [register.address for register in rows] for space, rows in _MAPS.items()}
_ENDS = {space: [register.end for register in rows] for space, rows in _MAPS.items()}


class Subject(NamedTuple):
    """What a request is about.

    Parameters
    ----------
    function : int
    address : int or None
        First register, or the sub-function of diagnostics.
    quantity : int or None
        Registers.
    first, last : str
        Ids of the first and last value that the registers touch; empty where there is none.
    """

    function: int
    address: int | None = None
    quantity: int | None = None
    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        name = _FUNCTIONS.get(self.function, f"function {self.function}")
        if self.address is None:
            return name
        if self.quantity is None:
            return f"{name} 0x{self.address:04X}"
        end = self.address + max(self.quantity, 1) - 1
        if self.quantity == 1:
            return f"{name} 0x{self.address:04X}"
        return f"{name} 0x{self.address:04X}-0x{end:04X}" if self.quantity else f"{name} nothing"

    @property
    def values(self) -> str:
        """The values that are touched, in words."""
        if self.function not in _SPACES:
            return ""
        if not self.first:
            return "no register"
        return self.first if self.first == self.last else f"{self.first} .. {self.last}"


def heading(request: bytes) -> bytes:
    """The part of a request PDU by which requests are alike: never what it writes or echoes."""
    function = request[0] if request else 0
    if function in _COUNTED:
        return request[:5]
    return request[:3] if function in _SINGLE or function == 8 else request[:1]


@lru_cache(maxsize=1024)
def subject(head: bytes) -> Subject:
    """Subject of a `heading`."""
    function = head[0] if head else 0
    address = int.from_bytes(head[1:3]) if len(head) >= 3 else None
    if address is None or function == 8:
        return Subject(function, address)
    quantity = 1 if function in _SINGLE else None
    if len(head) == 5:
        quantity = int.from_bytes(head[3:5])
    if quantity is None:
        return Subject(function, address)
    return Subject(function, address, quantity, *_ids(function, address, quantity))


def exception(answer: bytes | None) -> int | None:
    """Code of an answer that is an exception."""
    return answer[1] if answer is not None and len(answer) > 1 and answer[0] & 0x80 else None


def outcome(answer: bytes | None) -> str:
    """What became of a request, in words."""
    if answer is None:
        return "silence"
    code = exception(answer)
    return "answered" if code is None else exception_name(code)


def exception_name(code: int) -> str:
    """An exception code in words, as `illegal address`."""
    try:
        return ExceptionCode(code).name.lower().replace("_", " ")
    except ValueError:
        return f"exception {code}"


def _ids(function: int, address: int, quantity: int) -> tuple[str, str]:
    space = _SPACES.get(function)
    if space is None:
        return "", ""
    begin = bisect_right(_ENDS[space], address)
    end = bisect_left(_STARTS[space], address + quantity)
    return (_MAPS[space][begin].id, _MAPS[space][end - 1].id) if begin < end else ("", "")
