"""Finding: serial ports that there are, and the search for meters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.search.candidates import Scope
from smartx96.configuration.search.hosts import tcp_places
from smartx96.configuration.search.ports import serial_ports
from smartx96.configuration.search.search import Progress, Search
from smartx96.modbus.place import Kind, Place
from smartx96.web.asked import body_of
from smartx96.web.configure import wanted
from smartx96.web.configure.jobs import Job, Jobs
from smartx96.web.configure.meters import Meters
from smartx96.web.guard import RequestError
from smartx96.wording import counted

SEARCH = "search"

MOST = 64
"""Ports, and hosts or networks, of one search."""


@dataclass(slots=True)
class Finding:
    """The search for meters.

    Parameters
    ----------
    meters : Meters
    jobs : Jobs
    """

    meters: Meters
    jobs: Jobs

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [
            Route("/api/ports", self.ports),
            Route("/api/search", self.search, methods=["POST"]),
        ]

    async def ports(self, request: Request) -> Response:
        """Serial ports of the computer on which this runs."""
        found = await asyncio.to_thread(serial_ports)
        ports = [{"device": port.device, "text": port.text} for port in found]
        return JSONResponse({"ports": ports})

    async def search(self, request: Request) -> Response:
        """Look for meters; there is one search at a time."""
        places = _places(await body_of(request))
        if self.jobs.is_running(SEARCH):
            raise RequestError(409, "a search is under way: stop it, or wait until it is done")
        scope = Scope(tuple(dict.fromkeys(places.found)), places.everything)

        async def work(job: Job) -> dict[str, Any]:
            async with AsyncExitStack() as turns:
                for place in scope.places:
                    if place.kind is Kind.RTU or self.meters.asks_at(place):
                        # A port is for one program at a time, and many gateways for one client.
                        await turns.enter_async_context(self.meters.alone(place, job.title))
                return await _searched(job, Search(scope))

        title = f"search of {counted(len(scope.places), 'place')}"
        job = self.jobs.start(SEARCH, title, work, stoppable=True)
        return JSONResponse(job.document(), 202)


async def _searched(job: Job, search: Search) -> dict[str, Any]:
    """Run a search; the job knows meanwhile, and if it is stopped, what was found."""
    total = max(search.left, 0.1)

    def tell(progress: Progress) -> None:
        nonlocal total
        # Who answers is asked more than was planned.
        total = max(total, progress.left)
        job.result = _document(search)
        job.say(f"asking {progress.where}")
        job.reach(total - progress.left, total, progress.left)

    search.listen(tell)
    try:
        await search.run()
    finally:
        job.result = _document(search)
    return _document(search)


def _document(search: Search) -> dict[str, Any]:
    document = search.document()
    notes = [f"{note['where']}: {note['text']}" for note in document["notes"]]
    return {**document, "notes": notes}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Places that are to be searched, and how thoroughly."""

    found: list[Place]
    everything: bool


def _places(body: Mapping[str, Any]) -> _Wanted:
    """What a request wants to have searched.

    Raises
    ------
    RequestError, OptionError
        A place cannot be, or there is none.
    """
    found = [wanted.place(f"{Kind.RTU}:{port}") for port in wanted.texts(body, "ports", MOST)]
    for host in wanted.texts(body, "hosts", MOST):
        found += tcp_places(host)
    if not found:
        raise RequestError(400, "nothing to search: choose a port, or give a host or a network")
    return _Wanted(found, wanted.flag(body, "everything"))
