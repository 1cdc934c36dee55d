"""TcpLink: one connection of Modbus TCP, on which answers are known by their numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, cast

from smartx96.modbus.client.errors import ConnectionLostError, ExchangeError, NoAnswerError
from smartx96.modbus.client.policy import Tally
from smartx96.modbus.client.wires import lost_reason
from smartx96.modbus.exceptions import FramingError
from smartx96.modbus.tcp import Frame, Framer

_TRANSACTIONS = 0x10000
_MOST_UNANSWERED = 0x4000
"""Numbers that a connection may have lost to requests without an answer."""

_HINT = "is there such a unit, is it switched on?"
_STUCK = "the other end takes no more requests"


class _UnderWay(NamedTuple):
    """A request on its way: who waits for its answer, until when, and what is called then."""

    answer: asyncio.Future[Frame]
    limit: asyncio.TimerHandle
    ended: Callable[[], None]

    def succeed(self, frame: Frame) -> bool:
        """The answer is here; whether anybody waits for it."""
        self.limit.cancel()
        # Who waits for its turn sends before the answer is thought about.
        self.ended()
        waited_for = not self.answer.done()
        if waited_for:
            self.answer.set_result(frame)
        return waited_for

    def fail(self, error: ExchangeError) -> None:
        """There will be no answer."""
        self.limit.cancel()
        if not self.answer.done():
            self.answer.set_exception(error)
            # Who waited may have been cancelled in this very moment.
            self.answer.exception()
        self.ended()


class TcpLink(asyncio.Protocol):
    """One connection; answers are told apart by their transaction numbers.

    A number whose answer has not come is not used again: however late that answer is, it is taken
    for no other.

    Parameters
    ----------
    tally : Tally
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._framer = Framer()
        self._under_way = dict[int, _UnderWay]()
        self._unanswered = set[int]()
        self._transaction = 0
        self._lost = ""

    @property
    def usable(self) -> bool:
        """Whether requests can be sent."""
        return not self._lost

    @property
    def worn(self) -> bool:
        """Whether so many requests had no answer that numbers would run short."""
        return len(self._unanswered) >= _MOST_UNANSWERED

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what bytes go out on."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and give answers to who waits for them."""
        try:
            for frame in self._framer.feed(data):
                self._deliver(frame)
        except FramingError as error:
            self._tally.damaged += 1
            self.drop(f"the answer is damaged: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits that nothing will come."""
        self._fail(lost_reason(exc))

    def send(self, unit: int, pdu: bytes, timeout: float,
             ended: Callable[[], None]) -> asyncio.Future[Frame]:  # fmt: skip
        """Send a request.

        Parameters
        ----------
        unit : int
        pdu : bytes
        timeout : float
            From now to the answer [s].
        ended : callable
            Called when the answer is here, or none will come: also where nobody waits any more.

        Returns
        -------
        Future of Frame
            The answer, or `NoAnswerError` at the time limit, or `ConnectionLostError`.
        """
        loop, number = asyncio.get_running_loop(), self._free_number()
        answer: asyncio.Future[Frame] = loop.create_future()
        limit = loop.call_later(timeout, self._expire, number, timeout)
        self._under_way[number] = _UnderWay(answer, limit, ended)
        self._tally.requests += 1
        self._transport.write(Frame(number, unit, pdu).encode())
        return answer

    async def settled(self) -> None:
        """Wait until nobody waits for an answer: it came, or the time limit did."""
        if answers := [each.answer for each in self._under_way.values()]:
            await asyncio.wait(answers)

    def drop(self, reason: str) -> None:
        """Give the connection up; who waits for an answer is told why."""
        self._fail(reason)
        self._transport.abort()

    def _free_number(self) -> int:
        while True:
            number = self._transaction = (self._transaction + 1) % _TRANSACTIONS
            if number not in self._under_way and number not in self._unanswered:
                return number

    def _deliver(self, frame: Frame) -> None:
        found = self._under_way.pop(frame.transaction, None)
        if found is None:
            self._unanswered.discard(frame.transaction)
        if found is None or not found.succeed(frame):
            self._tally.late += 1

    def _expire(self, number: int, timeout: float) -> None:
        """The time limit of a request is over."""
        stuck = self._transport.get_write_buffer_size() > 0
        hint = _STUCK if stuck else _HINT
        error = NoAnswerError(f"no answer within {timeout:g} s; {hint}")
        self._under_way.pop(number).fail(error)
        self._unanswered.add(number)
        if stuck:
            # What waits to be sent would go out when nobody expects it any more.
            self.drop(_STUCK)
        elif self._framer.partial:
            # A length that was damaged would swallow the answers that follow.
            self.drop("an answer broke off")

    def _fail(self, reason: str) -> None:
        self._lost = self._lost or reason
        while self._under_way:
            _, found = self._under_way.popitem()
            found.fail(ConnectionLostError(self._lost))
