"""Moving: another address, speed or parity, after which the meter is asked in another way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace

from smartx96.configuration.changing.passing import read_patiently
from smartx96.configuration.changing.writer import Writer
from smartx96.configuration.link import Link
from smartx96.configuration.target import Target
from smartx96.errors import OptionError, X96Error
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import BY_ID as REGISTERS
from smartx96.settings import Change, Settings

_ADDRESS, _SERIAL = "unit_address", REGISTERS["serial_number"]


async def check_free(link: Link, changes: Sequence[Change]) -> None:
    """Make sure that nobody else has the address that a meter is to get.

    Raises
    ------
    OptionError
        Somebody answers there.
    """
    for change in changes:
        if change.id == _ADDRESS and await _is_taken(link, int(change.new)):
            raise OptionError(
                f"{_ADDRESS} {change.new}: a meter at {link.target.place} has this address "
                "already; two with one address could not be told apart any more"
            )


async def move(link: Link, change: Change, writer: Writer) -> str:
    """Write one of them, and ask the meter where it is then.

    Returns
    -------
    str
        What its user should know of it; empty where all is as expected.

    Raises
    ------
    ExchangeError
        It was not written, or the meter does not answer any more.
    PasswordError
        The meter does not unlock.
    """
    old, new = link.target, target_after(link.target, change)
    try:
        failed = await _attempted(change, writer)
        await _find(link, change, writer, (new, old))
    except asyncio.CancelledError:
        # Whoever stops it is told where the meter is.
        with contextlib.suppress(X96Error):
            await _find(link, change, writer, (new, old))
        raise
    if failed is not None and not writer.holds(change.id, change.new):
        raise failed
    if link.target == new:
        return ""
    return f"{change.id}: the meter has it and still answers at {old}, until it starts anew perhaps"


async def _attempted(change: Change, writer: Writer) -> ExchangeError | None:
    """Write: the failure after which the meter may all the same have gone over to the new one."""
    try:
        await writer.write([change])
    except ExchangeError as error:
        if isinstance(error, ExceptionAnswerError) and error.refused:
            raise
        return error
    return None


async def _find(link: Link, change: Change, writer: Writer, targets: Sequence[Target]) -> None:
    """Ask it at one target after the other, until it answers and has the change; at the last its
    answer will do. Where it answers at none, it is asked at the first from then on.
    """
    reason = ""
    for target in targets:
        link.move(target)
        try:
            await writer.verify({change.id: change.new})
            same = await _is_same(link)
        except ExchangeError as error:
            reason = reason or error.reason
        else:
            if same and (target == targets[-1] or writer.holds(change.id, change.new)):
                return
            reason = reason or "another meter answers there"
        writer.held.pop(change.id, None)
    link.move(targets[0])
    where = " nor ".join(str(target) for target in targets)
    raise ExchangeError(f"{change.id}: the meter answers neither at {where}: {reason}")


async def _is_same(link: Link) -> bool:
    """Whether the meter that answers is the one that was asked before, by its serial number."""
    known = link.nameplate.serial_number
    return not known or (await read_patiently(link, [_SERIAL.id])).get(_SERIAL.id, known) == known


def target_after(target: Target, change: Change) -> Target:
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


async def _is_taken(link: Link, unit: int) -> bool:
    """Whether somebody else has an address; an exception is an answer too."""
    if unit == link.target.unit:
        return False
    known = link.nameplate.serial_number
    async with link.lines.at(link.target) as client:
        try:
            data = await client.read(_SERIAL.space, unit, _SERIAL.address, _SERIAL.words)
        except ExceptionAnswerError as error:
            # Over TCP a server may say so of units that it does not have.
            fails = error.code == ExceptionCode.DEVICE_FAILURE and not link.target.is_line
            return error.refused and not fails
        except ExchangeError:
            return False
    # Many a device answers over TCP whatever unit it is asked for.
    return not known or int.from_bytes(data, "big") != known
