"""Modbus TCP server on asyncio."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence

from smartx96.modbus.connected import Connected
from smartx96.modbus.faults import Faults
from smartx96.modbus.functions.request import Caller
from smartx96.modbus.listening import Listening
from smartx96.modbus.tcp import Connection, Reply
from smartx96.modbus.traffic import Exchange, Message

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5020
_RECEIVE_SIZE = 4096
_MOST_LATE = 64
"""Answers that wait because of a fault; while there are more, nothing is read."""


class _Client(Connected, asyncio.BufferedProtocol):
    """One connection: receives into a buffer of fixed size."""

    def __init__(self, server: ModbusTcpServer) -> None:
        super().__init__(server)
        self._buffer = bytearray(_RECEIVE_SIZE)
        self._late = deque[tuple[float, bytes]]()
        self._next: asyncio.TimerHandle | None = None

    @property
    def _requests(self) -> int:
        return self._dialogue.requests

    def _begin(self, caller: Caller) -> None:
        self._dialogue = Connection(self._server.stations, caller)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._next is not None:
            self._next.cancel()

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


class ModbusTcpServer(Listening):
    """Answers Modbus TCP; the first unit answers to the unit ids 0 and 255 as well."""

    what, option = "Modbus TCP", "--tcp"

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
