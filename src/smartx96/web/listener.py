"""Listener: the port of the pages, and uvicorn behind it, within the loop of the meters."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress

import uvicorn
from starlette.types import ASGIApp

from smartx96.errors import ListenError
from smartx96.modbus.admission import Admission, Network
from smartx96.modbus.place import shown_address
from smartx96.web.connection import CONNECTIONS, REQUEST_SECONDS, Connection
from smartx96.web.guard import HEAD

_BACKLOG = 128

_SENDING = 131_072
"""What the system keeps for a client that does not read, beside our own [bytes]: the less it is,
the newer is what a slow one reads."""

_DEAD_MILLISECONDS = 20_000
"""A client that acknowledges nothing for so long has vanished."""

_PATIENCE = 2
"""At the end, clients have so long to take what is under way [s]."""


class _Server(uvicorn.Server):
    """Signals are taken by whoever runs the meters."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


class Listener:
    """An HTTP port.

    Parameters
    ----------
    host : str
    port : int
        0 takes a free one.
    allowed : tuple of Network
        Who may connect; empty is everybody.
    report : callable
        Called with one line for each address that is turned away.
    """

    def __init__(self, host: str, port: int, allowed: tuple[Network, ...],
                 report: Callable[[str], None]) -> None:  # fmt: skip
        self._socket = _bound(host, port)
        self._admission = Admission(CONNECTIONS, allowed, lambda line: report(f"page: {line}"))
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._address: tuple[str, int] = self._socket.getsockname()[:2]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where it listens."""
        return self._address

    async def serve(self, app: ASGIApp) -> None:
        """Answer from now on."""
        config = uvicorn.Config(
            app, http=_connections_of(self._admission), ws="none", loop="none", lifespan="off",
            log_config=None, log_level="critical", access_log=False, server_header=False,
            proxy_headers=False, timeout_keep_alive=round(REQUEST_SECONDS),
            h11_max_incomplete_event_size=HEAD, timeout_graceful_shutdown=_PATIENCE,
        )  # fmt: skip
        self._server = _Server(config)
        self._serving = asyncio.ensure_future(self._server.serve([self._socket]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Answer no more, and let go of the port."""
        if self._server is None or self._serving is None:
            self._socket.close()
            return
        self._server.should_exit = True
        with suppress(asyncio.CancelledError):
            await asyncio.wait([self._serving])
        for connection in tuple(self._server.server_state.connections):
            if isinstance(connection, Connection):
                connection.abort()


def _connections_of(admission: Admission) -> type[Connection]:
    """Connections that are admitted so."""
    return type("AdmittedConnection", (Connection,), {"admission": admission})


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    ListenError
        The port is in use or the host is not ours.
    """
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.create_server(place[:2], family=family, backlog=_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else "that is no name of a host"
        raise ListenError(
            f"the page cannot listen on {shown_address(host, port)}: {reason}; "
            "choose another host or port with --web"
        ) from error
    _set_limits(found)
    return found


def _set_limits(listening: socket.socket) -> None:
    """Clients that do not read, or have vanished, shall cost little; what is accepted inherits."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENDING)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Head and body go in two pieces: without this the second waits 40 ms for the first's receipt.
    # asyncio sets it only on sockets that state their protocol.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_MILLISECONDS)
