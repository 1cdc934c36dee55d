"""Recordings of a few cycles: one reading over the most whole cycles, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from support.signals import rich


@pytest.mark.parametrize(
    ("frequency", "rate", "cycles"),
    [
        (50.0, 12_800.0, 8.0),
        (50.37, 12_800.0, 8.3),
        (49.2, 12_800.0, 2.0),
        (60.0, 15_360.0, 11.9),
        (61.7, 51_200.0, 5.5),
        (45.0, 8_000.0, 3.7),
        (50.0, 1_000_000.0, 4.0),
        (64.9, 44_100.0, 2.9),
    ],
)
def test_most_whole_cycles(frequency: float, rate: float, cycles: float) -> None:
    carried = min(63, int(0.45 * rate / frequency))
    wave = rich(frequency, seed=int(frequency * cycles), rate=rate, orders=carried)
    seconds = np.ceil(cycles / frequency * rate) / rate
    result = smartx96.measure(wave.samples(seconds), rate)
    assert len(result) == 1
    assert result.summary.flags.names[-1] == "short"
    assert result["frequency"][0] == pytest.approx(frequency, abs=1e-4)
    assert result["time"][0] <= seconds
    for n in range(3):
        p = f"l{n + 1}"
        assert result[f"voltage_{p}"][0] == pytest.approx(wave.rms[n], rel=1e-5)
        assert result[f"current_{p}"][0] == pytest.approx(wave.rms[3 + n], rel=1e-5)
        assert result[f"active_power_{p}"][0] == pytest.approx(wave.power[n], rel=1e-5)
        found = [result[f"voltage_harmonic_{p}[{h}]"][0] for h in range(2, carried + 1)]
        assert np.abs(found / wave.percent[n, 1:carried] - 1).max() < 0.001
    # Every sample counts into energy, whole cycles or not.
    x = wave.samples(seconds)
    energy = (x[:3] * x[3:]).sum() / rate / 3.6e6
    found = result.summary["active_energy_import"] - result.summary["active_energy_export"]
    assert found == pytest.approx(energy, rel=2e-4)
    assert result.summary.measured_time == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(("seconds", "windows"), [(0.2, 1), (0.3, 1), (0.39, 1)])
def test_whole_windows_of_short_recordings_are_not_short(seconds: float, windows: int) -> None:
    wave = rich(50.0, seed=5)
    result = smartx96.measure(wave.samples(seconds), wave.rate)
    assert len(result) == windows
    assert "short" not in result.summary.flags.names
    assert result["frequency"][0] == pytest.approx(50.0, abs=1e-5)
    assert result["voltage_l2"][0] == pytest.approx(wave.rms[1], rel=1e-6)


def test_less_than_two_cycles_give_no_reading_but_count() -> None:
    wave = rich(50.0, seed=5)
    result = smartx96.measure(wave.samples(0.039), wave.rate)
    assert len(result) == 0
    assert result.summary.measured_time == pytest.approx(0.039, abs=1e-4)
    assert result.summary["active_energy_import"] > 0


def test_noise_moves_a_short_reading_little() -> None:
    """1 % noise in 8 cycles: frequency within 20 mHz, about four times the Cramer-Rao bound."""
    wave = rich(50.1, seed=9)
    rng = np.random.default_rng(3)
    worst = 0.0
    for _ in range(8):
        x = wave.samples(0.16)
        x += 0.01 * np.abs(wave.phasors[:, :1]) * rng.standard_normal(x.shape)
        worst = max(worst, abs(smartx96.measure(x, wave.rate)["frequency"][0] - 50.1))
    assert worst < 0.02


def test_a_short_recording_with_a_hole() -> None:
    wave = rich(50.0, seed=5, orders=1)
    x = wave.samples(0.16)
    x[:, 700:720] = np.nan
    result = smartx96.measure(x, wave.rate)
    assert result.summary.flags.names == ["missing", "short"]
    assert result["frequency"][0] == pytest.approx(50.0, abs=1e-3)
    assert result["voltage_l1"][0] == pytest.approx(wave.rms[0], rel=5e-3)
    assert result.summary.measured_time == pytest.approx(0.16 - 20 / wave.rate, abs=1e-9)


@pytest.mark.parametrize("kind", ["silence", "noise", "direct"])
def test_nothing_to_synchronise_on(kind: str) -> None:
    rng = np.random.default_rng(1)
    x = {
        "silence": np.zeros((6, 2048)),
        "noise": rng.standard_normal((6, 2048)),
        "direct": np.full((6, 2048), 12.0),
    }[kind]
    result = smartx96.measure(x, 12_800.0)
    assert result.summary.flags.names == ["unsynchronised", "short"]
    assert result.summary["frequency"] is None
    assert result.summary.harmonics["voltage_harmonic_l1"][4] != 0
