"""Engines of others on the points of a type test: the same samples, the same limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartx96.block import Block, Samples
from smartx96.comparison.catalogue import ENGINES
from smartx96.comparison.engine import Windows
from smartx96.comparison.numpy_script import NumpyScript
from smartx96.errors import OptionError
from smartx96.frontend.front_end import IDEAL, X96
from smartx96.models import Wiring
from smartx96.typetest.bench import tried
from smartx96.typetest.check import percent_error
from smartx96.typetest.comparing import ComparedEngine, asked_of, offers
from smartx96.typetest.meter_under_test import MeterUnderTest
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import Point, Trial
from smartx96.typetest.type_test import type_test

CLAUSES = ("sequence", "interruption", "harmonics", "sub-harmonics", "start-up", "netting")
SOME = Scope(clauses=CLAUSES, classes=("0.5S",)).quick()
BOTH = ("numpy", "pqopen")


def document(scope: Scope = SOME, against: tuple[str, ...] = BOTH, **more: Any) -> dict[str, Any]:
    return json.loads(type_test(scope, more.pop("front_end", X96), against=against, **more).json())


def results(found: dict[str, Any], clause: str) -> dict[str, dict[str, Any]]:
    (row,) = [row for row in found["comparison"] if row["clause"] == clause]
    return {result["engine"]: result for result in row["results"]}


@pytest.fixture(scope="module")
def both() -> dict[str, Any]:
    pytest.importorskip("pqopen")
    return document()


def test_without_asking_there_is_no_comparison() -> None:
    found = document(against=())
    assert (found["comparison"], found["engines"]) == ([], [])


def test_every_engine_is_told_with_its_version(both: dict[str, Any]) -> None:
    assert [each["engine"] for each in both["engines"]] == list(BOTH)
    assert [each["version"].split()[0] for each in both["engines"]] == ["numpy", "pqopen-lib"]
    assert len(both["comparison"]) == len(both["summary"])


def test_ours_is_what_the_summary_says(both: dict[str, Any]) -> None:
    for row, summary in zip(both["comparison"], both["summary"], strict=True):
        ours = row["results"][0]
        assert ours["engine"] == "smartx96"
        assert (ours["checks"], ours["failed"]) == (summary["checks"], summary["failed"])
        assert ours["worst"]["value"] == summary["worst"]["value"]


def test_steady_points_do_not_tell_the_engines_apart(both: dict[str, Any]) -> None:
    """Variations behind the same front end differ by less than a hundredth of the least limit."""
    for clause in ("sequence", "harmonics", "sub-harmonics"):
        found = results(both, clause)
        for name in BOTH:
            assert found[name]["checks"] == found["smartx96"]["checks"] > 0
            assert found[name]["failed"] == 0
            difference = found[name]["worst"]["value"] - found["smartx96"]["worst"]["value"]
            assert abs(difference) < 0.004, (clause, name)


def test_the_script_is_lost_without_l1(both: dict[str, Any]) -> None:
    """It follows L1; of six losses of phases three are of L1 too."""
    found = results(both, "interruption")
    assert (found["numpy"]["failed"], found["numpy"]["without_reading"]) == (3, 3)
    assert found["numpy"]["worst"]["value"] is None
    assert (found["smartx96"]["failed"], found["pqopen"]["failed"]) == (0, 0)


def test_what_an_engine_has_not_is_neither_passed_nor_failed(both: dict[str, Any]) -> None:
    for name in BOTH:
        result = results(both, "start-up")[name]
        assert (result["checks"], result["failed"], result["worst"]) == (0, 0, None)
    assert results(both, "netting")["pqopen"]["checks"] == 0
    assert results(both, "netting")["numpy"]["checks"] == 2
    assert both["passed"]


class Wrong(NumpyScript):
    """Reads 3 % too much voltage."""

    def _measured(self, samples: Samples) -> Windows:
        spoilt = samples.copy()
        spoilt[:3] *= 1.03
        return super()._measured(spoilt)


def test_a_wrong_engine_fails_and_the_meter_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "numpy", Wrong)
    scope = Scope(clauses=("intrinsic", "composite", "datasheet"), classes=("0.5S", "C")).quick()
    found = document(scope, ("numpy",), front_end=IDEAL)
    assert found["passed"]
    for clause in ("intrinsic", "composite"):
        numpy = results(found, clause)["numpy"]
        assert numpy["failed"] == numpy["checks"] > 20
        assert numpy["worst"]["value"] == pytest.approx(3.0, abs=0.01)
    lines = {row["standard"]: row["results"][1] for row in found["comparison"]}
    assert lines["datasheet: voltage"]["failed"] > 0
    assert lines["datasheet: frequency"]["failed"] == 0


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("wiring", list(Wiring))
def test_engines_get_the_samples_of_the_meter_and_its_calibration(
    name: str, wiring: Wiring
) -> None:
    pytest.importorskip(ENGINES[name].module)
    trial = Trial((Point(wiring, multiple=0.05),))

    def engine(trial: Trial, calibration: Any) -> ComparedEngine:
        return ComparedEngine(name, trial, calibration)

    def uncorrected(trial: Trial, _: Any) -> ComparedEngine:
        return ComparedEngine(name, trial)

    ours, theirs, raw = (
        percent_error(tried(trial, X96, 5, *make), "active")
        for make in ((), (engine,), (uncorrected,))
    )
    assert theirs == pytest.approx(ours, abs=0.002)
    assert abs(raw - ours) > 0.05


def test_the_bench_gives_both_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[type, set[bytes]] = {}
    for kind in (MeterUnderTest, ComparedEngine):

        def take(self: Any, block: Block, take: Any = kind.take) -> None:
            heard.setdefault(type(self), set()).add(block.samples.tobytes())
            take(self, block)

        monkeypatch.setattr(kind, "take", take)
    type_test(Scope(clauses=("sequence",), classes=("0.5S",)).quick(), X96, against=("numpy",))
    assert len(heard[ComparedEngine]) == 2
    assert heard[ComparedEngine] <= heard[MeterUnderTest]


@pytest.mark.parametrize("wiring", [Wiring.THREE_WIRE, Wiring.ONE_PHASE])
def test_other_wirings_are_compared_too(wiring: Wiring) -> None:
    scope = Scope(
        clauses=("intrinsic", "datasheet"), classes=("0.5S",), wirings=(wiring,),
        rated_currents=(1,),
    ).quick()  # fmt: skip
    found = document(scope, ("numpy",), front_end=IDEAL)
    assert [row["results"][1]["failed"] for row in found["comparison"]] == [0] * 9 + (
        [0] if wiring is Wiring.ONE_PHASE else []
    )
    checks = {row["standard"]: [r["checks"] for r in row["results"]] for row in found["comparison"]}
    assert all(ours == theirs > 0 for ours, theirs in checks.values())


def test_same_bytes_whatever_the_number_of_processes() -> None:
    texts = {type_test(SOME, X96, jobs=jobs, against=("numpy",)).json() for jobs in (1, 2)}
    assert len(texts) == 1


class Second(NumpyScript):
    """The same under another name."""

    name = "second"


def test_progress_reaches_the_whole_of_all_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "second", Second)
    told: list[tuple[float, float]] = []
    type_test(SOME, IDEAL, against=("numpy", "second"), progress=lambda *of: told.append(of))
    plan = planned(SOME)
    own = sum(trial.seconds for trial in plan.trials)
    asked = sum(trial.seconds for trial in asked_of(plan, NumpyScript))
    assert told[-1] == (own + 2 * asked, own + 2 * asked)
    assert 0 < asked < own
    assert {of for _, of in told} == {told[-1][1]}
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_only_single_steady_points_with_a_limit_are_asked_for() -> None:
    plan = planned(Scope().quick())
    for engine in ENGINES.values():
        assert all(len(trial.points) == 1 and trial.supplied for trial in asked_of(plan, engine))
        assert max(trial.seconds for trial in asked_of(plan, engine)) < 10
        asked = {check.clause for check in plan.checks if offers(engine, check)}
        assert asked >= {"intrinsic", "reactive", "temperature", "composite", "datasheet"}
        assert not asked & {"starting", "no-load", "meter-constant", "start-up", "phase-loss",
                            "half-wave"}  # fmt: skip


def test_an_engine_that_there_is_not_is_told_before_the_tests() -> None:
    begun: list[float] = []
    with pytest.raises(OptionError, match="--against matlab: use numpy, pqopen"):
        type_test(SOME, IDEAL, against=("matlab",), progress=lambda done, _: begun.append(done))
    assert not begun
