"""Listening: a TCP port with the clients that it has taken in."""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Protocol

from smartx96.errors import ListenError
from smartx96.modbus.admission import Admission
from smartx96.modbus.functions.request import Unit
from smartx96.modbus.handshake import Gate
from smartx96.modbus.place import shown_address
from smartx96.modbus.stations import Stations
from smartx96.modbus.terms import Terms


class Client(Protocol):
    """Someone who is connected."""

    transport: asyncio.Transport


class Listening(ABC):
    """Units behind a TCP port.

    Parameters
    ----------
    units : sequence of Unit
    terms : Terms, optional

    Attributes
    ----------
    stations : Stations
    name : str
        Host and port, once it listens.
    """

    what: ClassVar[str]
    """What is spoken here, for people."""

    option: ClassVar[str]
    """By which people choose where it listens."""

    def __init__(self, units: Sequence[Unit], terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.stations = Stations(units)
        self.name = ""
        self._admission = Admission(self.terms.connections, self.terms.allowed, self._report)
        self._clients: set[Client] = set()
        self._server: asyncio.Server | None = None

    @abstractmethod
    def _client(self) -> asyncio.BaseProtocol:
        """Protocol of a client that connects."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where it listens."""
        if self._server is None:
            raise RuntimeError("the server is not started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    @property
    def clients(self) -> int:
        """Clients connected now."""
        return len(self._clients)

    @property
    def refused(self) -> int:
        """Clients turned away so far."""
        return self._admission.refused

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one.

        Raises
        ------
        ListenError
            The port is in use or the host is not ours.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._entrance(), host, port)
        except (OSError, OverflowError, ValueError) as error:
            raise ListenError(
                f"{self.what} cannot listen on {shown_address(host, port)}: {_reason(error)}; "
                f"choose another host or port with {self.option}"
            ) from error
        self.name = shown_address(*self.address)

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

    def admit(self, client: Client, host: str) -> bool:
        """Take a client in, unless it may not or there are too many."""
        if not self._admission.admits(host, len(self._clients)):
            return False
        self._clients.add(client)
        return True

    def dismiss(self, client: Client) -> None:
        """Forget a client that has gone."""
        self._clients.discard(client)

    def refuse(self, host: str, reason: str) -> None:
        """Tell of a client that was turned away."""
        self._admission.refuse(host, reason)

    def _entrance(self) -> Callable[[], asyncio.BaseProtocol]:
        """What meets a client that connects."""
        if self.terms.tls is None:
            return self._client
        return partial(Gate, self, self.terms.tls, self._client)

    def _report(self, line: str) -> None:
        if self.terms.report is not None:
            self.terms.report(f"{self.what} {self.name}: {line}")


def _reason(error: Exception) -> str:
    """Short reason; asyncio's own text repeats the address."""
    if isinstance(error, ValueError):
        return "that is no name of a host"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error)
