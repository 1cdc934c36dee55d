"""Resources: what is asked of a meter over HTTP, and what is answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.errors import OptionError
from smartx96.installation.given_feed import is_given
from smartx96.installation.progress import Progress
from smartx96.modbus.image import low_word_first
from smartx96.modbus.program import version
from smartx96.modbus.registers import Space
from smartx96.panel.glass import SEGMENTS
from smartx96.panel.pages import available
from smartx96.panel.stills import stills
from smartx96.quantities import BY_ID, HARMONICS, INSTANTANEOUS
from smartx96.web.asked import TOPICS, asked_for, body_of, check_answers, number, topics_of
from smartx96.web.contents import DEMANDS, ENERGIES
from smartx96.web.files import File
from smartx96.web.guard import RequestError
from smartx96.web.history import LONGEST, History
from smartx96.web.interface.openapi import document
from smartx96.web.interface.operation import Operation
from smartx96.web.interface.operations import (
    MOST_EVENTS,
    OPERATIONS,
    USUAL_NEWS,
    USUAL_TOPICS,
)
from smartx96.web.metrics.scrape import Scrapes
from smartx96.web.panel_resources import PanelResources
from smartx96.web.panels import PANEL, Panels, ViewedPanel
from smartx96.web.pictures import Pictures
from smartx96.web.registers import registers_document
from smartx96.web.streaming import Streaming
from smartx96.web.watched import Topic, WatchedMeter, encoded

STREAMS = 256
"""Streams at once."""

_QUANTITIES = (*INSTANTANEOUS, *ENERGIES, *DEMANDS, *(q.id for q in HARMONICS))


@dataclass(slots=True)
class Resources:
    """Everything that belongs to meters: the operations of the interface.

    Parameters
    ----------
    meters : mapping of str to WatchedMeter
        By name.
    panels : Panels
    history : History
    pictures : Pictures
    closing : asyncio.Event
        Set when the server ends.
    token : bool
        Whether a token is needed, so that there is something to log out of.
    """

    meters: Mapping[str, WatchedMeter]
    panels: Panels
    history: History
    pictures: Pictures
    closing: asyncio.Event
    token: bool = False
    _streams: int = field(default=0, init=False)
    _scrapes: Scrapes = field(init=False)
    _of_panels: PanelResources = field(init=False)
    _progress: list[Progress] = field(init=False)

    def __post_init__(self) -> None:
        self._progress = [Progress(watched.live) for watched in self.meters.values()]
        self._scrapes = Scrapes(self.meters)
        self._of_panels = PanelResources(self.meters, self.panels, self.pictures)

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [
            Route(path, self._answering(operation), methods=[operation.method])
            for operation in OPERATIONS
            for path in (operation.path, operation.short)
            if path
        ]

    def _answering(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        method = getattr(self, operation.name, None) or getattr(self._of_panels, operation.name)
        return method if operation.topic is None else partial(method, topic=operation.topic)

    async def health(self, request: Request) -> Response:
        """Whether every meter goes on: measures, or is known to have nothing to measure."""
        now = time.monotonic()
        hanging = [p for p in self._progress if not p.goes_on(now)]
        lacking = [p for p in self._progress if p.lacking]
        said = {
            "status": "hanging" if hanging else "ok",
            "meters": len(self.meters),
            "measuring": len(self.meters) - len(hanging) - len(lacking),
            "version": version(),
        }
        if not hanging:
            return JSONResponse(said)
        names = ", ".join(p.live.name for p in hanging)
        return JSONResponse({**said, "error": f"no readings, though samples come: {names}"}, 503)

    async def metrics(self, request: Request) -> Response:
        """Every meter, as Prometheus reads it."""
        return await self._scrapes.response(request)

    async def description(self, request: Request) -> Response:
        """The interface, described for programs."""
        return described().response(request)

    async def list(self, request: Request) -> Response:
        """All meters."""
        meters = [_entry(watched) for watched in self.meters.values()]
        return JSONResponse({"meters": meters, "token": self.token, "version": version()})

    async def meter(self, request: Request) -> Response:
        """One meter, and what is said of it."""
        watched = asked_for(request, self.meters)
        quantities = {id: {"text": BY_ID[id].text, "unit": BY_ID[id].unit} for id in _QUANTITIES}
        return JSONResponse(
            {
                **_entry(watched),
                "version": version(),
                "topics": TOPICS,
                "quantities": quantities,
                "pages": [
                    {"name": page.name, "title": page.title}
                    for page in available(watched.live.configuration)
                ],
                "screens": [
                    {"name": each.name, "title": each.title, "chapter": each.chapter.value}
                    for each in stills(watched.live.configuration)
                ],
                "face": {"segments": len(SEGMENTS)},
            }
        )

    async def topic(self, request: Request, topic: Topic) -> Response:
        """The newest state of a topic."""
        watched = asked_for(request, self.meters)
        return _answer(watched, watched.part(topic).body)

    async def condition(self, request: Request) -> Response:
        """How the meter is."""
        return await self.topic(request, Topic.METER)

    async def registers(self, request: Request) -> Response:
        """Modbus registers, as a client reads them."""
        watched, asked = asked_for(request, self.meters), request.query_params
        if not watched.registers.powered:
            raise RequestError(503, "the meter has no supply, and answers nobody")
        space = asked.get("space")
        if space is not None and space not in list(Space):
            raise RequestError(400, f"space: give one of {', '.join(Space)}")
        ids = asked["ids"].split(",") if "ids" in asked else None
        settings = watched.live.configuration.settings
        document = registers_document(
            watched.registers, [Space(space)] if space else list(Space), ids,
            low_first=low_word_first(settings),
        )  # fmt: skip
        return _answer(watched, encoded(document))

    async def trend(self, request: Request) -> Response:
        """Readings of the last hour."""
        watched = asked_for(request, self.meters)
        return _answer(watched, encoded(watched.memory.trend.document()))

    async def profile(self, request: Request) -> Response:
        """Rows of the load profile."""
        watched, hours = asked_for(request, self.meters), number(request, "hours", 24, LONGEST)
        body = await self.history.profile(watched, hours)
        check_answers(request)
        return _answer(watched, body)

    async def log(self, request: Request) -> Response:
        """A page of the event log."""
        watched, limit = asked_for(request, self.meters), number(request, "limit", 50, MOST_EVENTS)
        before = (
            number(request, "before", 1 << 53, 1 << 53)
            if "before" in request.query_params
            else None
        )
        return _answer(watched, encoded(await self.history.log(watched, before, limit)))

    async def events(self, request: Request, usual: str = USUAL_TOPICS) -> Response:
        """What changes, as it changes."""
        if request.method != "GET":
            raise RequestError(405, "a stream is asked for with GET", allow="GET")
        watched = asked_for(request, self.meters)
        topics = topics_of(request.query_params.get("topics", usual))
        panel = None
        if PANEL in topics:
            name = request.query_params.get("panel")
            panel = self._panel(name, watched)
        if self._streams >= STREAMS:
            raise RequestError(503, f"{STREAMS} streams are open already")
        return Streaming(self, watched, panel, topics)

    def _panel(self, name: str | None, watched: WatchedMeter) -> ViewedPanel:
        if name is None:
            return self.panels.unattended(watched)
        return self._of_panels.of(name, watched)

    async def news(self, request: Request) -> Response:
        """The same, of what programs ask for."""
        return await self.events(request, USUAL_NEWS)

    async def values(self, request: Request) -> Response:
        """Values that a meter is to take in place of samples."""
        live = asked_for(request, self.meters).live
        source = live.source
        if not is_given(source):
            raise RequestError(409, "the meter measures samples: run it with --source values:")
        message = json.dumps(await body_of(request)).encode()
        try:
            note = source.check(message, live.configuration.wiring)
        except OptionError as error:
            raise RequestError(400, str(error)) from None
        source.post(message)
        return JSONResponse({"taken": True, "note": note}, 202)

    def opened(self, count: int) -> None:
        """So many streams more, or fewer."""
        self._streams += count


@cache
def described() -> File:
    """The description of the interface, made when it is first asked for."""
    return File.of(json.dumps(document(), indent=1).encode(), "application/json")


def _answer(watched: WatchedMeter, body: bytes) -> Response:
    """A document of a meter, which says whose it is and what made it."""
    head = encoded({"meter": watched.name, "version": version()})
    return Response(head[:-1] + b"," + body[1:], media_type="application/json")


def _entry(watched: WatchedMeter) -> dict[str, Any]:
    live = watched.live
    return {
        "id": watched.name,
        "model": live.configuration.model.name,
        "wiring": str(live.configuration.wiring),
        "serial_number": live.meter.serial_number,
        "powered": watched.snapshot.powered,
    }
