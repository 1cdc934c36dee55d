"""Functions 17, report server id, and 43/14, read device identification."""

from __future__ import annotations

from typing import NamedTuple

from smartx96.modbus.exceptions import (
    IllegalAddressError,
    IllegalFunctionError,
    IllegalValueError,
)
from smartx96.modbus.functions.request import Caller, Station

REPORT = 17
ENCAPSULATED, DEVICE_IDENTIFICATION = 43, 14

_LAST = {1: 2, 2: 6, 3: 6}
"""Last object of basic, regular and extended identification; there are no extended ones."""
_INDIVIDUAL = 4
_CONFORMITY = 0x82
"""Regular identification, as a stream and object by object."""
_ROOM = 253 - 7
_LONGEST = _ROOM - 2
"""Letters of a text that fits into one answer."""


class ReportRequest(NamedTuple):
    """Function 17."""

    function: int

    @classmethod
    def parse(cls, pdu: bytes) -> ReportRequest:
        """From function code and data."""
        if len(pdu) != 1:
            raise IllegalValueError("a request for the server id has no data")
        return cls(pdu[0])

    def answer(self, station: Station, caller: Caller) -> bytes:
        """Answer PDU with type code, state and text."""
        data = station.unit.identity.server_id
        return bytes((self.function, len(data))) + data


class IdentificationRequest(NamedTuple):
    """Function 43/14."""

    function: int
    code: int
    object_id: int

    @classmethod
    def parse(cls, pdu: bytes) -> IdentificationRequest:
        """From function code and data."""
        if len(pdu) < 2:
            raise IllegalValueError("an encapsulated request says what it holds")
        if pdu[1] != DEVICE_IDENTIFICATION:
            raise IllegalFunctionError(f"no encapsulated interface {pdu[1]}")
        if len(pdu) != 4 or (pdu[2] not in _LAST and pdu[2] != _INDIVIDUAL):
            raise IllegalValueError("a request for identification has a code 1..4 and an object")
        return cls(pdu[0], pdu[2], pdu[3])

    def answer(self, station: Station, caller: Caller) -> bytes:
        """Answer PDU with objects, as many as there is room for."""
        told = station.unit.identity.objects
        objects = {id: text[:_LONGEST] for id, text in told.items()}
        if self.code == _INDIVIDUAL:
            if self.object_id not in objects:
                raise IllegalAddressError(f"no object {self.object_id}")
            return self._listed({self.object_id: objects[self.object_id]}, 0)
        wanted = {id: text for id, text in objects.items() if id <= _LAST[self.code]}
        # An object that there is not begins the list anew (clause 6.21).
        first = self.object_id if self.object_id in wanted else 0
        left = {id: text for id, text in wanted.items() if id >= first}
        room, listed = _ROOM, dict[int, str]()
        for id, text in left.items():
            room -= 2 + len(text)
            if room < 0:
                return self._listed(listed, id)
            listed[id] = text
        return self._listed(listed, 0)

    def _listed(self, objects: dict[int, str], following: int) -> bytes:
        head = (
            self.function, DEVICE_IDENTIFICATION, self.code, _CONFORMITY,
            0xFF if following else 0, following, len(objects),
        )  # fmt: skip
        texts = ((id, text.encode("ascii", "replace")) for id, text in objects.items())
        return bytes(head) + b"".join(bytes((id, len(text))) + text for id, text in texts)
