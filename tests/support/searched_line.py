"""A line on which a search asks: units at speeds of their own, in a time of its own."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import minimalmodbus
import pytest

from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from support.client_line import FarEnd, framed
from support.virtual_line import VirtualLoop

PLACE = Place(Kind.RTU, "/dev/line")

Said = Iterable[tuple[float, bytes]]


class Device:
    """A unit that answers a search: zeros in 256 registers of each space, and who it is.

    Parameters
    ----------
    parameters : LineParameters
        At which it hears.
    model : str
        What it says it is; empty refuses every function and register.
    serial : int
    think : float
        Until it answers [s].
    own : int
        Address that its register tells; 0 is none.
    """

    def __init__(self, parameters: LineParameters | None = None, model: str = "X96-5A",
                 serial: int = 4711, think: float = 0.03, own: int = 0) -> None:  # fmt: skip
        self.parameters, self.model = parameters or LineParameters(), model
        self.serial, self.think = serial, think
        self._registers = bytearray(512)
        struct.pack_into(">f", self._registers, 2 * 0x0014, own)

    def pdu(self, request: bytes) -> bytes:
        function = request[0]
        if self.model and function == 43:
            texts = {0: "SOMEBODY", 1: "0079", 2: "2.4", 4: "METER", 5: self.model}
            listed = b"".join(bytes((id, len(t))) + t.encode() for id, t in texts.items())
            return bytes((43, 14, 2, 0x82, 0, 0, len(texts))) + listed
        if self.model and function in (3, 4):
            address, count = struct.unpack(">HH", request[1:5])
            if (function, address) == (3, 0xFC00) and count == 2:
                return bytes((3, 4)) + struct.pack(">I", self.serial)
            if address + count <= 0x0100:
                words = self._registers[2 * address : 2 * (address + count)]
                return bytes((function, 2 * count)) + words
            return bytes((function | 0x80, 2))
        return bytes((function | 0x80, 1))


class SearchedLine(FarEnd):
    """Devices by address; `spoil` has what one of them says, with the number of its answer.

    Attributes
    ----------
    speeds : list of LineParameters
        At which each request was asked.
    """

    def __init__(self, devices: Mapping[int, Device],
                 spoil: Callable[[int, int, Said], Said] | None = None) -> None:  # fmt: skip
        super().__init__(self._say)
        self.devices, self._spoil = devices, spoil
        self._answers = dict[int, int]()
        self.speeds = list[LineParameters]()

    def _say(self, number: int, data: bytes) -> Said:
        self.speeds.append(self.parameters)
        device = self.devices.get(data[0])
        if device is None or device.parameters != self.parameters:
            return []
        assert minimalmodbus._calculate_crc(data[:-2]) == data[-2:]
        said: Said = [(device.think, framed(data[0], device.pdu(data[1:-2])))]
        count = self._answers[data[0]] = self._answers.get(data[0], -1) + 1
        return said if self._spoil is None else self._spoil(data[0], count, said)

    @property
    def asked(self) -> list[int]:
        """Who was asked, by address."""
        return [each.data[0] for each in self.heard]

    @property
    def functions(self) -> set[int]:
        """What was asked for."""
        return {pdu[0] for pdu in self.pdus}

    def search(self, monkeypatch: pytest.MonkeyPatch, talk: Callable[[], Awaitable[Any]]) -> float:
        """Run what asks here; the time that it takes on the line [s]."""

        async def opened(place: Place, timeout: float, parameters: LineParameters,
                         ends: Any) -> FarEnd:  # fmt: skip
            return await self.open(parameters, ends)

        async def timed() -> float:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            await talk()
            return loop.time() - begun

        monkeypatch.setattr("smartx96.modbus.client.client.open_wire", opened)
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(timed())
