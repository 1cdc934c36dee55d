"""Function 16: write registers."""

from __future__ import annotations

import struct
from typing import NamedTuple

from smartx96.modbus.exceptions import IllegalValueError
from smartx96.modbus.functions.request import Caller, Station

FUNCTION = 16
MAX_WRITE = 123
"""Most registers of one write (Modbus application protocol 1.1b3, clause 6.12)."""

_HEAD = struct.Struct(">BHHB")
_ANSWER = struct.Struct(">BHH")


class WriteRequest(NamedTuple):
    """Write registers that follow each other."""

    function: int
    address: int
    quantity: int
    data: bytes

    @classmethod
    def parse(cls, pdu: bytes) -> WriteRequest:
        """From function code and data."""
        if len(pdu) < _HEAD.size:
            raise IllegalValueError(f"a write request has at least {_HEAD.size} bytes")
        function, address, quantity, size = _HEAD.unpack_from(pdu)
        data = pdu[_HEAD.size :]
        if not 1 <= quantity <= MAX_WRITE or not size == len(data) == 2 * quantity:
            raise IllegalValueError(
                f"{quantity} registers in {len(data)} bytes; a write takes 1..{MAX_WRITE}"
            )
        return cls(function, address, quantity, data)

    def answer(self, station: Station, caller: Caller) -> bytes:
        """Answer PDU: what was written where."""
        station.unit.write(self.address, self.data, caller.session, read_only=caller.read_only)
        return _ANSWER.pack(self.function, self.address, self.quantity)
