"""Truth by closed form against sums over dense samples of the same signal."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.models import Wiring
from smartx96.typetest.factor import Factor
from smartx96.typetest.point import Load, Point
from smartx96.typetest.series import RATE, series_of
from smartx96.typetest.signal import synthesised
from smartx96.typetest.truth import active_energy, true_energies, true_values
from smartx96.typetest.waveform import Waveform

POINTS = (
    Point(),
    Point(factor=Factor.of("cos 0.5 ind"), frequency=49.0),
    Point(factor=Factor.of("cos 0.8 cap"), export=True, voltage=0.9),
    Point(factor=Factor.of("sin 0.25 cap"), reverse=True, frequency=65.0),
    Point(load=Load.L2, multiple=0.05, rated_current=1),
    Point(interrupted=(1, 3)),
    Point(load=Load.OPPOSED),
    Point(waveform=Waveform.FIFTH, factor=Factor.of("cos 0.5 ind")),
    Point(waveform=Waveform.EVERY_ORDER),
    Point(waveform=Waveform.PHASE_FIRED),
    Point(waveform=Waveform.BURST),
    Point(waveform=Waveform.HALF_WAVE),
    Point(Wiring.ONE_PHASE),
    Point(Wiring.THREE_WIRE, waveform=Waveform.EVERY_ORDER),
)


def dense(point: Point) -> np.ndarray:
    """Two seconds by adding up sines, one for each line."""
    series = series_of(point)
    t = np.arange(round(2 * RATE)) / RATE
    x = np.zeros((6, len(t)))
    for f, column in zip(series.frequencies, series.phasors.T, strict=True):
        if f == 0:
            x += column.real[:, None]
        else:
            x += np.sqrt(2) * (column[:, None] * np.exp(2j * np.pi * f * t)).imag
    return x


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_samples_are_the_sum_of_the_lines(point: Point) -> None:
    assert synthesised(series_of(point), RATE, 0, 25_600) == pytest.approx(dense(point), abs=1e-9)


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_active_energy_is_the_mean_of_the_samples(point: Point) -> None:
    x = dense(point)
    power = (x[:3] * (x[3:] - x[3:].mean(axis=1, keepdims=True))).mean(axis=1)
    true = true_energies([(series_of(point), 2.0)], point.wiring)
    hours = 2.0 / 3600
    for balance, parts in (("per_phase", power), ("sum", power.sum(keepdims=True))):
        for way, sign in (("import", 1), ("export", -1)):
            flow = np.maximum(sign * parts, 0).sum() * hours
            assert true[f"active_energy_{way}_{balance}"] == pytest.approx(flow, abs=1e-10)
    shown = true["active_energy_import"] - true["active_energy_export"]
    assert shown == pytest.approx(power.sum() * hours, abs=1e-10)


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_active_energy_of_an_incomplete_cycle_is_the_integral(point: Point) -> None:
    series, begin, end = series_of(point), 0.0113, 0.0741
    # Gauss-Legendre over stretches shorter than a period of the highest product of lines.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(begin, end, 1001)
    half = np.diff(edges)[:, None] / 2
    t = ((edges[:-1] + edges[1:])[:, None] / 2 + half * nodes).ravel()
    x = np.zeros((6, len(t)))
    for f, column in zip(series.frequencies, series.phasors.T, strict=True):
        if f:
            x += np.sqrt(2) * (column[:, None] * np.exp(2j * np.pi * f * t)).imag
    expected = (x[:3] * x[3:] * (half * weights).ravel()).sum(axis=1)
    assert active_energy(series, begin, end) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_reactive_energy_is_that_of_the_fundamental(point: Point) -> None:
    x, angle = dense(point), 2 * np.pi * point.frequency * np.arange(round(2 * RATE)) / RATE
    phasor = (x * np.exp(-1j * angle)).mean(axis=1) * np.sqrt(2)
    q = (phasor[:3] * phasor[3:].conj()).imag
    true = true_energies([(series_of(point), 2.0)], point.wiring)
    net = true["reactive_energy_import"] - true["reactive_energy_export"]
    assert net == pytest.approx(q.sum() * 2 / 3600, abs=1e-10)


@pytest.mark.parametrize("point", [p for p in POINTS if p.waveform is not Waveform.HALF_WAVE],
                         ids=str)  # fmt: skip
def test_readings_are_those_of_the_samples(point: Point) -> None:
    x = dense(point)
    if not point.wiring.has_neutral:
        lines = np.sqrt(((x[:3] - x[[1, 2, 0]]) ** 2).mean(axis=1))
        true = true_values(series_of(point), point.wiring)
        ids = ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")
        assert [true[id] for id in ids] == pytest.approx(lines)
        return
    true = true_values(series_of(point), point.wiring)
    rms = np.sqrt((x**2).mean(axis=1))
    for n, phase in enumerate(("l1", "l2", "l3")[point.wiring.phases]):
        assert true[f"voltage_{phase}"] == pytest.approx(rms[n], abs=1e-9)
        assert true[f"current_{phase}"] == pytest.approx(rms[3 + n], abs=1e-9)
        assert true[f"apparent_power_{phase}"] == pytest.approx(rms[n] * rms[3 + n], abs=1e-7)
    assert true["active_power"] == pytest.approx((x[:3] * x[3:]).mean(axis=1).sum(), abs=1e-7)


def test_currents_of_three_wires_sum_to_nothing() -> None:
    point = Point(Wiring.THREE_WIRE, waveform=Waveform.EVERY_ORDER)
    assert dense(point)[3:].sum(axis=0) == pytest.approx(np.zeros(25_600), abs=1e-9)


def test_quadrants_by_direction_and_side() -> None:
    found = {}
    for side in ("ind", "cap"):
        for export in (False, True):
            point = Point(factor=Factor("sin", 0.5, side), export=export)
            true = true_energies([(series_of(point), 2.0)], Wiring.FOUR_WIRE)
            p = true["active_energy_import"] - true["active_energy_export"]
            q = true["reactive_energy_import"] - true["reactive_energy_export"]
            found[side, export] = (np.sign(p), np.sign(q))
    assert found == {("ind", False): (1, 1), ("cap", False): (1, -1),
                     ("ind", True): (-1, -1), ("cap", True): (-1, 1)}  # fmt: skip
