"""Timeline and engine where the signal is not clean: holding, flags, limits, gaps."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from smartx96.block import Block
from smartx96.errors import StreamError
from smartx96.metrology.engine import Engine
from smartx96.metrology.stream import Stream
from smartx96.metrology.synchronisation import TrackingPlan
from smartx96.metrology.timeline import CYCLE, Timeline, inverse_cubics
from smartx96.metrology.windows import Flag, Windows
from support.signals import balanced

RATE = 12_800.0


def flags(result, flag: Flag) -> np.ndarray:
    return (result["flags"].astype(int) & flag) != 0


def steady(frequency: float, ticks: int = 40) -> Timeline:
    line = Timeline(TrackingPlan(RATE), 50)
    line.extend(np.full(ticks, frequency * line.plan.tick_seconds), np.ones(ticks, bool))
    return line


@pytest.mark.parametrize("frequency", [45.0, 50.0, 61.7])
def test_positions_of_a_steady_frequency(frequency: float) -> None:
    line = steady(frequency)
    targets = (np.arange(1, 8) * CYCLE + CYCLE // 3)[:, np.newaxis]
    at = line.positions(targets, targets[:, 0])
    period = RATE / frequency
    first = line.plan.centre + line.plan.tick_samples
    truth = first + (targets[:, 0] / CYCLE) * period
    np.testing.assert_allclose(at.origin + at.offset[:, 0], truth, rtol=0, atol=1e-7)


def test_positions_on_a_ramp() -> None:
    """1 Hz/s: phase 50 t + t^2 / 2, known at the ticks, met in between to 1e-5 sample."""
    line = Timeline(TrackingPlan(RATE), 50)
    t = np.arange(61) * line.plan.tick_seconds
    phase = 50 * t + t**2 / 2
    line.extend(np.diff(phase), np.ones(60, bool))
    targets = np.arange(2, 25) * CYCLE
    at = line.positions(targets[:, np.newaxis], targets)
    truth = -50 + np.sqrt(2500 + 2 * np.arange(2, 25))
    found = (at.origin + at.offset[:, 0] - line.plan.centre) / RATE - line.plan.tick_seconds
    np.testing.assert_allclose(found * RATE, truth * RATE, atol=1e-5)


def test_the_cubic_meets_the_ticks_around_it() -> None:
    """Uneven steps, up to 2 %: at the phase of a tick the position is the tick's."""
    line = Timeline(TrackingPlan(RATE), 50)
    steps = 0.5 + 0.01 * np.random.default_rng(4).standard_normal(40)
    line.extend(steps, np.ones(40, bool))
    for shift, accuracy in ((0, 1e-9), (-1, 1e-4)):
        targets = line.phase[4:30] + shift
        at = line.positions(targets[:, np.newaxis], targets)
        ticks = (at.origin + at.offset[:, 0] - line.plan.centre) / line.plan.tick_samples
        np.testing.assert_allclose(ticks, np.arange(5, 31), atol=accuracy)
    first, second, third = inverse_cubics(line.phase)[:, 10]
    at = line.phase[11]
    for tick in (-1, 1, 2):
        x = float(line.phase[11 + tick] - at)
        assert x * (first + x * (second + x * third)) == pytest.approx(tick, abs=1e-12)


def test_an_outage_holds_the_last_frequency() -> None:
    wave = balanced(50.2)
    x = wave.samples(6.0)
    x[:, round(2 * RATE) : round(4 * RATE)] = 0.0
    result = smartx96.measure(x, RATE)
    dead = flags(result, Flag.UNSYNCHRONISED)
    assert 9 <= dead.sum() <= 13
    inner = (result["time"] > 2.5) & (result["time"] < 3.9)
    assert np.all(dead[inner])
    assert np.all(np.isnan(result["frequency"][dead]))
    assert not np.any(flags(result, Flag.FREQUENCY_OUT_OF_RANGE))
    np.testing.assert_allclose(10 / np.diff(result["time"][inner]), 50.2, atol=1e-6)
    assert np.all(result["voltage_l1"][inner] < 1e-6)
    assert np.all(np.isnan(result["power_factor_l1"][inner]))
    np.testing.assert_allclose(result["frequency"][result["time"] > 4.6], 50.2, atol=1e-6)


