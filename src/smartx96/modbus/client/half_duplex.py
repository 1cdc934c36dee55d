"""HalfDuplex: a wire on which one speaks at a time, with a silence before each request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from smartx96.modbus.client.errors import (
    BusyLineError,
    ConnectionLostError,
    DamagedAnswerError,
    ExchangeError,
    NoAnswerError,
    OtherAnswerError,
)
from smartx96.modbus.client.policy import Policy, Tally
from smartx96.modbus.client.search import AROUND, Search
from smartx96.modbus.client.wires import Ends
from smartx96.modbus.line.frames import Frame
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.port import Wire

_HINT = "is the meter switched on, are unit, speed and parity right, are the wires the right way?"
_SLOW = "does the meter need more time, does another program or device ask here?"

Opener = Callable[[LineParameters, Ends], Awaitable[Wire]]


class _Pending:
    """A request on its way."""

    def __init__(self, search: Search, deadline: float) -> None:
        self.search, self.deadline = search, deadline
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def ended(self) -> bool:
        """Whether the answer, or the loss of the line, came in time; not disturbed by `cancel`."""
        left = self.deadline - asyncio.get_running_loop().time()
        await asyncio.wait({self.answer}, timeout=max(left, 0))
        return self.answer.done()


class HalfDuplex:
    """A wire, opened when it is needed. Whoever uses it waits until others have ended.

    Parameters
    ----------
    opener : callable
        Opens the wire with line parameters and `Ends`.
    parameters : LineParameters
    policy : Policy
    tally : Tally
    """

    def __init__(self, opener: Opener, parameters: LineParameters, policy: Policy,
                 tally: Tally) -> None:  # fmt: skip
        self.parameters = parameters
        self._opener, self._policy, self._tally = opener, policy, tally
        self._wire: Wire | None = None
        self._pending: _Pending | None = None
        self._busy_until = self._told_until = 0.0
        self.closings = 0
        """How often it was closed."""

    async def open(self) -> Wire:
        """Open the wire, if it is not open; `NotConnectedError`."""
        if self._wire is None:
            closings = self.closings
            wire = await self._opener(self.parameters, Ends(self._received, self._lost))
            if closings != self.closings:
                wire.close()
                raise ConnectionLostError("the line was closed").unsent()
            self._wire = wire
            self._tally.connections += 1
            self._busy_until = self._now()
        return self._wire

    def close(self) -> None:
        """Let go of the wire; who waits for an answer, or for the wire, is told."""
        self.closings += 1
        self._lost("the line was closed")

    async def follow(self, parameters: LineParameters) -> None:
        """Go on with another speed or parity; `ConnectionLostError` where the port refuses."""
        if self._wire is not None:
            try:
                await self._wire.follow(parameters)
            except OSError as error:
                raise ConnectionLostError(f"the port does not take {parameters}: {error}") from None
        self.parameters = parameters

    async def settle(self) -> Search | None:
        """Wait until the answer to a cancelled request has come, or its time is over.

        Returns
        -------
        Search or None
            For an answer that may still come.
        """
        pending = self._pending
        if pending is None:
            return None
        answered = await pending.ended() and pending.answer.exception() is None
        self._tally.late += answered
        self._pending = None
        return None if answered else pending.search

    async def transact(self, search: Search) -> bytes:
        """Send a request: the PDU of its answer. Where this is cancelled, `settle` before the next.

        Raises
        ------
        ExchangeError
        """
        sent = self._send(await self._silent(), search.frame)
        longest = (search.request.largest + AROUND) * self.parameters.character
        self._pending = pending = _Pending(search, sent + self._policy.timeout + longest)
        ended = await pending.ended()
        self._pending = None
        if not ended:
            raise self._unanswered(search)
        return pending.answer.result()

    async def tell(self, frame: bytes) -> None:
        """Send what nobody answers, and leave the meters the time to do it."""
        self._told_until = self._send(await self._silent(), frame) + self._policy.broadcast_delay
        await asyncio.sleep(self._told_until - self._now())

    def _unanswered(self, search: Search) -> ExchangeError:
        limit = f"no answer within {self._policy.timeout:g} s"
        if search.damaged:
            return DamagedAnswerError(
                f"{search.heard} bytes came that are no whole answer; "
                "are speed and parity right, is the line terminated, do two units answer?"
            )
        if search.passed_over:
            return OtherAnswerError(f"{limit}, but to something else; {_SLOW}")
        return NoAnswerError(f"{limit}; {_HINT}")

    def _send(self, wire: Wire, frame: bytes) -> float:
        """Send; when its last byte has gone."""
        self._tally.requests += 1
        wire.write(frame)
        self._busy_until = self._now() + len(frame) * self.parameters.character
        return self._busy_until

    @property
    def _free_at(self) -> float:
        """When the last byte has gone, and the meters have done what they were all told."""
        # What comes within the delay after a broadcast, an echo of it too, does not end it.
        return max(self._busy_until, self._told_until)

    async def _silent(self) -> Wire:
        """The wire, after the silence that goes before a request.

        Raises
        ------
        BusyLineError
            It does not come.
        """
        wire = await self.open()
        limit = self._now() + self._policy.timeout + self._policy.broadcast_delay
        while (left := self._free_at + self.parameters.silence - self._now()) > 0:
            if self._now() > limit:
                raise BusyLineError(
                    "the line does not become silent; does another program or device ask here?"
                )
            await asyncio.sleep(left)
        if self._wire is not wire:
            raise ConnectionLostError("the port was lost before the request").unsent()
        return wire

    def _received(self, data: bytes) -> None:
        self._busy_until = self._now()
        pending = self._pending
        if pending is None or pending.answer.done():
            self._tally.late += Frame.decode(data) is not None
            return
        pdu = pending.search.feed(data)
        if pdu is not None:
            pending.answer.set_result(pdu)

    def _lost(self, reason: str) -> None:
        wire, self._wire = self._wire, None
        if self._pending is not None and not self._pending.answer.done():
            self._pending.answer.set_exception(ConnectionLostError(reason))
            # Nobody may be left to ask for it: the request can have been cancelled.
            self._pending.answer.exception()
        if wire is not None:
            wire.close()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
