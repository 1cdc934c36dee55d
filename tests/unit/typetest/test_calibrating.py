"""From errors to settings: against the arithmetic of phasors, and on the meter under test."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.converter import Converter
from smartx96.frontend.front_end import IDEAL, X96
from smartx96.models import Wiring
from smartx96.settings import Settings
from smartx96.typetest.before_and_after import CalibratedTypeTest, SetMaker, calibrated_type_test
from smartx96.typetest.bench import tried
from smartx96.typetest.calibrating import FACTORS, calibrated, calibration_trials
from smartx96.typetest.factor import HALF, UNITY
from smartx96.typetest.meter_under_test import MeterUnderTest
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import Load, Point, Record, Trial
from support.faulty_meters import Faulty

IDS = [f"{kind}_l{n}" for kind in ("voltage_gain", "current_gain", "phase_correction")
       for n in (1, 2, 3)]  # fmt: skip
GAINS, PHASES = st.floats(-4.6, 4.6), st.floats(-59, 59)
ERRORS = st.tuples(*[st.tuples(GAINS, GAINS, PHASES)] * 3)


def record(trial: Trial, volts: float, amps: float, minutes: float) -> Record:
    """What a meter reads that takes a phase's voltage and current so many percent too large, and
    the current so many minutes too late."""
    point = trial.point
    n = point.load.value.lower()
    voltage, current = 230.0, point.multiple * point.rated_current
    lag = point.factor.lag
    seen = (voltage * (1 + volts / 100)) * (current * (1 + amps / 100))
    power = (seen * cmath.exp(1j * (lag + math.radians(minutes / 60)))).real
    hours = point.seconds / 3600
    way = "active_energy_export" if point.export else "active_energy_import"
    true = {"active_energy_import": 0.0, "active_energy_export": 0.0,
            f"voltage_{n}": voltage, f"current_{n}": current}  # fmt: skip
    read = {**true, f"voltage_{n}": voltage * (1 + volts / 100),
            f"current_{n}": current * (1 + amps / 100), way: power * hours}  # fmt: skip
    return Record({**true, way: voltage * current * math.cos(lag) * hours}, read)


def records(errors: tuple, factors=FACTORS, **point: object) -> dict[Trial, Record]:
    found = {}
    for load, error in zip((Load.L1, Load.L2, Load.L3), errors, strict=True):
        for factor in factors:
            trial = Trial((Point(factor=factor, load=load).but(**point),))
            found[trial] = record(trial, *error)
    return found


def left(error: tuple[float, float, float], found: dict[str, int], n: int) -> tuple[float, ...]:
    """What a phase's errors and settings leave: of voltage, current, power [%], and phase [min]."""
    volts, amps, minutes = error
    v = (1 + volts / 100) * (1 + 1e-5 * found[f"voltage_gain_l{n}"])
    i = (1 + amps / 100) * (1 + 1e-5 * found[f"current_gain_l{n}"])
    return (100 * (v - 1), 100 * (i - 1), 100 * (v * i - 1),
            minutes + 0.01 * found[f"phase_correction_l{n}"])  # fmt: skip


@examples(max_examples=200)
@given(ERRORS, st.booleans(), st.sampled_from([FACTORS, FACTORS[:2], FACTORS[1:]]))
def test_errors_are_found_again_to_the_quantum(errors: tuple, export: bool, factors: tuple) -> None:
    found = calibrated(records(errors, factors, export=export))
    assert list(found) == IDS
    for n, error in enumerate(errors, 1):
        volts, amps, power, minutes = left(error, found, n)
        # The current's gain takes up what rounding leaves of the voltage's.
        assert abs(volts) <= 0.00053
        assert abs(amps) <= 0.00106
        assert abs(power) <= 0.00053
        assert abs(minutes) <= 0.0050001


