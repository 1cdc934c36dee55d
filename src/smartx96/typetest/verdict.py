"""Verdict: value, limit and margin of every check, and the worst of each clause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smartx96.typetest.check import Check, Records, value_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a check.

    Parameters
    ----------
    check : Check
    value : float or None
        In the check's unit; None where the meter gave no reading.
    """

    check: Check
    value: float | None

    @property
    def passed(self) -> bool | None:
        """Whether the limit is kept; None is for information only."""
        limit = self.check.limit
        if limit is None:
            return None
        if self.value is None:
            return False
        if self.check.at_least:
            return self.value >= limit
        return abs(self.value) <= limit

    @property
    def margin(self) -> float | None:
        """How much is left to the limit, in the check's unit; below 0 where it is not kept."""
        limit = self.check.limit
        if limit is None or self.value is None:
            return None
        return self.value - limit if self.check.at_least else limit - abs(self.value)

    @property
    def used(self) -> float:
        """Share of the limit that is used up, by which the worst is found."""
        limit = self.check.limit
        if limit is None:
            return 0.0
        if self.value is None:
            return float("inf")
        if self.check.at_least:
            return limit / self.value if self.value > 0 else float("inf")
        return abs(self.value) / limit if limit else float(bool(self.value))


@dataclass(frozen=True, slots=True)
class Summary:
    """Checks of one clause by one standard and class.

    Parameters
    ----------
    clause, standard, accuracy_class : str
    verdicts : tuple of Verdict
    """

    clause: str
    standard: str
    accuracy_class: str
    verdicts: tuple[Verdict, ...]

    @property
    def judged(self) -> list[Verdict]:
        """Those that have a limit."""
        return [verdict for verdict in self.verdicts if verdict.passed is not None]

    @property
    def failed(self) -> int:
        """How many do not keep their limit."""
        return sum(verdict.passed is False for verdict in self.verdicts)

    @property
    def passed(self) -> bool | None:
        """Whether all limits are kept; None where there is none."""
        return not self.failed if self.judged else None

    @property
    def worst(self) -> Verdict | None:
        """The one that uses up the largest share of its limit."""
        return max(self.judged, key=lambda verdict: verdict.used, default=None)


def judged(checks: Iterable[Check], records: Records) -> list[Verdict]:
    """Verdicts in the order of the plan."""
    return [Verdict(check, value_of(check, records)) for check in checks]


def summaries(verdicts: Sequence[Verdict]) -> list[Summary]:
    """One for each clause, standard and class, in the order of the plan."""
    groups: dict[tuple[str, str, str], list[Verdict]] = {}
    for verdict in verdicts:
        check = verdict.check
        key = (check.clause, check.standard, check.accuracy_class)
        groups.setdefault(key, []).append(verdict)
    return [Summary(*key, tuple(found)) for key, found in groups.items()]


def passed(verdicts: Iterable[Verdict]) -> bool:
    """Whether every limit is kept."""
    return all(verdict.passed is not False for verdict in verdicts)
