"""Accuracy at other sampling rates, up to the order that each carries, and no aliasing."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from support.signals import Wave, balanced, rich

RATES = (6_400.0, 8_000.0, 11_025.0, 25_600.0, 44_100.0, 51_200.0, 55_554.0)
HARMONIC_LIMIT = {6_400.0: 0.003, 8_000.0: 0.003}
CARRIED = 0.45


def carried(rate: float, frequency: float) -> int:
    return min(63, int(CARRIED * rate / frequency))


@pytest.mark.parametrize("frequency", [45.0, 50.37, 60.1, 65.0])
@pytest.mark.parametrize("rate", RATES)
def test_accuracy(rate: float, frequency: float) -> None:
    orders = carried(rate, frequency)
    wave = rich(frequency, seed=int(rate + frequency), orders=orders, rate=rate)
    result = smartx96.measure(wave.samples(1.0), rate)
    assert np.max(np.abs(result["frequency"] - frequency)) < 0.01e-3
    apparent = wave.rms[:3] * wave.rms[3:]
    for n in range(3):
        p = f"l{n + 1}"
        assert result[f"voltage_{p}"] == pytest.approx(wave.rms[n], rel=1e-5)
        assert result[f"current_{p}"] == pytest.approx(wave.rms[3 + n], rel=1e-5)
        for id, truth in (
            ("active_power", wave.power[n]),
            ("reactive_power", wave.fundamental_power[n].imag),
            ("apparent_power", apparent[n]),
        ):
            assert np.max(np.abs(result[f"{id}_{p}"] - truth)) < 1e-5 * apparent[n], id
        for kind, row in (("voltage", n), ("current", 3 + n)):
            found = np.stack([result[f"{kind}_harmonic_{p}[{h}]"] for h in range(2, orders + 1)])
            error = found / wave.percent[row, 1:orders, None] - 1
            assert np.abs(error).max() < HARMONIC_LIMIT.get(rate, 0.0005)
            assert result[f"{kind}_thd_{p}"] == pytest.approx(
                np.sqrt((wave.percent[row, 1:orders] ** 2).sum()), rel=5e-5
            )
            for h in range(orders + 1, 64):
                assert np.isnan(result[f"{kind}_harmonic_{p}[{h}]"]).all()
    assert result.summary.thd_order == orders


@pytest.mark.parametrize("rate", [3_200.0, *RATES, 12_800.0, 200_000.0])
def test_nothing_aliases(rate: float) -> None:
    """A tone of 10 % above the orders moves none by more than 0.01 % of the fundamental.

    The tones lie on lines of the window, 1 to 9 tenths beside the orders: what a window shows of
    one between its lines is leakage, which every DFT has.
    """
    frequency = 50.37
    wave = balanced(frequency, rate=rate)
    clean = smartx96.measure(wave.samples(1.0), rate).summary
    low = max(carried(rate, frequency) + 0.3, min(CARRIED * rate / frequency, 64.1))
    worst = 0.0
    for order in np.round(np.linspace(low, 0.4995 * rate / frequency, 9), 1):
        turns = np.mod(order * frequency * np.arange(round(rate)) / rate, 1)
        x = wave.samples(1.0)
        x += 0.1 * np.sqrt(2) * np.abs(wave.phasors[:, :1]) * np.sin(2 * np.pi * turns)
        toned = smartx96.measure(x, rate).summary
        for id, row in toned.harmonics.items():
            worst = max(worst, np.nanmax(np.abs(row - clean.harmonics[id])))
    assert worst < 0.01


@pytest.mark.parametrize("rate", [1_000.0, 1_000_000.0])
def test_the_slowest_and_the_quickest(rate: float) -> None:
    wave = Wave(50.0, balanced(50.0).phasors, rate)
    summary = smartx96.measure(wave.samples(0.6), rate).summary
    assert summary["voltage_l1"] == pytest.approx(230.0, rel=1e-4)
    assert summary["active_power"] == pytest.approx(wave.power.sum(), rel=1e-4)
    assert summary["frequency"] == pytest.approx(50.0, abs=1e-4)
