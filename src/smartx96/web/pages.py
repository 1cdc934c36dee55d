"""Pages: what a browser opens to see meters that run."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from smartx96.web.watched import WatchedMeter
from smartx96.web.way_in import WayIn

CHOOSER, METER = "index.html", "meter.html"


class Pages:
    """Pages and what they load.

    Parameters
    ----------
    meters : mapping of str to WatchedMeter
        By name.
    way : WayIn
    """

    def __init__(self, meters: Mapping[str, WatchedMeter], way: WayIn) -> None:
        self._meters, self._way = meters, way

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [
            Route("/", self.first),
            Route("/meters/{id}", self.slashed),
            Route("/meters/{id}/", self.meter),
            *self._way.routes(),
        ]

    async def first(self, request: Request) -> Response:
        """The page of the meter, or a chooser of several."""
        return self._way.page(request, METER if len(self._meters) == 1 else CHOOSER)

    async def meter(self, request: Request) -> Response:
        """The page of a meter."""
        if request.path_params["id"] not in self._meters:
            raise HTTPException(404)
        return self._way.page(request, METER)

    async def slashed(self, request: Request) -> Response:
        """To the page of a meter, from an address that lacks its end: the new one names no scheme,
        which a reverse proxy alone knows.
        """
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{quote(request.path_params['id'], safe='')}/{query}", 307)