def test_silence_is_windows_of_the_nominal_frequency() -> None:
    result = smartx96.measure(np.zeros((6, 12_800)), RATE, nominal=60)
    np.testing.assert_allclose(np.diff(result["time"]), 0.2)
    assert np.all(np.isnan(result["frequency"]))
    assert np.all(flags(result, Flag.UNSYNCHRONISED))
    assert np.all(np.isnan(result["voltage_thd_l1"]))
    assert np.all(result["voltage_sequence"] == 0)


def test_currents_carry_the_windows_where_no_voltage_is() -> None:
    wave = balanced(50.3)
    x = wave.samples(2.0)
    x[:3] = 0.0
    result = smartx96.measure(x, RATE)
    assert not np.any(flags(result, Flag.UNSYNCHRONISED))
    np.testing.assert_allclose(result["frequency"], 50.3, atol=1e-5)


@pytest.mark.parametrize("signal", ["noise", "direct", "one phase", "square"])
def test_any_signal_gives_readings(signal: str) -> None:
    t = np.arange(round(2 * RATE)) / RATE
    x = np.zeros((6, len(t)))
    if signal == "noise":
        x = np.random.default_rng(1).standard_normal(x.shape)
    elif signal == "direct":
        x += 5.0
    elif signal == "one phase":
        x[1] = 325 * np.sin(2 * np.pi * 50 * t)
    else:
        x += np.sign(np.sin(2 * np.pi * 50.01 * t + 0.1))
    result = smartx96.measure(x, RATE)
    assert len(result) >= 8
    assert np.all(np.isfinite(result["voltage_l1"]))
    dead = signal in ("direct", "noise")
    np.testing.assert_array_equal(flags(result, Flag.UNSYNCHRONISED), dead)


@pytest.mark.parametrize("frequency", [40.5, 44.0, 66.0, 69.5])
def test_beyond_the_specified_range_it_is_tracked_and_flagged(frequency: float) -> None:
    result = smartx96.measure(balanced(frequency).samples(3.0), RATE)
    np.testing.assert_allclose(result["frequency"], frequency, atol=1e-3)
    assert np.all(flags(result, Flag.FREQUENCY_OUT_OF_RANGE))


@pytest.mark.parametrize(("frequency", "cycles"), [(50.0, 10), (53.0, 10), (57.5, 12), (60.0, 12)])
def test_ten_or_twelve_cycles(frequency: float, cycles: int) -> None:
    result = smartx96.measure(balanced(frequency).samples(2.0), RATE)
    np.testing.assert_allclose(np.diff(result["time"]), cycles / frequency, rtol=1e-6)
    assert result.summary.nominal_frequency == {10: 50, 12: 60}[cycles]


def test_missing_samples_are_flagged_and_not_measured() -> None:
    wave = balanced(50.0)
    x = wave.samples(2.0)
    x[4, 12_000:12_010] = np.nan
    result = smartx96.measure(x, RATE)
    assert flags(result, Flag.MISSING).sum() == 1
    assert result.summary.measured_time == pytest.approx(2.0 - 10 / RATE, abs=1e-9)
    assert np.all(np.isfinite(result["current_l2"]))
    torn = flags(result, Flag.MISSING)
    for id in ("voltage_thd_l1", "current_thd_l2", "voltage_harmonic_l1[5]"):
        np.testing.assert_array_equal(np.isnan(result[id]), torn)
    reactive = wave.fundamental_power.imag
    np.testing.assert_allclose(result["reactive_power_l1"], reactive[0], rtol=0.01)
    assert np.isfinite(result.summary["voltage_thd_l1"])
    assert result.summary["voltage_thd_l1"] < 1e-3


@pytest.mark.parametrize("frequency", [25.0, 38.0, 75.0, 78.1, 172.0])
def test_no_fundamental_within_the_limits_is_said(frequency: float) -> None:
    """As a wrong rate makes it: rms and power stand, nothing claims a frequency."""
    wave = balanced(frequency)
    result = smartx96.measure(wave.samples(2.0), RATE)
    assert np.all(flags(result, Flag.UNSYNCHRONISED))
    for id in ("frequency", "reactive_power", "phase_angle_l1", "voltage_thd_l1"):
        assert np.all(np.isnan(result[id])), id
    np.testing.assert_allclose(result["voltage_l1"], 230.0, rtol=0.03)


