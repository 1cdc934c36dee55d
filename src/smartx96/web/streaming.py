"""Streaming: a stream of a meter, with all that it holds while it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from smartx96.web.panels import PANEL, ViewedPanel
from smartx96.web.stream import EventStream
from smartx96.web.watched import Part, Topic, WatchedMeter


class Streams(Protocol):
    """Who counts the streams and knows when they end."""

    closing: asyncio.Event

    def opened(self, count: int) -> None:
        """So many streams more, or fewer."""


class Streaming(Response):
    """A stream as it is answered.

    Parameters
    ----------
    streams : Streams
    watched : WatchedMeter
    panel : ViewedPanel or None
        None where its topic is not among them.
    topics : tuple of str
    """

    def __init__(self, streams: Streams, watched: WatchedMeter, panel: ViewedPanel | None,
                 topics: tuple[str, ...]) -> None:  # fmt: skip
        self._streams, self._watched, self._panel = streams, watched, panel
        self._topics = topics
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until it ends."""
        wake = asyncio.Event()
        stream = EventStream(self._parts, wake, self._streams.closing)
        self._streams.opened(1)
        self._watched.join(wake)
        if self._panel is not None:
            self._panel.join(wake)
        try:
            await stream(scope, receive, send)
        finally:
            self._streams.opened(-1)
            self._watched.leave(wake)
            if self._panel is not None:
                self._panel.leave(wake)

    def _parts(self) -> Iterable[tuple[str, Part]]:
        for topic in self._topics:
            if topic == PANEL and self._panel is not None:
                yield topic, self._panel.part()
            else:
                yield topic, self._watched.part(Topic(topic))
