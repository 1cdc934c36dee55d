"""Every clause trips when its fault is put into the meter, and not without."""

from __future__ import annotations

import pytest

from smartx96.frontend.front_end import IDEAL
from smartx96.typetest.plan.datasheet import LINES
from smartx96.typetest.plan.scope import CLAUSES, Scope
from smartx96.typetest.type_test import TypeTest, type_test
from support import faulty_meters as faulty

FAULTS = (
    ("intrinsic", faulty.WrongPhaseCompensation),
    ("intrinsic", faulty.UnequalPhases),
    ("reactive", faulty.WrongPhaseCompensation),
    ("single-phase", faulty.UnequalPhases),
    ("temperature", faulty.NoTemperatureCompensation),
    ("voltage", faulty.BentByVoltage),
    ("frequency", faulty.BentByFrequency),
    ("sequence", faulty.SequenceBound),
    ("interruption", faulty.SecondPhaseDerived),
    ("harmonics", faulty.FundamentalOnly),
    ("phase-fired", faulty.SlewLimited),
    ("sub-harmonics", faulty.HalfTheTime),
    ("reactive-influence", faulty.QuarterPeriodShift),
    ("reactive-influence", faulty.IntegratorVar),
    ("starting", faulty.DeadZone),
    ("no-load", faulty.Creeping),
    ("meter-constant", faulty.LosesPulses),
    ("meter-constant", faulty.DoublesAPulse),
    ("start-up", faulty.SlowStart),
    ("phase-loss", faulty.LivesOnFirstPhase),
    ("netting", faulty.OneNetting),
    ("composite", faulty.NoTemperatureCompensation),
    ("datasheet", faulty.reading_off("voltage_l", 1.01)),
)

READINGS = (
    ("voltage", faulty.reading_off("voltage_l", 1.01)),
    ("current", faulty.reading_off("current_l", 1.01)),
    ("frequency", faulty.reading_off("frequency", 1.0, 0.15)),
    ("power factor", faulty.reading_off("power_factor", 1.0, 0.02)),
    ("active power", faulty.reading_off("active_power", 1.02)),
    ("reactive power", faulty.reading_off("reactive_power", 1.02)),
    ("apparent power", faulty.reading_off("apparent_power", 1.02)),
    ("voltage THD", faulty.reading_off("voltage_thd", 1.0, 2.5)),
    ("current THD", faulty.reading_off("current_thd", 0.9)),
)


def clause_of(fault: type, clause: str) -> TypeTest:
    return type_test(Scope(clauses=(clause,)).quick(), IDEAL, make=fault)


@pytest.mark.parametrize(("clause", "fault"), FAULTS)
def test_clause_trips_on_its_fault(clause: str, fault: type) -> None:
    found = clause_of(fault, clause)
    assert not found.passed
    # Each standard and class whose limits judge this clause sees it.
    judged = [each for each in found.summaries if each.passed is not None]
    if clause != "datasheet":
        assert all(each.failed for each in judged), [each.standard for each in judged]


def test_wrapping_alone_trips_nothing() -> None:
    clauses = tuple(name for name in CLAUSES if name not in ("no-load", "datasheet", "composite"))
    assert type_test(Scope(clauses=clauses).quick(), IDEAL, make=faulty.Faulty).passed


def test_every_judged_clause_has_its_fault() -> None:
    assert {clause for clause, _ in FAULTS} == set(CLAUSES) - {"half-wave"}


@pytest.mark.parametrize(("line", "fault"), READINGS)
def test_line_of_the_datasheet_trips_on_its_fault(line: str, fault: type) -> None:
    found = clause_of(fault, "datasheet")
    assert [each.standard for each in found.summaries if each.failed] == [f"datasheet: {line}"]


def test_every_line_of_the_datasheet_has_its_fault() -> None:
    assert [line for line, _ in READINGS] == [line.name for line in LINES]


def test_a_reading_that_is_not_there_fails() -> None:
    class Silent(faulty.Faulty):
        def values(self) -> dict[str, float]:
            return {id: x for id, x in self.meter.values().items() if id != "frequency"}

    found = clause_of(Silent, "datasheet")
    assert [each.standard for each in found.summaries if each.failed] == ["datasheet: frequency"]
    assert all(v.value is None for v in found.verdicts if v.passed is False)