def test_a_window_with_too_few_samples_has_no_values() -> None:
    wave = balanced(50.0)
    x = wave.samples(3.0)
    x[:, 20_000:32_000] = np.nan
    result = smartx96.measure(x, RATE)
    assert result.summary["voltage_l1"] == pytest.approx(230.0, rel=0.01)
    assert result.summary["active_power"] == pytest.approx(wave.power.sum(), rel=0.02)
    assert np.isnan(result["voltage_l1"]).sum() >= 4
    joule = wave.power.sum() * (3.0 - 12_000 / RATE) * 1e6 / 3600
    assert result.summary.exact["active_energy_import_exact"] == pytest.approx(joule, rel=2e-3)


def test_a_gap_is_missing_samples() -> None:
    x = balanced(50.0).samples(2.0)
    stream, found = Stream(), []
    found += stream.push(Block(x[:, :10_000], RATE, 0))
    found += stream.push(Block(x[:, 10_500:], RATE, 10_500))
    found += stream.finish()
    assert stream.losses.gaps == 1
    assert stream.losses.time == pytest.approx(500 / RATE)
    windows = [p for p in found if isinstance(p, Windows)]
    assert sum(int(np.count_nonzero(w.flags & Flag.MISSING)) for w in windows) == 1
    seconds = sum(float(np.sum(p.measured_time)) for p in found)
    assert seconds == pytest.approx(2.0 - 500 / RATE, abs=1e-9)


def test_another_rate_begins_anew() -> None:
    x = balanced(50.0).samples(1.0)
    y = balanced(50.0, rate=6400.0).samples(1.0)
    stream = Stream()
    pieces = stream.push(Block(x, RATE, 0))
    pieces += stream.push(Block(y, 6400.0, 0)) + stream.finish()
    assert {p.rate for p in pieces} == {RATE, 6400.0}
    assert sum(float(np.sum(p.measured_time)) for p in pieces) == pytest.approx(2.0, abs=1e-9)


@pytest.mark.parametrize("rate", [100.0, 5e6])
def test_a_rate_beyond_the_limits_names_them(rate: float) -> None:
    with pytest.raises(StreamError, match="400"):
        Engine(rate)


def test_doubled_samples_are_refused() -> None:
    engine = Engine(RATE)
    engine.push(Block(np.zeros((6, 100)), RATE, 0))
    with pytest.raises(StreamError, match="doubled"):
        engine.push(Block(np.zeros((6, 100)), RATE, 50))


@pytest.mark.parametrize("level", [1e-5, 1e-3])
def test_noise_on_dead_wires_holds_the_frequency(level: float) -> None:
    wave = balanced(50.2)
    x = wave.samples(6.0)
    dead = slice(round(2 * RATE), round(4 * RATE))
    noise = np.random.default_rng(3).standard_normal((6, dead.stop - dead.start))
    x[:, dead] = level * np.abs(wave.phasors[:, :1]) * noise
    result = smartx96.measure(x, RATE)
    inner = (result["time"] > 2.5) & (result["time"] < 3.9)
    assert np.all(flags(result, Flag.UNSYNCHRONISED)[inner])
    np.testing.assert_allclose(10 / np.diff(result["time"][inner]), 50.2, atol=1e-6)
    assert result.summary["frequency"] == pytest.approx(50.2, abs=1e-3)


@pytest.mark.parametrize("frequency", [50.0, 60.0])
@pytest.mark.parametrize("seed", range(8))
def test_noise_before_the_mains_does_not_choose_the_nominal(frequency: float, seed: int) -> None:
    wave = balanced(frequency)
    x = wave.samples(4.0)
    before = round(1.0 * RATE)
    noise = np.random.default_rng(seed).standard_normal((6, before))
    x[:, :before] = 1e-4 * np.abs(wave.phasors[:, :1]) * noise
    result = smartx96.measure(x, RATE)
    assert result.summary.nominal_frequency == frequency
    np.testing.assert_allclose(result["frequency"][-5:], frequency, atol=1e-6)


def test_the_number_of_cycles_follows_the_mains() -> None:
    """From 50 to 60 Hz: once the frequency has settled, windows have 12 cycles."""
    t = np.arange(round(8 * RATE)) / RATE
    cycles = 50 * t + 10 * np.clip(t - 2, 0, 2) ** 2 / 4 + 10 * np.maximum(t - 4, 0)
    result = smartx96.measure(balanced(50.0).at_phase(cycles), RATE)
    assert result["frequency"][0] == pytest.approx(50.0, abs=1e-4)
    assert result["frequency"][-1] == pytest.approx(60.0, abs=1e-4)
    assert np.diff(result["time"])[-1] == pytest.approx(0.2, abs=1e-4)


