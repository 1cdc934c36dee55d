"""TypeTest: from a scope and a front end to results."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from smartx96.frontend.front_end import FrontEnd
from smartx96.typetest.budget import Budget, budgets
from smartx96.typetest.check import Records
from smartx96.typetest.comparing import Compared, compared, seconds
from smartx96.typetest.comparison import comparison
from smartx96.typetest.document import document, rounded
from smartx96.typetest.meter_under_test import Maker, MeterUnderTest
from smartx96.typetest.plan.plan import Plan, planned
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.run import SEED, Progress, run
from smartx96.typetest.verdict import Summary, Verdict, judged, passed, summaries


@dataclass(frozen=True)
class TypeTest:
    """A plan that was run.

    Parameters
    ----------
    plan : Plan
    front_end : FrontEnd
    seed : int
        Of all noise.
    records : mapping of Trial to Record
    verdicts : tuple of Verdict
    budgets : tuple of Budget
    compared : tuple of Compared
        What engines of others make of the same points.
    front_end_file : str
        Name of the file that the front end is of; empty for a preset.
    """

    plan: Plan
    front_end: FrontEnd
    seed: int
    records: Records
    verdicts: tuple[Verdict, ...]
    budgets: tuple[Budget, ...]
    compared: tuple[Compared, ...] = field(default=(), kw_only=True)
    front_end_file: str = field(default="", kw_only=True)

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return passed(self.verdicts)

    @property
    def complete(self) -> bool:
        """Whether the whole scope was tried, which a run always does."""
        return True

    @property
    def summaries(self) -> list[Summary]:
        """One for each clause, standard and class."""
        return summaries(self.verdicts)

    def document(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        found = document(
            self.plan, self.records, self.verdicts, self.front_end, self.seed, self.budgets
        )
        if self.front_end_file:
            found["front_end"]["file"] = self.front_end_file
        found |= rounded(comparison(self.summaries, self.compared))
        return found

    def json(self) -> str:
        """The document as text: the same bytes for the same input."""
        return json.dumps(self.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def type_test(
    scope: Scope, front_end: FrontEnd, *, seed: int = SEED, jobs: int = 1,
    progress: Progress | None = None, make: Maker = MeterUnderTest, against: Sequence[str] = (),
) -> TypeTest:  # fmt: skip
    """Run a type test.

    Parameters
    ----------
    scope : Scope
        Which part of the plan.
    front_end : FrontEnd
    seed : int
        Of all noise.
    jobs : int
        Processes; the results do not depend on them.
    progress : callable, optional
        Called with the seconds of signal done, and all there are.
    make : callable
        Makes the meter that is tested.
    against : sequence of str
        Names of engines of others that get the same points.

    Raises
    ------
    OptionError
        There is no such number of processes, or no such engine.
    MissingExtraError
        An engine is not installed.
    """
    plan = planned(scope)
    own, theirs = _shares(plan, against, progress)
    records = run(plan.trials, front_end, seed=seed, jobs=jobs, progress=own, make=make)
    verdicts = tuple(judged(plan.checks, records))
    taken_apart = tuple(budgets(summaries(verdicts), front_end, seed, make))
    others = compared(plan, front_end, against, seed=seed, jobs=jobs, progress=theirs)
    return TypeTest(plan, front_end, seed, records, verdicts, taken_apart, compared=others)


def _shares(
    plan: Plan, against: Sequence[str], progress: Progress | None
) -> tuple[Progress | None, Progress | None]:
    """Progress of the meter's trials and of those of the engines, as parts of one whole."""
    own, theirs = sum(trial.seconds for trial in plan.trials), seconds(plan, against)
    if progress is None:
        return None, None
    return (lambda done, _: progress(done, own + theirs),
            lambda done, _: progress(own + done, own + theirs))  # fmt: skip
