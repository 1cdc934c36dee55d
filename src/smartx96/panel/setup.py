"""Set-up: the password, the menu, and a value while it is edited."""

from __future__ import annotations

import math
from collections.abc import Callable

from smartx96.errors import LockedError, PasswordError, X96Error
from smartx96.meter.commands import LockUp, Reset, Resettable, Unlock
from smartx96.panel.editing import Digits, Editor
from smartx96.panel.entries import Content
from smartx96.panel.keys import Key, Stroke
from smartx96.panel.menu import ENTRIES
from smartx96.panel.modes import Message, Mode, Moment
from smartx96.panel.screen import EVERY_DIGIT, ROW_DIGITS, Line, Row, Screen, Symbol
from smartx96.panel.values import passing, passing_time
from smartx96.panel.view import View

PATIENCE = 60.0
"""Set-up is left after so long without a key, and nothing is saved [s]."""

_IN_TURN = 2.0
"""Name and content of an entry share the bottom line, each for so long [s]."""

_SETUP = frozenset({Symbol.SETUP})
_STEPS = {Key.M: 1, Key.P: -1}

Then = Callable[[Moment, Mode], Mode]
"""What follows the password, with the mode to come back to."""


def _stepped(key: Key, stroke: Stroke) -> int:
    """Up (1) or down (-1) where a key steps, else 0."""
    return _STEPS.get(key, 0) if stroke in (Stroke.DOWN, Stroke.REPEAT) else 0


class Password(Mode):
    """Four digits; what they open follows.

    Parameters
    ----------
    home : Mode
        To come back to.
    then : callable
        What follows the right password.
    purpose : str
        What it is asked for.
    """

    def __init__(self, home: Mode, then: Then, purpose: str) -> None:
        self._home, self._then, self._purpose = home, then, purpose
        self._digits = Digits("0" * ROW_DIGITS, ROW_DIGITS)

    def deadline(self, last_key: float) -> float:
        """A minute after the last key."""
        return last_key + PATIENCE

    def expire(self, moment: Moment) -> Mode:
        """Back to the pages."""
        return self._home

    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """Digits, unless nobody may try."""
        if (key, stroke) == (Key.UI, Stroke.SHORT):
            return self._home
        if moment.view.lock_out > 0:
            return self
        if by := _stepped(key, stroke):
            self._digits.step(by)
        elif (key, stroke) == (Key.E, Stroke.SHORT):
            self._digits.advance()
        elif (key, stroke) == (Key.E, Stroke.LONG):
            return self._enter(moment)
        return self

    def _enter(self, moment: Moment) -> Mode:
        try:
            moment.apply(Unlock(int(self._digits.value)))
        except LockedError as error:
            again = Password(self._home, self._then, self._purpose)
            word = "Err" if isinstance(error, PasswordError) else "LOC"
            return Message(word, "PASSWORD", str(error), again)
        return self._then(moment, self._home)

    def screen(self, view: View, now: float) -> Screen:
        """The digits, or how long nobody may try."""
        title = f"password, to {self._purpose}"
        if view.lock_out > 0:
            seconds = math.ceil(view.lock_out)
            rows = (Row("LOC"), Row(str(min(seconds, 9999))))
            return Screen(rows, Line("LOCKED"), _SETUP, title=title,
                          spoken=(f"locked out, wait {seconds} s",))  # fmt: skip
        rows = (Row("PASS"), Row(self._digits.text, flashing=self._digits.flashing))
        # What is said others hear: never the digits.
        return Screen(rows, Line("PASSWORD"), _SETUP, title=title, spoken=(self._digits.place,))


def open_setup(home: Mode) -> Mode:
    """The password, and the menu behind it."""
    return Password(home, lambda moment, home: Menu(home), "set up the meter")


def clear_maxima(home: Mode) -> Mode:
    """The password; then the maxima are cleared at once."""
    return Password(home, _clear, "clear the maxima")


def _clear(moment: Moment, home: Mode) -> Mode:
    try:
        moment.apply(Reset(Resettable.MAXIMA))
    except X96Error as error:
        return Message("Err", "MAXIMA", str(error), _left(moment, home))
    return Message("donE", "MAXIMA", "the maxima are cleared", _left(moment, home))


