"""Mode: what the keys mean and what is shown, until another mode takes over."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from smartx96.meter.commands import Command
from smartx96.panel.keys import Key, Stroke
from smartx96.panel.screen import Line, Row, Screen
from smartx96.panel.view import View
from smartx96.status import Status

Apply = Callable[[Command], None]
"""Has a command executed in the panel's session; raises `X96Error` where the meter refuses it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a mode needs to act.

    Parameters
    ----------
    view : View
    now : float
        By the clock of the keys [s].
    apply : callable
    """

    view: View
    now: float
    apply: Apply


class Mode(ABC):
    """What the keys mean and what is shown."""

    in_setup = False
    """Whether the session is unlocked in it, and every key keeps it so."""

    since = 0.0
    """When it took over [s]."""

    def enter(self, now: float) -> None:
        """It takes over."""
        self.since = now

    def deadline(self, last_key: float) -> float:
        """When it ends by itself [s].

        Parameters
        ----------
        last_key : float
            When a key was last used [s].
        """
        return math.inf

    def expire(self, moment: Moment) -> Mode:
        """Its deadline has come: what follows."""
        return self

    @abstractmethod
    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """A key: what follows, the mode itself where it goes on."""

    @abstractmethod
    def screen(self, view: View, now: float) -> Screen:
        """What is shown, without what all modes have."""


LAMP_TEST = 5.0
"""Time of a lamp test [s]."""


class LampTest(Mode):
    """Every segment is lit for a while, or until a key is pressed."""

    def __init__(self, home: Mode) -> None:
        self._home = home

    def deadline(self, last_key: float) -> float:
        """After some seconds."""
        return self.since + LAMP_TEST

    def expire(self, moment: Moment) -> Mode:
        """Back to the pages."""
        return self._home

    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """Any key ends it."""
        return self._home if stroke is Stroke.DOWN else self

    def screen(self, view: View, now: float) -> Screen:
        """Everything."""
        return Screen(lamp_test=True, title="lamp test", spoken=("every segment is lit",))


MESSAGE = 2.0
"""Time that a message is shown [s]."""


class Message(Mode):
    """A word in the first row, for a while or until a key is pressed.

    Parameters
    ----------
    word : str
    line : str
        Bottom line.
    spoken : str
    then : Mode
        That follows.
    """

    def __init__(self, word: str, line: str, spoken: str, then: Mode) -> None:
        self._word, self._line, self._spoken, self._then = word, line, spoken, then
        self.in_setup = then.in_setup

    def deadline(self, last_key: float) -> float:
        """After some seconds."""
        return self.since + MESSAGE

    def expire(self, moment: Moment) -> Mode:
        """What follows."""
        return self._then

    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """Any key ends it."""
        return self._then if stroke is Stroke.DOWN else self

    def screen(self, view: View, now: float) -> Screen:
        """The word."""
        return Screen((Row(self._word),), Line(self._line), title="message", spoken=(self._spoken,))


START_STEP = 2.0
"""Time of each screen of the start [s]."""

_FAULTS = Status.STORE_FAULT | Status.SAMPLES_LOST
"""Bits of the status register for which the self-test is not passed."""


class Start(Mode):
    """All segments, model and version, result of the self-test; the keys have no effect."""

    def __init__(self, home: Mode) -> None:
        self._home = home

    def deadline(self, last_key: float) -> float:
        """After three screens."""
        return self.since + 3 * START_STEP

    def expire(self, moment: Moment) -> Mode:
        """The pages."""
        return self._home

    def take(self, key: Key, stroke: Stroke, moment: Moment) -> Mode:
        """It goes on."""
        return self

    def screen(self, view: View, now: float) -> Screen:
        """What is due."""
        step = int((now - self.since) // START_STEP)
        if step <= 0:
            return Screen(lamp_test=True, title="start", spoken=("every segment is lit",))
        model = view.configuration.model.name
        if step == 1:
            said = (f"model {model}", f"version {view.version}")
            return Screen((Row(view.version),), Line(model), title="start", spoken=said)
        faults = [bit.text for bit in _FAULTS & view.status]
        result = f"self-test: {', '.join(faults) or 'passed'}"
        row, line = ("Err", "TEST ERR") if faults else ("PASS", "TEST OK")
        return Screen((Row(row),), Line(line), title="start", spoken=(result,))
