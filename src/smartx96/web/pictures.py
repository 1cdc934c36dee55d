"""Pictures: faces of meters, live for a page and still."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response

from smartx96.models import Model
from smartx96.panel.face import face, picture
from smartx96.panel.screen import Screen
from smartx96.web.files import TYPES, File
from smartx96.web.panels import screen_of
from smartx96.web.watched import WatchedMeter

KEPT = 8
"""PNG files that are kept, for those who ask for the same again."""


class Pictures:
    """Draws faces; PNG beside the loop, one at a time."""

    def __init__(self) -> None:
        self._faces: dict[Model, File] = {}
        self._made: OrderedDict[tuple[Model, Screen, int], bytes] = OrderedDict()
        self._drawing = asyncio.Semaphore(1)

    def live(self, watched: WatchedMeter, request: Request) -> Response:
        """The face with nothing lit, for a page that lights it."""
        model = watched.live.configuration.model
        if model not in self._faces:
            svg = str(face(model, Screen(powered=False, backlight=False)))
            self._faces[model] = File.of(svg.encode(), TYPES[".svg"])
        return self._faces[model].response(request)

    def still(self, watched: WatchedMeter, page: str | None) -> Response:
        """A page as it stands, as SVG."""
        svg = picture(screen_of(watched, page), watched.live.configuration.model)
        return Response(str(svg).encode(), media_type=TYPES[".svg"])

    async def png(self, watched: WatchedMeter, page: str | None, width: int) -> Response:
        """A page as it stands, as PNG.

        Raises
        ------
        MissingExtraError
            What draws it is not installed.
        """
        model, screen = watched.live.configuration.model, screen_of(watched, page)
        key = (model, screen, width)
        async with self._drawing:
            if key not in self._made:
                self._made[key] = await asyncio.to_thread(_png, screen, model, width)
                if len(self._made) > KEPT:
                    self._made.popitem(last=False)
        return Response(self._made[key], media_type=TYPES[".png"])


def _png(screen: Screen, model: Model, width: int) -> bytes:
    from smartx96.panel.picture import png

    return png(str(picture(screen, model)), width)
