"""A meter with tariff calendars behind a port, and connections to it that are cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines, Target
from smartx96.installation.live import LiveMeter
from smartx96.installation.registers import ServedRegisters
from smartx96.meter.calendar import Calendar, Calendars
from smartx96.meter.clock import Clock
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.faults import Chances, Faults, Stroke
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.server import RtuServer
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.terms import Terms
from smartx96.samples.mains import mains
from smartx96.settings import Settings

T = TypeVar("T")

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = 1000
FAST = LineParameters(115_200)


class CalendarMeter(ServedRegisters):
    """A meter that stands at noon of a Monday, with what it is asked and told."""

    def __init__(self, active: Calendar | None = None, passive: Calendar | None = None,
                 activation: datetime | None = None, **settings: object) -> None:  # fmt: skip
        source = mains(NOW, seed=1)
        meter = Meter(Configuration(Settings(settings)), clock=Clock.of(source.start))
        meter.set_calendars(Calendars(active, passive, activation))
        super().__init__(LiveMeter(source, meter, phasors=True))
        self.written: list[tuple[int, bytes]] = []

    @property
    def calendars(self) -> Calendars:
        """What the meter itself goes by."""
        return self._live.meter.calendars

    @property
    def drafted(self) -> bool:
        return self._draft_now().own is not None

    def write(self, address, data, session=None, *, read_only=False) -> None:
        super().write(address, data, session, read_only=read_only)
        self.written.append((address, data))

    def run(self, talk: Callable[[Link], Awaitable[T]], **more: object) -> T:
        """What comes of a talk with it over TCP."""

        async def whole() -> T:
            async with over_tcp(self, **more) as link:
                return await talk(link)

        return asyncio.run(asyncio.wait_for(whole(), 60))


class Trouble(Faults):
    """Faults that begin when somebody says so."""

    def __init__(self, chances: str, begun: bool = False) -> None:
        super().__init__(Chances.parse(chances))
        self.begun = begun

    def strike(self, pdu: bytes) -> Stroke:
        return super().strike(pdu) if self.begun else Stroke(pdu)


@contextlib.asynccontextmanager
async def over_tcp(unit: CalendarMeter, policy: Policy | None = None, faults: Faults | None = None,
                   cut: Cut | None = None, *, unverified: bool = False
                   ) -> AsyncIterator[Link]:  # fmt: skip
    server = ModbusTcpServer([unit], Terms(faults=faults))
    await server.start("127.0.0.1", 0)
    address = server.address if cut is None else await cut.start(*server.address)
    try:
        async with Lines(policy) as lines:
            target = Target(Place(Kind.TCP, *address))
            yield await Link.open(lines, target, unverified=unverified)
    finally:
        if cut is not None:
            await cut.stop()
        server.close()
        await server.wait_closed()


@contextlib.asynccontextmanager
async def over_a_line(unit: CalendarMeter, folder: Path, policy: Policy | None = None,
                      faults: Faults | None = None) -> AsyncIterator[Link]:  # fmt: skip
    server = RtuServer([unit], Terms(faults=faults))
    await server.start(f"pty:{folder / 'line'}")
    try:
        async with Lines(policy) as lines:
            place = Place(Kind.RTU, str(folder / "line"))
            yield await Link.open(lines, Target(place, parameters=FAST))
    finally:
        server.close()
        await server.wait_closed()


class Cut:
    """Between a client and a host: cuts the connection at one of the requests.

    Parameters
    ----------
    at : int
        Which request, from 1; 0 is none.
    answered : bool
        Whether the host gets it, and its answer alone is lost.
    back : bool
        Whether connections are taken again afterwards.
    """

    def __init__(self, at: int = 0, *, answered: bool = False, back: bool = True) -> None:
        self.at, self.answered, self.back = at, answered, back
        self.seen = 0

    async def start(self, *host: object) -> tuple[str, int]:
        self._host, self._tasks = host, set[asyncio.Task[None]]()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        address: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return address

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks)

    async def _serve(self, *client: asyncio.StreamReader | asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        host = await asyncio.open_connection(*self._host)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError,
                                 asyncio.CancelledError):  # fmt: skip
            await self._relay(client, host)
        if self.at and self.seen >= self.at and not self.back:
            self._server.close()
        for _, end in (client, host):
            end.close()
            with contextlib.suppress(ConnectionError):
                await end.wait_closed()
        self._tasks.discard(task)

    async def _relay(self, client, host) -> None:
        """Carry requests there and answers back, until the cut."""
        while True:
            request = await _frame(client[0])
            self.seen += 1
            if self.seen == self.at and not self.answered:
                return
            host[1].write(request)
            answer = await _frame(host[0])
            if self.seen == self.at:
                return
            client[1].write(answer)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(6)
    return head + await reader.readexactly(int.from_bytes(head[4:]))
