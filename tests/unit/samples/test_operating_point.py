"""Operating point: what is set is what there is, in closed form."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import pytest

from smartx96.errors import OptionError
from smartx96.models import Wiring
from smartx96.samples.operating_point import AdjustableSource, OperatingPoint

FOUR, THREE, ONE = Wiring.FOUR_WIRE, Wiring.THREE_WIRE, Wiring.ONE_PHASE
ORDERS = tuple(range(1, 64))


def at(wiring: Wiring = FOUR, **changes) -> OperatingPoint:
    return OperatingPoint().changed(changes, wiring)


def powers(point: OperatingPoint, orders=ORDERS) -> np.ndarray:
    """Complex power of each phase by orders, shape (3, orders)."""
    phasors = point.phasors(orders)
    return phasors[:3] * phasors[3:].conj()


def rms(point: OperatingPoint) -> np.ndarray:
    return np.sqrt(np.square(np.abs(point.phasors(ORDERS))).sum(axis=1))


@pytest.mark.parametrize("factor", [1.0, 0.9, 0.5, 0.0, -0.8, -1.0])
@pytest.mark.parametrize("leading", [False, True])
def test_power_factor_is_the_cosine_and_its_sign_the_direction(factor, leading):
    found = powers(at(power_factor=factor, leading=leading), (1,)).ravel()
    assert found.real == pytest.approx(230 * 5 * factor, abs=1e-9)
    sine = math.sqrt(1 - factor**2) * (-1 if leading else 1)
    assert found.imag == pytest.approx(230 * 5 * sine, abs=1e-9)


@pytest.mark.parametrize("factor", [0.9, 0.6, -0.7])
def test_with_harmonics_all_values_are_true_ones(factor):
    point = at(
        voltage=[230, 225, 240],
        current=[5, 6, 7],
        power_factor=factor,
        voltage_harmonics={3: 4, 5: (6.0, 35)},
        current_harmonics={3: 15, 5: (20, -60), 7: 11},
    )
    assert rms(point) == pytest.approx([230, 225, 240, 5, 6, 7], rel=1e-12)
    assert powers(point).sum(axis=1).real == pytest.approx(
        np.array([230 * 5, 225 * 6, 240 * 7]) * factor, rel=1e-12
    )
    shares = np.abs(point.phasors((1, 3, 5, 7)))
    assert shares[0, 1:] / shares[0, 0] == pytest.approx([0.04, 0.06, 0.0])
    assert shares[3, 1:] / shares[3, 0] == pytest.approx([0.15, 0.2, 0.11])


def test_harmonics_of_phases_rotate_by_their_order():
    angles = np.angle(at(voltage_harmonics={5: 3, 7: 2}).phasors((1, 5, 7))[:3])
    turned = np.exp(1j * (angles - angles[0]))
    steps = np.exp(-2j * np.pi / 3 * np.outer([0, 1, 2], [1, 5, 7]))
    assert turned == pytest.approx(steps)


def test_harmonics_alone_leave_the_angle_and_the_rms():
    point = at(phase_angle=40.0).changed({"current_thd": 30.0}, FOUR)
    assert rms(point)[3:] == pytest.approx(5.0)
    first = powers(point, (1,)).ravel()
    assert np.degrees(np.angle(first)) == pytest.approx(40.0)
    assert first.real == pytest.approx(1150 / math.sqrt(1.09) * math.cos(math.radians(40)))


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_active_power_makes_the_current_at_the_power_factor_that_stands(way):
    point = at(power_factor=0.8).changed({"active_power": way * 3000.0}, FOUR)
    found = powers(point, (1,)).ravel()
    assert found.real == pytest.approx(way * 1000.0)
    assert found.imag == pytest.approx(750.0)
    assert rms(point)[3:] == pytest.approx(1000 / 0.8 / 230)


def test_active_power_of_an_angle_turns_round_too():
    found = powers(at(phase_angle=30.0).changed({"active_power": -300.0}, FOUR), (1,))
    assert np.degrees(np.angle(found)) == pytest.approx(150.0)


@pytest.mark.parametrize(("active", "reactive"), [(900, 300), (-900, 300), (0, -600), (300, 0)])
@pytest.mark.parametrize("thd", [0.0, 25.0])
def test_both_powers_make_current_and_angle(active, reactive, thd):
    point = at(
        active_power=active, reactive_power=reactive,
        voltage_harmonics={5: 8}, current_thd=thd,
    )  # fmt: skip
    found = powers(point)
    assert found.sum().real == pytest.approx(active, abs=1e-9)
    assert found[:, 0].sum().imag == pytest.approx(reactive, abs=1e-9)


def test_reactive_power_alone_keeps_the_active_one():
    found = powers(at(power_factor=0.5).changed({"reactive_power": -3450.0}, FOUR))
    assert found.sum() == pytest.approx(complex(1725.0, -3450.0))


def test_active_power_and_current_make_the_power_factor():
    point = at(active_power=[575, -1150, 0], current=5.0)
    found = powers(point)[:, 0]
    assert found.real == pytest.approx([575.0, -1150.0, 0.0], abs=1e-9)
    assert np.abs(found) == pytest.approx(1150.0)


def test_a_list_has_a_value_for_each_phase_and_none_stays():
    before = at(voltage=[231, 232, 233])
    assert rms(before.changed({"voltage": [None, 0.0, None]}, FOUR))[:3] == pytest.approx(
        [231.0, 0.0, 233.0]
    )
    assert before.changed({}, FOUR) == before


def test_between_lines_without_a_neutral():
    found = at(THREE, voltage=400.0, current=5.0, power_factor=0.8).phasors((1,))[:, 0]
    assert abs(found[0] - found[1]) == pytest.approx(400.0)
    assert (found[:3] * found[3:].conj()).sum().real == pytest.approx(math.sqrt(3) * 400 * 5 * 0.8)
    assert abs(found[3:].sum()) < 1e-9


def test_one_phase_takes_the_total_as_its_own():
    assert powers(at(ONE, active_power=690.0))[0, 0].real == pytest.approx(690.0)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_sequence(reverse):
    angles = np.angle(at(reverse=reverse).phasors((1,))[:3, 0], deg=True)
    assert angles == pytest.approx([0, 120, -120] if reverse else [0, -120, 120])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"voltage": -1}, "voltage -1 V: must be 0 to 1e.06 V"),
        ({"voltage": True}, "voltage True: must be a number in V"),
        ({"voltage": "230"}, "voltage '230': must be a number in V"),
        ({"voltage": math.nan}, "voltage nan V: must be 0"),
        ({"current": 10**400}, "current 1000.* A: must be 0 to 100000 A"),
        ({"current": np.float64(-2)}, r"current -2.0 A: must be 0"),
        ({"current": [1, 2]}, r"wiring 3p4w takes one value, or 3, None for what stays"),
        ({"power_factor": 1.1}, "power_factor 1.1: must be -1 to 1"),
        ({"frequency": 30}, "frequency 30 Hz: must be 40 to 70 Hz"),
        ({"leading": 1, "power_factor": 0.9}, "leading 1: must be True or False"),
        ({"leading": True}, "leading goes with power_factor"),
        ({"voltage_l2": 0}, r"voltage_l2: give voltage=\[None, ..., None\]"),
        ({"volage": 0}, "volage: cannot be set; did you mean voltage"),
        ({"power_factor": 0.9, "phase_angle": 3}, "say the same: leave one out"),
        ({"reactive_power": 10, "current": 3}, "reactive_power .*: leave out current"),
        ({"active_power": 300, "current": 5, "power_factor": 0.5}, "leave out power_factor"),
        ({"active_power": 9000, "current": 5}, "L1: active_power 3000 W: above the apparent"),
        ({"active_power": -300, "power_factor": 0.5}, "impossible with 230 V"),
        ({"active_power": 300, "power_factor": 0}, "impossible with 230 V and a power factor of 0"),
        ({"active_power": 300, "voltage": [230, 0, 230]}, "L2: active_power 100 W: impossible"),
        ({"active_power": 3, "reactive_power": 3, "voltage": 0}, "impossible with 0 V"),
        ({"power_factor": 0.99, "current_thd": 30}, "these harmonics allow -0.957826 to 0.957826"),
        ({"current_harmonics": {1: 3}}, "current_harmonics of order 1: must be 2 to 63"),
        ({"current_harmonics": {5: -3}}, r"current_harmonics\[5\] -3 %: must be 0 to 1000 %"),
        ({"current_harmonics": {5: (1, 2, 3)}}, "percent, or percent and degrees"),
        ({"current_harmonics": 5}, "must be percent by order"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(changes, said):
    with pytest.raises(OptionError, match=said) as refused:
        at(**changes)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"voltage": [400, 400, 400]}, "the lines of 3p3w are alike: give one value"),
        ({"current_harmonics": {3: 5}}, r"\[3\]: three wires carry no multiples of order 3"),
    ],
)
def test_what_three_wires_cannot(changes, said):
    with pytest.raises(OptionError, match=said):
        at(THREE, **changes)


def source(**options) -> AdjustableSource:
    return AdjustableSource(datetime(2026, 6, 21, tzinfo=UTC), **options)


def test_samples_hold_what_the_phasors_say():
    made = source()
    made.point = at(
        voltage=[230, 225, 240], power_factor=-0.8, frequency=50.0,
        voltage_harmonics={5: 6}, current_harmonics={3: 12, 5: 8},
    )  # fmt: skip
    block = next(made.blocks(0.2))
    samples = block.physical()
    assert np.sqrt(np.mean(samples**2, axis=1)) == pytest.approx([230, 225, 240, 5, 5, 5])
    mean = np.mean(samples[:3] * samples[3:], axis=1)
    assert mean == pytest.approx(-0.8 * 5 * np.array([230, 225, 240]))


def test_samples_go_on_without_a_jump_when_the_frequency_is_set():
    made = source()
    blocks = made.blocks(0.0137)
    found = [next(blocks).physical()[0]]
    made.point = made.point.changed({"frequency": 60.0}, FOUR)
    found += [block.physical()[0] for block in islice(blocks, 2)]
    steepest = 2 * np.pi * 60 * 230 * math.sqrt(2) / made.rate
    assert np.abs(np.diff(np.concatenate(found))).max() <= steepest * 1.001


def test_fluctuation_stays_within_its_bounds_and_repeats():
    times = np.linspace(0, 50, 2001)
    found = np.abs(source(fluctuation=2.0, seed=3).phasors(times, (1,)))[:, :, 0]
    sway = found / [230, 230, 230, 5, 5, 5] - 1
    assert 0.015 < np.abs(sway).max() <= 0.02
    assert np.abs(np.corrcoef(sway.T)[~np.eye(6, dtype=bool)]).max() < 0.5
    again = np.abs(source(fluctuation=2.0, seed=3).phasors(times[7:9], (1,)))[:, :, 0]
    assert (again == found[7:9]).all()
    other = np.abs(source(fluctuation=2.0, seed=4).phasors(times, (1,)))[:, :, 0]
    assert not np.allclose(other, found)


def test_an_interruption_leaves_nothing():
    made = source()
    made.interrupted = True
    assert not made.phasors([0.0, 1.0], (1, 3)).any()
