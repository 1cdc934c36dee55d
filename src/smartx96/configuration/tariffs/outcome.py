"""Outcome: which calendar rules after one was to be written, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """What became of a calendar that was to be written; it is never there in parts."""

    SAME = "same"
    """The meter had it before."""
    RULES = "rules"
    """It is the active calendar, read back."""
    WAITS = "waits"
    """It is the passive calendar, read back; the old one rules until its activation."""
    OLD = "old"
    """The old calendar rules, and the new one does not wait."""
    OTHER = "other"
    """A third one rules: somebody else has set it, or it waited until now."""
    IN_DOUBT = "in doubt"
    """The meter was told, and could not be asked what came of it."""


DONE = (State.SAME, State.RULES, State.WAITS)


@dataclass(frozen=True, slots=True)
class CalendarOutcome:
    """What became of a calendar that was to be written.

    Parameters
    ----------
    target : str
        Where the meter is asked.
    name : str
        Of the calendar.
    state : State
    activation : datetime, optional
        From when it is to rule.
    failure : str
        What went wrong, in a line; empty where nothing did.
    notes : tuple of str
        What its user should know besides.
    """

    target: str
    name: str
    state: State
    activation: datetime | None = None
    failure: str = ""
    notes: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether the meter has the calendar, by its own word."""
        return self.state in DONE

    @property
    def statement(self) -> str:
        """In one line: which calendar rules, and why."""
        named = f"calendar {self.name!r}" if self.name else "the calendar"
        said = _SAID[self.state].format(named=named, when=self.activation)
        return f"{said}: {self.failure}" if self.failure and not self.done else said

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "target": self.target,
            "done": self.done,
            "state": str(self.state),
            "calendar": self.name,
            "activation": None if self.activation is None else self.activation.isoformat(),
            "failure": self.failure or None,
            "notes": list(self.notes),
        }


_SAID = {
    State.SAME: "{named} was there before: nothing written",
    State.RULES: "{named} rules: read back and compared",
    State.WAITS: "{named} waits, read back and compared; it rules from {when} on, "
    "until then the calendar that did before",
    State.OLD: "{named} is not taken, what ruled before still does",
    State.OTHER: "{named} is not taken, and another one rules than before: one that waited, or one "
    "that somebody else has set",
    State.IN_DOUBT: "in doubt: {named} rules, or waits, as a whole, or what was before still does; "
    "`x96 tariffs show` tells when the meter answers again",
}
