"""WebServer: the pages of meters that run, in the loop in which they run."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from smartx96.installation.live import LiveMeter
from smartx96.modbus.admission import Network
from smartx96.modbus.place import shown_address
from smartx96.modbus.program import checksum
from smartx96.web.guard import Guard
from smartx96.web.history import History
from smartx96.web.listener import Listener
from smartx96.web.memory import INTERVAL, Memory
from smartx96.web.pages import Pages
from smartx96.web.panels import Panels
from smartx96.web.pictures import Pictures
from smartx96.web.resources import Resources
from smartx96.web.token import VARIABLE, Logins, digest, kept_token, stated_token
from smartx96.web.traffic import Traffic
from smartx96.web.watched import WatchedMeter

_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::", "")

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
        self._memories = [Memory(live) for live in meters]
        self.traffic = Traffic()
        self._closing = asyncio.Event()
        self._listener: Listener | None = None
        self._watched: dict[str, WatchedMeter] = {}
        self._resources: Resources | None = None
        self._recording: asyncio.Task[None] | None = None

    async def start(
        self, host: str, port: int, spoken: Callable[[str], Mapping[str, str]], *,
        allowed: tuple[Network, ...] = (), new_token: bool = False,
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

        Raises
        ------
        ListenError
            The port is in use or the host is not ours.
        OptionError, StoreError
            The token cannot be used, or cannot be kept.
        """
        self._listener = listener = Listener(host, port, allowed, self._report)
        logins, token = self._logins(listener.address[0], new_token)
        for live, memory in zip(self._meters, self._memories, strict=True):
            self._watched[live.name] = WatchedMeter(live, memory, self.traffic, spoken(live.name))
        await listener.serve(self._application(host, listener.address, logins))
        self._recording = asyncio.ensure_future(self._record())
        told = _told(listener.address, logins, token)
        if new_token and token is None:
            reason = "needs none here" if logins is None else f"has that of {VARIABLE}"
            told.append(f"note: --new-web-token makes none: the page {reason}")
        return told

    async def close(self) -> None:
        """End the streams, and let go of the port."""
        self._closing.set()
        if self._recording is not None:
            self._recording.cancel()
        for watched in self._watched.values():
            watched.close()
        if self._listener is not None:
            await self._listener.close()

    def _logins(self, host: str, renew: bool) -> tuple[Logins | None, str | None]:
        """Who may see the pages, and the token where it was made just now."""
        stated = os.environ.get(VARIABLE)
        if stated is not None:
            return Logins(digest(stated_token(stated))), None
        if ip_address(host.partition("%")[0]).is_loopback and not self._names:
            return None, None
        found, token = kept_token(self._folder, renew=renew)
        return Logins(found), token

    def _application(
        self, host: str, address: tuple[str, int], logins: Logins | None
    ) -> ASGIApp:  # fmt: skip
        pages = Pages(self._watched, logins, cookie := f"x96_{address[1]}")
        self._resources = resources = Resources(
            self._watched, Panels(), History(self._folder), Pictures(), self._closing,
            token=logins is not None,
        )  # fmt: skip
        router = Router(
            [*pages.routes(), *resources.routes()], redirect_slashes=False, default=_not_found
        )
        everywhere = host in _EVERYWHERE
        own = (socket.gethostname(), socket.getfqdn()) if everywhere else (host, address[0])
        names = {name.lower() for name in (*_LOCAL, *own, *self._names)}
        return Guard(router, names, every_address=everywhere, logins=logins, cookie=cookie,
                     report=self._report)  # fmt: skip

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


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    raise HTTPException(404)


def _reached(host: str) -> str:
    """What others type for a host that is listened on: every address is none to go to."""
    return socket.gethostname() if host in _EVERYWHERE else host


def _told(address: tuple[str, int], logins: Logins | None, token: str | None) -> list[str]:
    """Where the page is, and how to get in."""
    url = f"http://{shown_address(*address)}/"
    if logins is None:
        return [f"page at {url}"]
    found = [f"page at {url}, with a token"]
    if token is not None:
        found.append(f"token, told this once: {token}")
        found.append(f"log in at http://{shown_address(_reached(address[0]), address[1])}/"
                     f"login#{token}")  # fmt: skip
    if not ip_address(address[0].partition("%")[0]).is_loopback:
        found.append("note: the page is not encrypted; put a reverse proxy with TLS before it, or "
                     "reach it through ssh")  # fmt: skip
    return found
