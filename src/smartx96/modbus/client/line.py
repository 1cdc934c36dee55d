"""Line: requests to the units of a serial line, in turn, and no answer taken for another."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count

from smartx96.modbus.client.errors import ExchangeError, NoAnswerError
from smartx96.modbus.client.half_duplex import HalfDuplex, Opener
from smartx96.modbus.client.policy import Policy, Tally
from smartx96.modbus.client.requests import Diagnostic, ReadRegisters, Request
from smartx96.modbus.client.search import Search
from smartx96.modbus.functions.diagnostics import ECHO
from smartx96.modbus.line.frames import Frame
from smartx96.modbus.line.line import BROADCAST
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import Space

_REQUEST, _HEAD = 8, 5
"""Bytes of a read request, and of its answer without the registers."""
_THOUGHT = 0.02
"""What a meter may think before it answers, when the cost of a request is reckoned [s]."""


class LineRoad:
    """A line whose units are asked in turn: whoever asks first is first.

    A request that was cancelled keeps the line until its answer came or its time is over. RTU
    frames have no number: a unit that still owes an answer is first asked for an echo, where that
    answer could be taken for the one to the next request.

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
        self._wire = HalfDuplex(opener, parameters, policy, tally)
        self._turn = asyncio.Lock()
        self._owing = set[tuple[int, int]]()
        """Units and functions whose answers may still come."""
        self._echoes: bool | None = None
        """Whether the adapter hears what it sends; None is not known."""
        self._marks = count(1)

    @property
    def request_cost(self) -> int:
        """What one more request costs, in registers that could be read in its time."""
        parameters = self._wire.parameters
        spent = (_REQUEST + _HEAD) * parameters.character + 2 * parameters.silence + _THOUGHT
        return round(spent / (2 * parameters.character))

    async def open(self) -> None:
        """Open the port, if it is not open; `NotConnectedError`."""
        async with self._turn:
            await self._wire.open()

    def close(self) -> None:
        """Let go of the port; who waits for an answer is told."""
        self._wire.close()

    async def follow(self, parameters: LineParameters) -> None:
        """Go on with another speed or parity; `ConnectionLostError` where the port refuses."""
        async with self._turn:
            await self._settle()
            await self._wire.follow(parameters)

    async def exchange(self, unit: int, request: Request[object]) -> bytes:
        """Answer PDU of a request.

        Raises
        ------
        ExchangeError
        """
        async with self._turn:
            await self._settle()
            if (unit, request.function) in self._owing:
                await self._synchronise(unit)
            await self._learn_echo(unit, request)
            return await self._transact(unit, request)

    async def broadcast(self, pdu: bytes) -> None:
        """Send to all units, and leave them the time to do it."""
        async with self._turn:
            await self._settle()
            await self._wire.tell(Frame(BROADCAST, pdu).encode())

    async def _settle(self) -> None:
        """Wait for what a cancelled request still brings."""
        search = await self._wire.settle()
        if search is not None:
            self._heed(search)
            self._owing.add((search.unit, search.request.function))

    async def _transact(self, unit: int, request: Request[object]) -> bytes:
        search = Search(unit, request, bool(self._echoes))
        try:
            pdu = await self._wire.transact(search)
        except ExchangeError as error:
            if error.sent:
                self._owing.add((unit, request.function))
            if isinstance(error, NoAnswerError):
                self._heed(search)
            raise
        self._heed(search)
        return pdu

    async def _synchronise(self, unit: int) -> None:
        """Ask for an echo: what a unit still owed comes before it.

        Without one the attempt fails, and was time enough for what was owed.
        """
        mark = next(self._marks) & 0xFFFF
        request = Diagnostic(ECHO, mark.to_bytes(2))
        try:
            await self._learn_echo(unit, request)
            await self._transact(unit, request)
        except ExchangeError as error:
            self._forgive(unit)
            raise error.unsent() from None
        self._forgive(unit)

    def _forgive(self, unit: int) -> None:
        self._owing = {owed for owed in self._owing if owed[0] != unit}

    async def _learn_echo(self, unit: int, request: Request[object]) -> None:
        """Find out whether the adapter hears what it sends, before it has to be known."""
        if request.mirrored and self._echoes is None:
            # Silence tells as well as an answer does.
            with contextlib.suppress(NoAnswerError):
                await self._transact(unit, ReadRegisters(Space.HOLDING, 0, 1))

    def _heed(self, search: Search) -> None:
        """Learn whether the adapter hears what it sends: once it did, it does."""
        if search.echoed:
            self._echoes = True
        elif self._echoes is None and not search.request.mirrored and not search.damaged:
            self._echoes = False
