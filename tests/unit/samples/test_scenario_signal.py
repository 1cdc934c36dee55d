"""Samples of a scenario against formulas written out here, with the phase by exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from smartx96.errors import ScenarioError
from smartx96.samples.scenario import (
    Harmonic,
    Interharmonic,
    Scenario,
    Wander,
    Wave,
    three,
    unbalanced,
)
from smartx96.samples.scenario.noise import white_noise
from smartx96.samples.source import ROLES

RATE = 12800
TEN_DAYS = 10 * 86400 * RATE
POSITION = (0, -120, 120)
SPOTS = (0, 12345, TEN_DAYS, TEN_DAYS * 10 + 7)


def cycles(frequency: str, start: int, n: int, order: str = "1") -> np.ndarray:
    """Fractional part of order * f * n / rate, exact until the last step."""
    step = Fraction(frequency) * Fraction(order) / RATE
    return np.array([float(step * k % 1) for k in range(start, start + n)])


def sine(turns: np.ndarray, degrees: float = 0.0) -> np.ndarray:
    return np.sin(2 * np.pi * turns + math.radians(degrees))


def assert_close(found: np.ndarray, expected: np.ndarray, peak: float) -> None:
    assert np.abs(found - expected).max() < 1e-10 * peak


@pytest.mark.parametrize("start", SPOTS)
def test_plain_sine_in_every_channel(start: int) -> None:
    scenario = Scenario(three(Wave(230)), three(Wave(5, angle=30)), frequency=50.02)
    samples = scenario.block(start, 500).samples
    turns = cycles("50.02", start, 500)
    for phase in range(3):
        voltage = 230 * math.sqrt(2) * sine(turns, POSITION[phase])
        current = 5 * math.sqrt(2) * sine(turns, POSITION[phase] - 30)
        assert_close(samples[phase], voltage, 325)
        assert_close(samples[3 + phase], current, 7)


@pytest.mark.parametrize("start", SPOTS)
def test_harmonics_rotate_with_their_phase(start: int) -> None:
    rows = [(2, 1.0, 10), (5, 3.0, 0), (7, 2.0, 180), (63, 20.0, -45)]
    wave = Wave(230, harmonics=tuple(Harmonic(*row) for row in rows))
    samples = Scenario(voltages=three(wave), frequency=49.97).block(start, 600).samples
    for phase in range(3):
        expected = sine(cycles("49.97", start, 600), POSITION[phase])
        for order, percent, angle in rows:
            turns = cycles("49.97", start, 600, str(order))
            expected += percent / 100 * sine(turns, order * POSITION[phase] + angle)
        assert_close(samples[phase], 230 * math.sqrt(2) * expected, 325)


@pytest.mark.parametrize("start", SPOTS)
def test_interharmonics_follow_the_fundamental_or_stand_at_their_frequency(start: int) -> None:
    parts = (Interharmonic(4, order=2.4, angle=20), Interharmonic(1, hertz=175.3, angle=70))
    scenario = Scenario(voltages=three(Wave(230, interharmonics=parts)), frequency=50.5)
    samples = scenario.block(start, 600).samples
    for phase in range(3):
        expected = sine(cycles("50.5", start, 600), POSITION[phase])
        turns = cycles("50.5", start, 600, "2.4")
        expected += 0.04 * sine(turns, 2.4 * POSITION[phase] + 20)
        expected += 0.01 * sine(cycles("175.3", start, 600), 70)
        assert_close(samples[phase], 230 * math.sqrt(2) * expected, 325)


@pytest.mark.parametrize("start", SPOTS)
def test_wander_is_integrated(start: int) -> None:
    scenario = Scenario(
        voltages=three(Wave(230, interharmonics=(Interharmonic(5, order=1.5),))),
        wander=(Wander(0.03, 61.0, 40.0), Wander(0.2, 3.7)),
    )
    turns, half = cycles("50", start, 600), cycles("50", start, 600, "1.5")
    deviation = np.zeros(600)
    for hertz, period, angle in ((0.03, "61", 40), (0.2, "3.7", 0)):
        own = np.array(
            [float(Fraction(k, RATE) / Fraction(period) % 1) for k in range(start, start + 600)]
        )
        phase = math.radians(angle)
        size = hertz * float(period) / (2 * math.pi)
        deviation += size * (math.cos(phase) - np.cos(2 * np.pi * own + phase))
    expected = sine(turns + deviation) + 0.05 * sine(half + 1.5 * deviation)
    assert_close(scenario.block(start, 600).samples[0], 230 * math.sqrt(2) * expected, 325)


def test_frequencies_are_the_slope_of_the_phase() -> None:
    scenario = Scenario(frequency=49.9, wander=(Wander(0.03, 5.0, 15.0),))
    times = np.arange(0, 5, 0.25)
    expected = 49.9 + 0.03 * np.sin(2 * np.pi * times / 5 + math.radians(15))
    assert np.allclose(scenario.frequencies(times), expected, rtol=0, atol=1e-12)


def test_offset_and_values_by_phase() -> None:
    voltages = (Wave(230, dc=3), Wave(200, angle=5), Wave(0))
    samples = Scenario(voltages=voltages).block(0, 256 * 50).samples
    assert samples[0].mean() == pytest.approx(3, abs=1e-9)
    assert samples[1].std() == pytest.approx(200, abs=1e-9)
    assert not samples[2].any()
    turns = cycles("50", 0, 300)
    assert_close(samples[1][:300], 200 * math.sqrt(2) * sine(turns, -115), 300)


def test_current_lags_its_own_voltage_and_power_has_that_sign() -> None:
    voltages = (Wave(230, angle=12), Wave(230), Wave(230))
    scenario = Scenario(voltages, (Wave(5, 25), Wave(5, 154.2), Wave(5, -60)))
    samples = scenario.block(0, 12800).samples
    power = (samples[:3] * samples[3:]).mean(axis=1)
    expected = [230 * 5 * math.cos(math.radians(angle)) for angle in (25, 154.2, -60)]
    assert power == pytest.approx(expected, rel=1e-10)


def test_reverse_sequence_exchanges_the_places_of_l2_and_l3() -> None:
    normal = Scenario().block(77, 700).samples
    reverse = Scenario(reverse=True).block(77, 700).samples
    assert np.allclose(reverse, normal[[0, 2, 1, 3, 5, 4]], rtol=0, atol=1e-10)


@pytest.mark.parametrize("reverse", [False, True])
def test_unbalance_is_what_the_symmetrical_components_give_back(reverse: bool) -> None:
    negative, zero = 0.02 * np.exp(0.5j), 0.01 * np.exp(-2j)
    waves = unbalanced(three(Wave(230)), complex(negative), complex(zero), reverse)
    u = Scenario(voltages=waves, reverse=reverse).phasors([0.0], 1)[0, :3, 0]
    a = np.exp(2j * np.pi / 3)
    positive, backward = u @ [1, a, a**2] / 3, u @ [1, a**2, a] / 3
    if reverse:
        positive, backward = backward, positive
    assert positive == pytest.approx(230, abs=1e-9)
    assert backward == pytest.approx(230 * negative, abs=1e-9)
    assert u.mean() == pytest.approx(230 * zero, abs=1e-9)


def test_noise_has_its_size_is_white_and_differs_by_channel_and_seed() -> None:
    waves = three(Wave(100, noise=2.0))
    clean = Scenario(three(Wave(100)), three(Wave(100))).block(5000, 200_000).samples
    noise = Scenario(waves, waves, seed=3).block(5000, 200_000).samples - clean
    assert noise.std(axis=1) == pytest.approx([0.02 * math.sqrt(2) * 100] * 6, rel=0.01)
    relation = np.corrcoef(noise)
    assert np.abs(relation - np.eye(6)).max() < 0.015
    assert abs(np.corrcoef(noise[0, 1:], noise[0, :-1])[0, 1]) < 0.015
    other = Scenario(waves, waves, seed=4).block(5000, 200_000).samples - clean
    assert abs(np.corrcoef(noise[0], other[0])[0, 1]) < 0.015


@pytest.mark.parametrize("start", [0, 1023, 1024, 3070])
def test_noise_can_be_asked_for_anywhere(start: int) -> None:
    whole = white_noise(5, 1, 0, 6000)
    assert np.array_equal(white_noise(5, 1, start, 2000), whole[start : start + 2000])
    assert np.array_equal(white_noise(5, 1, start, 1), whole[start : start + 1])
    assert white_noise(5, 1, start, 0).size == 0


def test_phasors_agree_with_a_fourier_transform_of_the_samples() -> None:
    voltage = Wave(230, harmonics=(Harmonic(3, 4, 25), Harmonic(62, 1, 80)))
    current = Wave(5, angle=40, harmonics=(Harmonic(5, 20, -170),))
    scenario = Scenario((voltage, Wave(210, 3), voltage), three(current))
    samples = scenario.block(256 * 7, 2560).samples
    lines = np.fft.rfft(samples)[:, 10 : 10 * 63 + 1 : 10] / 2560 * 2
    found = 1j * lines / math.sqrt(2)
    phasors = scenario.phasors([0.3], 63)
    assert phasors.shape == (1, 6, 63)
    assert np.abs(found - phasors[0]).max() < 1e-9
    power = (samples[:3] * samples[3:]).mean(axis=1)
    assert power == pytest.approx((phasors[0, :3] * phasors[0, 3:].conj()).sum(axis=1).real)


def test_source_properties() -> None:
    scenario = Scenario(duration=0.1001, rate=1000)
    assert scenario.roles == ROLES
    assert scenario.length == 101
    assert [block.length for block in scenario.blocks(0.04)] == [40, 40, 21]
    assert Scenario(duration=0.1, rate=12800).length == 1280
    assert Scenario().length is None
    assert repr(scenario) == "Scenario(0.1001 s, 1000/s, 50 Hz, 0 events)"


@pytest.mark.parametrize(
    "wrong",
    [
        {"voltages": three(Wave(1, harmonics=(Harmonic(128, 1),)))},
        {"currents": three(Wave(1, interharmonics=(Interharmonic(1, hertz=6400.0),)))},
        {"rate": 90.0},
        {"rate": math.nan},
        {"duration": 0.0},
        {"duration": math.inf},
    ],
)
def test_what_has_no_samples_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match="must be"):
        Scenario(**wrong)  # type: ignore[arg-type]


def test_negative_positions_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Scenario().block(-1, 5)
