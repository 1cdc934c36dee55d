"""Messages of given values: what is read, what is left out, what is refused."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.models import Wiring
from smartx96.samples.given.agreement import agreed
from smartx96.samples.given.message import LONGEST, read_message
from smartx96.samples.given.source import MOST_WAITING, GivenValues
from smartx96.samples.operating_point import OperatingPoint

FOUR, THREE, ONE = Wiring.FOUR_WIRE, Wiring.THREE_WIRE, Wiring.ONE_PHASE


def point_of(wiring: Wiring = FOUR, **stated: object) -> OperatingPoint:
    """The point that one message makes of a usual one."""
    found = read_message(json.dumps(stated), wiring).stated
    before = OperatingPoint()
    return before.changed(agreed(found, before, wiring).changes, wiring)


def powers(point: OperatingPoint) -> tuple[np.ndarray, np.ndarray]:
    """Active and reactive power of each phase, of its phasors."""
    phasors = point.phasors((1,))[:, 0]
    complex_power = phasors[:3] * phasors[3:].conj()
    return complex_power.real, complex_power.imag


@pytest.mark.parametrize(
    ("stated", "active", "reactive"),
    [
        ({"voltage": 230, "active_power": 3000}, [1000, 1000, 1000], [0, 0, 0]),
        ({"active_power": -3000}, [-1000, -1000, -1000], [0, 0, 0]),
        ({"active_power_l1": 500, "active_power_l3": -200, "current_l2": 0}, [500, 0, -200],
         [0] * 3),
        ({"active_power": [100, 200, 300], "reactive_power": [50, -50, 0]}, [100, 200, 300],
         [50, -50, 0]),
        ({"current": [1, 2, 3], "power_factor": 0.5, "voltage": 200}, [100, 200, 300],
         [173.2051, 346.4102, 519.6152]),
        ({"current": 2, "power_factor": -0.5, "leading": True, "voltage": 200}, [-200] * 3,
         [-346.4102] * 3),
    ],
)  # fmt: skip
def test_what_is_stated_is_what_is_there(stated, active, reactive):
    p, q = powers(point_of(**stated))
    np.testing.assert_allclose(p, active, atol=1e-4)
    np.testing.assert_allclose(q, reactive, atol=1e-4)


def test_powers_are_never_bent_by_what_else_was_measured():
    """A sensor's current, power factor and powers never agree to the last digit."""
    measured = {"voltage": 229.8, "current_l1": 4.31, "power_factor_l1": 0.97,
                "active_power_l1": 1003.0, "reactive_power_l1": 120.0}  # fmt: skip
    p, q = powers(point_of(**measured))
    assert p[0] == pytest.approx(1003.0)
    assert q[0] == pytest.approx(120.0)
    p, _ = powers(point_of(voltage=230.0, current_l1=4.0, active_power_l1=925.0))
    assert p[0] == pytest.approx(925.0), "more than voltage times current"


def test_a_current_that_contradicts_is_told():
    stated = read_message('{"voltage": 230, "current": 1, "active_power_l1": 2300}', FOUR).stated
    found = agreed(stated, OperatingPoint(), FOUR)
    assert found.note == "L1: a current of 1 A contradicts the powers, which make 10 A"
    close = read_message('{"voltage": 230, "current_l1": 9.9, "active_power_l1": 2300}', FOUR)
    assert agreed(close.stated, OperatingPoint(), FOUR).note == ""


def test_a_power_factor_has_the_sign_of_its_power():
    """Many meters show it without one."""
    for factor, power in ((0.8, -460.0), (-0.8, 460.0)):
        point = point_of(voltage=230, active_power_l1=power, power_factor_l1=factor)
        assert powers(point)[0][0] == pytest.approx(power)
        assert point.phases[0].current == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("stated", "said"),
    [({"power_factor_l1": 0}, "power_factor of 0"), ({"phase_angle_l1": 90}, "phase_angle of 90"),
     ({"phase_angle_l1": 170}, "phase_angle of 170")],
)  # fmt: skip
def test_a_direction_that_carries_no_such_power_is_left_out_and_told(stated, said):
    found = agreed(read_message(json.dumps(stated | {"active_power_l1": 500}), FOUR).stated,
                   OperatingPoint(), FOUR)  # fmt: skip
    assert found.note == f"L1: a {said} contradicts an active power of 500 W"
    assert powers(point_of(active_power_l1=500, **stated))[0][0] == pytest.approx(500)


def test_an_active_power_comes_to_a_reactive_one_that_flows_alone():
    """Whose angle carries none, so that the reactive power is what stays."""
    point = point_of(active_power=0, reactive_power=[50, -90, 0])
    changes = agreed(read_message('{"active_power": 600}', FOUR).stated, point, FOUR).changes
    p, q = powers(point.changed(changes, FOUR))
    np.testing.assert_allclose(p, 200, rtol=1e-9)
    np.testing.assert_allclose(q, [50, -90, 0], atol=1e-9)


def test_harmonics_of_one_phase():
    point = point_of(voltage_harmonics_l2={"5": 3.0, "7": [2.0, 180.0]})
    assert point.phases[1].voltage_harmonics == pytest.approx({5: 0.03, 7: -0.02})
    assert point.phases[0].voltage_harmonics == {}


def test_null_says_nothing():
    stated = read_message(
        '{"active_power": null, "active_power_l2": 3, "volts": null}', FOUR
    ).stated
    assert stated == {"active_power": [None, 3, None]}