@examples(max_examples=50)
@given(ERRORS, st.lists(st.integers(-100, 100), min_size=9, max_size=9))
def test_what_is_set_already_is_kept_and_added_to(errors: tuple, numbers: list[int]) -> None:
    """Errors of the meter without settings, measured with some."""
    present = Settings(dict(zip(IDS, numbers, strict=True)))
    seen = tuple(left(error, dict(present), n) for n, error in enumerate(errors, 1))
    found = calibrated(records(tuple((v, a, m) for v, a, _, m in seen)), present)
    for n, error in enumerate(errors, 1):
        _, _, power, minutes = left(error, found, n)
        assert abs(power) <= 0.00053
        assert abs(minutes) <= 0.0050001


def without(given: dict[Trial, Record], *prefixes: str) -> dict[Trial, Record]:
    return {
        trial: replace(r, read={id: x for id, x in r.read.items() if not id.startswith(prefixes)})
        for trial, r in given.items()
    }


@pytest.mark.parametrize(
    ("lacking", "volts", "amps"),
    [((), -990, -1961), (("current_",), -990, -1961), (("voltage_",), -990, -1961),
     (("voltage_", "current_"), 0, -2931)],
)  # fmt: skip
def test_readings_share_the_gain(lacking: tuple[str, ...], volts: int, amps: int) -> None:
    """1 % of the voltage and 2 % of the current: 1/1.01, 1/1.02, and 1/1.0302 together."""
    found = calibrated(without(records(((1.0, 2.0, 0.0),) * 3), *lacking))
    assert found["voltage_gain_l1"] == volts
    assert found["current_gain_l1"] == amps


def test_energy_counts_where_readings_say_something_else() -> None:
    """Readings are right, and the energy 0.2 % too large: both gains take half."""
    given = {
        trial: replace(r, read={id: x * (1.002 if id.startswith("active") else 1.0)
                                for id, x in r.read.items()})
        for trial, r in records(((0.0, 0.0, 0.0),) * 3).items()
    }  # fmt: skip
    found = calibrated(given)
    assert (found["voltage_gain_l2"], found["current_gain_l2"]) == (-100, -100)


def test_a_noisy_watt_counts_the_same_at_every_factor() -> None:
    """One watt too much at cos 0.5 ind and cap, of 1150 W: gain by least squares, no phase."""
    given = {}
    for trial, r in records(((0.0, 0.0, 0.0),) * 3).items():
        energy = r.read["active_energy_import"]
        if trial.point.factor != UNITY:
            energy += 1.0 * trial.point.seconds / 3600
        given[trial] = replace(r, read={**r.read, "active_energy_import": energy})
    found = calibrated(without(given, "voltage_", "current_"))
    # x = sum(p cos) / sum(cos^2), p of the apparent power: 1 + 2 * 0.5 / 1150 / 1.5.
    expected = 1e5 * (1 / (1 + 1 / 1150 / 1.5) - 1)
    assert found["current_gain_l1"] == round(expected)
    assert found["phase_correction_l1"] == 0


def test_unity_alone_leaves_the_phase() -> None:
    found = calibrated(records(((1.0, 0.0, 0.0),) * 3, (UNITY,)))
    assert found["voltage_gain_l1"] == -990
    assert found["phase_correction_l1"] == 0


def test_another_frequency_is_brought_to_50_hz() -> None:
    found = calibrated(records(((0.0, 0.0, 6.0),) * 3, frequency=60.0))
    assert found["phase_correction_l3"] == -500


def test_some_phases_and_one_phase_meters() -> None:
    errors = ((1.0, 0.0, 2.0), (0.5, 0.0, 3.0), (0.0, 0.0, 0.0))
    some = {t: r for t, r in records(errors).items() if t.point.load is Load.L2}
    assert set(calibrated(some)) == {"voltage_gain_l2", "current_gain_l2", "phase_correction_l2"}
    single = {
        Trial((t.point.but(wiring=Wiring.ONE_PHASE, load=Load.BALANCED),)): r
        for t, r in records(errors).items() if t.point.load is Load.L1
    }  # fmt: skip
    assert calibrated(single) == {
        "voltage_gain_l1": -990, "current_gain_l1": 0, "phase_correction_l1": -200,
    }  # fmt: skip


