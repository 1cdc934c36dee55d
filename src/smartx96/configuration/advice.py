"""Advice: what a failed exchange means for who asked, and what to look at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from smartx96.configuration.target import Target
from smartx96.errors import PasswordError
from smartx96.modbus.client.errors import (
    ConnectionLostError,
    DamagedAnswerError,
    ExceptionAnswerError,
    ExchangeError,
    NoAnswerError,
    NotConnectedError,
)
from smartx96.modbus.place import Kind

_SILENT_LINE = (
    "nobody answers: has the meter power? has it address {unit}, {parameters}? "
    "are A and B swapped? is it this port? `x96 scan` tries others"
)
_SILENT_DEVICE_SERVER = (
    "the device server takes the connection, but nobody behind it answers: has the meter power, "
    "and address {unit}? has the device server the speed and parity of the meter? "
    "are A and B swapped? is it RTU, not Modbus TCP (--tcp)?"
)
_SILENT_HOST = (
    "the host takes the connection, but nobody answers: is {unit} the unit id (mostly 1, behind a "
    "gateway the address on its line)? has the meter power? "
    "is it Modbus TCP, not RTU over TCP (--rtu-tcp)?"
)
_GATEWAY = {
    10: "is {unit} the unit id? is the line set up in the gateway?",
    11: "has the meter power, and address {unit}? are A and B swapped?",
}
"""Exceptions of gateways (Modbus application protocol 1.1b3, clause 7)."""
_EXCEPTIONS = {
    1: "is it a meter of this family?",
    2: "is it a meter of this family? --member says which",
    3: "`x96 settings` lists what the settings take",
    4: "what is protected needs the password; a meter that is read only takes nothing",
    6: "wait a little, or give more --retries",
}
_WENT_SILENT = (
    "it answered before: was it switched off, is a wire loose, is somebody else asking on this "
    "line? a longer --timeout or more --retries help against noise"
)
_DAMAGED = (
    "answers come damaged: are {parameters} right, is the line terminated, do two meters have "
    "address {unit}?"
)
_CUT = "the other end hangs up: does it let only few connections in, or only some addresses?"


def advice(target: Target, error: ExchangeError, *, known: bool = False) -> str:
    """One line on a failed exchange: who was asked, what happened, what to look at, how it stands.

    Parameters
    ----------
    target : Target
    error : ExchangeError
    known : bool
        Whether the meter has answered before.
    """
    said = _advice(target, error, known)
    return f"{said}; {error.standing}" if error.standing else said


def _advice(target: Target, error: ExchangeError, known: bool) -> str:
    if isinstance(error, NotConnectedError):
        # Nobody was asked: what for is no matter of who looks at it.
        if not target.name and str(target.place) in error.reason:
            return error.reason
        return f"{target if target.name else target.place}: {error.reason}"
    hint = _hint(target, error, known)
    if hint is None:
        return str(error)
    said = hint.format(unit=target.unit, parameters=target.parameters)
    if isinstance(error, ExceptionAnswerError):
        return f"{error}; {said}"
    # What the client says in general gives way to what is known here of the place.
    happened = error.reason.partition(";")[0]
    return f"{target}: {happened}; {said}{_UNCERTAIN if error.uncertain else ''}"


@contextlib.contextmanager
def advised(target: Target, *, known: bool = False) -> Iterator[None]:
    """Turn a failed exchange into one whose message is the advice; a refused password is told with
    the meter that refuses it.
    """
    try:
        yield
    except PasswordError as error:
        raise PasswordError(f"{target}: {error}") from error
    except ExchangeError as error:
        raise ExchangeError(advice(target, error, known=known)) from error


_UNCERTAIN = "; it may have been written all the same: read it back"


def _hint(target: Target, error: ExchangeError, known: bool) -> str | None:
    """What to look at; None where the error itself says it best."""
    if isinstance(error, ExceptionAnswerError):
        return _GATEWAY.get(error.code) or _EXCEPTIONS.get(error.code)
    if isinstance(error, NoAnswerError):
        return _WENT_SILENT if known else _SILENT[target.place.kind]
    if isinstance(error, DamagedAnswerError) and target.is_line:
        return _DAMAGED
    if isinstance(error, ConnectionLostError) and target.place.kind is not Kind.RTU:
        return _CUT
    return None


_SILENT = {
    Kind.RTU: _SILENT_LINE,
    Kind.RTU_TCP: _SILENT_DEVICE_SERVER,
    Kind.TCP: _SILENT_HOST,
}
