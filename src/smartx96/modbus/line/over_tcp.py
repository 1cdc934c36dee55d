"""RtuTcpServer: RTU frames over TCP, as serial device servers carry them: each client is a line."""

from __future__ import annotations

import asyncio

from smartx96.modbus.connected import Connected
from smartx96.modbus.functions.request import Caller
from smartx96.modbus.line.line import Line
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.port import LinePort
from smartx96.modbus.listening import Listening

PARAMETERS = LineParameters(115_200)
"""Only the silence of 1.75 ms counts: a device server has the speed of its own."""

PATIENCE = 0.2
"""A network may bring a frame in pieces this far apart [s]."""


class _Client(Connected, asyncio.Protocol):
    """One connection: a line of its own to the same units."""

    paced = False
    _port: LinePort | None = None

    @property
    def _requests(self) -> int:
        return self._line.frames

    def _begin(self, caller: Caller) -> None:
        self._line = Line(self._server.stations, caller, parameters=PARAMETERS, patience=PATIENCE)
        self._port = LinePort(self._line, self, self._server.name, self._terms, self.name)

    def data_received(self, data: bytes) -> None:
        if self._port is not None:
            self._port.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._port is not None:
            self._port.close()

    def write(self, data: bytes) -> None:
        """Send."""
        self.transport.write(data)

    async def follow(self, parameters: LineParameters) -> None:
        """Nothing to do: there is no speed."""

    def close(self) -> None:
        """The line is closed by its connection."""


class RtuTcpServer(Listening):
    """Answers RTU frames over TCP."""

    what, option = "Modbus RTU over TCP", "--rtu-tcp"

    def _client(self) -> asyncio.BaseProtocol:
        return _Client(self)