def _left(moment: Moment, home: Mode) -> Mode:
    """Lock the session, and come back."""
    moment.apply(LockUp())
    return home


class _Unlocked(Mode):
    """A mode behind the password."""

    in_setup = True

    def __init__(self, home: Mode) -> None:
        self._home = home

    def deadline(self, last_key: float) -> float:
        """A minute after the last key."""
        return last_key + PATIENCE

    def expire(self, moment: Moment) -> Mode:
        """Back to the pages; nothing is saved."""
        return _left(moment, self._home)


class Menu(_Unlocked):
    """The entries, one at a time.

    Parameters
    ----------
    home : Mode
        To come back to.
    index : int
        Of the entry that it begins with.
    """

    def __init__(self, home: Mode, index: int = 0) -> None:
        super().__init__(home)
        self._index = index

    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """M and P step, E opens, U/I leaves."""
        if by := _stepped(key, stroke):
            # Down goes down the list.
            self._index = (self._index - by) % len(ENTRIES)
            self.since = moment.now
        elif key is Key.E and stroke in (Stroke.SHORT, Stroke.LONG):
            editor = ENTRIES[self._index].editor(moment.view)
            return self if editor is None else Edit(self._home, self, self._index, editor)
        elif (key, stroke) == (Key.UI, Stroke.SHORT):
            return _left(moment, self._home)
        return self

    def screen(self, view: View, now: float) -> Screen:
        """Number, name and content of the entry."""
        entry = ENTRIES[self._index]
        content = entry.content(view)
        line = entry.name
        if content.line:
            room = max(_IN_TURN, passing_time(content.line))
            elapsed = (now - self.since) % (_IN_TURN + room)
            if elapsed >= _IN_TURN:
                line = passing(content.line, elapsed - _IN_TURN)
        return _screen(self._index, content, Line(line), frozenset())


class Edit(_Unlocked):
    """A value while it is edited.

    Parameters
    ----------
    home, menu : Mode
        To come back to.
    index : int
        Of the entry.
    editor : Editor
    """

    def __init__(self, home: Mode, menu: Mode, index: int, editor: Editor) -> None:
        super().__init__(home)
        self._menu, self._index, self._editor = menu, index, editor

    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """M and P step, E goes on, a long E confirms, U/I goes back."""
        self.since = moment.now
        if by := _stepped(key, stroke):
            self._editor.step(by)
        elif (key, stroke) == (Key.E, Stroke.SHORT):
            self._editor.advance()
        elif (key, stroke) == (Key.E, Stroke.LONG):
            return self._confirm(moment)
        elif (key, stroke) == (Key.UI, Stroke.SHORT):
            return self._menu
        return self

    def _confirm(self, moment: Moment) -> Mode:
        entry = ENTRIES[self._index]
        try:
            command = entry.command(self._editor, moment.view)
            if command is not None:
                moment.apply(command)
        except LockedError as error:
            return Message("Err", entry.name, str(error), self._home)
        except X96Error as error:
            return Message("Err", entry.name, str(error), self)
        if isinstance(command, Reset):
            return Message("donE", entry.name, f"cleared: {command.what}", self._menu)
        return self._menu

    def screen(self, view: View, now: float) -> Screen:
        """The value, of which flashes what is edited."""
        entry = ENTRIES[self._index]
        content = entry.edited(self._editor, view)
        flashing = self._editor.flashing
        line = Line(entry.name)
        if content.line:
            # What passes by is not to flash as well.
            still = not content.row and not passing_time(content.line)
            text = passing(content.line, now - self.since)
            line = Line(text, flashing=flashing if still else frozenset())
            flashing = EVERY_DIGIT if content.row else frozenset()
        return _screen(self._index, content, line, flashing)


def _screen(index: int, content: Content, line: Line, flashing: frozenset[int]) -> Screen:
    entry = ENTRIES[index]
    value = Row(content.row, unit=content.unit, flashing=flashing)
    title = f"set-up {entry.number}: {entry.text}"
    return Screen((Row(f"no{entry.number:2d}"), value), line, _SETUP, title=title,
                  spoken=(content.spoken,))  # fmt: skip
