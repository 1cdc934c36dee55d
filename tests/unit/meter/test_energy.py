"""Energy registers: exact integers whatever comes in."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from smartx96.errors import StreamError
from smartx96.meter.energy import Energy


def add(energy: Energy, active, seconds, reactive=None) -> None:
    active = np.atleast_2d(np.asarray(active, float))
    reactive = np.zeros_like(active) if reactive is None else np.atleast_2d(reactive)
    count = len(active)
    energy.add(active, reactive, np.zeros(count), np.zeros(count), np.full(count, seconds))


def test_an_hour_of_a_kilowatt() -> None:
    energy = Energy()
    add(energy, [[1000.0, 500.0, 0.0]], 3600.0)
    exact = energy.exact()
    assert exact["active_energy_import_l1"] == 1_000_000_000
    assert exact["active_energy_import_l2"] == 500_000_000
    assert exact["active_energy_import"] == 1_500_000_000
    assert exact["active_energy_total"] == 1_500_000_000
    assert exact["active_energy_net"] == -1_500_000_000


def test_nettings_differ_and_their_balance_is_the_same() -> None:
    """Two phases import while one exports: per phase both run, over the sum only import."""
    energy = Energy()
    add(energy, [[1000.0, 1000.0, -500.0]], 3600.0)
    exact = energy.exact()
    assert exact["active_energy_import_per_phase"] == 2_000_000_000
    assert exact["active_energy_export_per_phase"] == 500_000_000
    assert exact["active_energy_import_sum"] == 1_500_000_000
    assert exact["active_energy_export_sum"] == 0


def test_windows_at_once_or_one_by_one() -> None:
    rng = np.random.default_rng(1)
    power = rng.normal(0, 2000, (5000, 3))
    together, single = Energy(), Energy()
    add(together, power, 0.2)
    for row in power:
        add(single, row, 0.2)
    assert together.exact() == single.exact()


def test_what_is_below_a_quantum_is_carried() -> None:
    """0.9 quanta a window for 1000 windows is 900 quanta, and no window adds one by itself."""
    energy = Energy()
    quantum = 3600 * 1e-6  # Ws in 1 uWh
    add(energy, np.tile([0.9 * quantum, 0, 0], (1000, 1)), 1.0)
    assert energy.exact()["active_energy_import_l1"] in (899, 900)


@pytest.mark.parametrize("quanta", [1, 2, 3, 7])
def test_single_quanta(quanta: int) -> None:
    energy = Energy()
    add(energy, [[quanta * 3600e-6, 0, 0]], 1.0)
    assert energy.exact()["active_energy_import_l1"] == quanta


def test_import_less_export_is_the_exact_sum() -> None:
    """To the quantum for each of the phases, whatever the signs do."""
    rng = np.random.default_rng(7)
    power = rng.normal(0, 3000, (20_000, 3))
    energy = Energy()
    add(energy, power, 0.2)
    exact = energy.exact()
    for n in range(3):
        truth = sum(Fraction(float(p)) for p in power[:, n]) * Fraction(1, 5) * 10**6 / 3600
        found = exact[f"active_energy_import_l{n + 1}"] - exact[f"active_energy_export_l{n + 1}"]
        assert abs(found - truth) <= 1.1


def test_what_is_not_available_counts_nothing() -> None:
    energy = Energy()
    add(energy, [[np.nan, np.inf, 1000.0]], 3600.0)
    assert energy.exact()["active_energy_import"] == 1_000_000_000


@pytest.mark.parametrize("kind", ["active", "reactive"])
def test_total_is_import_and_export(kind: str) -> None:
    rng = np.random.default_rng(3)
    energy = Energy()
    for _ in range(50):
        add(energy, rng.normal(0, 900, (4, 3)), 0.2, rng.normal(0, 900, (4, 3)))
        exact = energy.exact()
        for place in ("", "_l1", "_l2", "_l3"):
            ways = [exact[f"{kind}_energy_{way}{place}"] for way in ("import", "export", "total")]
            assert ways[0] + ways[1] == ways[2]


def test_the_largest_legal_ratios_do_not_overflow() -> None:
    """9999/1 A and a VT ratio of 9999 at full load, 64 windows at once: 83 GW a phase."""
    energy = Energy()
    power = 230.0 * 9999 * 1.2 * 9999 * 3
    add(energy, np.full((64, 3), power), 0.2)
    truth = Fraction(power) * 64 * 3 * Fraction(1, 5) * 10**6 / 3600
    for id in ("active_energy_import", "active_energy_import_sum"):
        assert abs(energy.exact()[id] - truth) < 1e-9 * truth


def test_more_than_any_meter_counts_is_refused() -> None:
    with pytest.raises(StreamError, match="--scale"):
        add(Energy(), [[1e15, 0, 0]], 0.2)


def test_a_running_meter_outlives_a_spike() -> None:
    """What no meter counts is an error of a recording, and a flag of a meter that must go on."""
    from smartx96.block import Block
    from smartx96.errors import StreamError
    from smartx96.installation.measurement import Configuration
    from smartx96.meter.meter import Meter
    from smartx96.metrology.stream import Stream
    from smartx96.metrology.windows import Flag
    from support.signals import balanced

    wave = balanced(50.0)
    x = wave.samples(3.0)
    x[:, 20_000:20_100] = 9e11
    for strict in (True, False):
        meter, stream = Meter(Configuration().conditions(), strict=strict), Stream()
        pieces = stream.push(Block(x, wave.rate, 0)) + stream.finish()
        if strict:
            with pytest.raises(StreamError, match="--scale"):
                [meter.take(piece) for piece in pieces]
            continue
        for piece in pieces:
            meter.take(piece)
        assert meter.energy.refused in (1, 2)
        assert Flag.QUESTIONABLE in meter.flags
        counted = meter.energy.quanta("active_energy_import_sum") * 3600e-6
        windows = 0.2 * meter.energy.refused
        assert counted == pytest.approx(wave.power.sum() * (3.0 - windows), rel=0.02)
