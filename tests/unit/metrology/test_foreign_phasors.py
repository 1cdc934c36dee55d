"""Phasors of readings without angles are those that made the readings."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from smartx96.metrology.foreign_phasors import phasors_of
from smartx96.models import Wiring
from support.installed import Terminals

FOUR, THREE, ONE = Wiring.FOUR_WIRE, Wiring.THREE_WIRE, Wiring.ONE_PHASE
ANGLES = (-60.0, 0.0, 15.0, 80.0, 150.0, -150.0, 180.0)
"""Capacitive, resistive, inductive; export."""
ORDERS = list(permutations(range(3)))
SIGNS = list(product((1, -1), repeat=3))


def same(found: tuple[np.ndarray, np.ndarray], truth: Terminals) -> bool:
    """To a degree, and a percent."""
    u, i = found
    return bool(
        (abs(u - truth.voltage) < 0.01 * abs(truth.voltage).max()).all()
        and (abs(i - truth.current) < 0.01 * abs(truth.current).max()).all()
    )


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("angle", ANGLES)
def test_four_wires_however_they_are_connected(angle: float, reverse: bool) -> None:
    right = Terminals.loaded(angle, reverse=reverse)
    for order, signs, voltages in product(ORDERS, SIGNS, ORDERS):
        wired = Terminals(right.voltage[list(voltages)], (right.current * signs)[list(order)])
        found = phasors_of(wired.registers(), FOUR)
        assert same(found, wired.turned(wired.voltage[0])), (order, signs, voltages)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("angle", ANGLES)
def test_three_wires_however_they_are_connected(angle: float, reverse: bool) -> None:
    right = Terminals.loaded(angle, reverse=reverse).without_neutral()
    for swap, signs, voltages in product((False, True), SIGNS, ORDERS):
        i = (right.current * signs)[[2, 1, 0] if swap else [0, 1, 2]]
        wired = Terminals(right.voltage[list(voltages)], i).without_neutral()
        found = phasors_of(wired.registers(neutral=False), THREE)
        assert same(found, wired.turned(wired.lines[0])), (swap, signs, voltages)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("n", range(3))
def test_a_reversed_voltage_has_the_last_line_voltage_to_tell_it(angle: float, n: int) -> None:
    wired = Terminals.loaded(angle).reversed("voltage", n)
    assert same(phasors_of(wired.registers(), FOUR), wired.turned(wired.voltage[0]))


@pytest.mark.parametrize("angle", ANGLES)
def test_one_phase(angle: float) -> None:
    right = Terminals.loaded(angle)
    u, i = phasors_of(right.registers(), ONE)
    assert u[0] == pytest.approx(231.0)
    assert i[0] == pytest.approx(4.1 * np.exp(-1j * np.radians(angle)))
    assert np.isnan(u[1:]).all()


def test_distortion_is_taken_out() -> None:
    right = Terminals.loaded(20.0)
    values = right.registers()
    for place, share in (("l1", 0.03), ("l2", 0.05), ("l3", 0.04)):
        for kind, factor in (("voltage", 1), ("current", 8)):
            values[f"{kind}_{place}"] *= np.hypot(1, factor * share)
            values[f"{kind}_thd_{place}"] = 100 * factor * share
    found = phasors_of(values, FOUR)
    assert same(found, right.turned(right.voltage[0]))
    spoiled = phasors_of({id: v for id, v in values.items() if "_thd_" not in id}, FOUR)
    assert not same(spoiled, right.turned(right.voltage[0]))


def test_what_is_not_told_is_not_known() -> None:
    values = Terminals.loaded(20.0).registers()
    without = {id: v for id, v in values.items() if not id.startswith("reactive_power")}
    u, i = phasors_of(without, FOUR)
    assert np.isfinite(u).all()
    assert np.isnan(i).all()
    u, i = phasors_of(values | {"current_l2": 0.0}, FOUR)
    assert i[1] == 0
    dead = values | {"active_power_l2": 0.0, "reactive_power_l2": 0.0}
    assert np.isnan(phasors_of(dead, FOUR)[1]).tolist() == [False, True, False]
    alone = {id: v for id, v in values.items() if id not in ("voltage_l1_l2", "voltage_l2_l3")}
    assert np.degrees(np.angle(phasors_of(alone, FOUR)[0][1])) == pytest.approx(-120.0)


def test_no_current_in_three_wires() -> None:
    values = Terminals.loaded(20.0, share=0.0).without_neutral().registers(neutral=False)
    u, i = phasors_of(values, THREE)
    assert np.isfinite(u).all()
    assert (i == 0).all()
