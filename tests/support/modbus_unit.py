"""A unit that takes writes, and what tests ask of a port without its I/O."""

from __future__ import annotations

import math
import struct
from collections.abc import Hashable, Iterable
from dataclasses import replace

from smartx96.modbus.exceptions import IllegalAddressError, IllegalValueError, RefusedError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.functions.request import Caller, Unit
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import Space
from smartx96.modbus.stations import Stations
from smartx96.modbus.tcp import Connection

SIZE = 0x0100
"""Registers of each space, from address 0."""

LOCKED_AT, ADDRESS_AT, SPEED_AT = 0x0010, 0x0014, 0x001C
"""A parameter that is locked, and two that the port goes by."""


class ScriptedUnit:
    """Holding registers that are floats at even addresses; input register n reads 0x0100 + n.

    A write takes whole floats within the block, numbers only, and none of it where one is wrong;
    what was written at `LOCKED_AT` is refused. Address and speed change at once.

    Attributes
    ----------
    written : list of (int, bytes)
        Writes that were executed.
    """

    identity = Identity("X96-5A", 0x0079, 12345678, "2.4", "Feeder 7")

    def __init__(self, address: int = 1, parameters: LineParameters | None = None,
                 powered: bool = True) -> None:  # fmt: skip
        self.unit_address, self.powered, self.power_cycles = address, powered, 0
        self.line_parameters = parameters or LineParameters()
        self.written: list[tuple[int, bytes]] = []
        self._holding = bytearray(2 * SIZE)

    def read(self, space: Space, address: int, count: int, session: Hashable = None) -> bytes:
        if address + count > SIZE:
            raise IllegalAddressError("outside")
        if space is Space.HOLDING:
            return bytes(self._holding[2 * address : 2 * (address + count)])
        return struct.pack(f">{count}H", *range(0x0100 + address, 0x0100 + address + count))

    def write(self, address: int, data: bytes, session: Hashable = None, *,
              read_only: bool = False) -> None:  # fmt: skip
        if address % 2 or len(data) % 4 or 2 * address + len(data) > 2 * SIZE:
            raise IllegalAddressError("no whole float")
        values = dict(enumerate(struct.unpack(f">{len(data) // 4}f", data), address // 2))
        if not all(map(math.isfinite, values.values())):
            raise IllegalValueError("no number")
        if read_only or LOCKED_AT // 2 in values:
            raise RefusedError("locked")
        self._holding[2 * address : 2 * address + len(data)] = data
        self.written.append((address, data))
        self.unit_address = int(values.get(ADDRESS_AT // 2, self.unit_address))
        speed = int(values.get(SPEED_AT // 2, self.line_parameters.baud_rate))
        self.line_parameters = replace(self.line_parameters, baud_rate=speed)


def connection(unit: Unit, max_read: int = 125, read_only: bool = False) -> Connection:
    """A TCP client of one unit."""
    caller = Caller("client", "client", max_read, read_only)
    return Connection(Stations([unit]), caller)


def answered(connection: Connection, stream: bytes) -> bytes:
    """What a TCP client is sent for what it sends."""
    replies = connection.receive(stream)
    return b"".join(reply.answer.encode() for reply in replies if reply.answer is not None)


def dialogue(connection: Connection, parts: Iterable[bytes]) -> bytes:
    """What a TCP client is sent for what it sends in parts."""
    return b"".join(answered(connection, part) for part in parts)
