"""PanelResources: the panel of a meter over HTTP: pictures, screens, and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from smartx96.panel.keys import Key
from smartx96.web.asked import asked_for, body_of, number
from smartx96.web.guard import RequestError
from smartx96.web.panels import Panels, ViewedPanel, part_of, screen_of
from smartx96.web.pictures import Pictures
from smartx96.web.watched import WatchedMeter


@dataclass(frozen=True, slots=True)
class PanelResources:
    """What shows panels, and what is done to them.

    Parameters
    ----------
    meters : mapping of str to WatchedMeter
        By name.
    panels : Panels
    pictures : Pictures
    """

    meters: Mapping[str, WatchedMeter]
    panels: Panels
    pictures: Pictures

    async def face(self, request: Request) -> Response:
        """The face as SVG: live, or a page as it stands."""
        watched, page = asked_for(request, self.meters), request.query_params.get("page")
        if page is None:
            return self.pictures.live(watched, request)
        return self.pictures.still(watched, page)

    async def picture(self, request: Request) -> Response:
        """A page as it stands, as PNG."""
        watched, width = (
            asked_for(request, self.meters),
            number(request, "width", 480, 1920, least=48),
        )
        page = request.query_params.get("page")
        return await self.pictures.png(watched, page, width)

    async def still(self, request: Request) -> Response:
        """A page as it stands, as a panel's stream would tell it."""
        screen = screen_of(asked_for(request, self.meters), request.query_params.get("page"))
        return Response(part_of(screen).body, media_type="application/json")

    async def open_panel(self, request: Request) -> Response:
        """A panel of the viewer's own."""
        watched = asked_for(request, self.meters)
        await body_of(request)
        name = self.panels.open(watched)
        if name is None:
            raise RequestError(503, "too many panels are open")
        return JSONResponse({"panel": name, "keys": list(Key)}, 201)

    async def key(self, request: Request) -> Response:
        """A key of a panel; the answer is what it shows then."""
        panel = self.of(request.path_params["panel"])
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

    def of(self, name: str, watched: WatchedMeter | None = None) -> ViewedPanel:
        """A panel that was opened, of any meter or of this one.

        Raises
        ------
        RequestError
            There is none.
        """
        found = self.panels.get(name)
        if found is None or (watched is not None and found.watched is not watched):
            raise RequestError(404, "there is no such panel any more: open another one")
        return found
