"""Modbus TCP server on asyncio."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import cast

from smartx96.modbus.faults import Faults
from smartx96.modbus.listening import Listening
from smartx96.modbus.place import shown_address
from smartx96.modbus.role import connection_reads_only
from smartx96.modbus.tcp import Connection, Reply
from smartx96.modbus.traffic import Exchange, Message

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5020
_RECEIVE_SIZE = 4096
_MOST_LATE = 64
"""Answers that wait because of a fault; while there are more, nothing is read."""


class _Client(asyncio.BufferedProtocol):
    """One connection: receives into a buffer of fixed size, stops reading while it cannot send."""

    def __init__(self, server: ModbusTcpServer) -> None:
        self._server, self._terms = server, server.terms
        self._buffer = bytearray(_RECEIVE_SIZE)
        self._timer: asyncio.TimerHandle | None = None
        self._seen = 0
        self._late = deque[tuple[float, bytes]]()
        self._next: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        peer = self.transport.get_extra_info("peername") or ("", 0)
        self.name = shown_address(*peer[:2])
        if not self._server.admit(self, peer[0]):
            self.transport.abort()
            return
        link = self.transport.get_extra_info("socket")
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        caller = self._terms.caller(self, self.name, connection_reads_only(transport))
        self._dialogue = Connection(self._server.stations, caller)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.dismiss(self)
        for timer in (self._timer, self._next):
            if timer is not None:
                timer.cancel()

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        replies = self._dialogue.receive(data)
        if self._terms.watchers:
            self._tell(replies, data)
        if self._terms.faults is None:
            answers = [reply.answer.encode() for reply in replies if reply.answer is not None]
            if answers:
                self.transport.write(b"".join(answers))
        else:
            self._send_with_faults(self._terms.faults, replies)
        if self._dialogue.broken and not self._late:
            self.transport.close()

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def _send_with_faults(self, faults: Faults, replies: Sequence[Reply]) -> None:
        now = asyncio.get_running_loop().time()
        for reply in replies:
            if reply.answer is None:
                continue
            stroke = faults.strike(reply.answer.pdu)
            if stroke.pdu is not None:
                data = reply.answer._replace(pdu=stroke.pdu).encode()
                self._late.append((now + stroke.delay, stroke.spoilt(data)))
        if len(self._late) > _MOST_LATE:
            self.transport.pause_reading()
        self._send_late()

    def _send_late(self) -> None:
        """Send what is due, in its order."""
        loop = asyncio.get_running_loop()
        while self._late and self._late[0][0] <= loop.time():
            self.transport.write(self._late.popleft()[1])
        if self._next is not None:
            self._next.cancel()
        self._next = loop.call_at(self._late[0][0], self._send_late) if self._late else None
        if self._late or self.transport.is_closing():
            return
        if self._dialogue.broken:
            self.transport.close()
        else:
            self.transport.resume_reading()

    def _tell(self, replies: Sequence[Reply], data: bytes) -> None:
        now, port = time.time(), self._server.name
        answers = b"".join([r.answer.encode() for r in replies if r.answer is not None])
        for watcher in self._terms.watchers:
            watcher.message(Message(now, port, self.name, False, data))
            for request, answer in replies:
                found = None if answer is None else answer.pdu
                watcher.exchange(Exchange(now, port, self.name, request.unit, request.pdu, found))
            if answers:
                watcher.message(Message(now, port, self.name, True, answers))

    def _watch(self) -> None:
        """Drop the client when no whole request has come since the last look."""
        if self._timer is not None and self._dialogue.requests == self._seen:
            # Not `close`: it would wait for a client that takes no answers.
            self.transport.abort()
            return
        self._seen = self._dialogue.requests
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._terms.idle_timeout, self._watch)


class ModbusTcpServer(Listening):
    """Answers Modbus TCP; the first unit answers to the unit ids 0 and 255 as well."""

    what = "Modbus TCP"

    def _client(self) -> asyncio.BaseProtocol:
        return _Client(self)

    async def start(self, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
        """Listen; port 0 takes a free one.

        Raises
        ------
        ListenError
            The port is in use or the host is not ours.
        """
        await super().start(host, port)
