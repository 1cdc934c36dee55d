"""Panels: every viewer's own, with its keys and its lock."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Hashable
from functools import lru_cache

from smartx96.installation import viewing
from smartx96.meter.commands import Access, Command, LockUp, Road
from smartx96.panel import pages
from smartx96.panel.keys import LONG_PRESS, Key
from smartx96.panel.panel import Panel
from smartx96.panel.screen import Screen
from smartx96.panel.seen import seen
from smartx96.panel.stills import still
from smartx96.panel.view import View
from smartx96.web.watched import Part, WatchedMeter, encoded

MOST = 256
"""Panels at once."""

IDLE = 60.0
"""A panel that nobody looks at or presses a key of for so long is gone [s]."""

PANEL = "panel"
"""Topic of what a panel shows."""

_A_LITTLE = 0.1
"""A key that is held for long is held so much longer than need be [s]."""


class ViewedPanel:
    """A panel of a meter, for one viewer or for all who press no key.

    Parameters
    ----------
    watched : WatchedMeter
    session : hashable
        Told apart from others by the meter's lock.
    """

    def __init__(self, watched: WatchedMeter, session: Hashable) -> None:
        self.watched = watched
        self.used = time.monotonic()
        self.viewers: set[asyncio.Event] = set()
        self._session = session
        self._panel = Panel(session, self._apply)
        self._shown: tuple[Screen, Part] | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody has looked at it for a while."""
        return not self.viewers and time.monotonic() - self.used >= IDLE

    def part(self) -> Part:
        """What it shows; the same object as long as it shows the same."""
        screen = self.screen()
        if self._shown is not None and self._shown[0] == screen:
            return self._shown[1]
        part = part_of(screen)
        self._shown = screen, part
        return part

    def screen(self) -> Screen:
        """What it shows now."""
        now = time.monotonic()
        return self._panel.screen(self._view(now), now)

    def press(self, key: Key) -> None:
        """A key goes down."""
        self._step(self._panel.press, key)

    def release(self, key: Key) -> None:
        """A key comes up."""
        self._step(self._panel.release, key)

    def tap(self, key: Key) -> None:
        """A key is pressed for a moment."""
        self.press(key)
        self.release(key)

    def hold(self, key: Key) -> None:
        """A key is pressed for long."""
        self.press(key)
        asyncio.get_running_loop().call_later(LONG_PRESS + _A_LITTLE, self.release, key)

    def close(self) -> None:
        """The viewer has gone: what he still holds does nothing more, and what he unlocked is
        locked.
        """
        self._panel.let_go()
        self._apply(LockUp())

    def join(self, wake: asyncio.Event) -> None:
        """Wake a viewer whenever a key was pressed."""
        self.viewers.add(wake)

    def leave(self, wake: asyncio.Event) -> None:
        """Wake it no longer."""
        self.viewers.discard(wake)
        self.used = time.monotonic()

    def _step(self, act: Callable[[Key, float], None], key: Key) -> None:
        now = self.used = time.monotonic()
        # What happened up to now comes first.
        self._panel.screen(self._view(now), now)
        act(key, now)
        for wake in self.viewers:
            wake.set()

    def _apply(self, command: Command) -> None:
        self.watched.live.apply(command, Access(Road.WEB, self._session))

    def _view(self, now: float) -> View:
        return view_of(self.watched, self._session, now)


def view_of(watched: WatchedMeter, session: Hashable, now: float) -> View:
    """What a panel sees of a meter at a moment of a steady clock [s]."""
    fell = watched.memory.fell
    return viewing.view_of(
        watched.live, now, snapshot=watched.snapshot, session=session,
        communication=watched.asked, pulses=(fell.get(1), fell.get(2)),
    )  # fmt: skip


def screen_of(watched: WatchedMeter, page: str | None = None) -> Screen:
    """A page, or anything else that panels show, as it stands; the first page unless told.

    Raises
    ------
    OptionError
        The meter has nothing of this name.
    """
    now = time.monotonic()
    found = still(page or pages.HOME.name, watched.live.configuration)
    return found.screen(view_of(watched, None, now), now)


@lru_cache(maxsize=512)
def part_of(screen: Screen) -> Part:
    """A screen as it is sent: those who see the same get the same."""
    return Part.of(PANEL, encoded(seen(screen).document()))


class Panels:
    """The panels of all viewers."""

    def __init__(self) -> None:
        self._open: dict[str, ViewedPanel] = {}
        self._unattended: dict[str, ViewedPanel] = {}

    def open(self, watched: WatchedMeter) -> str | None:
        """A new panel under a name that nobody guesses; None where there are too many."""
        self.sweep()
        if len(self._open) >= MOST:
            return None
        name = secrets.token_urlsafe(16)
        self._open[name] = ViewedPanel(watched, ("web", name))
        return name

    def get(self, name: str) -> ViewedPanel | None:
        """A viewer's panel; None where it is gone."""
        found = self._open.get(name)
        if found is not None and found.idle:
            self.close(name)
            return None
        return found

    def unattended(self, watched: WatchedMeter) -> ViewedPanel:
        """The panel of a meter at which nobody presses a key."""
        if watched.name not in self._unattended:
            self._unattended[watched.name] = ViewedPanel(watched, ("web", watched.name))
        return self._unattended[watched.name]

    def close(self, name: str) -> None:
        """A viewer has no panel any more."""
        panel = self._open.pop(name, None)
        if panel is not None:
            panel.close()

    def sweep(self) -> None:
        """Close those that nobody looks at."""
        for name in [name for name, panel in self._open.items() if panel.idle]:
            self.close(name)
