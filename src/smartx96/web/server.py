"""WebServer: the pages of meters that run, in the loop in which they run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from starlette.types import ASGIApp

from smartx96.installation.live import LiveMeter
from smartx96.modbus.admission import Network
from smartx96.modbus.functions.request import Unit
from smartx96.modbus.program import checksum
from smartx96.web.entrance import Entrance
from smartx96.web.history import History
from smartx96.web.listener import Listener
from smartx96.web.memory import INTERVAL, Memory
from smartx96.web.pages import Pages
from smartx96.web.panels import Panels
from smartx96.web.pictures import Pictures
from smartx96.web.resources import Resources
from smartx96.web.traffic import Traffic
from smartx96.web.watched import WatchedMeter
from smartx96.web.way_in import WayIn

_SLICE = 8
"""Meters whose trend is taken at once: in between others have their turn."""


class WebServer:
    """Pages of meters, and their port.

    Parameters
    ----------
    meters : sequence of LiveMeter
        What they hand on is remembered from now on.
    folder : Path or None
        Their state; None keeps nothing.
    names : sequence of str
        Names of hosts under which the pages are reached beside their own.
    report : callable
        Called with one line of what the user should know.

    Attributes
    ----------
    traffic : Traffic
        Watches the ports of the meters, once it is told of what passes.
    """

    def __init__(self, meters: Sequence[LiveMeter], folder: Path | None, names: Sequence[str],
                 report: Callable[[str], None]) -> None:  # fmt: skip
        self._meters, self._folder, self._names, self._report = meters, folder, names, report
        self._memories = [Memory(live, stored=folder is not None) for live in meters]
        self.traffic = Traffic()
        self._closing = asyncio.Event()
        self._listener: Listener | None = None
        self._watched: dict[str, WatchedMeter] = {}
        self._resources: Resources | None = None
        self._recording: asyncio.Task[None] | None = None

    async def start(
        self, host: str, port: int, spoken: Callable[[str], Mapping[str, str]], *,
        allowed: tuple[Network, ...] = (), new_token: bool = False,
        units: Mapping[str, Unit] | None = None,
    ) -> list[str]:  # fmt: skip
        """Open the port; a line for each thing that the user should know.

        Parameters
        ----------
        host : str
        port : int
            0 takes a free one.
        spoken : callable
            Gives the ports at which a meter is read, and what is spoken there.
        allowed : tuple of Network
            Who may connect; empty is everybody.
        new_token : bool
            Whether another token takes the place of the one that was.
        units : mapping of str to Unit, optional
            Meters as Modbus clients see them, by name.

        Raises
        ------
        ListenError
            The port is in use or the host is not ours.
        OptionError, StoreError
            The token cannot be used, or cannot be kept.
        """
        self._listener = listener = Listener(host, port, allowed, self._report)
        entrance = Entrance.of(host, listener.address, self._names, self._folder, renew=new_token)
        for live, memory in zip(self._meters, self._memories, strict=True):
            self._watched[live.name] = WatchedMeter(
                live, memory, self.traffic, spoken(live.name), (units or {}).get(live.name)
            )
        await listener.serve(self._application(entrance))
        self._recording = asyncio.ensure_future(self._record())
        return [*entrance.told(), *(entrance.told_of_no_new_token() if new_token else ())]

    async def close(self) -> None:
        """End the streams, and let go of the port."""
        self._closing.set()
        if self._recording is not None:
            self._recording.cancel()
        for watched in self._watched.values():
            watched.close()
        if self._listener is not None:
            await self._listener.close()

    def _application(self, entrance: Entrance) -> ASGIApp:
        pages = Pages(self._watched, WayIn(entrance.logins, entrance.cookie))
        self._resources = resources = Resources(
            self._watched, Panels(), History(self._folder), Pictures(), self._closing,
            token=entrance.logins is not None,
        )  # fmt: skip
        return entrance.guarded([*pages.routes(), *resources.routes()], self._report)

    async def _record(self) -> None:
        """Take the readings of all meters every now and then."""
        # It reads every file of the program: no panel is to wait for it.
        await asyncio.to_thread(checksum)
        while True:
            for number, watched in enumerate(self._watched.values(), 1):
                watched.memory.trend.take(watched.snapshot)
                if number % _SLICE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(INTERVAL)
