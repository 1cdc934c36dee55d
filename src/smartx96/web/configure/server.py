"""ConfigureServer: the page that sets meters, and its port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.modbus.admission import Network
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.program import version
from smartx96.web.configure.calendars import Calendars
from smartx96.web.configure.finding import Finding
from smartx96.web.configure.jobs import Jobs
from smartx96.web.configure.meters import Meters
from smartx96.web.configure.opened import Opened
from smartx96.web.configure.profiles import Profiles
from smartx96.web.configure.records import Records
from smartx96.web.configure.setting import SettingForm
from smartx96.web.configure.showing import Showing
from smartx96.web.configure.tasks import Tasks
from smartx96.web.configure.working import Working
from smartx96.web.entrance import Entrance
from smartx96.web.files import static_files
from smartx96.web.listener import Listener
from smartx96.web.way_in import WayIn

FOLDER, PAGE = "configure", "configure/configure.html"

LARGEST = 1_500_000
"""Longest body of any request: a file of settings or tariffs, as JSON has it [bytes]."""


class ConfigureServer:
    """The page, its port, and the meters that it asks.

    Parameters
    ----------
    policy : Policy
        How meters are asked.
    folder : Path or None
        Where a token is kept; None keeps none.
    names : sequence of str
        Names of hosts under which the page is reached beside its own.
    report : callable
        Called with one line of what the user at the console should know.
    """

    def __init__(self, policy: Policy, folder: Path | None, names: Sequence[str],
                 report: Callable[[str], None]) -> None:  # fmt: skip
        self._folder, self._names, self._report = folder, names, report
        self._meters, self._jobs = Meters(policy), Jobs(report)
        self._listener: Listener | None = None
        self._way: WayIn | None = None
        self._token = False

    async def start(self, host: str, port: int, *, allowed: tuple[Network, ...] = (),
                    new_token: bool = False) -> list[str]:  # fmt: skip
        """Open the port; a line for each thing that the user should know.

        Parameters
        ----------
        host : str
        port : int
            0 takes a free one.
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
        entrance = Entrance.of(host, listener.address, self._names, self._folder, renew=new_token)
        self._way = WayIn(entrance.logins, entrance.cookie, static_files(FOLDER))
        self._token = entrance.logins is not None
        self._meters.begin()
        await listener.serve(entrance.guarded(self._routes(self._way), self._report, LARGEST))
        return [*entrance.told(), *(entrance.told_of_no_new_token() if new_token else ())]

    async def close(self) -> None:
        """End: what is being written is written first, then ports are let go of."""
        await self._jobs.close()
        if self._listener is not None:
            await self._listener.close()
        self._meters.close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where it listens."""
        assert self._listener is not None
        return self._listener.address

    def _routes(self, way: WayIn) -> list[Route]:
        meters, jobs = self._meters, self._jobs
        parts = (
            Opened(meters), Showing(meters), Profiles(meters), Working(jobs),
            *(part(meters, jobs) for part in (Finding, SettingForm, Tasks, Calendars, Records)),
        )  # fmt: skip
        return [
            Route("/", self.page),
            Route("/healthz", self.health),
            Route("/api/about", self.about),
            *(route for part in parts for route in part.routes()),
            *way.routes(),
        ]

    async def page(self, request: Request) -> Response:
        """The page."""
        assert self._way is not None
        return self._way.page(request, PAGE)

    async def health(self, request: Request) -> Response:
        """Whether the server is there."""
        return JSONResponse({"status": "ok"})

    async def about(self, request: Request) -> Response:
        """What the page should know of its server."""
        return JSONResponse({"version": version(), "token": self._token})
