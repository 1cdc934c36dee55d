"""TypeTest: from a scope and a front end to results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from smartx96.frontend.front_end import FrontEnd
from smartx96.typetest.budget import Budget, budgets
from smartx96.typetest.check import Records
from smartx96.typetest.document import document
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
    """

    plan: Plan
    front_end: FrontEnd
    seed: int
    records: Records
    verdicts: tuple[Verdict, ...]
    budgets: tuple[Budget, ...]

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return passed(self.verdicts)

    @property
    def summaries(self) -> list[Summary]:
        """One for each clause, standard and class."""
        return summaries(self.verdicts)

    def document(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        return document(
            self.plan, self.records, self.verdicts, self.front_end, self.seed, self.budgets
        )

    def json(self) -> str:
        """The document as text: the same bytes for the same input."""
        return json.dumps(self.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def type_test(
    scope: Scope, front_end: FrontEnd, *, seed: int = SEED, jobs: int = 1,
    progress: Progress | None = None, make: Maker = MeterUnderTest,
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

    Raises
    ------
    OptionError
        There is no such number of processes.
    """
    plan = planned(scope)
    records = run(plan.trials, front_end, seed=seed, jobs=jobs, progress=progress, make=make)
    verdicts = tuple(judged(plan.checks, records))
    taken_apart = tuple(budgets(summaries(verdicts), front_end, seed, make))
    return TypeTest(plan, front_end, seed, records, verdicts, taken_apart)
