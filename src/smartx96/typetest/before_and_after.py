"""Before and after: a type test of a meter as it comes, and again as it is calibrated by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from smartx96.frontend.calibration import Calibration
from smartx96.frontend.front_end import FrontEnd
from smartx96.models import Wiring
from smartx96.settings import Settings
from smartx96.typetest.budget import budgets
from smartx96.typetest.calibrating import calibrated, calibration_trials, stated
from smartx96.typetest.check import Records, percent_error
from smartx96.typetest.comparing import compared, seconds
from smartx96.typetest.document import rounded
from smartx96.typetest.factor import HALF, UNITY
from smartx96.typetest.meter_under_test import Maker, MeterUnderTest, UnderTest
from smartx96.typetest.plan.intrinsic import TEST
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import SINGLE, Load, Point, Trial
from smartx96.typetest.run import SEED, Progress, run
from smartx96.typetest.type_test import TypeTest
from smartx96.typetest.verdict import judged, summaries

CURVES = (UNITY, HALF)
"""Factors whose errors are told over the current, before and after."""


@dataclass(frozen=True, slots=True)
class SetMaker:
    """Makes meters that are set, beside what a trial asks for.

    Parameters
    ----------
    make : callable
    settings : tuple of (str, int)
    """

    make: Maker
    settings: tuple[tuple[str, int], ...]

    def __call__(self, trial: Trial, calibration: Calibration | None) -> UnderTest:
        """Make one; what the bench applies, and its noise, are those of the trial as it is."""
        return self.make(replace(trial, settings=trial.settings + self.settings), calibration)


@dataclass(frozen=True, kw_only=True)
class CalibratedTypeTest(TypeTest):
    """A plan that was run on a meter after it was calibrated.

    Parameters
    ----------
    settings : mapping of str to int
        Of the calibration.
    before : TypeTest
        The same plan on the meter as it came, without budgets.
    """

    settings: Mapping[str, int]
    before: TypeTest

    def document(self) -> dict[str, Any]:
        """As that of every type test, with the key `calibration`."""
        before = self.before.document()
        more = {
            "settings": dict(self.settings),
            "corrections": stated(self.settings),
            "limits": _limits(self.plan.scope),
            "curve": _curve(self.plan.scope, self.before.records, self.records),
            "passed_before": before["passed"],
            "before": before["summary"],
        }
        return {**super().document(), "calibration": rounded(more)}


def calibrated_type_test(
    scope: Scope, front_end: FrontEnd, *, seed: int = SEED, jobs: int = 1,
    progress: Progress | None = None, make: Maker = MeterUnderTest, against: Sequence[str] = (),
) -> CalibratedTypeTest:  # fmt: skip
    """Run a type test, calibrate the meter by points of it, and run it again.

    Parameters
    ----------
    scope, front_end, seed, jobs, progress, make, against
        As for `type_test`. The errors of the whole front end, its own calibration included, are
        what the settings take away; engines of others get samples that are corrected by both.

    Raises
    ------
    OptionError
        There is no such number of processes, or no such engine; an error is beyond what may be set.
    MissingExtraError
        An engine is not installed.
    """
    plan = planned(scope)
    measured = calibration_trials(max(scope.rated_currents))
    trials = tuple(dict.fromkeys((*plan.trials, *measured, *_curve_trials(scope))))
    once, theirs = sum(trial.seconds for trial in trials), seconds(plan, against)

    def part(before: float) -> Progress | None:
        if progress is None:
            return None
        return lambda done, _: progress(before + done, 2 * once + theirs)

    one = run(trials, front_end, seed=seed, jobs=jobs, progress=part(0.0), make=make)
    found = calibrated({trial: one[trial] for trial in measured})
    set_so = SetMaker(make, tuple(found.items()))
    two = run(trials, front_end, seed=seed, jobs=jobs, progress=part(once), make=set_so)
    before, after = (tuple(judged(plan.checks, records)) for records in (one, two))
    whole = _joined(front_end, found)
    return CalibratedTypeTest(
        plan, front_end, seed, two, after,
        tuple(budgets(summaries(after), whole, seed, make)),
        compared=compared(plan, whole, against, seed=seed, jobs=jobs, progress=part(2 * once)),
        settings=found, before=TypeTest(plan, front_end, seed, one, before, ()),
    )  # fmt: skip


def _joined(front_end: FrontEnd, settings: Mapping[str, int]) -> FrontEnd:
    """What is set joins the calibration of the front end: in the budget they are one element."""
    own, there = Calibration.of(Settings(settings)), front_end.calibration
    return replace(front_end, calibration=own if there is None else there.joined(own))


def _curve_trials(scope: Scope) -> tuple[Trial, ...]:
    """Each terminal by itself in 3P4W, over the current."""
    rated = max(scope.rated_currents)
    return tuple(
        Trial((Point(Wiring.FOUR_WIRE, rated, multiple, factor, load),))
        for factor, load, multiple in product(CURVES, SINGLE, scope.multiples)
    )


def _curve(scope: Scope, before: Records, after: Records) -> list[dict[str, Any]]:
    """Errors of active energy [%] over the current, in the order of factors and phases."""
    return [
        {
            "factor": str(trial.point.factor), "load": str(trial.point.load),
            "multiple": trial.point.multiple,
            "before": percent_error(before[trial], "active"),
            "after": percent_error(after[trial], "active"),
        }
        for trial in _curve_trials(scope)
    ]  # fmt: skip


def _limits(scope: Scope) -> list[dict[str, Any]]:
    """Limits of a single phase by factor, of the first class of the scope that has them."""
    rows = [row for row in scope.rows if row.test == TEST and row.load == Load.L1.kind]
    own = [row for row in rows if row.accuracy_class == rows[0].accuracy_class]
    return [
        {
            "factor": str(factor), "accuracy_class": own[0].accuracy_class,
            "standard": f"{own[0].standard}:{own[0].edition}",
            "ranges": [[row.lowest, row.highest, row.limit] for row in found],
        }
        for factor in CURVES
        if (found := [row for row in own if row.factor == str(factor)])
    ]  # fmt: skip
