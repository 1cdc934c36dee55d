"""Outlets: the journal first, then every sink; what fails is told once and tried again."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import partial

from smartx96.errors import printable
from smartx96.meter.pulse import Pulse
from smartx96.outputs.sink import Contacts, PulseJournal, PulseSink

Report = Callable[[str], None]
"""Called with one line for the user; with contacts, from their emitter's own thread."""

_MOST_UNTOLD = 100
"""Lines that wait for a listener that fails; the oldest make room."""


class Claim(Enum):
    """What the journal says to a pulse."""

    NEW = auto()
    GONE = auto()
    REFUSED = auto()


class Teller:
    """Tells lines to a listener that may fail: what could not be told comes with the next line.

    Parameters
    ----------
    report : callable
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._untold: deque[str] = deque(maxlen=_MOST_UNTOLD)

    def __call__(self, line: str) -> None:
        """Tell a line; whatever the listener raises stops nothing."""
        self._untold.append(printable(line))
        with contextlib.suppress(Exception):
            while self._untold:
                self._report(self._untold[0])
                self._untold.popleft()


class Trouble:
    """Tells once that something fails, and once that it works again.

    Parameters
    ----------
    subject : str
        What fails, as the line begins.
    report : callable
        Raises nothing.
    """

    def __init__(self, subject: str, report: Report) -> None:
        self._subject, self._report = subject, report
        self._failing = False

    def attempt(self, action: Callable[[], None]) -> bool:
        """Do something; whether it was done."""
        try:
            action()
        except Exception as error:  # whatever a sink raises, the meter goes on
            self.met(error)
            return False
        self.over()
        return True

    def met(self, error: Exception, consequence: str = "tried again with every pulse") -> None:
        """It failed."""
        if not self._failing:
            self._tell(f"{_reason(error)}; {consequence}")
        self._failing = True

    def over(self) -> None:
        """It worked."""
        if self._failing:
            self._tell("works again")
        self._failing = False

    def end(self, action: Callable[[], None]) -> None:
        """Do something for the last time."""
        try:
            action()
        except Exception as error:
            self._failing = False
            self.met(error, "what could not be written is lost")

    def _tell(self, text: str) -> None:
        self._report(f"{self._subject}: {text}")


def _reason(error: Exception) -> str:
    """What went wrong, without the option and its value: the line begins with what it is about."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.rpartition(": ")[2] if text.startswith("--pulses ") else text


class Outlets:
    """Journal and sinks together. Nothing that a sink or the journal raises gets past.

    Parameters
    ----------
    journal : PulseJournal
    sinks : sequence of PulseSink
    report : callable
        Raises nothing.
    """

    def __init__(self, journal: PulseJournal, sinks: Sequence[PulseSink], report: Report) -> None:
        self._journal = journal
        self._unkept = Trouble("count of emitted pulses", report)
        # An edge on a wire does not wait for a disk.
        ordered = sorted(sinks, key=lambda sink: not isinstance(sink, Contacts))
        self._sinks = [(sink, Trouble(f"pulses into {sink.name}", report)) for sink in ordered]

    @property
    def sinks(self) -> int:
        """How many sinks there are."""
        return len(self._sinks)

    def claim(self, pulse: Pulse) -> Claim:
        """Enter a pulse into the journal; to be put only where it is `NEW`."""
        output, number = pulse.output, pulse.number
        if number <= self._journal.counts.get(output, 0):
            return Claim.GONE
        kept = self._unkept.attempt(partial(self._journal.advance, output, number))
        return Claim.NEW if kept else Claim.REFUSED

    def put(self, pulse: Pulse) -> None:
        """Give a pulse to every sink."""
        for sink, trouble in self._sinks:
            trouble.attempt(partial(sink.emit, pulse))

    def open(self, output: int) -> bool:
        """Open the contacts of an output; whether all are open."""
        contacts = [(sink, t) for sink, t in self._sinks if isinstance(sink, Contacts)]
        opened = [trouble.attempt(partial(sink.open, output)) for sink, trouble in contacts]
        return all(opened)

    def close(self) -> None:
        """Close every sink."""
        for sink, trouble in self._sinks:
            trouble.end(sink.close)
