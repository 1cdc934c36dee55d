"""Check: one thing that was looked at, what came out, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What came out of a check; the values are those of documents."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    id, title : str
    verdict : Verdict
    text : str
        What was found, and what to do about it.
    """

    id: str
    title: str
    verdict: Verdict
    text: str

    def document(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"verdict": str(self.verdict)}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a check is about.

    Parameters
    ----------
    id, title : str
    """

    id: str
    title: str

    def passed(self, text: str) -> Check:
        """It is as it should be."""
        return Check(self.id, self.title, Verdict.PASSED, text)

    def failed(self, text: str) -> Check:
        """It is not."""
        return Check(self.id, self.title, Verdict.FAILED, text)

    def open(self, text: str) -> Check:
        """Nobody can tell from here."""
        return Check(self.id, self.title, Verdict.NOT_JUDGED, text)

    def judged(self, good: bool, text: str) -> Check:
        """One or the other."""
        return self.passed(text) if good else self.failed(text)
