"""The far end of a client's line, as a script: what is heard, and what is said when.

Time is that of `VirtualLoop`, so that silences and time limits are told to the microsecond.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

import minimalmodbus

from smartx96.modbus.client.line import LineRoad
from smartx96.modbus.client.policy import Policy, Tally
from smartx96.modbus.client.wires import Ends
from smartx96.modbus.line.parameters import LineParameters
from support.virtual_line import VirtualLoop

Said = Iterable[tuple[float, bytes]]
"""Bytes, and how long after the end of the request they come [s]."""


def framed(unit: int, pdu: bytes) -> bytes:
    body = bytes((unit,)) + pdu
    return body + minimalmodbus._calculate_crc(body)


def words(frame: bytes) -> bytes:
    """Answer to a read of a meter whose registers tell unit, function and address."""
    unit, function, address, count = struct.unpack(">BBHH", frame[:6])
    values = (8192 * function + 1024 * unit + address + n & 0xFFFF for n in range(count))
    return bytes((function, 2 * count)) + struct.pack(f">{count}H", *values)


class Heard(NamedTuple):
    """A frame of the client, and when its first byte went out [s]."""

    time: float
    data: bytes


class FarEnd:
    """A wire whose other end answers by a script.

    Parameters
    ----------
    script : callable
        Called with the number of a request, from 0, and its bytes; what is said then.
    opens : bool
        Whether the port opens.
    """

    paced = True

    def __init__(self, script: Callable[[int, bytes], Said]) -> None:
        self._script = script
        self.heard: list[Heard] = []
        self.followed: list[LineParameters] = []
        self.opened = self.closed = 0
        self.tally = Tally()
        self.parameters = LineParameters()

    async def open(self, parameters: LineParameters, ends: Ends) -> FarEnd:
        self.ends, self.parameters = ends, parameters
        self.opened += 1
        return self

    def write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        sent = loop.time() + len(data) * self.parameters.character
        said = self._script(len(self.heard), data)
        self.heard.append(Heard(loop.time(), data))
        for after, part in said:
            loop.call_at(sent + after, self.ends.received, part)

    async def follow(self, parameters: LineParameters) -> None:
        self.parameters = parameters
        self.followed.append(parameters)

    def close(self) -> None:
        self.closed += 1

    def run(self, talk: Callable[[LineRoad], Awaitable[Any]], policy: Policy | None = None,
            parameters: LineParameters | None = None) -> Any:  # fmt: skip
        """What becomes of a talk over a road to here."""

        async def whole() -> Any:
            road = LineRoad(self.open, parameters or LineParameters(), policy or Policy(),
                            self.tally)  # fmt: skip
            try:
                return await talk(road)
            finally:
                road.close()

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(whole())

    @property
    def pdus(self) -> list[bytes]:
        """What was asked."""
        return [each.data[1:-2] for each in self.heard]
