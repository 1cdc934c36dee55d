"""Viewer: a panel of a running meter, seen and used over its page."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from smartx96.models import MODELS, Model
from smartx96.panel.seen import Seen
from smartx96.terminal.strokes import Stroke
from smartx96.web.address import PageAddress
from smartx96.web.client import PageClient, PageError

WAITING = 16
"""Strokes that wait to be told; further ones are left out, as on a panel that is too slow."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
"""Between attempts to reach a meter that has gone [s]."""

_FAREWELL = 1.0
"""So long the meter is told that its viewer leaves [s]."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a viewer has now.

    Parameters
    ----------
    model : Model
    seen : Seen or None
        None before anything came.
    trouble : str
        Why it is not what the meter shows now; empty while it is.
    """

    model: Model
    seen: Seen | None = None
    trouble: str = ""


class Viewer:
    """Sees a panel of its own, and presses its keys; two threads wait for the meter.

    Parameters
    ----------
    address : PageAddress
    meter : str
        Its id.
    model : Model
    changed : callable
        Called whenever there is something else to see.
    """

    def __init__(
        self, address: PageAddress, meter: str, model: Model, changed: Callable[[], None]
    ) -> None:
        self._address, self._meter, self._changed = address, meter, changed
        self._sight = Sight(model)
        self._strokes: queue.Queue[Stroke | None] = queue.Queue(WAITING)
        self._streaming = PageClient(address)
        self._panel: str | None = None
        self._leaving = threading.Event()
        self._telling = threading.Thread(target=self._tell, name="keys", daemon=True)
        threading.Thread(target=self._follow, name="panel", daemon=True).start()
        self._telling.start()

    @property
    def sight(self) -> Sight:
        """What is to be seen now."""
        return self._sight

    def press(self, stroke: Stroke) -> bool:
        """Have a key pressed; whether it will be."""
        if self._panel is None or self._sight.trouble:
            return False
        with suppress(queue.Full):
            self._strokes.put_nowait(stroke)
            return True
        return False

    def close(self) -> None:
        """Leave, and have the meter locked."""
        self._leaving.set()
        with suppress(queue.Full):
            self._strokes.put_nowait(None)
        self._streaming.interrupt()
        self._telling.join(_FAREWELL)

    def _see(self, sight: Sight) -> None:
        if sight != self._sight:
            self._sight = sight
            self._changed()

    def _follow(self) -> None:
        """See the panel, and come back to it when the meter comes back."""
        pause = _FIRST_PAUSE
        while not self._leaving.is_set():
            begun = time.monotonic()
            try:
                self._stream()
                trouble = f"{self._address}: the meter has stopped"
            except PageError as error:
                trouble = str(error)
            if self._leaving.is_set():
                # The panel is known until the other thread has closed it.
                return
            self._panel = None
            self._see(replace(self._sight, trouble=trouble))
            pause = _FIRST_PAUSE if time.monotonic() - begun > _LONGEST_PAUSE else pause
            self._leaving.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _stream(self) -> None:
        """See the panel until its stream ends."""
        client, here = self._streaming, ("api", "meters", self._meter)
        model = model_of(client.get(*here))
        self._panel = panel = str(client.post(*here, "panels").get("panel"))
        for name, document in client.events(*here, "events", topics="panel", panel=panel):
            if name == "closing":
                return
            if name == "panel":
                try:
                    self._see(Sight(model, Seen.read(document)))
                except ValueError:
                    raise PageError(
                        f"{self._address}: the meter is of another version: use its own x96"
                    ) from None

    def _tell(self) -> None:
        """Press keys, one after the other; at the end close the panel."""
        client = PageClient(self._address)
        while (stroke := self._strokes.get()) is not None and not self._leaving.is_set():
            self._ask(client, "keys", key=stroke.key.value, action=stroke.action.value)
        self._ask(client, "close")
        client.close()

    def _ask(self, client: PageClient, what: str, **document: str) -> None:
        """Ask for something of the panel; the stream tells what is wrong, if anything is."""
        panel = self._panel
        if panel is not None:
            with suppress(PageError):
                client.post("api", "panels", panel, what, **document)


def model_of(entry: dict[str, object]) -> Model:
    """The model that a page says of its meter.

    Raises
    ------
    PageError
        There is none of that name.
    """
    model = MODELS.get(str(entry.get("model")))
    if model is None:
        raise PageError("the page tells of a model that is not known: use the meter's own x96")
    return model
