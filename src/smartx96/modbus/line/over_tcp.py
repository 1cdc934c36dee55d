"""RtuTcpServer: RTU frames over TCP, as serial device servers carry them: each client is a line."""

from __future__ import annotations

import asyncio
from typing import cast

from smartx96.modbus.line.line import Line
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.port import LinePort
from smartx96.modbus.listening import Listening
from smartx96.modbus.place import shown_address
from smartx96.modbus.role import connection_reads_only

PARAMETERS = LineParameters(115_200)
"""Only the silence of 1.75 ms counts: a device server has the speed of its own."""

PATIENCE = 0.2
"""A network may bring a frame in pieces this far apart [s]."""


class _Client(asyncio.Protocol):
    """One connection: a line of its own to the same units."""

    paced = False

    def __init__(self, server: RtuTcpServer) -> None:
        self._server = server
        self._port: LinePort | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        peer = self.transport.get_extra_info("peername") or ("", 0)
        if not self._server.admit(self, peer[0]):
            self.transport.abort()
            return
        terms, name = self._server.terms, shown_address(*peer[:2])
        caller = terms.caller(self, name, connection_reads_only(transport))
        self._line = Line(self._server.stations, caller, parameters=PARAMETERS, patience=PATIENCE)
        self._port = LinePort(self._line, self, self._server.name, terms, name)
        self._watch()

    def data_received(self, data: bytes) -> None:
        if self._port is not None:
            self._port.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.dismiss(self)
        if self._port is not None:
            self._port.close()
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send."""
        self.transport.write(data)

    async def follow(self, parameters: LineParameters) -> None:
        """Nothing to do: there is no speed."""

    def close(self) -> None:
        """The line is closed by its connection."""

    def _watch(self) -> None:
        """Drop the client when no whole frame has come since the last look."""
        if self._timer is not None and self._line.frames == self._seen:
            self.transport.abort()
            return
        self._seen = self._line.frames
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._server.terms.idle_timeout, self._watch)


class RtuTcpServer(Listening):
    """Answers RTU frames over TCP."""

    what = "Modbus RTU over TCP"

    def _client(self) -> asyncio.BaseProtocol:
        return _Client(self)
