"""Connected: a client of a TCP port, from its coming to its going."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from typing import cast

from smartx96.modbus.functions.request import Caller
from smartx96.modbus.listening import Listening
from smartx96.modbus.place import shown_address
from smartx96.modbus.role import connection_reads_only


class Connected(asyncio.BaseProtocol, ABC):
    """One connection: taken in or turned away, read no more while it takes no answers, dropped when
    it asks for nothing.

    Parameters
    ----------
    server : Listening

    Attributes
    ----------
    transport : asyncio.Transport
    name : str
        Host and port of the client.
    """

    def __init__(self, server: Listening) -> None:
        self._server, self._terms = server, server.terms
        self._timer: asyncio.TimerHandle | None = None
        self._seen = 0

    @property
    @abstractmethod
    def _requests(self) -> int:
        """Whole requests that have come."""

    @abstractmethod
    def _begin(self, caller: Caller) -> None:
        """Serve the client from now on, who is taken in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the client in, unless it may not come or there are too many."""
        self.transport = cast(asyncio.Transport, transport)
        peer = self.transport.get_extra_info("peername") or ("", 0)
        self.name = shown_address(*peer[:2])
        if not self._server.admit(self, peer[0]):
            self.transport.abort()
            return
        link = self.transport.get_extra_info("socket")
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._begin(self._terms.caller(self, self.name, connection_reads_only(transport)))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._server.dismiss(self)
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """Hear nobody who takes no answers."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Hear him again."""
        self.transport.resume_reading()

    def _watch(self) -> None:
        """Drop the client when no whole request has come since the last look."""
        if self._timer is not None and self._requests == self._seen:
            # Not `close`: it would wait for a client that takes no answers.
            self.transport.abort()
            return
        self._seen = self._requests
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._terms.idle_timeout, self._watch)
