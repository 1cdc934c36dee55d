"""Accuracy against closed-form truth in which the engine takes no part."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from support.signals import balanced, rich

FREQUENCIES = (45.0, 49.5, 50.0, 50.37, 53.0, 57.5, 60.1, 65.0)
QUADRANTS = (30.0, 120.0, -150.0, -40.0)
PHASES = ("l1", "l2", "l3")


def per_phase(result, id: str) -> np.ndarray:
    return np.stack([result[id.format(p)] for p in PHASES])


def harmonics(result, kind: str) -> np.ndarray:
    orders = [[result[f"{kind}_harmonic_{p}[{h}]"] for h in range(2, 64)] for p in PHASES]
    return np.array(orders)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("frequency", "angle"), list(zip(FREQUENCIES, QUADRANTS * 2, strict=True)))
def test_clean_signals(frequency: float, angle: float, reverse: bool) -> None:
    """The limits of the issue; a signal with 63 orders, unbalanced, in every quadrant."""
    wave = rich(frequency, seed=int(frequency * 100) + reverse, angle=angle, reverse=reverse)
    result = smartx96.measure(wave.samples(2.0), wave.rate)
    assert len(result) >= 7
    assert np.all(result["flags"] == 0)
    # The issue asks for 0.01 mHz; ten times less is what the tracking gives.
    assert np.max(np.abs(result["frequency"] - frequency)) < 0.001e-3

    one_part = 1e-5
    rms, apparent = wave.rms, wave.rms[:3] * wave.rms[3:]
    assert per_phase(result, "voltage_{}") == pytest.approx(
        rms[:3, None] + 0 * result["time"], rel=one_part
    )
    assert per_phase(result, "current_{}") == pytest.approx(
        rms[3:, None] + 0 * result["time"], rel=one_part
    )
    for id, truth in (
        ("active_power_{}", wave.power),
        ("reactive_power_{}", wave.fundamental_power.imag),
        ("apparent_power_{}", apparent),
    ):
        error = np.abs(per_phase(result, id) - truth[:, None]) / apparent[:, None]
        assert error.max() < one_part, id
    total = apparent.sum()
    assert np.max(np.abs(result["active_power"] - wave.power.sum())) < one_part * total
    assert np.max(np.abs(result["apparent_power"] - total)) < one_part * total
    factor = wave.power / apparent
    assert np.max(np.abs(per_phase(result, "power_factor_{}") - factor[:, None])) < 1e-5
    assert np.max(np.abs(result["power_factor"] - wave.power.sum() / total)) < 1e-5
    lines = np.stack([result[f"voltage_{n}"] for n in ("l1_l2", "l2_l3", "l3_l1")])
    assert np.max(np.abs(lines / wave.line_rms[:, None] - 1)) < one_part
    assert np.max(np.abs(result["current_n"] / wave.neutral_rms - 1)) < one_part

    for kind, rows in (("voltage", slice(0, 3)), ("current", slice(3, 6))):
        error = harmonics(result, kind) / wave.percent[rows, 1:, None] - 1
        assert np.abs(error).max() < 0.0005, kind
        thd = per_phase(result, f"{kind}_thd_{{}}")
        assert np.max(np.abs(thd / wave.thd[rows, None] - 1)) < 0.00005
    assert np.all(result["voltage_sequence"] == (2 if reverse else 1))


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_a_pure_sine_has_no_distortion(frequency: float) -> None:
    wave = balanced(frequency)
    result = smartx96.measure(wave.samples(2.0), wave.rate)
    for kind in ("voltage", "current"):
        assert per_phase(result, f"{kind}_thd_{{}}").max() < 0.001


def test_noise() -> None:
    """Noise of 0.1 % of the peak: frequency within 0.25 mHz, active power within 0.05 %."""
    wave = balanced(50.02, angle=0.0)
    x = wave.samples(20.0)
    peak = np.sqrt(2) * np.abs(wave.phasors[:, :1])
    x += 0.001 * peak * np.random.default_rng(5).standard_normal(x.shape)
    result = smartx96.measure(x, wave.rate)
    assert len(result) > 95
    assert np.max(np.abs(result["frequency"] - 50.02)) < 0.25e-3
    assert np.max(np.abs(per_phase(result, "active_power_{}") / wave.power[:, None] - 1)) < 0.0005


@pytest.mark.parametrize("slope", [1.0, -1.0])
def test_a_ramp_of_frequency(slope: float) -> None:
    """1 Hz/s: frequency within 0.1 mHz of the window's own mean, harmonics within 0.1 %."""
    wave = rich(50.0, seed=3)
    t = np.arange(round(4 * wave.rate)) / wave.rate
    result = smartx96.measure(wave.at_phase(50.0 * t + slope / 2 * t**2), wave.rate)
    middle = result["time"] - 5.0 / result["frequency"]
    assert np.max(np.abs(result["frequency"] - (50.0 + slope * middle))) < 0.1e-3
    for kind, rows in (("voltage", slice(0, 3)), ("current", slice(3, 6))):
        error = harmonics(result, kind) / wave.percent[rows, 1:, None] - 1
        # The issue asks for 0.1 %; without the correction for a moving frequency it is 0.09 %.
        assert np.abs(error).max() < 0.0004


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_losing_a_phase_moves_the_frequency_little(lost: int) -> None:
    wave = balanced(50.02)
    x = wave.samples(4.0)
    x[lost, round(2.013 * wave.rate) :] = 0.0
    result = smartx96.measure(x, wave.rate)
    assert np.max(np.abs(result["frequency"] - 50.02)) < 5e-3
    assert np.all(result["frequency"][-3:] == pytest.approx(50.02, abs=1e-5))


