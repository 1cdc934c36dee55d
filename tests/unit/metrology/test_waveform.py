"""Waveforms of the last window against closed forms, by samples and by phasors."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.installation.acquisition import Acquisition
from smartx96.installation.feeds import _limited
from smartx96.installation.phasor_windows import PhasorStream
from smartx96.meter.configuration import Configuration
from smartx96.metrology.engine import Engine
from smartx96.metrology.waveform import POINTS, SynthesisedCycle, Waveform
from smartx96.metrology.windows import Windows
from smartx96.samples.scenario import Harmonic, Scenario, Wave, three
from smartx96.settings import Settings
from support.signals import Wave as Signal
from support.signals import balanced, rich

CYCLE = np.arange(POINTS) / POINTS
ROTATION = np.exp(2j * np.pi / 3 * np.arange(3))


def measured(signal: Signal, seconds: float = 1.05, block: float = 0.1) -> Waveform:
    samples, size = signal.samples(seconds), round(block * signal.rate)
    engine = Engine(signal.rate)
    found = [
        piece
        for start in range(0, samples.shape[1], size)
        for piece in engine.push(Block(samples[:, start : start + size], signal.rate, start))
        if isinstance(piece, Windows)
    ]
    assert found[-1].waveform is not None
    return found[-1].waveform


def begins(signal: Signal) -> float:
    """Where the largest component of the voltages has its L1 rise through zero [cycles]."""
    voltages = signal.phasors[:3, 0]
    components = [(voltages * turn).sum() for turn in (ROTATION, ROTATION.conj(), np.ones(3))]
    return -np.angle(max(components, key=abs)) / (2 * np.pi)


@pytest.mark.parametrize("frequency", [45.2, 50.0, 63.7])
@pytest.mark.parametrize(("rate", "orders"), [(3200.0, 12), (12_800.0, 63), (50_000.0, 63)])
def test_it_is_the_signal(frequency, rate, orders):
    signal = rich(frequency, 7, orders=orders, rate=rate)
    expected = signal.at_phase(begins(signal) + CYCLE)
    wave = measured(signal)
    error = np.abs(wave.points() - expected).max(axis=1) / np.abs(expected).max(axis=1)
    assert error.max() < 3e-3
    assert wave.duration == pytest.approx(1 / frequency, rel=1e-6)
    assert not wave.synthesised


def test_direct_voltage_and_a_reversed_sequence_show():
    signal = balanced(reverse=True, dc=np.array([7.0, 0, 0, 0, 0, 0]))
    expected = signal.at_phase(CYCLE)
    assert np.abs(measured(signal).points() - expected).max() < 0.5
    assert measured(signal).points()[0].mean() == pytest.approx(7.0, abs=0.05)


def test_currents_alone_begin_with_their_own_l1():
    signal = balanced(voltage=0.0, angle=0.0)
    assert np.abs(measured(signal).points() - signal.at_phase(CYCLE)).max() < 0.02


def test_it_is_of_the_last_window():
    """A signal that has changed by then shows as it is now."""
    small, large = balanced(voltage=100.0), balanced(voltage=230.0)
    samples = np.hstack([small.samples(1.0), large.samples(1.05)])
    engine = Engine(small.rate)
    windows = [piece for piece in engine.push(Block(samples, small.rate, 0))
               if isinstance(piece, Windows)]  # fmt: skip
    assert windows[-1].waveform.points()[0].max() == pytest.approx(230 * np.sqrt(2), rel=2e-3)


def test_cutting_the_stream_elsewhere_changes_nothing():
    signal = rich(50.3, 2)
    one, other = measured(signal, 1.1, 0.1), measured(signal, 1.1, 0.037)
    assert np.array_equal(one.points(), other.points())


def test_nothing_measured_is_a_flat_line():
    silent = SynthesisedCycle(0.02, lambda: (np.full((6, 1), np.nan + 0j), np.array([1])))
    assert not silent.points().any()
    assert np.isfinite(silent.points()).all()


@pytest.mark.parametrize("system_type", [1, 2, 3])
def test_phasors_give_the_same_as_samples(system_type):
    scenario = Scenario(
        frequency=50.2,
        voltages=three(Wave(230.0, harmonics=(Harmonic(5, 4.0, 30.0), Harmonic(7, 2.0, 200.0)))),
        currents=three(Wave(5.0, angle=30.0, harmonics=(Harmonic(3, 20.0, 120.0),))),
    )
    configuration = Configuration(settings=Settings({"system_type": system_type}))
    acquisition, blocks = Acquisition(scenario, configuration), scenario.blocks(0.1)
    pieces = [piece for _ in range(12) for piece in acquisition.take(next(blocks))]
    sampled = [piece for piece in pieces if isinstance(piece, Windows)][-1].waveform
    made = PhasorStream(scenario, configuration).take(4).waveform
    assert made.synthesised
    assert made.duration == pytest.approx(sampled.duration, rel=1e-5)
    largest = np.abs(sampled.points()).max(axis=1, keepdims=True)
    assert (np.abs(made.points() - sampled.points()) <= 2e-3 * largest + 1e-9).all()


def test_a_run_with_an_end_has_waveforms_too():
    windows = PhasorStream(Scenario(), Configuration()).take(4)
    assert _limited(windows, 1e6).waveform is windows.waveform
    assert _limited(windows, 0.5).waveform is None
