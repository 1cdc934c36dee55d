"""Function 08: echo and counters."""

from __future__ import annotations

import struct
from typing import NamedTuple

from smartx96.modbus.exceptions import IllegalFunctionError, IllegalValueError
from smartx96.modbus.functions.request import Caller, Station

ECHO, CLEAR = 0x0000, 0x000A

_HEAD = struct.Struct(">BH")
_VALUE = struct.Struct(">BHH")


class DiagnosticRequest(NamedTuple):
    """A sub-function with its data."""

    function: int
    sub_function: int
    data: bytes

    @classmethod
    def parse(cls, pdu: bytes) -> DiagnosticRequest:
        """From function code and data."""
        if len(pdu) < _HEAD.size + 2 or len(pdu) % 2 == 0:
            raise IllegalValueError("a diagnostic request has a sub-function and whole words")
        function, sub_function = _HEAD.unpack_from(pdu)
        return cls(function, sub_function, pdu[_HEAD.size :])

    def answer(self, station: Station, caller: Caller) -> bytes:
        """Answer PDU: the request itself, or a counter."""
        head = _HEAD.pack(self.function, self.sub_function)
        if self.sub_function == ECHO:
            return head + self.data
        if self.sub_function == CLEAR:
            self._check_data()
            station.counters.clear()
            return head + self.data
        try:
            value = station.counters.read(self.sub_function)
        except KeyError:
            raise IllegalFunctionError(f"no sub-function {self.sub_function:04X}") from None
        self._check_data()
        return _VALUE.pack(self.function, self.sub_function, value)

    def _check_data(self) -> None:
        if self.data != b"\0\0":
            raise IllegalValueError(f"sub-function {self.sub_function:04X} takes the data 0000")
