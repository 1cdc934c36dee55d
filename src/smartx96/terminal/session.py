"""Session: somebody at a terminal in front of a meter, until he leaves."""

from __future__ import annotations

import math
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from types import FrameType

from smartx96.models import Model
from smartx96.panel.keys import LONG_PRESS, Key
from smartx96.terminal.display import Display
from smartx96.terminal.frame import frame
from smartx96.terminal.strokes import Action, Stroke, Typing, Wish
from smartx96.terminal.viewer import Viewer
from smartx96.web.address import PageAddress

HALF_PERIOD = 0.5
"""Of what flashes [s]."""

HUNG_UP = 129
"""Exit code when the terminal has gone: that of SIGHUP."""

_CHUNK = 1024


class Session:
    """A terminal and a viewer, and what passes between them.

    Parameters
    ----------
    address : PageAddress
    meter : str
        Its id.
    model : Model
    display : Display
    source : int
        Number of the file where keys are typed.
    """

    def __init__(
        self, address: PageAddress, meter: str, model: Model, display: Display, source: int
    ) -> None:
        self._display, self._source, self._typing = display, source, Typing()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._held: Key | None = None
        self._held_until = 0.0
        self._viewer = Viewer(address, meter, model, self._ring)

    def run(self) -> int:
        """Show the meter and take keys until somebody leaves; the exit code."""
        with closing(self._viewer), _signals(self._resized), selectors.DefaultSelector() as waiting:
            waiting.register(self._source, selectors.EVENT_READ)
            waiting.register(self._woken, selectors.EVENT_READ)
            while True:
                with self._display.taken():
                    code = self._attend(waiting)
                if code is not None:
                    return code
                # The shell has the terminal, until it lets us go on.
                os.kill(0, signal.SIGTSTP)

    def _attend(self, waiting: selectors.BaseSelector) -> int | None:
        """Show and take until somebody leaves, with its exit code, or pauses, with None."""
        while True:
            self._show()
            for chosen, _ in waiting.select(self._until()):
                if chosen.fd == self._woken:
                    _emptied(self._woken)
                    continue
                data = _emptied(self._source, once=True)
                if not data:
                    return HUNG_UP
                for typed in self._typing.take(data):
                    if typed is Wish.LEAVE:
                        return 0
                    if typed is Wish.PAUSE:
                        return None
                    self._do(typed)

    def _do(self, typed: Stroke | Wish) -> None:
        if isinstance(typed, Wish):
            self._display.forget()
        elif self._viewer.press(typed) and typed.action is Action.HOLD:
            self._held, self._held_until = typed.key, time.monotonic() + LONG_PRESS

    def _show(self) -> None:
        now = time.monotonic()
        if now >= self._held_until:
            self._held = None
        note = "" if self._held is None else held(self._held, self._held_until - now)
        dark = int(now / HALF_PERIOD) % 2 == 1
        lines = frame(self._viewer.sight, self._display.size, note=note, dark=dark)
        self._display.show(lines)

    def _until(self) -> float | None:
        """How long nothing is to be done unless something happens [s]."""
        now = time.monotonic()
        # While a key is held its seconds are counted down.
        due = [] if self._held is None else [(self._held_until - now) % 1.0]
        seen = self._viewer.sight.seen
        if seen is not None and seen.masks.flashing:
            due.append(HALF_PERIOD - now % HALF_PERIOD)
        return max(0.01, min(due)) if due else None

    def _ring(self) -> None:
        """There is something else to see; from any thread."""
        with suppress(OSError):  # it rings already, or is over
            os.write(self._wake, b"!")

    def _resized(self, number: int, where: FrameType | None) -> None:
        self._display.forget()
        self._ring()


def held(key: Key, left: float) -> str:
    """What is told while a key is held, for so long yet [s]."""
    return f"holding {key} ... {math.ceil(left)} s"


def _emptied(file: int, *, once: bool = False) -> bytes:
    """What is there to be read; nothing where the other end has gone."""
    try:
        data = os.read(file, _CHUNK)
        while not once and len(data) == _CHUNK:
            data = os.read(file, _CHUNK)
    except OSError:
        return b""
    return data


@contextmanager
def _signals(resized: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Draw anew when the size has changed and when the shell lets go on; leave when hung up."""
    taken = {
        signal.SIGWINCH: resized,
        signal.SIGCONT: resized,
        signal.SIGHUP: _hung_up,
    }
    before = {number: signal.signal(number, act) for number, act in taken.items()}
    try:
        yield
    finally:
        for number, act in before.items():
            signal.signal(number, act)


def _hung_up(number: int, where: FrameType | None) -> None:
    sys.exit(HUNG_UP)
