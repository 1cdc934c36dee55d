"""Functions 03 and 04: read registers."""

from __future__ import annotations

import struct
from typing import NamedTuple

from smartx96.modbus.exceptions import IllegalValueError
from smartx96.modbus.functions.request import Caller, Station
from smartx96.modbus.registers import Space

_READ = struct.Struct(">BHH")
_SPACES = {3: Space.HOLDING, 4: Space.INPUT}


class ReadRequest(NamedTuple):
    """Read registers that follow each other."""

    function: int
    address: int
    quantity: int

    @classmethod
    def parse(cls, pdu: bytes) -> ReadRequest:
        """From function code and data."""
        if len(pdu) != _READ.size:
            raise IllegalValueError(f"a read request has {_READ.size} bytes, not {len(pdu)}")
        return cls(*_READ.unpack(pdu))

    def answer(self, station: Station, caller: Caller) -> bytes:
        """Answer PDU with the registers' bytes."""
        if not 1 <= self.quantity <= caller.max_read:
            raise IllegalValueError(f"{self.quantity} registers; a read takes 1..{caller.max_read}")
        data = station.unit.read(
            _SPACES[self.function], self.address, self.quantity, caller.session
        )
        return bytes((self.function, len(data))) + data
