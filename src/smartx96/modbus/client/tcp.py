"""TCP: requests over a connection, several under way at once, answers in any order."""

from __future__ import annotations

import asyncio
from typing import cast

from smartx96.modbus.client.errors import (
    ConnectionLostError,
    DamagedAnswerError,
    NoAnswerError,
)
from smartx96.modbus.client.policy import Policy, Tally
from smartx96.modbus.client.requests import Request
from smartx96.modbus.client.wires import connected, lost_reason
from smartx96.modbus.exceptions import FramingError
from smartx96.modbus.place import Place
from smartx96.modbus.tcp import Frame, Framer

_TRANSACTIONS = 0x10000
_ITSELF = (0, 255)
"""Unit ids by which a device is asked that is no gateway; some answer with another."""
_CLOSED = "the connection was closed"


class _Link(asyncio.Protocol):
    """One connection; answers are told apart by their transaction numbers.

    Parameters
    ----------
    tally : Tally
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._framer = Framer()
        self._waiting = dict[int, asyncio.Future[Frame]]()
        self._transaction = 0
        self._lost = ""

    @property
    def usable(self) -> bool:
        """Whether requests can be sent."""
        return not self._lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._framer.feed(data):
                self._deliver(frame)
        except FramingError as error:
            self._tally.damaged += 1
            self.drop(f"the answer is damaged: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(lost_reason(exc))

    async def exchange(self, unit: int, pdu: bytes, timeout: float) -> Frame:
        """The answer to a request.

        Raises
        ------
        NoAnswerError, ConnectionLostError
        """
        number = self._free_number()
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._tally.requests += 1
        self._transport.write(Frame(number, unit, pdu).encode())
        try:
            async with asyncio.timeout(timeout):
                return cast(Frame, await answer)
        except TimeoutError:
            if self._framer.partial:
                # A length that was damaged would swallow the answers that follow.
                self.drop("an answer broke off")
            raise NoAnswerError(
                f"no answer within {timeout:g} s; is there such a unit, is it switched on?"
            ) from None
        finally:
            self._waiting.pop(number, None)

    def drop(self, reason: str) -> None:
        """Give the connection up; who waits for an answer is told why."""
        self._fail(reason)
        self._transport.abort()

    def _free_number(self) -> int:
        while True:
            self._transaction = (self._transaction + 1) % _TRANSACTIONS
            if self._transaction not in self._waiting:
                return self._transaction

    def _deliver(self, frame: Frame) -> None:
        answer = self._waiting.get(frame.transaction)
        if answer is None or answer.done():
            self._tally.late += 1
        else:
            answer.set_result(frame)

    def _fail(self, reason: str) -> None:
        self._lost = self._lost or reason
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionLostError(self._lost))


class TcpRoad:
    """Modbus TCP to one host; connects again when the connection was lost.

    Parameters
    ----------
    place : Place
    policy : Policy
    tally : Tally
    """

    request_cost = 1000
    """What one more request costs, in registers: more than any that can be read instead."""

    def __init__(self, place: Place, policy: Policy, tally: Tally) -> None:
        self._place, self._policy, self._tally = place, policy, tally
        self._room = asyncio.Semaphore(policy.outstanding)
        self._connecting = asyncio.Lock()
        self._link: _Link | None = None
        self.closings = 0
        """How often it was closed: who asked before gets no connection that was made since."""

    async def open(self) -> None:
        """Connect, if it is not connected; `NotConnectedError`."""
        await self._connected(self.closings)

    def close(self) -> None:
        """Let go of the connection; who waits for an answer, or for it, is told."""
        self.closings += 1
        link, self._link = self._link, None
        if link is not None:
            link.drop(_CLOSED)

    async def exchange(self, unit: int, request: Request[object]) -> bytes:
        """Answer PDU of a request.

        Raises
        ------
        ExchangeError
        """
        closings = self.closings
        async with self._room:
            link = await self._connected(closings)
            frame = await link.exchange(unit, request.pdu, self._policy.timeout)
        if frame.unit != unit and unit not in _ITSELF:
            raise DamagedAnswerError(f"unit {frame.unit} answers instead")
        return frame.pdu

    async def _connected(self, closings: int) -> _Link:
        async with self._connecting:
            self._check(closings)
            if self._link is None or not self._link.usable:
                link = await connected(
                    self._place, self._policy.connect_timeout, lambda: _Link(self._tally)
                )
                if closings != self.closings:
                    link.drop(_CLOSED)
                self._check(closings)
                self._link = link
                self._tally.connections += 1
            return self._link

    def _check(self, closings: int) -> None:
        if closings != self.closings:
            raise ConnectionLostError(_CLOSED).unsent()
