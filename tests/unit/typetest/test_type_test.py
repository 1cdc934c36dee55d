"""The quick plan with the meter as it is: behind no front end, and behind the x96's."""

from __future__ import annotations

import json
import os
import signal

import pytest

from smartx96.errors import OptionError, X96Error
from smartx96.frontend.front_end import IDEAL, X96
from smartx96.models import Wiring
from smartx96.typetest.check import Kind
from smartx96.typetest.limits import limits
from smartx96.typetest.meter_under_test import MeterUnderTest
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import CLAUSES, Scope
from smartx96.typetest.run import run
from smartx96.typetest.type_test import TypeTest, type_test

PROMISE = 0.002
"""Errors and variations without a front end stay below this [%]."""

OF_ENERGY = (Kind.ERROR, Kind.VARIATION, Kind.COMPOSITE, Kind.NETTING)
QUICK = Scope().quick()
SOAK = bool(os.environ.get("SOAK"))

SOME = Scope(
    clauses=("single-phase", "sequence", "harmonics", "reactive-influence", "netting"),
).quick()  # fmt: skip


@pytest.fixture(scope="module")
def ideal() -> TypeTest:
    return type_test(QUICK, IDEAL)


def test_ideal_front_end_leaves_no_error(ideal: TypeTest) -> None:
    assert ideal.passed
    found = [v.value for v in ideal.verdicts if v.check.kind in OF_ENERGY and v.check.limit]
    assert len(found) > 300
    assert max(abs(value) for value in found) < PROMISE


@pytest.mark.parametrize("wiring", [Wiring.THREE_WIRE, Wiring.ONE_PHASE])
def test_other_wirings_leave_no_error(wiring: Wiring) -> None:
    # All but those whose simulated hours tell nothing of the wiring.
    clauses = tuple(name for name in CLAUSES if name not in ("starting", "no-load"))
    found = type_test(Scope(clauses=clauses, wirings=(wiring,), rated_currents=(1,)).quick(), IDEAL)
    assert found.passed
    values = [v.value for v in found.verdicts if v.check.kind in OF_ENERGY and v.check.limit]
    assert max(abs(value) for value in values) < PROMISE
    readings = [verdict for verdict in found.verdicts if verdict.check.kind is Kind.READING]
    assert max(verdict.used for verdict in readings) < 0.001


@pytest.mark.skipif(not SOAK, reason="minutes: with SOAK=1")
def test_x96_keeps_every_limit_of_the_full_plan() -> None:
    assert type_test(Scope(), X96, jobs=os.cpu_count() or 1).passed


@pytest.mark.skipif(not SOAK, reason="minutes: with SOAK=1")
def test_ideal_front_end_leaves_no_error_on_the_full_plan() -> None:
    whole = type_test(Scope(), IDEAL, jobs=os.cpu_count() or 1)
    assert whole.passed
    found = [v.value for v in whole.verdicts if v.check.kind in OF_ENERGY and v.check.limit]
    assert max(abs(value) for value in found) < PROMISE


def test_quick_plan_has_something_of_every_clause(ideal: TypeTest) -> None:
    assert {summary.clause for summary in ideal.summaries} == set(CLAUSES)


@pytest.mark.parametrize("classes", [("0.2S",), ("0.5S",), ("1",), ("A",), ("B",), ("C",)])
@pytest.mark.parametrize("quick", [False, True])
def test_every_row_is_used_or_said_not_to_be(classes: tuple[str, ...], quick: bool) -> None:
    scope = Scope(classes=classes)
    plan = planned(scope.quick() if quick else scope)
    rows = {row for row in limits() if row.accuracy_class in classes}
    unused = {row for row, _ in plan.unused}
    assert {check.row for check in plan.checks if check.row} == rows - unused
    # The meter works from -25 to +55 degC; the last band of the MID goes beyond.
    assert all("-40..-25" in row.test and "lie outside" in why for row, why in plan.unused)
    assert all(check.limit is not None for check in plan.checks if check.row)


