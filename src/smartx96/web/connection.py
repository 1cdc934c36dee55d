"""Connection: HTTP of one client, with an end to what never ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from smartx96.modbus.admission import Admission

CONNECTIONS = 512
"""Clients at once; a further one is closed at once."""

REQUEST_SECONDS = 10.0
"""A request that is not whole after so long, and a connection without one, is dropped [s]."""

SENDING_SECONDS = 60.0
"""So long an answer may take on its way to a client that goes on reading [s]."""

LARGE_ANSWERS = 16
"""Answers at once that clients have not taken yet; with more, none goes beyond the usual time."""

BUFFERED = 65_536
"""Sent and not yet taken by the system: a client that does not read gets no more [bytes]."""


class Connection(H11Protocol):
    """Uvicorn's protocol, which alone would wait for ever for the end of a request's head."""

    admission: ClassVar[Admission]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        # How a stream reaches the connection that it has to give up.
        self.app_state = {**self.app_state, "connection": self}
        self._deadline: asyncio.TimerHandle | None = None
        self._unsent, self._until = 0, 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client in, unless it may not or there are too many."""
        connected = len(self.connections)
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=BUFFERED)
        if self.admission.admits(self.client[0] if self.client else "", connected):
            self._expect()
        else:
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came; once the head of a request is whole the rest has its own time."""
        before = self.cycle
        super().data_received(data)
        self._note(before)

    def on_response_complete(self) -> None:
        """Expect the next request."""
        before = self.cycle
        self._expect()
        super().on_response_complete()
        self._note(before)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._forget()
        super().connection_lost(exc)

    @property
    def writable(self) -> bool:
        """Whether the client takes what it is sent."""
        return not self.flow.write_paused

    async def drain(self) -> None:
        """Wait until it does, or has gone."""
        await self.flow.drain()

    def let_nothing_wait(self) -> None:
        """Be writable only while the system has taken everything: what waits grows old."""
        self.transport.set_write_buffer_limits(high=0)

    @property
    def answers_under_way(self) -> int:
        """How many clients have not taken yet what they asked for."""
        return sum(each.unsent > BUFFERED for each in self._others())

    @property
    def unsent(self) -> int:
        """What the system has not taken yet [bytes]."""
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """Close at once, whatever is still to be sent."""
        self.transport.abort()

    def _note(self, before: object) -> None:
        if self.cycle is not before and not self.cycle.response_complete:
            self._forget()

    def _others(self) -> Iterable[Connection]:
        return (each for each in self.connections if isinstance(each, Connection))

    def _expect(self) -> None:
        self._forget()
        self._unsent, self._until = self.unsent, self.loop.time() + SENDING_SECONDS
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _give_up(self) -> None:
        """Close, unless an answer is still on its way to a client that reads it."""
        unsent, left = self.unsent, self._until - self.loop.time()
        if 0 < unsent < self._unsent and left > 0 and self.answers_under_way <= LARGE_ANSWERS:
            self._unsent = unsent
            self._deadline = self.loop.call_later(min(REQUEST_SECONDS, left), self._give_up)
        else:
            self.abort()

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
