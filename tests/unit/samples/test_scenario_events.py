"""Events of a scenario: edges on their sample, composition, continuous phase."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from smartx96.errors import ScenarioError
from smartx96.samples.scenario import (
    Change,
    Distortion,
    Event,
    Export,
    FrequencyChange,
    Harmonic,
    Reversal,
    Scale,
    Scenario,
    Shift,
    Wave,
    three,
)

RATE = 12800


def with_events(*events: Event, **others: object) -> Scenario:
    return Scenario(three(Wave(230)), three(Wave(5, 30)), events=events, **others)  # type: ignore[arg-type]


def ratio(scenario: Scenario, channel: int, start: int, n: int) -> np.ndarray:
    """Samples over those without events, NaN where these are near zero."""
    plain = Scenario(scenario.voltages, scenario.currents).block(start, n).samples[channel]
    found = scenario.block(start, n).samples[channel]
    plain[np.abs(plain) < 0.05] = np.nan
    return np.asarray(found / plain)


def same(found: np.ndarray, expected: np.ndarray | float) -> bool:
    good = ~np.isnan(found)
    return bool(np.abs(found - expected)[good].max() < 1e-10)


def test_a_dip_holds_for_exactly_its_samples_in_its_phases() -> None:
    # 0.1 + 0.2 is not 0.3 in binary: the end must fall on sample 3840 all the same.
    scenario = with_events(Scale(at=0.1, duration=0.2, factor=0.6, phases=(1, 3)))
    expected = np.ones(5000)
    expected[1280:3840] = 0.6
    assert same(ratio(scenario, 0, 0, 5000), expected)
    assert same(ratio(scenario, 2, 0, 5000), expected)
    assert same(ratio(scenario, 1, 0, 5000), 1.0)
    assert same(ratio(scenario, 3, 0, 5000), 1.0)


def test_edges_stay_on_their_sample_after_weeks() -> None:
    at = 1_728_000.7
    first = int(Fraction("1728000.7") * RATE)
    scenario = with_events(Scale(at=at, duration=0.01, ramp=0.002, factor=0.0))
    found = ratio(scenario, 0, first - 100, 400)
    m = np.arange(400) - 100
    weight = np.clip(m / 25.6, 0, 1) - np.clip((m - 128) / 25.6, 0, 1)
    assert same(found, 1 - weight)


def test_edge_between_two_samples() -> None:
    at = "0.10001"
    scenario = with_events(Scale(at=float(at), ramp=0.01, factor=2.0))
    position = float(Fraction(at) * RATE)
    m = np.arange(1200, 1500)
    assert same(ratio(scenario, 0, 1200, 300), 1 + np.clip((m - position) / 128, 0, 1))


def test_factors_multiply() -> None:
    scenario = with_events(
        Scale(at=0.0, duration=0.2, factor=0.5),
        Scale(at=0.1, duration=0.2, factor=0.8, of=("voltage", "current")),
    )
    expected = np.ones(5120)
    expected[:2560] *= 0.5
    expected[1280:3840] *= 0.8
    assert same(ratio(scenario, 1, 0, 5120), expected)
    expected[:2560] /= 0.5
    assert same(ratio(scenario, 4, 0, 5120), expected)


def test_set_values_blend_and_a_factor_stays_on_top() -> None:
    scenario = with_events(
        Change(at=0.2, ramp=0.1, quantity="voltage", value=115.0),
        Change(at=0.1, duration=0.4, quantity="voltage", value=460.0),
        Scale(at=0.0, factor=0.5),
    )
    t = np.arange(10000) / RATE
    weight = np.clip((t - 0.2) / 0.1, 0, 1)
    before = np.where((t >= 0.1) & (t < 0.5), 460.0, 230.0)
    expected = 0.5 * ((1 - weight) * before + weight * 115.0) / 230.0
    assert same(ratio(scenario, 0, 0, 10000), expected)


def test_loss_leaves_nothing_but_offset() -> None:
    scenario = Scenario(three(Wave(230, dc=1.5)), events=(Scale(at=0.1, factor=0.0, phases=(1,)),))
    samples = scenario.block(1280, 1000).samples
    assert (samples[0] == 1.5).all()
    assert samples[1].std() > 200


def test_export_turns_the_current_round_through_zero() -> None:
    scenario = with_events(Export(at=0.1, duration=0.3, ramp=0.1, phases=(2,)))
    t = np.arange(8000) / RATE
    weight = np.clip((t - 0.1) / 0.1, 0, 1) - np.clip((t - 0.4) / 0.1, 0, 1)
    assert same(ratio(scenario, 4, 0, 8000), 1 - 2 * weight)
    assert same(ratio(scenario, 3, 0, 8000), 1.0)
    assert same(ratio(scenario, 1, 0, 8000), 1.0)


def test_reversal_and_two_of_them_at_once() -> None:
    normal = Scenario(three(Wave(230)), three(Wave(5, 30))).block(0, 6400).samples
    once = with_events(Reversal(at=0.1, duration=0.3)).block(0, 6400).samples
    twice = with_events(Reversal(at=0.1), Reversal(at=0.2)).block(0, 6400).samples
    swapped = normal[[0, 2, 1, 3, 5, 4]]
    inside = slice(1280, 5120)
    assert np.allclose(once[:, inside], swapped[:, inside], rtol=0, atol=1e-10)
    assert np.array_equal(once[:, :1280], normal[:, :1280])
    assert np.array_equal(once[:, 5120:], normal[:, 5120:])
    assert np.allclose(twice[:, 1280:2560], swapped[:, 1280:2560], rtol=0, atol=1e-10)
    assert np.allclose(twice[:, 2560:], normal[:, 2560:], rtol=0, atol=1e-10)


def test_shifts_add_and_take_the_current_with_them() -> None:
    scenario = with_events(
        Shift(at=0.0, degrees=20.0, phases=(1,)), Shift(at=0.05, ramp=0.1, degrees=-50.0)
    )
    t = np.arange(4000) / RATE
    shift = np.clip((t - 0.05) / 0.1, 0, 1) * -50
    samples = scenario.block(0, 4000).samples
    for channel, degrees in ((0, 20), (1, -120), (3, 20 - 30), (5, 120 - 30)):
        size = math.sqrt(2) * (230 if channel < 3 else 5)
        expected = size * np.sin(2 * np.pi * 50 * t + np.radians(degrees + shift))
        assert np.abs(samples[channel] - expected).max() < 1e-9


def test_lag_moves_linearly_to_its_new_value() -> None:
    scenario = with_events(Change(at=0.1, ramp=0.2, quantity="angle", value=150.0))
    t = np.arange(6000) / RATE
    lag = 30 + 120 * np.clip((t - 0.1) / 0.2, 0, 1)
    expected = 5 * math.sqrt(2) * np.sin(2 * np.pi * 50 * t - np.radians(lag))
    assert np.abs(scenario.block(0, 6000).samples[3] - expected).max() < 1e-9


def test_spectrum_blends_in_place_of_the_old_one() -> None:
    wave = Wave(230, harmonics=(Harmonic(3, 10, 90), Harmonic(5, 8)))
    event = Distortion(
        at=0.1, duration=0.3, ramp=0.1, of="voltage", harmonics=(Harmonic(5, 2, 60), Harmonic(7, 4))
    )
    samples = Scenario(three(wave), events=(event,)).block(0, 8000).samples[1]
    t = np.arange(8000) / RATE
    weight = np.clip((t - 0.1) / 0.1, 0, 1) - np.clip((t - 0.4) / 0.1, 0, 1)
    phase = 2 * np.pi * 50 * t - 2 * np.pi / 3
    old = 0.10 * np.sin(3 * phase + np.pi / 2) + 0.08 * np.sin(5 * phase)
    new = 0.02 * np.sin(5 * phase + np.pi / 3) + 0.04 * np.sin(7 * phase)
    expected = 230 * math.sqrt(2) * (np.sin(phase) + (1 - weight) * old + weight * new)
    assert np.abs(samples - expected).max() < 1e-9


def ramp_phase(k: int) -> Fraction:
    """Cycles at sample k: 50 Hz, linearly to 52.5 Hz from 2.00003 to 5.3 s, 49.5 Hz at 7.0001 s."""
    t, cycles = Fraction(k, RATE), Fraction(0)
    begin, end, step = Fraction("2.00003"), Fraction("5.3"), Fraction("7.0001")
    cycles += 50 * min(t, begin)
    if t > begin:
        part = min(t, end) - begin
        cycles += 50 * part + Fraction("2.5") / (end - begin) * part * part / 2
    if t > end:
        cycles += Fraction("52.5") * (min(t, step) - end)
    if t > step:
        cycles += Fraction("49.5") * (t - step)
    return cycles


@pytest.mark.parametrize("start", [25500, 67800, 89500, 3 * 86400 * RATE])
def test_frequency_ramp_and_step_keep_the_phase(start: int) -> None:
    scenario = with_events(
        FrequencyChange(at=2.00003, ramp=3.29997, value=52.5),
        FrequencyChange(at=7.0001, value=49.5),
    )
    turns = np.array([float(ramp_phase(k) % 1) for k in range(start, start + 400)])
    expected = 230 * math.sqrt(2) * np.sin(2 * np.pi * turns)
    assert np.abs(scenario.block(start, 400).samples[0] - expected).max() < 1e-10 * 325


def test_frequency_that_returns() -> None:
    scenario = with_events(FrequencyChange(at=1.0, duration=2.0, ramp=0.5, value=51.0))
    found = scenario.frequencies([0.5, 1.25, 2.0, 3.25, 4.0])
    assert found == pytest.approx([50, 50.5, 51, 50.5, 50])
    last = scenario.block(4 * RATE, 256).samples[0]
    # 1 Hz for two seconds are two whole cycles.
    assert np.abs(last - Scenario().block(4 * RATE, 256).samples[0]).max() < 1e-9


def test_a_ramp_of_a_day_is_exact() -> None:
    day = 86400
    scenario = with_events(FrequencyChange(at=0.0, ramp=float(day), value=60.0))
    for k in (3, 2**28 - 2, 2**28 + 2, day * RATE - 2, day * RATE + 2):
        t = Fraction(k, RATE)
        ramp = min(t, Fraction(day))
        cycles = 50 * ramp + ramp * ramp * 5 / day + 60 * (t - ramp)
        expected = 230 * math.sqrt(2) * math.sin(2 * math.pi * float(cycles % 1))
        assert scenario.block(k, 1).samples[0, 0] == pytest.approx(expected, abs=3e-8)


def test_overlapping_frequency_ramps_are_refused() -> None:
    with pytest.raises(ScenarioError, match="may not overlap"):
        with_events(
            FrequencyChange(at=1.0, ramp=2.0, value=51.0),
            FrequencyChange(at=2.0, ramp=2.0, value=49.0),
        )


def test_phasors_follow_the_events() -> None:
    scenario = with_events(
        Scale(at=0.3, duration=0.3, ramp=0.1, factor=0.0, phases=(1,)),
        Distortion(at=0.5, of="current", harmonics=(Harmonic(3, 10, 0),)),
    )
    phasors = scenario.phasors([0.0, 0.3, 0.35, 0.5, 0.9], 3)
    assert np.abs(phasors[:, 0, 0]) == pytest.approx([230, 230, 115, 0, 230])
    assert np.abs(phasors[:, 4, 2]) == pytest.approx([0, 0, 0, 0.5, 0.5])
    assert np.abs(phasors[:, 1, 0]) == pytest.approx([230] * 5)


def test_breaks_are_where_events_begin_and_end() -> None:
    scenario = with_events(
        Scale(at=0.1, duration=0.2, factor=0.6, ramp=0.05),
        Scale(at=0.3, factor=0.9),
        FrequencyChange(at=0.7, ramp=0.2, value=51.0),
        Reversal(at=2.0),
    )
    assert scenario.breaks(0.0, 9.0).tolist() == [0.1, 0.15, 0.3, 0.35, 2.0]
    assert scenario.breaks(0.15, 0.35).tolist() == [0.15, 0.3]
    assert scenario.frequency_breaks(0.0, 9.0) == pytest.approx([0.7, 0.9])
    assert not len(Scenario().breaks(0.0, 9.0))


def test_the_orders_that_occur() -> None:
    waves = three(Wave(230, harmonics=(Harmonic(7, 1.0), Harmonic(70, 0.1))))
    later = Distortion(at=1.0, of="current", harmonics=(Harmonic(4, 2.0),))
    scenario = Scenario(waves, events=(later,))
    assert scenario.orders == (1, 4, 7, 70)
    found = scenario.phasors([0.5, 1.5], scenario.orders)
    assert found.shape == (2, 6, 4)
    assert np.abs(found[:, 0]) == pytest.approx(np.array([[230, 0, 2.3, 0.23]] * 2))
    assert np.abs(found[:, 3]) == pytest.approx(np.array([[5, 0, 0, 0], [5, 0.1, 0, 0]]))
    assert np.array_equal(scenario.phasors([0.5], 63)[:, :, 6], found[:1, :, 2])
    assert Scenario().orders == (1,)