def test_every_judged_value_has_its_limit_of_the_table() -> None:
    plan = planned(Scope())
    by_test = {check.clause: check for check in plan.checks if check.row}
    assert by_test["sequence"].row is not None
    times = {check.limit / check.row.limit for check in plan.checks
             if check.row and check.row.limit and check.limit}  # fmt: skip
    # Three times the limit from -20 to -10 % and from +10 to +15 % of Un.
    assert {round(factor, 9) for factor in times} == {1.0, 3.0}
    beyond = [c for c in plan.checks if c.clause == "voltage" and c.limit == 3 * c.row.limit]
    assert {c.trial.point.voltage for c in beyond} == {0.8, 0.85, 1.12, 1.15}


def test_length_of_starting_and_no_load() -> None:
    """One pulse of output 2 in 326 s at 0.001 In; no-load for 45.3 min (5 A, four wires)."""
    checks = planned(Scope(wirings=(Wiring.FOUR_WIRE,), rated_currents=(5,))).checks
    starting = next(c for c in checks if c.clause == "starting" and c.row.accuracy_class == "0.5S")
    assert starting.trial.seconds == pytest.approx(1.5 * 1125 / 3.45, abs=2)
    no_load = next(c for c in checks if c.clause == "no-load")
    assert no_load.trial.seconds == pytest.approx(45.3 * 60, abs=2)


def test_same_input_same_bytes_whatever_the_number_of_processes() -> None:
    texts = {type_test(SOME, X96, jobs=jobs, seed=5).json() for jobs in (1, 2, 1)}
    assert len(texts) == 1
    assert type_test(SOME, X96, seed=6).json() not in texts


def test_document_holds_everything(ideal: TypeTest) -> None:
    found = json.loads(ideal.json())
    assert found["passed"]
    assert found["front_end"]["name"] == "ideal"
    assert len(found["trials"]) == len(ideal.plan.trials)
    assert len(found["checks"]) == len(ideal.plan.checks)
    assert {line["line"] for line in found["datasheet"]} >= {"voltage", "current", "frequency",
        "power factor", "active power", "reactive power", "apparent power", "voltage THD",
        "current THD", "active energy", "reactive energy"}  # fmt: skip
    check = next(each for each in found["checks"] if each["kind"] == "variation")
    point, reference = (found["trials"][check["trials"][part][0]] for part in
                        ("point", "reference"))  # fmt: skip
    errors = [100 * (t["read"]["active_energy_import"] / t["true"]["active_energy_import"] - 1)
              for t in (point, reference)]  # fmt: skip
    assert check["value"] == pytest.approx(errors[0] - errors[1], abs=1e-8)
    assert check["margin"] == pytest.approx(check["limit"] - abs(check["value"]))


def test_budget_adds_up_to_the_error() -> None:
    found = type_test(Scope(clauses=("intrinsic", "reactive-influence")).quick(), X96)
    assert found.passed
    assert {budget.clause for budget in found.budgets} == {"intrinsic", "reactive-influence"}
    for budget in found.budgets:
        assert set(budget.shares) == set(X96.elements)
        assert abs(budget.error) > 0.01
        # Products of two shares, and noise.
        assert budget.rest == pytest.approx(0.0, abs=0.001)


def test_progress_reaches_the_whole() -> None:
    told: list[tuple[float, float]] = []
    plan = planned(SOME)
    run(plan.trials, IDEAL, progress=lambda *both: told.append(both))
    assert told[-1][0] == told[-1][1] == pytest.approx(sum(t.seconds for t in plan.trials))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"classes": ("0.1",)}, "class 0.1: use 0.2S, 0.5S, 1, A, B, C"),
        ({"clauses": ("climate",)}, "clause climate: use intrinsic"),
        ({"clauses": ()}, "clause missing: use intrinsic"),
        ({"rated_currents": (10,)}, "In 10: use 5, 1"),
    ],
)
def test_what_there_is_not(wrong: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Scope(**wrong)


class Ended(MeterUnderTest):
    """Its process is killed under it."""

    def finish(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def test_process_that_is_killed_is_told_in_one_line() -> None:
    trials = planned(Scope(clauses=("intrinsic",))).trials
    with pytest.raises(X96Error, match=r"^one of 2 processes was ended from outside.*--jobs$"):
        run(trials, IDEAL, jobs=2, make=Ended)


def test_jobs_are_one_or_more() -> None:
    with pytest.raises(OptionError, match="--jobs 0: 1 or more"):
        run([], IDEAL, jobs=0)