def test_a_flash_of_voltage_within_an_outage_is_not_trusted() -> None:
    wave = balanced(50.2)
    x = wave.samples(5.0)
    x[:, round(2 * RATE) : round(2.5 * RATE)] = 0.0
    x[:, round(2.56 * RATE) : round(3.5 * RATE)] = 0.0
    result = smartx96.measure(x, RATE)
    inner = (result["time"] > 2.9) & (result["time"] < 3.4)
    np.testing.assert_allclose(10 / np.diff(result["time"][inner]), 50.2, atol=1e-6)


@pytest.mark.parametrize(("rate", "step"), [(44_100.0, -20.0), (44_100.0, 4.0), (96_000.0, -4.0)])
def test_steps_of_frequency_at_high_rates_stay_within_the_samples(rate: float, step: float) -> None:
    """Whatever the blocks: the first cycle of a window may be far shorter than its mean."""
    t = np.arange(round(2.5 * rate)) / rate
    start = 65.0 if step < -10 else 50.0
    x = balanced(50.0, rate=rate).at_phase(start * t + step * np.maximum(t - 1.2, 0))
    whole, cut = [], []
    for found, size in ((whole, x.shape[1]), (cut, 1999)):
        engine = Engine(rate)
        for n in range(0, x.shape[1], size):
            pieces = engine.push(Block(x[:, n : n + size], rate, n))
            found.extend(p for p in pieces if isinstance(p, Windows))
    np.testing.assert_array_equal(
        np.concatenate([w.phasors for w in whole]), np.concatenate([w.phasors for w in cut])
    )


def test_missing_marks_count_whatever_stands_there() -> None:
    """Marked samples with values in them are as if they were not there."""
    x = balanced(50.0).samples(2.0)
    quality = np.zeros(x.shape[1], np.uint8)
    quality[13_000:14_000] = 1
    marked, holed = x.copy(), x.copy()
    marked[:, 13_000:14_000] = 99_999.0
    holed[:, 13_000:14_000] = np.nan
    found = []
    for samples, given in ((marked, quality), (holed, None)):
        engine = Engine(RATE)
        pieces = [*engine.push(Block(samples, RATE, 0, quality=given)), *engine.finish()]
        found.append(pieces)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one.sums, other.sums)
        np.testing.assert_array_equal(one.measured, other.measured)


def test_time_goes_on_over_long_gaps_and_rates() -> None:
    x = balanced(50.0).samples(2.0)
    y = balanced(50.0, rate=6400.0).samples(2.0)
    stream = Stream()
    pieces = stream.push(Block(x, RATE, 0))
    pieces += stream.push(Block(x, RATE, round(60 * RATE)))
    pieces += stream.push(Block(y, 6400.0, 0)) + stream.finish()
    times = np.concatenate([p.time for p in pieces if isinstance(p, Windows)])
    assert np.all(np.diff(times) > 0)
    assert 60 < times[9] < 60.4
    assert 63.5 < times[-1] < 64.0


@pytest.mark.parametrize("value", [1e80, 1e155, 1e200, np.inf])
def test_absurd_samples_are_missing_ones(value: float) -> None:
    x = balanced(50.0).samples(2.0)
    x[0, 12_345] = value
    result = smartx96.measure(x, RATE)
    assert flags(result, Flag.MISSING).sum() == 1
    assert result.summary["voltage_l1"] == pytest.approx(230.0, rel=1e-3)


@pytest.mark.parametrize("rate", [400.0, 410.0, 445.0, 500.0, 700.0])
def test_low_rates_carry_what_they_say(rate: float) -> None:
    for frequency in (45.0, 50.0, 65.0):
        orders = int(0.45 * rate / frequency)
        for turn in (0.0, 0.7, 1.5):
            wave = balanced(frequency, rate=rate)
            wave.phasors[:, orders - 1] += 0.1 * np.abs(wave.phasors[:, 0]) * np.exp(1j * turn)
            result = smartx96.measure(wave.samples(3.0), rate)
            shown = result[f"voltage_harmonic_l1[{orders}]"]
            np.testing.assert_allclose(shown, wave.percent[0, orders - 1], rtol=2e-3)
