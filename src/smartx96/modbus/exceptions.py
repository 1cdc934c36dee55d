"""Exceptions that end in a Modbus exception code; `pdu.answer` is the one place that turns them."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from smartx96.errors import X96Error


class ExceptionCode(IntEnum):
    """Codes of an exception answer (Modbus application protocol 1.1b3, clause 7)."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    DEVICE_FAILURE = 4
    DEVICE_BUSY = 6


class RequestError(X96Error):
    """A request that is answered with an exception code."""

    code: ClassVar[ExceptionCode]


class IllegalFunctionError(RequestError):
    """The meter does not have the function."""

    code = ExceptionCode.ILLEGAL_FUNCTION


class IllegalAddressError(RequestError, LookupError):
    """A register outside every block."""

    code = ExceptionCode.ILLEGAL_ADDRESS


class IllegalValueError(RequestError, ValueError):
    """A quantity, length or value that the request must not have."""

    code = ExceptionCode.ILLEGAL_VALUE


class RefusedError(RequestError):
    """A write that is protected while the meter is locked, or that the port does not take."""

    code = ExceptionCode.DEVICE_FAILURE


class FramingError(X96Error, ValueError):
    """A byte stream in which no further frame can be found; its connection is closed."""
