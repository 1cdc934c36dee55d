"""Outcome: what became of a plan, setting by setting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from smartx96.modbus.readings import Reading
from smartx96.settings import Value


class State(StrEnum):
    """What became of a setting."""

    SAME = "same"
    """It was as wanted before, and still is."""
    WRITTEN = "written"
    """Written, read back and found as wanted."""
    DIFFERS = "differs"
    """The meter has another value than is wanted, and than it had."""
    REFUSED = "refused"
    """The meter did not take it."""
    NOT_WRITTEN = "not written"
    """It was not sent, because of what failed before, or is still as it was."""
    IN_DOUBT = "in doubt"
    """It was sent, and the meter could not be asked what it has."""


class Entry(NamedTuple):
    """What became of one setting.

    Parameters
    ----------
    id : str
    before : int, str, float or None
        None where nobody knows.
    wanted : int or str
    after : int, str, float or None
        As read back; None where it was not.
    state : State
    """

    id: str
    before: Reading | None
    wanted: Value
    after: Reading | None
    state: State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan.

    Parameters
    ----------
    target : str
        Where the meter is asked; a new address or speed counts.
    entries : tuple of Entry
        Of every setting that was wanted, in the order in which they are written.
    failure : str
        What went wrong, in a line; empty where nothing did.
    notes : tuple of str
        What its user should know besides.
    """

    target: str
    entries: tuple[Entry, ...]
    failure: str = ""
    notes: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether the meter has all that was wanted, by its own word."""
        return all(each.state in (State.SAME, State.WRITTEN) for each in self.entries)

    def ids(self, *states: State) -> tuple[str, ...]:
        """Settings of which that became."""
        return tuple(each.id for each in self.entries if each.state in states)

    @property
    def statement(self) -> str:
        """In one line: what was written, what was not, and why."""
        counted = [(state, self.ids(state)) for state in State]
        parts = [
            f"{len(ids)} {state}" + ("" if state in _COUNTED else f" ({', '.join(ids)})")
            for state, ids in counted
            if ids
        ]
        said = ", ".join(parts) or "nothing to write"
        return f"{said}: {self.failure}" if self.failure else said

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "target": self.target,
            "done": self.done,
            "failure": self.failure or None,
            "settings": [entry._asdict() for entry in self.entries],
            "notes": list(self.notes),
        }


class Stated(Protocol):
    """What became of a plan, of whatever kind, in a line."""

    @property
    def target(self) -> str:
        """Where the meter is asked."""

    @property
    def statement(self) -> str:
        """What was written, what was not, and why."""


class Interruption(asyncio.CancelledError):
    """Somebody stopped a plan half-way.

    Parameters
    ----------
    outcome : Stated
        How far it came.
    """

    def __init__(self, outcome: Stated) -> None:
        super().__init__(outcome.statement)
        self.outcome = outcome


_COUNTED = (State.SAME, State.WRITTEN)
"""Of these the names are of no interest in a line."""
