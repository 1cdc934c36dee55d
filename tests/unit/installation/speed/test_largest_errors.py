"""Errors are told as they are: of windows that we make, and of engines whose errors are known."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.comparison.catalogue import ENGINES
from smartx96.comparison.engine import Windows
from smartx96.installation.speed import own_engine
from smartx96.installation.speed.accuracy import largest_errors, rows
from smartx96.installation.speed.signal import RATE, Signal
from smartx96.models import Wiring
from smartx96.samples.arrays import ArraySource

SIGNAL = Signal()
COUNT = 4


def windows(**changes: float) -> Windows:
    """Windows as a perfect engine has them, but for what is added to the third of them."""
    truth = SIGNAL.truth() | SIGNAL.distortion(63)
    made = {id: np.repeat(value[np.newaxis], COUNT, axis=0) for id, value in truth.items()}
    for id, change in changes.items():
        made[id] = made[id].copy()
        made[id][2] += change
    harmonics = {id: value for id, value in made.items() if value.ndim == 2}
    readings = {id: value for id, value in made.items() if value.ndim == 1}
    return Windows(np.full(COUNT, 0.2), readings, harmonics)


def test_a_perfect_engine_has_no_error() -> None:
    found = largest_errors(SIGNAL, [windows()])
    assert set(found) == {row.id for row in rows(SIGNAL)}
    assert set(found.values()) == {0.0}


@pytest.mark.parametrize(
    ("id", "change", "row", "error"),
    [
        ("frequency", -0.002, "frequency", 2.0),
        ("voltage_l2", 0.1, "voltage", 0.1 / SIGNAL.truth()["voltage_l2"] * 100),
        ("active_power_l3", 1.0, "active_power", 100 / SIGNAL.apparent_power[2]),
        ("power_factor_l1", -0.01, "power_factor", 0.01),
        ("voltage_thd_l1", 0.5, "voltage_thd", 0.5),
    ],
)
def test_one_window_of_one_phase_tells(id: str, change: float, row: str, error: float) -> None:
    found = largest_errors(SIGNAL, [windows(), windows(**{id: change}), windows()])
    assert found[row] == pytest.approx(error)
    assert sum(value != 0.0 for value in found.values()) == 1


def test_harmonics_are_in_the_row_of_their_order() -> None:
    made = windows()
    made.harmonics["current_harmonic_l2"][1, [4, 62, 1]] += (0.02, 0.03, 0.04)
    found = largest_errors(SIGNAL, [made])
    assert found["harmonics"] == pytest.approx(2.0)
    assert found["harmonic_63"] == pytest.approx(3.0)
    assert found["absent_orders"] == pytest.approx(0.04)


def test_what_an_engine_has_not_is_none() -> None:
    partly = windows()
    made = Windows(partly.seconds, {"frequency": partly.readings["frequency"]}, partly.harmonics)
    made.harmonics["voltage_harmonic_l1"][:, 62] = np.nan
    found = largest_errors(SIGNAL, [made])
    assert {row for row, error in found.items() if error == 0.0} == {
        "frequency", "harmonics", "absent_orders"
    }  # fmt: skip
    assert found["harmonic_63"] is found["voltage"] is found["voltage_thd"] is None


def errors(name: str) -> dict[str, float | None]:
    blocks = list(ArraySource(SIGNAL.samples(3.0), RATE).blocks(0.2))
    if name == "smartx96":
        return largest_errors(SIGNAL, own_engine.readings(blocks))
    pytest.importorskip(ENGINES[name].module)
    engine = ENGINES[name](RATE, Wiring.FOUR_WIRE)
    found = (each for block in blocks for each in engine.windows(block))
    return largest_errors(SIGNAL, found, engine.highest_of_thd)


def test_the_engine_has_every_quantity_and_is_exact() -> None:
    found = errors("smartx96")
    assert None not in found.values()
    assert max(found.values()) < 0.01
    assert found["frequency"] < 0.01
    assert found["active_power"] < 1e-5


@pytest.mark.parametrize("name", ["numpy", "pqopen"])
def test_engines_of_others_are_no_straw_men(name: str) -> None:
    """They read the same values, as far as whole samples and their interpolation allow."""
    found = errors(name)
    assert found["frequency"] < 1.0
    assert max(found[row] for row in ("voltage", "current", "active_power")) < 0.1
    assert found["voltage_thd"] < 0.3
    assert found["absent_orders"] < 0.3
    absent = {row for row, error in found.items() if error is None}
    assert absent == (set() if name == "numpy" else {
        "line_voltage", "neutral_current", "apparent_power", "power_factor", "phase_angle",
        "unbalance",
    })  # fmt: skip
