"""Result: what became of each meter of a project, and of the whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from smartx96.configuration.changing.outcome import Outcome
from smartx96.configuration.changing.plan import Plan
from smartx96.configuration.project.preparing import Prepared
from smartx96.configuration.tariffs.outcome import CalendarOutcome
from smartx96.configuration.tariffs.plan import CalendarPlan
from smartx96.wording import counted


class Fate(StrEnum):
    """What became of a meter."""

    DONE = "done"
    """It has all that it is to have: written, read back, compared."""
    SAME = "as wanted"
    """It had all that it is to have before."""
    DONE_BEFORE = "done before"
    """The push that is resumed has done it; it was not asked again."""
    PLANNED = "planned"
    """It could be set so; nothing was written, as was asked for."""
    FAILED = "failed"
    """It was begun and does not have all; what it has is told."""
    NOT_REACHED = "not reached"
    """It does not answer; nothing was written."""
    WRONG = "wrong"
    """It cannot, or must not, be set so; nothing was written."""
    NOT_WRITTEN = "not written"
    """Nothing was written, because of others, or because somebody stopped it."""


GOOD = (Fate.DONE, Fate.SAME, Fate.DONE_BEFORE, Fate.PLANNED)


@dataclass(frozen=True, slots=True)
class MeterResult:
    """What became of a meter.

    Parameters
    ----------
    name : str
    where : str
        Where it is asked now.
    fate : Fate
    statement : str
        In one line: what was written, what was not, and why.
    serial_number : int or None
        As it told it.
    plan : Plan, optional
        What was to be written.
    outcome : Outcome, optional
        What was.
    calendar_plan : CalendarPlan, optional
    calendar : CalendarOutcome, optional
    """

    name: str
    where: str
    fate: Fate
    statement: str
    serial_number: int | None = None
    plan: Plan | None = None
    outcome: Outcome | None = None
    calendar_plan: CalendarPlan | None = None
    calendar: CalendarOutcome | None = None

    @property
    def good(self) -> bool:
        """Whether there is nothing more to do."""
        return self.fate in GOOD

    @property
    def notes(self) -> tuple[str, ...]:
        """What its user should know besides."""
        told = self.outcome or self.plan
        calendar = self.calendar or self.calendar_plan
        return (*(told.notes if told else ()), *(calendar.notes if calendar else ()))

    def document(self) -> dict[str, Any]:
        """For programs."""
        parts = {"plan": self.plan, "outcome": self.outcome,
                 "calendar_plan": self.calendar_plan, "calendar": self.calendar}  # fmt: skip
        return {
            "name": self.name,
            "where": self.where,
            "serial_number": self.serial_number,
            "result": str(self.fate),
            "good": self.good,
            "statement": self.statement,
            "notes": list(self.notes),
            **{key: part.document() if part else None for key, part in parts.items()},
        }


def unwritten(prepared: Prepared, *, dry_run: bool) -> MeterResult:
    """The result of a meter that was planned, and not written."""
    if prepared.wrong:
        fate, statement = Fate.WRONG, prepared.wrong
    elif prepared.failure:
        fate, statement = Fate.NOT_REACHED, prepared.failure
    elif prepared.nothing_to_do:
        fate, statement = Fate.SAME, prepared.statement
    else:
        fate, statement = (Fate.PLANNED if dry_run else Fate.NOT_WRITTEN), prepared.statement
    return MeterResult(prepared.meter.name, str(prepared.target), fate, statement,
                       prepared.serial_number, prepared.plan,
                       calendar_plan=prepared.calendar)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a project.

    Parameters
    ----------
    path : Path
        The project file.
    results : tuple of MeterResult
        In the order of the file.
    failure : str
        What stopped the whole; empty where nothing did.
    """

    path: Path
    results: tuple[MeterResult, ...]
    failure: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is left to do."""
        return not self.failure and all(each.good for each in self.results)

    @property
    def statement(self) -> str:
        """In one line: how many meters of each fate, and what stopped it."""
        counts = Counter(each.fate for each in self.results)
        said = ", ".join(f"{counts[fate]} {fate}" for fate in Fate if counts[fate])
        total = f"{counted(len(self.results), 'meter')}: {said}"
        return f"{total}; {self.failure}" if self.failure else total

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "project": str(self.path),
            "good": self.good,
            "statement": self.statement,
            "failure": self.failure or None,
            "meters": [each.document() for each in self.results],
        }
