"""Faults: why a row has no values, in a word or two."""

from __future__ import annotations

from smartx96.modbus.client.errors import (
    BusyLineError,
    ConnectionLostError,
    DamagedAnswerError,
    ExceptionAnswerError,
    ExchangeError,
    NoAnswerError,
    NotConnectedError,
)

MISSED = "missed"
"""Fault of a row whose moment went by while the program was busy or not running."""
NOT_CONNECTED = "not connected"
"""Fault of all rows of a place that takes no connection."""
NOT_ASKED = "not asked"
"""Fault of a row of a silent meter for which the others left no time."""

_FAULTS = {
    NoAnswerError: "no answer",
    NotConnectedError: NOT_CONNECTED,
    ConnectionLostError: "connection lost",
    BusyLineError: "line busy",
    DamagedAnswerError: "damaged answer",
}


def fault_of(error: ExchangeError) -> str:
    """What stands in the log for a failed exchange."""
    if isinstance(error, ExceptionAnswerError):
        return f"exception {error.code:02d}"
    return next((text for kind, text in _FAULTS.items() if isinstance(error, kind)), "unreadable")