@pytest.mark.parametrize("frequency", [45.0, 50.0, 65.0])
def test_the_first_window_comes_early(frequency: float) -> None:
    """It ends at most 0.35 s into the signal, and its reading follows within 0.15 s."""
    from smartx96.block import Block
    from smartx96.metrology.engine import Engine
    from smartx96.metrology.windows import Windows

    wave = balanced(frequency)
    x = wave.samples(0.6)
    engine = Engine(wave.rate)
    for start in range(0, x.shape[1], 64):
        pieces = engine.push(Block(x[:, start : start + 64], wave.rate, start))
        found = [p for p in pieces if isinstance(p, Windows)]
        if found:
            ended = found[0].time[0]
            assert ended <= 0.35
            assert (start + 64) / wave.rate - ended <= 0.15
            return
    pytest.fail("no window in 0.6 s")


def test_an_even_share_of_direct_voltage_is_removed() -> None:
    wave = balanced(50.0, dc=np.array([20.0, 0, -5, 0.5, 0, 0]))
    x = wave.samples(1.0)
    result = smartx96.measure(x, wave.rate)
    assert result["voltage_l1"] == pytest.approx(np.full(len(result), 230.0), rel=1e-6)
    assert result["active_power_l1"] == pytest.approx(np.full(len(result), wave.power[0]), rel=1e-6)
    kept = smartx96.measure(x, wave.rate, dc=True)
    assert kept["voltage_l1"] == pytest.approx(np.full(len(kept), np.hypot(230, 20)), rel=1e-6)
    assert kept["active_power_l1"] == pytest.approx(
        np.full(len(kept), wave.power[0] + 20 * 0.5), rel=1e-6
    )


@pytest.mark.parametrize("rate", [1200.0, 6400.0, 12_800.0])
@pytest.mark.parametrize("milliseconds", [0.1, 1.5, 5.0, 10.0, 20.0, 40.0, 78.0, 150.0, 300.0])
def test_missing_samples_move_the_frequency_little(rate: float, milliseconds: float) -> None:
    """Holes of any length: no frequency off by more than 1 mHz (3 mHz where samples are few), and
    every window that has seen one, in its samples or through the tracking kernel, is flagged."""
    wave = rich(50.02, seed=1, rate=rate, orders=min(50, int(0.45 * rate / 50.02)))
    x = wave.samples(3.0)
    hole = max(1, round(milliseconds * rate / 1000))
    x[:, round(1.25 * rate) : round(1.25 * rate) + hole] = np.nan
    result = smartx96.measure(x, rate)
    error = np.abs(result["frequency"] - 50.02)
    touched = (result["flags"].astype(int) & 1) > 0
    assert np.nanmax(error) < (3e-3 if rate < 2000 else 1e-3)
    assert np.nanmax(error[~touched]) < (1.5e-3 if rate < 2000 else 0.15e-3)
    assert 1 <= np.count_nonzero(touched) <= 4
    assert result["reactive_power_l1"][~np.isnan(result["reactive_power_l1"])] == pytest.approx(
        wave.fundamental_power[0].imag, rel=0.02
    )
