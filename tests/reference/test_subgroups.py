"""Harmonic subgroups (IEC 61000-4-7, 5.5.2) against closed forms and a plain DFT."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from support.signals import rich


@pytest.mark.parametrize(("frequency", "cycles"), [(50.0, 10), (50.2, 10), (60.0, 12), (59.7, 12)])
def test_lines_beside_an_order_join_it(frequency: float, cycles: int) -> None:
    wave = rich(frequency, seed=4)
    x = wave.samples(2.0)
    turns = frequency * np.arange(x.shape[1]) / wave.rate
    base = np.abs(wave.phasors[:, :1])
    beside = {(5, 1): 0.03, (7, -1): 0.02, (63, -1): 0.01, (20, 1): 0.015, (20, -1): 0.01}
    for (order, side), size in beside.items():
        x += np.sqrt(2) * size * base * np.sin(2 * np.pi * (order + side / cycles) * turns + order)
    lines = smartx96.measure(x, wave.rate)
    groups = smartx96.measure(x, wave.rate, subgroups=True)
    for n, kind in ((1, "voltage"), (4, "current")):
        p = f"l{n - 0 if n < 4 else n - 3}"
        percent = wave.percent[n - 1]
        for order in (5, 7, 11, 20, 63):
            sides = [100 * s for (h, _), s in beside.items() if h == order]
            truth = np.sqrt(percent[order - 1] ** 2 + np.square(sides).sum())
            assert groups[f"{kind}_harmonic_{p}[{order}]"] == pytest.approx(truth, rel=5e-4)
            assert lines[f"{kind}_harmonic_{p}[{order}]"] == pytest.approx(
                percent[order - 1], rel=2e-3
            )
        total = np.sqrt((percent[1:] ** 2).sum() + sum((100 * s) ** 2 for s in beside.values()))
        assert groups[f"{kind}_thd_{p}"] == pytest.approx(total, rel=1e-4)


def test_line_voltages_have_subgroups_too() -> None:
    wave = rich(50.0, seed=7)
    x = wave.samples(1.5)
    turns = 50.0 * np.arange(x.shape[1]) / wave.rate
    x[0] += np.sqrt(2) * 6.0 * np.sin(2 * np.pi * 9.1 * turns)
    groups = smartx96.measure(x, wave.rate, subgroups=True)
    window = slice(round(0.3 * wave.rate), round(0.5 * wave.rate))
    line = np.abs(np.fft.rfft((x[0] - x[1])[window]))
    at = 10 * np.arange(1, 64)
    size = np.sqrt(line[at - 1] ** 2 + line[at] ** 2 + line[at + 1] ** 2)
    truth = 100 * np.sqrt((size[1:] ** 2).sum()) / size[0]
    assert groups["voltage_thd_l1_l2"] == pytest.approx(truth, rel=1e-4)
