"""Gate: clients who come in by TLS: who may not connect is turned away before the handshake."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from smartx96.modbus.tls import reason

PATIENCE = 10.0
"""A handshake takes no longer, or the client is dropped [s]."""


class Doorkeeper(Protocol):
    """Who counts clients and says which may come in."""

    def admit(self, client: Gate, host: str) -> bool:
        """Take a client in, unless it may not or there are too many."""

    def dismiss(self, client: Gate) -> None:
        """Forget a client that has gone."""

    def refuse(self, host: str, reason: str) -> None:
        """Tell of a client that was turned away."""


class Gate(asyncio.Protocol):
    """A connection until its handshake is done; it counts as a client meanwhile.

    Parameters
    ----------
    keeper : Doorkeeper
    context : SSLContext
    client : callable
        Gives the protocol that goes on with it.
    """

    def __init__(self, keeper: Doorkeeper, context: ssl.SSLContext,
                 client: Callable[[], asyncio.BaseProtocol]) -> None:  # fmt: skip
        self._keeper, self._context, self._client = keeper, context, client
        self._early = bytearray()
        self._handshake: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the doorkeeper, and begin the handshake."""
        self.transport = cast(asyncio.Transport, transport)
        self._host = (self.transport.get_extra_info("peername") or ("",))[0]
        if not self._keeper.admit(self, self._host):
            self.transport.abort()
            return
        # What comes belongs to the handshake, which begins in the loop's next round.
        self.transport.pause_reading()
        self._handshake = asyncio.ensure_future(self._shake_hands())

    def data_received(self, data: bytes) -> None:
        """Keep what came together with the end of the handshake."""
        self._early += data

    async def _shake_hands(self) -> None:
        loop = asyncio.get_running_loop()
        secured = None
        try:
            secured = await loop.start_tls(
                self.transport, self, self._context, server_side=True,
                ssl_handshake_timeout=PATIENCE,
            )  # fmt: skip
        except ConnectionError as error:
            # A client that just leaves has nothing to be told of; one that lingers has.
            if isinstance(error, ConnectionAbortedError):
                self._keeper.refuse(self._host, f"no TLS handshake within {PATIENCE:g} s")
        except OSError as error:
            self._keeper.refuse(self._host, f"TLS: {reason(error)}")
        finally:
            self._keeper.dismiss(self)
        if secured is not None and not secured.is_closing():
            self._hand_over(secured)

    def _hand_over(self, secured: asyncio.Transport) -> None:
        client = self._client()
        secured.set_protocol(client)
        client.connection_made(secured)
        if self._early and not secured.is_closing():
            _feed(client, bytes(self._early))
        self._early.clear()


def _feed(protocol: asyncio.BaseProtocol, data: bytes) -> None:
    """Give a protocol what has come before it was there."""
    if isinstance(protocol, asyncio.Protocol):
        protocol.data_received(data)
        return
    receiver = cast(asyncio.BufferedProtocol, protocol)
    while data:
        buffer = memoryview(receiver.get_buffer(len(data)))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        receiver.buffer_updated(size)
        data = data[size:]
