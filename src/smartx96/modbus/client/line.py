"""Line: requests to the units of a serial line, in turn, and no answer taken for another."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from itertools import count

from smartx96.modbus.client.errors import ConnectionLostError, ExchangeError, NoAnswerError
from smartx96.modbus.client.half_duplex import HalfDuplex, Opener
from smartx96.modbus.client.policy import Policy, Tally
from smartx96.modbus.client.requests import DIAGNOSTICS, Diagnostic, ReadRegisters, Request
from smartx96.modbus.client.search import Search
from smartx96.modbus.functions.diagnostics import ECHO
from smartx96.modbus.functions.request import MAX_READ
from smartx96.modbus.line.frames import Frame
from smartx96.modbus.line.line import BROADCAST
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import Space

_REQUEST, _HEAD = 8, 5
"""Bytes of a read request, and of its answer without the registers."""
_THOUGHT = 0.02
"""What a meter may think before it answers, when the cost of a request is reckoned [s]."""

_ANY, _ANY_INPUT = (ReadRegisters(space, 0, 1) for space in (Space.HOLDING, Space.INPUT))
"""Reads that every unit answers, if by an exception."""


class LineRoad:
    """A line whose units are asked in turn: whoever asks first is first.

    A request that was cancelled keeps the line until its answer came or its time is over. RTU
    frames have no number: a unit that still owes an answer, which could be taken for the one to
    the next request, is first asked for something that nobody has asked it for: what it owes comes
    before that. Until then it is asked for nothing else of that function.

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
        self._owing = defaultdict[int, set[tuple[int, int]]](set)
        """Answers that may still come, by unit: function and length."""
        self._silent_to_echo = set[int]()
        self._echoes: bool | None = None
        """Whether the adapter hears what it sends; None is not known."""
        self._marks = count(1)

    @property
    def closings(self) -> int:
        """How often it was closed: who asked before gets no port that was opened since."""
        return self._wire.closings

    @property
    def request_cost(self) -> int:
        """What one more request costs, in registers that could be read in its time."""
        parameters = self._wire.parameters
        spent = (_REQUEST + _HEAD) * parameters.character + 2 * parameters.silence + _THOUGHT
        return round(spent / (2 * parameters.character))

    async def open(self) -> None:
        """Open the port, if it is not open; `NotConnectedError`."""
        async with self._my_turn():
            await self._wire.open()

    def close(self) -> None:
        """Let go of the port; who waits for an answer, or for the port, is told."""
        self._wire.close()

    async def follow(self, parameters: LineParameters) -> None:
        """Go on with another speed or parity; `ConnectionLostError` where the port refuses."""
        async with self._my_turn():
            await self._settle()
            await self._wire.follow(parameters)

    async def exchange(self, unit: int, request: Request[object]) -> bytes:
        """Answer PDU of a request.

        Raises
        ------
        ExchangeError
        """
        async with self._my_turn():
            await self._settle()
            if request.function in self._owed_functions(unit):
                await self._synchronise(unit, request)
            await self._learn_echo(unit, request)
            return await self._transact(unit, request)

    async def broadcast(self, pdu: bytes) -> None:
        """Send to all units, and leave them the time to do it."""
        async with self._my_turn():
            await self._settle()
            await self._wire.tell(Frame(BROADCAST, pdu).encode())

    @contextlib.asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        closings = self.closings
        async with self._turn:
            if closings != self.closings:
                raise ConnectionLostError("the line was closed").unsent()
            yield

    async def _settle(self) -> None:
        """Wait for what a cancelled request still brings."""
        search = await self._wire.settle()
        if search is not None:
            self._heed(search)
            self._owe(search.unit, search.request)

    async def _transact(self, unit: int, request: Request[object]) -> bytes:
        search = Search(unit, request, bool(self._echoes))
        try:
            pdu = await self._wire.transact(search)
        except ExchangeError as error:
            if error.sent:
                self._owe(unit, request)
            if isinstance(error, NoAnswerError):
                self._heed(search)
            raise
        self._heed(search)
        return pdu

    def _owe(self, unit: int, request: Request[object]) -> None:
        self._owing[unit].add((request.function, request.largest))

    def _owed_functions(self, unit: int) -> set[int]:
        return {function for function, _ in self._owing[unit]}

    async def _synchronise(self, unit: int, request: Request[object]) -> None:
        """Ask for what cannot be owed, before a request: what is owed comes before the answer.

        Without one the attempt fails.
        """
        owed = self._owed_functions(unit)
        by_echo = unit not in self._silent_to_echo and DIAGNOSTICS not in owed
        first = self._echo() if by_echo else self._probe(unit, request)
        try:
            await self._learn_echo(unit, first)
            answer = await self._transact(unit, first)
        except ExchangeError as error:
            if by_echo and error.sent:
                self._silent_to_echo.add(unit)
            raise error.unsent() from None
        refused = answer[0] != first.function
        if refused and first.function in owed:
            self._owe(unit, first)
            raise NoAnswerError("an exception came, perhaps to an earlier request").unsent()
        del self._owing[unit]

    def _echo(self) -> Diagnostic:
        return Diagnostic(ECHO, (next(self._marks) & 0xFFFF).to_bytes(2))

    def _probe(self, unit: int, request: Request[object]) -> ReadRegisters:
        """A read of as many registers as nobody has asked a unit for that owes answers.

        By the function that it owes none of, if there is one: then an exception tells as much.
        """
        own = request if isinstance(request, ReadRegisters) else _ANY
        functions, owed = self._owed_functions(unit), self._owing[unit]
        near = next((each for each in (_ANY, _ANY_INPUT) if each.function not in functions), own)
        address = min(near.address, 0x10000 - MAX_READ)
        for quantity in range(1, MAX_READ + 1):
            found = ReadRegisters(near.space, address, quantity)
            if (found.function, found.largest) not in owed:
                return found
        # Nobody answered so many of them: nothing is owed any more.
        owed.clear()
        return ReadRegisters(near.space, address, 1)

    async def _learn_echo(self, unit: int, request: Request[object]) -> None:
        """Find out whether the adapter hears what it sends, before it has to be known."""
        if request.mirrored and self._echoes is None:
            # Silence tells as well as an answer does.
            with contextlib.suppress(NoAnswerError):
                await self._transact(unit, _ANY)

    def _heed(self, search: Search) -> None:
        """Learn whether the adapter hears what it sends: once it did, it does."""
        if search.echoed:
            self._echoes = True
        elif self._echoes is None and not search.request.mirrored and not search.damaged:
            self._echoes = False
