"""EventStream: server-sent events of one viewer: always the newest state, never a queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from starlette.types import Receive, Scope, Send

from smartx96.web.connection import Connection
from smartx96.web.watched import Part

HEARTBEAT = 10.0
"""So long without a change a comment is sent, by which one that has vanished is noticed [s]."""

STALLED = 15.0
"""A client that takes nothing for so long is given up [s]."""

PARTING = 0.5
"""At the end of the server a client has so long to take what is under way [s]."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

Source = Callable[[], Iterable[tuple[str, Part]]]
"""Gives the newest part of every topic that the viewer wants."""


class EventStream:
    """An answer without an end.

    What a client has not taken is never waited with: when it can take something again it gets the
    newest state of each topic, and what came in between is left out.

    Parameters
    ----------
    source : callable
        Gives the newest state; parts that are the same objects were sent already.
    wake : asyncio.Event
        Set when it is worth asking the source again.
    closing : asyncio.Event
        Set when the server ends.
    """

    def __init__(self, source: Source, wake: asyncio.Event, closing: asyncio.Event) -> None:
        self._source, self._wake, self._closing = source, wake, closing
        self._sent: dict[str, Part] = {}
        self._gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the client has gone, is given up, or the server ends."""
        connection: Connection = scope["state"]["connection"]
        connection.let_nothing_wait()
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        leaving = asyncio.ensure_future(self._leave(receive))
        try:
            await self._stream(connection, send)
        finally:
            leaving.cancel()

    async def _stream(self, connection: Connection, send: Send) -> None:
        await _send(send, b"retry: 2000\n\n")
        last = time.monotonic()
        self._wake.set()
        while not (self._gone or self._closing.is_set()):
            await self._wake.wait()
            self._wake.clear()
            # First the room, then the message: it is to be the newest when it leaves.
            if not (connection.writable or await self._room(connection)):
                break
            message, now = self._message(), time.monotonic()
            if message or now - last >= HEARTBEAT:
                await _send(send, message or b": still here\n\n")
                last = now
        if not self._gone:
            await self._part(connection, send)

    async def _room(self, connection: Connection) -> bool:
        """Wait until the client takes something; not if it never does, nor beyond the end."""
        drained, closing = map(asyncio.ensure_future, (connection.drain(), self._closing.wait()))
        try:
            done, _ = await asyncio.wait(
                (drained, closing), timeout=STALLED, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            drained.cancel()
            closing.cancel()
        return drained in done

    async def _part(self, connection: Connection, send: Send) -> None:
        """Tell of the end; a client that does not read does not hold it up."""
        try:
            async with asyncio.timeout(PARTING if self._closing.is_set() else 0.0):
                await connection.drain()
        except TimeoutError:
            connection.abort()
        else:
            await _send(send, b"event: closing\ndata: {}\n\n", more=False)

    def _message(self) -> bytes:
        """What is new, as the bytes that everybody gets."""
        found = []
        for name, part in self._source():
            if self._sent.get(name) is not part:
                self._sent[name] = part
                found.append(part.message)
        return b"".join(found)

    async def _leave(self, receive: Receive) -> None:
        """Notice that the client has gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._wake.set()


async def _send(send: Send, body: bytes, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