def only(**changes: float) -> dict[Trial, Record]:
    error = {"volts": 0.0, "amps": 0.0, "minutes": 0.0} | changes
    return records((tuple(error.values()), (0.0,) * 3, (0.0,) * 3))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (only(volts=8.0), r"^L1 voltage gain of -7\.407 % would be needed, beyond -5 to \+5 %: a"),
        (only(amps=-6.0), r"^L1 current gain of \+6\.383 % would be needed"),
        (
            only(minutes=90),
            r"^L1 phase correction of -90\.000 min would be needed, beyond -60 to \+60 "
            "min: a",
        ),
        (only(minutes=180 * 60), r"^L1: no energy was registered, or with the wrong sign"),
        (records(((0.0,) * 3,) * 3, (HALF,)), r"^L1: no point at cos 1, or none at another factor"),
        (records(((0.0,) * 3,) * 3, load=Load.BALANCED), r"^no points of a single phase"),
        ({}, r"^no points of a single phase"),
    ],
)
def test_what_cannot_be_calibrated_is_told_in_one_line(given: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        calibrated(given)
    assert "\n" not in str(caught.value)


def reading(id: str, value: float) -> dict[Trial, Record]:
    """Of a meter without errors, but for one reading of L2 at cos 0.5 ind."""
    return {
        t: replace(r, read={**r.read, id: value})
        if (t.point.load, t.point.factor) == (Load.L2, HALF) else r
        for t, r in records(((0.0,) * 3,) * 3).items()
    }  # fmt: skip


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("id", ["active_energy_import", "voltage_l2", "current_l2"])
def test_a_reading_that_is_not_finite_is_named(id: str, value: float) -> None:
    with pytest.raises(OptionError) as caught:
        calibrated(reading(id, value))
    told = str(caught.value)
    assert told.startswith("3p4w In 5 A, 1 In, cos 0.5 ind, L2, import")
    assert f": {id} reads {value:g} where " in told
    assert told.endswith(" is true: no number to calibrate by")
    assert "\n" not in told


def test_what_a_calibration_does_not_go_by_may_be_anything() -> None:
    found = calibrated(reading("reactive_energy_import", math.nan))
    assert set(found.values()) == {0}


@pytest.mark.parametrize("ids", [("voltage_l1",), ("voltage_l1", "current_l1"),
                                 ("active_energy_import",)])  # fmt: skip
@pytest.mark.parametrize("value", [1e-320, 1e-20, 1e20, 1e308])
def test_readings_that_are_finite_and_absurd_are_refused(value: float, ids: tuple) -> None:
    """So small, or so large, that the gain may not be finite."""
    given = {t: replace(r, read={**r.read, **dict.fromkeys(ids, value)})
             for t, r in records(((0.0,) * 3,) * 3).items() if t.point.load is Load.L1}  # fmt: skip
    with pytest.raises(OptionError, match=r"would be needed, beyond|no number to calib") as caught:
        calibrated(given)
    assert "\n" not in str(caught.value)


@examples(max_examples=6, deadline=None)
@given(st.lists(st.integers(-2000, 2000), min_size=9, max_size=9))
def test_settings_of_the_meter_under_test_are_found_again(numbers: list[int]) -> None:
    """It is set wrong, measured, and what is found takes the wrong settings back."""
    wrong = dict(zip(IDS, numbers, strict=True))
    make = SetMaker(MeterUnderTest, tuple(wrong.items()))
    found = calibrated({t: tried(t, IDEAL, 1, make) for t in calibration_trials(5)})
    for id in IDS:
        gained = 1 / (1 + 1e-5 * wrong[id]) - 1 if "gain" in id else -1e-5 * wrong[id]
        assert found[id] == pytest.approx(1e5 * gained, abs=1.01), id


def test_a_front_end_gets_the_calibration_that_it_needs() -> None:
    """By the transfer functions; with a true clock, whose error is one of the gain."""
    steady = replace(X96.converter or Converter.neutral(), clock=0.0)
    bare = replace(X96, calibration=None, converter=steady)
    found = calibrated({t: tried(t, bare, 7) for t in calibration_trials(5)})
    settings, exact = Calibration.of(Settings(found)), bare.calibrated().calibration
    assert exact is not None
    assert settings.voltage_gain == pytest.approx(exact.voltage_gain, abs=0.0011)
    assert settings.current_gain == pytest.approx(exact.current_gain, abs=0.0011)
    assert settings.phase == pytest.approx(exact.phase, abs=0.0101)


BARE = replace(X96, calibration=None)
SCOPE = Scope(classes=("0.5S",), clauses=("intrinsic", "composite"),
              wirings=(Wiring.ONE_PHASE,), rated_currents=(5, 1))  # fmt: skip


@pytest.fixture(scope="module")
def found() -> CalibratedTypeTest:
    return calibrated_type_test(SCOPE, BARE)


def test_before_fails_and_after_passes(found: CalibratedTypeTest) -> None:
    document = found.document()
    told = document["calibration"]
    assert found.passed
    assert document["passed"] is True
    assert told["passed_before"] is False
    assert [s["clause"] for s in told["before"]] == [s["clause"] for s in document["summary"]]
    assert len(told["curve"]) == 2 * 3 * len(SCOPE.multiples)
    at_in = [point for point in told["curve"] if point["multiple"] == 1.0]
    assert max(abs(point["after"]) for point in at_in) < 0.0015
    assert min(abs(point["before"]) for point in at_in) > 0.09
    assert told["settings"] == dict(found.settings)
    assert told["corrections"]["phase_correction"][0] == pytest.approx(
        found.settings["phase_correction_l1"] / 100
    )


def test_an_installed_calibration_is_completed() -> None:
    """The front end's own calibration is a bit off; what is found is the difference."""
    own = X96.calibration
    assert own is not None
    off = replace(own, voltage_gain=tuple(x + 0.3 for x in own.voltage_gain))
    found = calibrated_type_test(SCOPE, replace(X96, calibration=off)).settings
    for n in (1, 2, 3):
        assert found[f"voltage_gain_l{n}"] == pytest.approx(-299, abs=3)
        assert found[f"current_gain_l{n}"] == pytest.approx(0, abs=3)
        assert found[f"phase_correction_l{n}"] == pytest.approx(0, abs=5)


def test_the_error_budget_adds_up_with_what_was_set(found: CalibratedTypeTest) -> None:
    assert found.budgets
    for budget in found.budgets:
        assert list(budget.shares)[-1] == "calibration"
        assert abs(budget.shares["calibration"]) > 0.1
        assert abs(budget.rest) < 0.002
        worst = next(s.worst for s in found.summaries if s.clause == budget.clause)
        assert worst is not None
        if worst.check.kind.value == "error":
            # As settings or joined to the front end, the meter counts the same.
            assert budget.error == worst.value


class Deaf(Faulty):
    """It takes no settings of a calibration."""

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        kept = tuple((id, value) for id, value in trial.settings if id not in IDS)
        super().__init__(replace(trial, settings=kept), calibration)


def test_a_meter_that_does_not_follow_its_settings_fails_after_as_before() -> None:
    found = calibrated_type_test(SCOPE, BARE, make=Deaf)
    assert not found.passed
    assert [v.value for v in found.verdicts] == [v.value for v in found.before.verdicts]


def test_the_same_again_and_in_other_processes_gives_the_same_bytes() -> None:
    scope = Scope(classes=("0.5S",), clauses=("intrinsic",)).quick()
    seen: list[tuple[float, float]] = []
    first = calibrated_type_test(scope, BARE, progress=lambda *done: seen.append(done))
    assert first.json() == calibrated_type_test(scope, BARE, jobs=2).json()
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {whole for _, whole in seen} == {seen[-1][0]}


def test_an_ideal_front_end_needs_nothing() -> None:
    found = calibrated({t: tried(t, IDEAL, 1) for t in calibration_trials(1)})
    assert set(found.values()) == {0}
