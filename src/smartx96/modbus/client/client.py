"""Client: asks meters at one place, again where that is of use, and says what happened."""

from __future__ import annotations

from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from smartx96.errors import OptionError
from smartx96.modbus.client.errors import (
    ConnectionLostError,
    DamagedAnswerError,
    ExceptionAnswerError,
    ExchangeError,
    NoAnswerError,
)
from smartx96.modbus.client.line import LineRoad
from smartx96.modbus.client.policy import Policy, Tally
from smartx96.modbus.client.requests import (
    Diagnostic,
    ReadIdentification,
    ReadRegisters,
    ReportServerId,
    Request,
    WriteRegisters,
)
from smartx96.modbus.client.tcp import TcpRoad
from smartx96.modbus.client.wires import open_wire
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.serial_device import ports_are_free
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.registers import Space

T = TypeVar("T")

LINE_UNITS = range(1, 248)
"""Of a line (Modbus over serial line 1.02, clause 2.2)."""

_MOST_PARTS = 256
"""Answers of an identification: no object can come twice."""


class Client:
    """Asks the meters of one place; any number of tasks may use it at once.

    It opens the port when it is entered, or with the first request, and again after it was lost.

    Parameters
    ----------
    place : Place
    parameters : LineParameters, optional
        Speed, parity and stop bits of a line, also of one behind a TCP port.
    policy : Policy, optional

    Attributes
    ----------
    tally : Tally
    """

    def __init__(self, place: Place, parameters: LineParameters | None = None,
                 policy: Policy | None = None) -> None:  # fmt: skip
        self.place, self.policy, self.tally = place, policy or Policy(), Tally()
        self._line: LineRoad | None = None
        self._road: TcpRoad | LineRoad
        if place.kind is Kind.TCP:
            self._road = TcpRoad(place, self.policy, self.tally)
        else:
            opener = partial(open_wire, place, self.policy.connect_timeout)
            self._road = self._line = LineRoad(
                opener, parameters or LineParameters(), self.policy, self.tally
            )

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        self.close()
        await ports_are_free()

    @property
    def request_cost(self) -> int:
        """What one more request costs, in registers that could be read in its time."""
        return self._road.request_cost

    async def open(self) -> None:
        """Open the port, if it is not open.

        Raises
        ------
        NotConnectedError
            It does not open.
        """
        try:
            await self._road.open()
        except ExchangeError as error:
            raise error.told(str(self.place), write=False) from None

    def close(self) -> None:
        """Let go of the port; who waits for an answer, or a turn, gets `ConnectionLostError`."""
        self._road.close()

    async def follow(self, parameters: LineParameters) -> None:
        """Go on with another speed, parity or stop bits, as when a meter was told to.

        Raises
        ------
        OptionError
            The place is no line.
        ConnectionLostError
            The port does not take them.
        """
        line = self._own_line("another speed")
        try:
            await line.follow(parameters)
        except ExchangeError as error:
            raise error.told(str(self.place), write=False) from None

    async def read(self, space: Space, unit: int, address: int, count: int) -> bytes:
        """Bytes of registers that follow each other.

        Parameters
        ----------
        space : Space
        unit : int
        address : int
            Of the first, from 0.
        count : int
            1 to 125.

        Raises
        ------
        OptionError
            There are no such registers or units.
        ExchangeError
            There is no answer of use, after all retries.
        """
        return await self.ask(unit, ReadRegisters(space, address, count))

    async def read_input(self, unit: int, address: int, count: int) -> bytes:
        """Bytes of input registers, as `read`."""
        return await self.read(Space.INPUT, unit, address, count)

    async def read_holding(self, unit: int, address: int, count: int) -> bytes:
        """Bytes of holding registers, as `read`."""
        return await self.read(Space.HOLDING, unit, address, count)

    async def write_registers(self, unit: int, address: int, data: bytes) -> None:
        """Write registers that follow each other; never sent twice.

        Raises
        ------
        OptionError
            There are no such registers or units.
        ExchangeError
            The meter refuses, or there is no answer of use: where its `uncertain` is true, read
            back what the meter has done.
        """
        await self.ask(unit, WriteRegisters(address, data))

    async def broadcast(self, address: int, data: bytes) -> None:
        """Write registers of all units of a line, of which none answers.

        Raises
        ------
        OptionError
            The place is no line, or there are no such registers.
        ExchangeError
            It could not be sent.
        """
        request = WriteRegisters(address, data)
        try:
            await self._own_line("a broadcast").broadcast(request.pdu)
        except ExchangeError as error:
            raise error.told(f"{self.place} all units: {request}", write=True) from None

    async def diagnostic(self, unit: int, sub_function: int, data: bytes = b"\0\0") -> bytes:
        """Data of the answer to a sub-function of function 08: an echo, or a counter."""
        return await self.ask(unit, Diagnostic(sub_function, data))

    async def server_id(self, unit: int) -> bytes:
        """Data of function 17: type code, run indicator and text, as the meter arranges them."""
        return await self.ask(unit, ReportServerId())

    async def identification(self, unit: int, code: int = 2) -> dict[int, str]:
        """Texts of the device identification (43/14) by their object ids.

        Parameters
        ----------
        unit : int
        code : int
            1 basic, 2 regular, 3 extended.
        """
        texts, first = dict[int, str](), 0
        for _ in range(_MOST_PARTS):
            found = await self.ask(unit, ReadIdentification(code, first))
            texts |= found.texts
            if not found.following or found.following in texts:
                break
            first = found.following
        return texts

    async def ask(self, unit: int, request: Request[T]) -> T:
        """What the answer to a request says.

        A read is repeated `retries` times where no answer, a damaged or a busy one came; no write.

        Raises
        ------
        OptionError
            There is no such unit.
        ExchangeError
            There is no answer of use.
        """
        units = range(0x100) if self._line is None else LINE_UNITS
        if unit not in units:
            raise OptionError(f"unit {unit}: {self.place} has {units[0]} to {units[-1]}")
        left, closings = request.repeatable * self.policy.retries, self._road.closings
        while True:
            try:
                answer = request.result(await self._road.exchange(unit, request))
            except ExchangeError as error:
                self._count(error)
                if not left or not _passing(error) or closings != self._road.closings:
                    where = f"{self.place} unit {unit}: {request}"
                    raise error.told(where, not request.repeatable) from None
                left -= 1
                self.tally.retries += 1
            else:
                self.tally.answers += 1
                return answer

    def _own_line(self, what: str) -> LineRoad:
        if self._line is None:
            raise OptionError(f"{self.place}: {what} is for lines; Modbus TCP has none")
        return self._line

    def _count(self, error: ExchangeError) -> None:
        self.tally.timeouts += isinstance(error, NoAnswerError)
        self.tally.damaged += isinstance(error, DamagedAnswerError)
        self.tally.exceptions += isinstance(error, ExceptionAnswerError)


def _passing(error: ExchangeError) -> bool:
    """Whether the next attempt may go better."""
    if isinstance(error, ExceptionAnswerError):
        return error.code == ExceptionCode.DEVICE_BUSY
    return isinstance(error, NoAnswerError | DamagedAnswerError | ConnectionLostError)
