"""Panel: keys, time and views go in, screens come out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from smartx96.meter.commands import Renew
from smartx96.panel import pages
from smartx96.panel.browsing import Browse
from smartx96.panel.keys import Hold, Key, Keyboard, Stroke
from smartx96.panel.modes import Apply, Mode, Moment, Start
from smartx96.panel.screen import OFF, Screen, Symbol
from smartx96.panel.setup import clear_maxima, open_setup
from smartx96.panel.symbols import load, symbols
from smartx96.panel.view import View

ALWAYS_ON, ALWAYS_OFF = 0, 121
"""Values of the setting `backlight_time` that are no time."""


class Panel:
    """The front of a meter as one viewer has it: his page, his set-up, his session.

    It never reads a clock: times are those of any steady clock of the host [s], the same for keys,
    screens and views. The same calls give the same screens.

    Parameters
    ----------
    session : hashable
        Of this panel; the host unlocks it by the commands that come.
    apply : callable
        Has a command executed in this session; raises `X96Error` where the meter refuses it.
    starting : bool
        Whether the meter's power has just come, so that the start is shown. A panel that joins a
        running meter begins with the kWh page.

    Examples
    --------
    >>> from smartx96.meter.commands import Access, Road
    >>> panel = Panel("door", lambda command: live.apply(command, Access(Road.PANEL, "door")))
    >>> panel.screen(view, now=0.0).title
    'active energy by measurement mode'
    """

    def __init__(self, session: Hashable, apply: Apply, *, starting: bool = False) -> None:
        self.session, self._apply = session, apply
        self._keyboard = Keyboard()
        self._browse = Browse(open_setup, clear_maxima)
        self._mode: Mode = self._browse
        self._view: View | None = None
        self._on: bool | None = False if starting else None
        self._power_cycles = 0
        self._now = self._last_key = float("-inf")

    def press(self, key: Key, now: float) -> None:
        """A key goes down. Without light it only wakes the light; without power nothing happens."""
        view = self._advance(now)
        if view is None:
            return
        dark = self._dark(view)
        self._last_key = self._now
        owner = None if dark else self._mode
        if self._keyboard.press(key, self._now, owner) and owner is not None:
            self._strike(key, Stroke.DOWN, view, self._now)

    def release(self, key: Key, now: float) -> None:
        """A key goes up."""
        view = self._advance(now)
        hold = self._keyboard.release(key, self._now)
        if view is not None and hold is not None and hold.owner is self._mode:
            self._strike(key, Stroke.SHORT, view, self._now)

    def let_go(self) -> None:
        """Every key goes up without having done anything, as where a viewer looks away."""
        self._keyboard.let_go()

    def show(self, mode: Mode) -> None:
        """Put up a mode, as for a picture of it; the meter's lock is not touched."""
        self._go(mode, self._now)

    def turn_to(self, name: str, view: View) -> None:
        """Show a page by its name.

        Raises
        ------
        OptionError
            The meter has none of that name.
        """
        page = pages.named(name, view.configuration)
        self._mode = self._browse
        self._browse.turn_to(page)

    def screen(self, view: View, now: float) -> Screen:
        """What the glass shows.

        Parameters
        ----------
        view : View
        now : float
            [s].
        """
        self._follow_supply(view, now)
        if not self._on:
            return OFF
        self._advance(now)
        own = self._mode.screen(view, self._now)
        if own.lamp_test:
            return replace(own, backlight=self._lit(view))
        lit, flashing = symbols(view, self._now)
        lit |= own.symbols | ({Symbol.SETUP} if self._mode.in_setup else frozenset())
        return replace(
            own, symbols=lit, flashing=flashing, bar=load(view), backlight=self._lit(view)
        )

    def _follow_supply(self, view: View, now: float) -> None:
        """Off without power; when it comes back the meter starts."""
        before, self._on = self._on, view.snapshot.powered
        again = before is not None and view.power_cycles != self._power_cycles
        self._view, self._power_cycles = view, view.power_cycles
        if not self._on or again or before is False:
            self._keyboard.let_go()
            self._browse = Browse(open_setup, clear_maxima)
            self._mode = self._browse
            self._now = self._last_key = max(now, self._now)
            if self._on:
                self._go(Start(self._browse), self._now)
        elif before is None:
            self._now = self._last_key = now

    def _advance(self, now: float) -> View | None:
        """Let everything happen that was due by now; None while there is no power."""
        self._now = max(now, self._now)
        view = self._view
        if view is None or not self._on:
            return None
        while True:
            hold, end = self._keyboard.first, self._mode.deadline(self._last_key)
            if hold is not None and hold.due <= min(end, self._now):
                self._hold(hold, view)
            elif end <= self._now:
                self._go(self._mode.expire(Moment(view, end, self._apply)), end)
            else:
                return view

    def _hold(self, hold: Hold, view: View) -> None:
        """What a held key does next."""
        due = hold.due
        stroke = self._keyboard.take(hold)
        # What a key has opened is not to take the rest of its pressing.
        if stroke is not None and hold.owner is self._mode:
            self._last_key = due
            self._strike(hold.key, stroke, view, due)

    def _strike(self, key: Key, stroke: Stroke, view: View, now: float) -> None:
        self._last_key = max(self._last_key, now)
        if self._mode.in_setup:
            self._apply(Renew())
        self._go(self._mode.take(key, stroke, Moment(view, now, self._apply)), now)

    def _go(self, mode: Mode, now: float) -> None:
        if mode is not self._mode:
            self._mode = mode
            mode.enter(now)

    def _lit(self, view: View) -> bool:
        minutes = view.configuration.settings.number("backlight_time")
        if minutes in (ALWAYS_ON, ALWAYS_OFF):
            return minutes == ALWAYS_ON
        return self._now - self._last_key < 60.0 * minutes

    def _dark(self, view: View) -> bool:
        """Whether the light has gone out and a key would bring it back."""
        return not self._lit(view) and (
            view.configuration.settings.number("backlight_time") != ALWAYS_OFF
        )