def test_a_power_and_a_current_make_the_power_factor():
    point = point_of(voltage=230, current_l1=10, active_power_l1=1150)
    assert point.phases[0].current == pytest.approx(10)
    assert powers(point)[0][0] == pytest.approx(1150)


def test_without_a_neutral_all_lines_are_alike():
    point = point_of(THREE, voltage=400, active_power=6928.203)
    assert sum(powers(point)[0]) == pytest.approx(6928.203)
    assert point.phases[0].current == pytest.approx(10.0)
    with pytest.raises(OptionError, match="no such phase"):
        read_message('{"current_l1": 1}', THREE)


def test_one_phase_has_no_other():
    assert powers(point_of(ONE, active_power=690))[0][0] == pytest.approx(690)
    assert powers(point_of(ONE, active_power_l1=690))[0][0] == pytest.approx(690)
    with pytest.raises(OptionError, match="no such phase"):
        read_message('{"current_l2": 1}', ONE)


def test_what_a_sender_adds_is_passed_over_and_told():
    """Senders of home automation add a room, a battery, an apparent power of their own."""
    text = '{"active_power": 400, "house": 3, "apparent_power": 410, "battery": 80, "soc": 1}'
    found = read_message(text, FOUR)
    assert found.stated == {"active_power": 400}
    named = "'house', 'apparent_power', 'battery', ...: passed over; known are voltage, "
    assert found.passed_over.startswith(named)
    assert read_message('{"active_power": 400, "time": 3, "volts": null}', FOUR).passed_over == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"active_power": 400, "curent": 3}', "'curent': cannot be given; did you mean current?"),
        ('{"house": 3, "room": 4}', "'house': cannot be given; known are voltage, "),
    ],
)
def test_a_slip_of_the_pen_or_nothing_known_refuses_a_message(text, said):
    with pytest.raises(OptionError, match=re.escape(said)):
        read_message(text, FOUR)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[1]", "must be an object of JSON"),
        ('{"voltage": NaN}', "NaN is no number"),
        ('{"voltage": 1e999}', "voltage inf"),
        ('{"volts": 230}', "did you mean voltage"),
        ('{"active_power": "1200"}', "active_power '1200'"),
        ('{"active_power": true}', "active_power True"),
        ('{"active_power": 1, "active_power_l1": 1}', "give one of them"),
        ('{"active_power_l1": 1, "active_power": 1}', "give one of them"),
        ('{"current": [1, 2]}', "or 3"),
        ('{"frequency": 400}', "40 to 70"),
        ("{}", "without a value"),
        ('{"active_power": null, "time": "2026-03-02T12:00:00Z"}', "without a value"),
        ('{"voltage": 0, "active_power": 100}', "impossible with 0 V"),
        ("[" * 4000, "no JSON"),
        ('{"time": "' + "x" * LONGEST + '"}', f"{LONGEST} at most"),
        ('{"active_power": 1%s}' % ("0" * 400), "a number of 401 digits"),
        ('{"active_power": 1e308}', "active_power 1e+308 W"),
        ('{"voltage": "230"}', "voltage '230'"),
        ('{"voltage": {}, "active_power": 5}', "voltage {}"),
        ('{"voltage": true}', "voltage True"),
    ],
)
@pytest.mark.parametrize("wiring", list(Wiring))
def test_what_cannot_be_is_refused_with_its_name(message, said, wiring):
    if said == "or 3":
        said = {FOUR: "or 3", ONE: "takes one value", THREE: "give one value"}[wiring]
    before = OperatingPoint()
    with pytest.raises(OptionError) as refused:
        before.changed(agreed(read_message(message, wiring).stated, before, wiring).changes, wiring)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_waits_is_bounded():
    """Messages of MQTT may have 256 MB."""
    source = GivenValues(datetime(2026, 3, 2, tzinfo=UTC))
    for _ in range(2 * MOST_WAITING):
        source.post(b" " * 100_000)
    assert sum(len(message) for _, message in source._waiting) <= MOST_WAITING * (LONGEST + 1)
    assert not source.take(FOUR)
    assert (source.taken, source.refused) == (0, MOST_WAITING)
    assert source.counters()["messages left out"] == MOST_WAITING
    assert f"{LONGEST} at most" in source.refusal


NUMBERS = st.one_of(
    st.none(), st.floats(-1e4, 1e4), st.integers(-400, 400), st.integers(), st.floats(),
    st.booleans(), st.text(max_size=3), st.just({}),
)  # fmt: skip
KEYS = st.sampled_from(
    [f"{name}{phase}" for name in ("voltage", "current", "power_factor", "active_power",
     "reactive_power", "phase_angle") for phase in ("", "_l1", "_l2", "_l3")]
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(KEYS, NUMBERS, max_size=8), st.sampled_from(list(Wiring)))
def test_any_values_make_a_point_or_one_line(stated, wiring):
    before = OperatingPoint()
    try:
        found = agreed(read_message(json.dumps(stated), wiring).stated, before, wiring)
        point = before.changed(found.changes, wiring)
    except OptionError as error:
        said = str(error)
    else:
        _check(point, stated, wiring)
        said = ""
    assert "\n" not in said


def _check(point: OperatingPoint, stated: dict, wiring: Wiring) -> None:
    p, q = powers(point)
    assert np.isfinite(p).all()
    assert np.isfinite(q).all()
    for n in range(wiring.phases.stop):
        if (stated_power := stated.get(f"active_power_l{n + 1}")) is not None:
            assert math.isclose(p[n], stated_power, rel_tol=1e-6, abs_tol=1e-6)
