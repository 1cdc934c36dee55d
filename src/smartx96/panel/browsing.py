"""Browsing: the pages, by keys and by automatic scroll."""

from __future__ import annotations

from collections.abc import Callable

from smartx96.panel import pages
from smartx96.panel.keys import Key, Stroke
from smartx96.panel.modes import LampTest, Mode, Moment
from smartx96.panel.page_screen import PageScreen
from smartx96.panel.pages import Kind, Page
from smartx96.panel.screen import Screen
from smartx96.panel.values import Indication
from smartx96.panel.view import View
from smartx96.quantities import HARMONIC_ORDERS

SCROLL_PAUSE = 30.0
"""A key keeps its page for so long, where that is longer than the scroll time [s]."""

ORDERS = range(2, HARMONIC_ORDERS + 1)
"""Orders of the harmonic pages; the first is 100 % always."""

Opens = Callable[[Mode], Mode]
"""Makes a mode that comes back to the pages."""


class Browse(Mode):
    """The pages.

    Parameters
    ----------
    setup, clear_maxima : callable
        Make the modes that long presses of E and M open.

    Attributes
    ----------
    page : Page
    order : int
        Of the harmonics.
    """

    def __init__(self, setup: Opens, clear_maxima: Opens) -> None:
        self._setup, self._clear_maxima = setup, clear_maxima
        self.page, self.order = pages.HOME, ORDERS[0]
        self._indication = Indication()
        self._rest: float | None = None

    def enter(self, now: float) -> None:
        """Scrolling begins anew."""
        super().enter(now)
        self._rest = None

    def turn_to(self, page: Page) -> None:
        """Show a page."""
        self.page = page
        self._indication.clear()

    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """Short presses step, long ones open."""
        self._settle(moment.view, moment.now)
        self._pause(moment)
        if self.page.kind is Kind.HARMONICS and key in (Key.M, Key.P):
            if stroke in (Stroke.DOWN, Stroke.REPEAT):
                self._change_order(1 if key is Key.M else -1)
        elif stroke is Stroke.SHORT:
            self._step(key, moment.view)
        elif stroke is Stroke.LONG:
            return self._open(key, moment.view)
        return self

    def screen(self, view: View, now: float) -> Screen:
        """The page."""
        self._settle(view, now)
        return PageScreen(self.page, view, self._indication, self.order).screen()

    def _change_order(self, by: int) -> None:
        self.order = ORDERS[(ORDERS.index(self.order) + by) % len(ORDERS)]
        self._indication.clear()

    def _step(self, key: Key, view: View) -> None:
        """The next page of the key, or its first where it had none."""
        own = pages.of_key(key, view.configuration)
        here = own.index(self.page) + 1 if self.page in own else 0
        self.turn_to(own[here % len(own)])

    def _open(self, key: Key, view: View) -> Mode:
        match key:
            case Key.UI:
                own = pages.of_key(key, view.configuration)
                self.turn_to(next(page for page in own if page.name.startswith("summary")))
                return self
            case Key.M:
                return self._clear_maxima(self)
            case Key.P:
                return LampTest(self)
            case Key.E:
                return self._setup(self)

    def _settle(self, view: View, now: float) -> None:
        """Be on a page that there is, as far as it has scrolled by now."""
        known = pages.available(view.configuration)
        if self.page not in known:
            key = self.page.key
            self.turn_to(next(page for page in known if page.key is key))
        scroll = float(view.configuration.settings.number("scroll_time"))
        if not scroll:
            self._rest = None
        elif self._rest is None:
            self._rest = now + scroll
        elif now >= self._rest:
            steps = 1 + int((now - self._rest) // scroll)
            self._rest += steps * scroll
            # Of a harmonic page the order is chosen by hand.
            own = [page for page in known if page.kind is not Kind.HARMONICS or page is self.page]
            self.turn_to(own[(own.index(self.page) + steps) % len(own)])

    def _pause(self, moment: Moment) -> None:
        scroll = float(moment.view.configuration.settings.number("scroll_time"))
        self._rest = moment.now + max(scroll, SCROLL_PAUSE)
