"""Stills: everything that a panel can show, by name, as for pictures of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from functools import partial

from smartx96.errors import LockedError, OptionError
from smartx96.meter.commands import Command
from smartx96.meter.configuration import Configuration
from smartx96.meter.lock import LOCK_OUT_SECONDS
from smartx96.panel import pages
from smartx96.panel.browsing import ORDERS, Browse
from smartx96.panel.entries import Code, Entry, Number
from smartx96.panel.menu import ENTRIES
from smartx96.panel.modes import START_STEP, LampTest, Message, Mode, Start
from smartx96.panel.pages import Kind, Page
from smartx96.panel.panel import Panel
from smartx96.panel.screen import OFF, Screen
from smartx96.panel.setup import Edit, Menu, clear_maxima, open_setup
from smartx96.panel.view import View
from smartx96.settings.setting import brief

_LONGEST_NAME = 64


class Chapter(Enum):
    """Where a still belongs; the values are headings."""

    UI = "Key U/I"
    M = "Key M"
    P = "Key P"
    E = "Key E"
    START = "Start, tests and messages"
    SETUP = "Set-up"
    EDIT = "Set-up, while a value is edited"


@dataclass(frozen=True, slots=True)
class Still:
    """Something that a panel can show.

    Parameters
    ----------
    name : str
        In options and file names.
    title : str
        In words.
    chapter : Chapter
    mode : callable
        Makes what shows it, of a view and of the pages behind it.
    after : float
        So long after that took over [s].
    during : callable
        What the meter is like meanwhile.
    """

    name: str
    title: str
    chapter: Chapter
    mode: Callable[[View, Browse], Mode]
    after: float = 0.0
    during: Callable[[View], View] = lambda view: view

    def screen(self, view: View, now: float = 0.0) -> Screen:
        """The screen.

        Parameters
        ----------
        view : View
        now : float
            By the clock of the view's moments [s].
        """
        view = self.during(view)
        panel = Panel(None, _refuse)
        if not panel.screen(view, now).powered:
            return OFF
        panel.show(self.mode(view, Browse(open_setup, clear_maxima)))
        return panel.screen(view, now + self.after)


def stills(configuration: Configuration) -> tuple[Still, ...]:
    """Everything that the panel of a meter can show, in the order of keys and menu."""
    return (*map(_page, pages.available(configuration)), *_OTHERS, *_entries())


def still(name: str, configuration: Configuration) -> Still:
    """What a panel can show by name; a number behind the name of harmonics is their order.

    Raises
    ------
    OptionError
        There is nothing of that name, or this meter does not have it.
    """
    known = {each.name: each for each in stills(configuration)}
    if name in known:
        return known[name]
    page, _, order = name.rpartition("-")
    if page in pages.BY_NAME and pages.BY_NAME[page].kind is Kind.HARMONICS:
        return _page(pages.named(page, configuration), _order(page, order))
    if name in pages.BY_NAME:
        return _page(pages.named(name, configuration))
    near = get_close_matches(name[:_LONGEST_NAME], known, 1)
    hint = f"did you mean {near[0]}?" if near else "`x96 panel --list` names all there are"
    raise OptionError(f"{brief(name)} is no page; {hint}")


def _order(page: str, text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 4 and int(text) in ORDERS:
        return int(text)
    raise OptionError(f"page {page}-{brief(text)}: orders are {ORDERS[0]} to {ORDERS[-1]}")


def _refuse(command: Command) -> None:
    raise LockedError("nobody is at this panel")


def _page(page: Page, order: int = ORDERS[0]) -> Still:
    def turned(view: View, browse: Browse) -> Mode:
        browse.turn_to(page)
        browse.order = order
        return browse

    name = page.name if order == ORDERS[0] else f"{page.name}-{order}"
    return Still(name, page.title, Chapter[page.key.name], turned)


def _locked_out(view: View) -> View:
    return replace(view, unlocked=False, lock_out=LOCK_OUT_SECONDS)


def _unlocked(view: View) -> View:
    return replace(view, unlocked=True, lock_out=0.0)


def _locked(view: View) -> View:
    return replace(view, unlocked=False, lock_out=0.0)


def _unpowered(view: View) -> View:
    return replace(view, snapshot=replace(view.snapshot, powered=False))


def _message(word: str, line: str, spoken: str) -> Callable[[View, Browse], Mode]:
    return lambda view, browse: Message(word, line, spoken, browse)


def _start(view: View, browse: Browse) -> Mode:
    return Start(browse)


_OTHERS = (
    Still("off", "without power", Chapter.START, _start, during=_unpowered),
    Still("lamp-test", "every segment is lit", Chapter.START, lambda v, browse: LampTest(browse)),
    Still("version", "start: model and version", Chapter.START, _start, START_STEP),
    Still("self-test", "start: result of the self-test", Chapter.START, _start, 2 * START_STEP),
    Still("password", "the password is asked for", Chapter.START, lambda v, browse:
          open_setup(browse), during=_locked),
    Still("wrong-password", "a wrong password, or a value that cannot be", Chapter.START,
          _message("Err", "PASSWORD", "wrong password"), during=_locked),
    Still("locked-out", "after wrong passwords nobody may try", Chapter.START, lambda v, browse:
          open_setup(browse), during=_locked_out),
    Still("cleared", "the maxima are cleared", Chapter.START,
          _message("donE", "MAXIMA", "the maxima are cleared"), during=_unlocked),
)  # fmt: skip


def _entries() -> list[Still]:
    """Entries of the menu, and those that can be edited while they are."""
    found = [
        Still(f"setup-{_slug(entry)}", entry.text, Chapter.SETUP, partial(_menu, index),
              during=_unlocked)
        for index, entry in enumerate(ENTRIES)
    ]  # fmt: skip
    return found + [
        Still(f"edit-{_slug(entry)}", f"{entry.text} is edited", Chapter.EDIT,
              partial(_edit, index), during=_unlocked)
        for index, entry in enumerate(ENTRIES) if type(entry).editor is not Entry.editor
    ]  # fmt: skip


def _slug(entry: Entry) -> str:
    name = entry.setting.id if isinstance(entry, Number | Code) else entry.name
    return re.sub("[^a-z0-9]+", "-", name.lower())


def _menu(index: int, view: View, browse: Browse) -> Mode:
    return Menu(browse, index)


def _edit(index: int, view: View, browse: Browse) -> Mode:
    editor = ENTRIES[index].editor(view)
    if editor is None:
        raise LookupError(f"{ENTRIES[index].name} is not edited")
    return Edit(browse, Menu(browse, index), index, editor)
