"""Moving: another address, speed or parity, after which the meter is asked in another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smartx96.configuration.changing.writer import Writer
from smartx96.configuration.link import Link
from smartx96.configuration.target import Target
from smartx96.errors import OptionError
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind
from smartx96.modbus.registers import BY_ID as REGISTERS
from smartx96.settings import Change, Settings

_ADDRESS = "unit_address"


async def check_free(link: Link, changes: Sequence[Change]) -> None:
    """Make sure that nobody else has the address that a meter is to get.

    Raises
    ------
    OptionError
        Somebody answers there.
    """
    for change in changes:
        if change.id == _ADDRESS and await _answers(link, int(change.new)):
            raise OptionError(
                f"{_ADDRESS} {change.new}: a meter at {link.target.place} has this address "
                "already; two with one address could not be told apart any more"
            )


async def move(link: Link, change: Change, writer: Writer) -> None:
    """Write one of them, and ask the meter where it is then.

    Raises
    ------
    ExchangeError
        It was not written, or the meter does not answer any more.
    PasswordError
        The meter does not unlock.
    """
    old, new = link.target, _target(link.target, change)
    try:
        await writer.write([change])
    except ExchangeError as error:
        if isinstance(error, ExceptionAnswerError) and not error.uncertain:
            raise
        # It may have gone over to the new one before the answer was lost.
        await _found(link, change, writer, (new, old))
    else:
        await _found(link, change, writer, (new,))


async def _found(link: Link, change: Change, writer: Writer, targets: Sequence[Target]) -> None:
    """Ask it at one target after the other until it answers."""
    failed: ExchangeError | None = None
    for target in targets:
        try:
            link.meter.unit = target.unit
            await link.lines.client(target)
            await writer.read_back([change])
        except ExchangeError as error:
            failed = failed or error
        else:
            link.target = target
            return
    if failed is not None:
        link.target = targets[0]
        raise failed


def _target(target: Target, change: Change) -> Target:
    """Where a meter is asked once it has a change."""
    if change.id == _ADDRESS:
        return replace(target, unit=int(change.new))
    if not target.is_line:
        return target
    said = LineParameters.of(Settings({change.id: change.new}))
    if change.id == "baud_rate":
        return replace(target, parameters=replace(target.parameters, baud_rate=said.baud_rate))
    framed = replace(target.parameters, parity=said.parity, stop_bits=said.stop_bits)
    return replace(target, parameters=framed)


async def _answers(link: Link, unit: int) -> bool:
    """Whether somebody has an address; an exception is an answer."""
    register = REGISTERS[_ADDRESS]
    try:
        await link.client.read(register.space, unit, register.address, register.words)
    except ExceptionAnswerError as error:
        return link.target.place.kind is not Kind.TCP or error.code not in _OF_GATEWAYS
    except ExchangeError:
        return False
    return True


_OF_GATEWAYS = (10, 11)
"""Exceptions of a gateway that finds nobody."""
