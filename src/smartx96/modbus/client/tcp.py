"""TCP: requests over a connection, several under way at once, answers in any order."""

from __future__ import annotations

import asyncio

from smartx96.modbus.client.errors import ConnectionLostError, DamagedAnswerError
from smartx96.modbus.client.policy import Policy, Tally
from smartx96.modbus.client.requests import Request
from smartx96.modbus.client.tcp_link import TcpLink
from smartx96.modbus.client.wires import connected
from smartx96.modbus.place import Place
from smartx96.modbus.tcp import Frame

_ITSELF = (0, 255)
"""Unit ids by which a device is asked that is no gateway; some answer with another."""
_CLOSED = "the connection was closed"


class TcpRoad:
    """Modbus TCP to one host; connects again when the connection was lost.

    A request that was cancelled keeps its place among those under way until its answer came or
    its time is over.

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
        self._link: TcpLink | None = None
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
        frame = await (await self._sent(unit, request.pdu))
        if frame.unit != unit and unit not in _ITSELF:
            raise DamagedAnswerError(f"unit {frame.unit} answers instead")
        return frame.pdu

    async def _sent(self, unit: int, pdu: bytes) -> asyncio.Future[Frame]:
        """What a request will be answered; it has its place until then."""
        closings = self.closings
        await self._room.acquire()
        try:
            link = await self._connected(closings)
        except BaseException:
            self._room.release()
            raise
        return link.send(unit, pdu, self._policy.timeout, self._room.release)

    async def _connected(self, closings: int) -> TcpLink:
        async with self._connecting:
            self._check(closings)
            if self._link is not None and self._link.worn:
                await self._link.settled()
                self._check(closings)
                self._link.drop("too many requests had no answer")
            if self._link is None or not self._link.usable:
                link = await connected(
                    self._place, self._policy.connect_timeout, lambda: TcpLink(self._tally)
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
