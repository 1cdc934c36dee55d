"""Modbus TCP server on asyncio."""

from __future__ import annotations

import asyncio
import os
from typing import cast

from smartx96.errors import ListenError
from smartx96.modbus.pdu import MAX_READ
from smartx96.modbus.tcp import Banks, Connection

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5020
CONNECTIONS = 64
"""Clients at once; a further one is closed at once."""
IDLE_TIMEOUT = 300.0
"""Time without a whole request after which a client is dropped [s]."""

_RECEIVE_SIZE = 4096


class _Client(asyncio.BufferedProtocol):
    """One connection: receives into a buffer of fixed size, stops reading while it cannot send."""

    def __init__(self, server: ModbusTcpServer) -> None:
        self._server = server
        self._dialogue = Connection(server.banks, server.max_read)
        self._buffer = bytearray(_RECEIVE_SIZE)
        self._timer: asyncio.TimerHandle | None = None
        self._seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self._server.admit(self):
            self._watch()
        else:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.dismiss(self)
        if self._timer is not None:
            self._timer.cancel()

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        answers = self._dialogue.receive(bytes(self._buffer[:nbytes]))
        if answers:
            self.transport.write(answers)
        if self._dialogue.broken:
            self.transport.close()

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def _watch(self) -> None:
        """Drop the client when no whole request has come since the last look."""
        if self._timer is not None and self._dialogue.requests == self._seen:
            # Not `close`: it would wait for a client that takes no answers.
            self.transport.abort()
            return
        self._seen = self._dialogue.requests
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._server.idle_timeout, self._watch)


def _reason(error: OSError | OverflowError) -> str:
    """Short reason; asyncio's own text repeats the address."""
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error)


class ModbusTcpServer:
    """Answers Modbus TCP from banks' images.

    Parameters
    ----------
    banks : Banks
        The meters' registers; whoever owns them assigns new images while the server runs.
    max_read : int
        Most registers of one read.
    connections : int
        Most clients at once.
    idle_timeout : float
        A client that sends no whole request for this long, or twice as long at most, is
        dropped [s].
    """

    def __init__(
        self,
        banks: Banks,
        *,
        max_read: int = MAX_READ,
        connections: int = CONNECTIONS,
        idle_timeout: float = IDLE_TIMEOUT,
    ) -> None:
        self.banks = banks
        self.max_read = max_read
        self.connections = connections
        self.idle_timeout = idle_timeout
        self._clients: set[_Client] = set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where the server listens."""
        if self._server is None:
            raise RuntimeError("the server is not started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    @property
    def clients(self) -> int:
        """Clients connected now."""
        return len(self._clients)

    async def start(self, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
        """Listen; port 0 takes a free one.

        Raises
        ------
        ListenError
            The port is in use or the host is not ours.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Client(self), host, port)
        except (OSError, OverflowError) as error:
            raise ListenError(
                f"Modbus TCP cannot listen on {host}:{port}: {_reason(error)}; "
                "choose another host or port"
            ) from error

    def close(self) -> None:
        """Stop listening and drop all clients."""
        if self._server is not None:
            self._server.close()
        for client in tuple(self._clients):
            client.transport.abort()

    async def wait_closed(self) -> None:
        """Wait until a server that was told to close has let go of its port."""
        if self._server is not None:
            await self._server.wait_closed()

    def admit(self, client: _Client) -> bool:
        """Take a client in, unless there are too many."""
        if len(self._clients) >= self.connections:
            return False
        self._clients.add(client)
        return True

    def dismiss(self, client: _Client) -> None:
        """Forget a client that has gone."""
        self._clients.discard(client)
