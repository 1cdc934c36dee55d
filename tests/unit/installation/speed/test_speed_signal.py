"""The signal of the bench against sums of sines, and its truth against arithmetic of its own."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.installation.speed.signal import FREQUENCY, ORDERS, PERIOD, RATE, Signal
from smartx96.quantities import LINES, PHASES
from support.signals import Wave

SIGNAL = Signal()
WAVE = Wave(FREQUENCY, SIGNAL.phasors, RATE)
TRUTH = SIGNAL.truth()


def test_samples_are_sums_of_sines() -> None:
    assert SIGNAL.samples(1.0) == pytest.approx(WAVE.samples(1.0), abs=1e-9)


def test_it_repeats_without_a_seam() -> None:
    count = round(PERIOD * RATE)
    long = SIGNAL.samples(PERIOD + 0.1)
    assert long.shape == (6, count + 1280)
    assert (long[:, count:] == long[:, :1280]).all()
    turned = FREQUENCY * (count + np.arange(-640, 640)) / RATE
    assert long[:, count - 640 : count + 640] == pytest.approx(WAVE.at_phase(turned), abs=1e-7)


def test_the_63rd_order_is_there_and_others_are_not() -> None:
    for phase in PHASES:
        percent = TRUTH[f"voltage_harmonic_{phase}"]
        assert percent[62] == pytest.approx(1.0)
        assert set(np.flatnonzero(percent) + 1) == {1, *ORDERS}


def test_truth_is_that_of_the_components() -> None:
    for n, phase in enumerate(PHASES):
        apparent = WAVE.rms[n] * WAVE.rms[3 + n]
        fundamental = WAVE.fundamental_power[n]
        expected = {
            "voltage": WAVE.rms[n], "current": WAVE.rms[3 + n], "active_power": WAVE.power[n],
            "reactive_power": fundamental.imag, "apparent_power": apparent,
            "power_factor": WAVE.power[n] / apparent,
            "phase_angle": np.degrees(np.arctan2(fundamental.imag, fundamental.real)),
        }  # fmt: skip
        for id, value in expected.items():
            assert TRUTH[f"{id}_{phase}"] == pytest.approx(value)
        assert TRUTH[f"voltage_{LINES[n]}"] == pytest.approx(WAVE.line_rms[n])
        assert TRUTH[f"current_harmonic_{phase}"] == pytest.approx(WAVE.percent[3 + n])
    assert TRUTH["current_n"] == pytest.approx(WAVE.neutral_rms)
    assert TRUTH["active_power"] == pytest.approx(WAVE.power.sum())


def test_unbalance_is_that_of_three_sizes() -> None:
    """Angles are exact, so that V0 and V2 are sums of the sizes with turns between them."""
    a, b, c = (abs(SIGNAL.phasors[n, 0]) for n in range(3))
    turn = np.exp(2j * np.pi / 3)
    other = 100 * abs(a + b * turn + c * turn**2) / (a + b + c)
    assert TRUTH["voltage_unbalance_negative"] == pytest.approx(other)
    assert TRUTH["voltage_unbalance_zero"] == pytest.approx(other)


def test_distortion_ends_at_the_order_asked_for() -> None:
    thd = SIGNAL.distortion(63)
    assert thd["voltage_thd_l1"] == pytest.approx(np.sqrt(19.0))
    assert thd["current_thd_l3"] == pytest.approx(WAVE.thd[5])
    assert SIGNAL.distortion(40)["voltage_thd_l2"] == pytest.approx(np.sqrt(14.0))
