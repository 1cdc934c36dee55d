"""Resources: what is asked of a meter over HTTP, and what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.modbus.program import version
from smartx96.panel.glass import SEGMENTS
from smartx96.panel.keys import Key
from smartx96.panel.pages import available
from smartx96.panel.stills import stills
from smartx96.quantities import BY_ID, HARMONICS, INSTANTANEOUS
from smartx96.web.asked import TOPICS, body_of, number, topics_of
from smartx96.web.connection import LARGE_ANSWERS, Connection
from smartx96.web.contents import DEMANDS, ENERGIES
from smartx96.web.guard import RequestError
from smartx96.web.history import LONGEST, History
from smartx96.web.panels import PANEL, Panels, ViewedPanel, part_of, screen_of
from smartx96.web.pictures import Pictures
from smartx96.web.streaming import Streaming
from smartx96.web.watched import Topic, WatchedMeter

STREAMS = 256
"""Streams at once."""

_USUAL_TOPICS = f"{PANEL},{Topic.METER}"
_MOST_EVENTS = 500
_QUANTITIES = (*INSTANTANEOUS, *ENERGIES, *DEMANDS, *(q.id for q in HARMONICS))


@dataclass(slots=True)
class Resources:
    """Everything below `/api` that belongs to meters.

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

    def routes(self) -> list[Route]:
        """Where each is found."""
        one = "/api/meters/{id}"
        return [
            Route("/healthz", self.health),
            Route("/api/meters", self.list),
            Route(one, self.meter),
            Route(f"{one}/events", self.events),
            Route(f"{one}/trend", self.trend),
            Route(f"{one}/profile", self.profile),
            Route(f"{one}/log", self.log),
            Route(f"{one}/face.svg", self.face),
            Route(f"{one}/face.png", self.picture),
            Route(f"{one}/{PANEL}", self.still),
            Route(f"{one}/panels", self.open_panel, methods=["POST"]),
            *(Route(f"{one}/{topic}", partial(self.topic, topic=topic)) for topic in Topic
              if topic not in (Topic.EVENTS, Topic.METER)),
            Route("/api/panels/{panel}/keys", self.key, methods=["POST"]),
            Route("/api/panels/{panel}/close", self.close_panel, methods=["POST"]),
        ]  # fmt: skip

    async def health(self, request: Request) -> Response:
        """Whether the server is there."""
        return JSONResponse({"status": "ok", "meters": len(self.meters)})

    async def list(self, request: Request) -> Response:
        """All meters."""
        meters = [_entry(watched) for watched in self.meters.values()]
        return JSONResponse({"meters": meters, "token": self.token})

    async def meter(self, request: Request) -> Response:
        """One meter, and what is said of it."""
        watched = self._watched(request)
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
        part = self._watched(request).part(topic)
        return Response(part.body, media_type="application/json")

    async def trend(self, request: Request) -> Response:
        """Readings of the last hour."""
        return JSONResponse(self._watched(request).memory.trend.document())

    async def profile(self, request: Request) -> Response:
        """Rows of the load profile."""
        watched, hours = self._watched(request), number(request, "hours", 24, LONGEST)
        body = await self.history.profile(watched, hours)
        connection: Connection = request.scope["state"]["connection"]
        if connection.answers_under_way >= LARGE_ANSWERS:
            raise RequestError(503, "many answers are on their way already: ask again in a minute")
        return Response(body, media_type="application/json")

    async def log(self, request: Request) -> Response:
        """A page of the event log."""
        watched, limit = self._watched(request), number(request, "limit", 50, _MOST_EVENTS)
        before = (
            number(request, "before", 1 << 53, 1 << 53)
            if "before" in request.query_params
            else None
        )
        return JSONResponse(await self.history.log(watched, before, limit))

    async def face(self, request: Request) -> Response:
        """The face as SVG: live, or a page as it stands."""
        watched, page = self._watched(request), request.query_params.get("page")
        if page is None:
            return self.pictures.live(watched, request)
        return self.pictures.still(watched, page)

    async def picture(self, request: Request) -> Response:
        """A page as it stands, as PNG."""
        watched, width = self._watched(request), number(request, "width", 480, 1920, least=48)
        page = request.query_params.get("page")
        return await self.pictures.png(watched, page, width)

    async def still(self, request: Request) -> Response:
        """A page as it stands, as a panel's stream would tell it."""
        screen = screen_of(self._watched(request), request.query_params.get("page"))
        return Response(part_of(screen).body, media_type="application/json")

    async def events(self, request: Request) -> Response:
        """What changes, as it changes."""
        if request.method != "GET":
            raise RequestError(405, "a stream is asked for with GET", allow="GET")
        watched = self._watched(request)
        topics = topics_of(request.query_params.get("topics", _USUAL_TOPICS))
        panel = None
        if PANEL in topics:
            name = request.query_params.get("panel")
            panel = self.panels.unattended(watched) if name is None else self._panel(name, watched)
        if self._streams >= STREAMS:
            raise RequestError(503, f"{STREAMS} streams are open already")
        return Streaming(self, watched, panel, topics)

    async def open_panel(self, request: Request) -> Response:
        """A panel of the viewer's own."""
        watched = self._watched(request)
        await body_of(request)
        name = self.panels.open(watched)
        if name is None:
            raise RequestError(503, "too many panels are open")
        return JSONResponse({"panel": name, "keys": list(Key)}, 201)

    async def key(self, request: Request) -> Response:
        """A key of a panel; the answer is what it shows then."""
        panel = self._panel(request.path_params["panel"])
        asked = await body_of(request)
        key, action = asked.get("key"), asked.get("action")
        if key not in list(Key):
            raise RequestError(400, f"key: give one of {', '.join(Key)}")
        acts = {"press": panel.press, "release": panel.release, "tap": panel.tap,
                "hold": panel.hold}  # fmt: skip
        if not isinstance(action, str) or action not in acts:
            raise RequestError(400, f"action: give one of {', '.join(acts)}")
        acts[action](Key(key))
        return Response(panel.part().body, media_type="application/json")

    async def close_panel(self, request: Request) -> Response:
        """A panel is needed no longer."""
        await body_of(request)
        self.panels.close(request.path_params["panel"])
        return Response(status_code=204)

    def opened(self, count: int) -> None:
        """So many streams more, or fewer."""
        self._streams += count

    def _watched(self, request: Request) -> WatchedMeter:
        found = self.meters.get(request.path_params["id"])
        if found is None:
            raise RequestError(404, "there is no such meter; GET /api/meters lists them")
        return found

    def _panel(self, name: str, watched: WatchedMeter | None = None) -> ViewedPanel:
        found = self.panels.get(name)
        if found is None or (watched is not None and found.watched is not watched):
            raise RequestError(404, "there is no such panel any more: open another one")
        return found


def _entry(watched: WatchedMeter) -> dict[str, Any]:
    live = watched.live
    return {
        "id": watched.name,
        "model": live.configuration.model.name,
        "wiring": str(live.configuration.wiring),
        "serial_number": live.meter.serial_number,
        "powered": watched.snapshot.powered,
    }
