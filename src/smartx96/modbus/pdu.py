"""Requests and answers of the application protocol, without I/O.

`_REQUESTS` holds the functions that the meter has; a function comes with its entry there and a
request class that answers itself.
"""

from __future__ import annotations

from typing import Protocol

from smartx96.modbus.exceptions import ExceptionCode, IllegalFunctionError, RequestError
from smartx96.modbus.functions.diagnostics import DiagnosticRequest
from smartx96.modbus.functions.identification import IdentificationRequest, ReportRequest
from smartx96.modbus.functions.reads import ReadRequest
from smartx96.modbus.functions.request import Caller, Request, Station
from smartx96.modbus.functions.writes import WriteRequest

LARGEST = 253
"""Bytes of a PDU (Modbus application protocol 1.1b3, clause 4.1)."""


class _Parser(Protocol):
    @staticmethod
    def parse(pdu: bytes) -> Request:
        """From function code and data."""


_REQUESTS: dict[int, _Parser] = {
    3: ReadRequest,
    4: ReadRequest,
    8: DiagnosticRequest,
    16: WriteRequest,
    17: ReportRequest,
    43: IdentificationRequest,
}


def parse(pdu: bytes) -> Request:
    """Request of a PDU.

    Parameters
    ----------
    pdu : bytes
        Function code and data as received.

    Raises
    ------
    RequestError
        The function is unknown (code 01), or a length is wrong (03).
    """
    parser = _REQUESTS.get(pdu[0]) if pdu else None
    if parser is None:
        raise IllegalFunctionError("the meter does not have this function")
    return parser.parse(pdu)


def exception_answer(function: int, code: ExceptionCode) -> bytes:
    """Answer PDU of a request that was refused."""
    return bytes((function | 0x80, code))


def answer(pdu: bytes, station: Station, caller: Caller) -> bytes:
    """Answer PDU to a request PDU; never raises, whatever the request is.

    Checks run in the order function, quantity, address, value, lock.
    """
    station.counters.messages += 1
    try:
        return parse(pdu).answer(station, caller)
    except RequestError as error:
        station.counters.exceptions += 1
        return exception_answer(pdu[0] if pdu else 0, error.code)
