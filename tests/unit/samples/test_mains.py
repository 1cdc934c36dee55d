"""The built-in supply: believable over a day, continuous, anywhere in time."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import numpy as np
import pytest

from smartx96.errors import OptionError
from smartx96.samples.mains import EPOCH, mains
from smartx96.samples.scenario.noise import white_noise

DAY = np.arange(0.0, 86400.0, 2.0)


@pytest.fixture(scope="module")
def day() -> np.ndarray:
    """Phasors of midsummer's day, every 2 s, shape (43200, 6, 13)."""
    return mains().phasors(DAY, 13)


def powers(phasors: np.ndarray) -> np.ndarray:
    return np.asarray((phasors[:, :3] * phasors[:, 3:].conj()).sum(axis=2))


@pytest.mark.parametrize("seed", range(4))
def test_a_day_stays_within_what_a_low_voltage_supply_does(seed: int) -> None:
    supply = mains(seed=seed)
    phasors = supply.phasors(DAY, 13)
    rms = np.sqrt((np.abs(phasors) ** 2).sum(axis=2))
    voltage, current = rms[:, :3], rms[:, 3:]
    assert voltage.min() > 220
    assert voltage.max() < 240
    assert current.min() > 0.15
    assert 2.5 < current.max() < 5.0
    distortion = np.sqrt((np.abs(phasors[:, :, 1:]) ** 2).sum(axis=2)) / np.abs(phasors[:, :, 0])
    assert distortion[:, :3].min() > 0.01
    assert distortion[:, :3].max() < 0.05
    assert 0.05 < np.median(distortion[:, 3:]) < 0.4
    frequency = supply.frequencies(DAY)
    assert 49.97 <= frequency.min() < 49.98
    assert 50.02 < frequency.max() <= 50.03
    means = voltage.mean(axis=0)
    assert 0.2 < np.ptp(means) < 4
    assert np.ptp(current.mean(axis=0)) > 0.1


def test_sun_at_noon_exports_on_two_phases_at_least_and_evening_imports(day: np.ndarray) -> None:
    power = powers(day).real
    hour = DAY / 3600
    noon, evening = power[(hour > 11) & (hour < 13)], power[(hour > 18) & (hour < 21)]
    assert noon.sum(axis=1).mean() < -800
    assert ((noon.mean(axis=0) < 0).sum()) >= 2
    assert evening.sum(axis=1).min() > 200
    assert evening.sum(axis=1).mean() > 2 * power[hour < 4].sum(axis=1).mean()
    assert power[hour < 4].min() > 0


def test_winter_has_less_sun_than_load() -> None:
    winter = mains(datetime(2026, 12, 21, tzinfo=UTC)).phasors(DAY, 13)
    summer = mains().phasors(DAY, 13)
    assert powers(winter).real.sum() > 2 * powers(summer).real.sum()


def test_voltage_sags_with_the_load(day: np.ndarray) -> None:
    voltage, power = np.abs(day[:, 0, 0]), powers(day)[:, 0].real
    assert np.corrcoef(voltage, power)[0, 1] < -0.6


def test_appliances_switch(day: np.ndarray) -> None:
    steps = np.abs(np.diff(np.abs(day[:, 3:, 0]), axis=0))
    assert (steps > 0.1).sum() > 60


def test_power_factor_moves_with_the_load(day: np.ndarray) -> None:
    dark = (DAY < 3 * 3600) | (DAY > 20 * 3600)
    apparent = np.sqrt((np.abs(day) ** 2).sum(axis=2))
    factor = powers(day).real[dark] / (apparent[dark, :3] * apparent[dark, 3:])
    assert 0.7 < factor.min() < 0.9
    assert 0.97 < factor.max() < 1.0
    assert np.quantile(factor, 0.95) - np.quantile(factor, 0.05) > 0.04


def test_samples_agree_with_the_phasors() -> None:
    supply = mains()
    start = 12800 * 68000
    t = (start + np.arange(2560)) / 12800
    samples = supply.block(start, 2560).samples
    phasors = supply.phasors(t, 13)
    power = (phasors[:, :3] * phasors[:, 3:].conj()).real.sum(axis=2).mean(axis=0)
    assert (samples[:3] * samples[3:]).mean(axis=1) == pytest.approx(power, rel=2e-3)
    rms = np.sqrt((np.abs(phasors) ** 2).sum(axis=2).mean(axis=0))
    assert samples.std(axis=1) == pytest.approx(rms, rel=2e-3)


@pytest.mark.parametrize("start", [0, 12800 * 68000 + 77, 12800 * 86400 * 400])
def test_samples_against_the_direct_formula(start: int) -> None:
    """The phase by fractions from the epoch on, the noise taken off."""
    supply = mains(datetime(2026, 3, 1, 17, 0, 0, 123456, tzinfo=UTC))
    assert supply.start is not None
    since = Fraction((supply.start - EPOCH) // timedelta(microseconds=1), 10**6)
    moments = [since + Fraction(k, 12800) for k in range(start, start + 2000)]
    turns = np.array([float(50 * moment % 1) for moment in moments])
    for wave in supply.wander:
        own = np.array([float(moment / Fraction(wave.period) % 1) for moment in moments])
        angle = math.radians(wave.angle)
        size = wave.hertz * wave.period / (2 * np.pi)
        turns += size * (math.cos(angle) - np.cos(2 * np.pi * own + angle))
    phasors = supply.phasors((start + np.arange(2000)) / 12800, 13)
    orders = np.exp(2j * np.pi * turns[:, np.newaxis, np.newaxis] * np.arange(1, 14))
    expected = math.sqrt(2) * (phasors * orders).sum(axis=2).imag.T
    found = supply.block(start, 2000).samples
    first = int(since * 12800 // 1) + start
    for channel, size in enumerate([230, 230, 230, 5, 5, 5]):
        noise = 1e-4 * math.sqrt(2) * size * white_noise(0, channel, first, 2000)
        assert np.abs(found[channel] - noise - expected[channel]).max() < 1e-7 * size


def test_phasors_are_linear_between_breaks_and_bend_there() -> None:
    supply = mains(datetime(2026, 3, 1, 17, 0, 0, 37_000, tzinfo=UTC))
    begin = 3600.0 + 0.04
    breaks = supply.breaks(begin, begin + 60.0)
    assert len(breaks) == 600
    assert begin <= breaks[0] < begin + 0.1
    assert breaks[-1] < begin + 60.0
    ends, between = supply.phasors(breaks), supply.phasors(breaks[:-1] + 0.03)
    expected = 0.7 * ends[:-1] + 0.3 * ends[1:]
    assert np.abs(between - expected).max() < 1e-6
    bend = np.abs(ends[:-2] - 2 * ends[1:-1] + ends[2:])[:, :, 0].max(axis=1)
    assert (bend > 1e-5).mean() > 0.9
    assert not len(supply.frequency_breaks(begin, begin + 60.0))


def test_the_orders_wanted() -> None:
    supply, t = mains(), np.array([0.01, 5.5, 90_000.0])
    whole = supply.phasors(t)
    assert whole.shape == (3, 6, 63)
    for orders in (supply.orders, (1,), (5, 3, 2, 1), (99, 1)):
        found = supply.phasors(t, orders)
        for column, order in enumerate(orders):
            truth = whole[:, :, order - 1] if order <= 63 else np.zeros((3, 6))
            assert np.array_equal(found[:, :, column], truth)
    assert not whole[:, :, [h - 1 for h in range(1, 64) if h not in supply.orders]].any()
    assert supply.phasors([]).shape == (0, 6, 63)


def test_continuous_over_knots_blocks_and_midnight() -> None:
    supply = mains(datetime(2026, 6, 21, 23, 59, 59, tzinfo=UTC))
    samples = np.hstack([supply.block(start, 1000).samples for start in range(0, 26000, 1000)])
    steps = np.abs(np.diff(samples))
    assert steps[:3].max() < 2 * np.pi * 50 * 340 / 12800 * 1.3
    assert steps[3:].max() < 0.35


def test_a_moment_is_the_same_whenever_the_stream_began() -> None:
    early = mains(datetime(2026, 6, 21, 6, 0, tzinfo=UTC))
    late = mains(datetime(2026, 6, 21, 16, 0, tzinfo=timezone(timedelta(hours=2))))
    a, b = early.block(8 * 3600 * 12800 + 99, 5000).samples, late.block(99, 5000).samples
    assert np.abs(a - b).max() < 1e-6


def test_another_seed_is_another_feeder_and_the_same_seed_the_same() -> None:
    one = mains(seed=1).block(0, 3000).samples
    assert np.array_equal(one, mains(seed=1).block(0, 3000).samples)
    assert np.abs(one - mains(seed=2).block(0, 3000).samples)[3:].max() > 0.05


def test_noise_is_there_and_small() -> None:
    fast = mains(rate=51200).block(0, 51200).samples
    lines = np.abs(np.fft.rfft(fast * np.hanning(51200)))[:, 2000:] / 51200
    assert (lines.mean(axis=1)[:3] > 1e-5).all()
    assert lines.max() < 2e-3


def test_source_properties_and_start() -> None:
    supply = mains()
    assert supply.length is None
    assert supply.side == "secondary"
    assert supply.start == datetime(2026, 6, 21, tzinfo=UTC)
    assert mains(datetime(2026, 1, 1, 12, 0)).start == datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    assert repr(supply) == "Mains(2026-06-21T00:00:00Z, 12800/s, seed 0)"
    assert next(iter(supply.blocks(0.2))).length == 2560
    assert np.isfinite(mains(datetime(1987, 5, 4, tzinfo=UTC)).block(0, 500).samples).all()


@pytest.mark.parametrize("rate", [0.0, -1.0, 1000.0, math.nan, math.inf])
def test_rates_without_meaning_are_refused(rate: float) -> None:
    with pytest.raises(OptionError, match="needs"):
        mains(rate=rate)


def test_needs_no_pydantic() -> None:
    import subprocess

    code = "import sys; sys.modules['pydantic'] = None\n"
    code += "from smartx96.samples.mains import mains; mains().block(0, 10)"
    subprocess.run([sys.executable, "-c", code], check=True)
