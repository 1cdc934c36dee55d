"""Pieces: what counts of windows and of the samples outside them."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.meter import pieces
from smartx96.meter.clock import Clock
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.metrology.readings import read
from smartx96.metrology.stream import Stream
from smartx96.metrology.windows import Flag, Rest
from support.meters import SECOND, T0, configured
from support.signals import balanced, rich

CLOCK = Clock(T0)
CONDITIONS = configured().conditions()


def cut(x: np.ndarray, rate: float) -> list:
    stream = Stream()
    return stream.push(Block(x, rate, 0)) + stream.finish()


def test_portions_of_a_stream_follow_each_other_without_a_gap() -> None:
    """The first rest, the windows and the last rest cover every sample, by the meter's clock."""
    wave = rich(50.37, seed=4)
    found = []
    x = wave.samples(3.0)
    whole = cut(x, wave.rate)
    rests = [piece for piece in whole if isinstance(piece, Rest)]
    windows = [(p, read(p, CONDITIONS)) for p in whole if not isinstance(p, Rest)]
    left = iter(windows)
    for piece in whole:
        if isinstance(piece, Rest):
            beside, place = (0, 0) if piece.leads else (-1, -1)
            found.append(pieces.of_rest(piece, *windows[place], beside, CONDITIONS, CLOCK))
        else:
            found.append(pieces.of_windows(*next(left), CONDITIONS, CLOCK))
    assert len(rests) == 2
    start = np.concatenate([part.start for part in found])
    end = np.concatenate([part.end for part in found])
    assert start[0] == T0
    assert end[-1] == T0 + 3 * SECOND
    assert np.abs(start[1:] - end[:-1]).max() <= 1
    seconds = np.concatenate([part.seconds for part in found])
    assert seconds.sum() == pytest.approx(3.0, abs=1e-9)
    energy = sum((part.active * part.seconds).sum() for part in found)
    assert energy == pytest.approx((x[:3] * x[3:]).sum() / wave.rate, rel=1e-6)


def test_powers_and_currents_of_windows() -> None:
    wave = rich(50.0, seed=5, angle=-100.0)
    (windows,) = (p for p in cut(wave.samples(2.0), wave.rate) if not isinstance(p, Rest))
    own = pieces.of_windows(windows, read(windows, CONDITIONS), CONDITIONS, CLOCK)
    n = len(own)
    assert own.active == pytest.approx(np.tile(wave.power[:, None], n), rel=1e-5)
    assert own.reactive == pytest.approx(np.tile(wave.fundamental_power.imag[:, None], n), rel=1e-4)
    assert own.current[:3] == pytest.approx(np.tile(wave.rms[3:, None], n), rel=1e-5)
    assert own.current[3] == pytest.approx(wave.neutral_rms, rel=1e-5)
    assert own.apparent == pytest.approx((wave.rms[:3] * wave.rms[3:]).sum(), rel=1e-5)


def test_a_window_with_too_few_samples_for_a_reading_counts_those_that_it_has() -> None:
    """Half a window of NaN: no reading, half the time, and its energy."""
    wave = balanced(50.0)
    x = wave.samples(2.0)
    x[:, 12_800 : 12_800 + 1280] = np.nan
    (windows,) = (p for p in cut(x, wave.rate) if not isinstance(p, Rest))
    readings = read(windows, CONDITIONS)
    own = pieces.of_windows(windows, readings, CONDITIONS, CLOCK)
    missing = (windows.flags & Flag.MISSING) != 0
    assert missing.any()
    assert np.isnan(readings.active_power[missing]).all(axis=1).any()
    lost = (own.end - own.start) / 1e6 - own.seconds
    assert lost.sum() == pytest.approx(0.1, abs=1e-6)
    assert lost[~missing] == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(own.active).all()
    inside = slice(int(windows.start[0]) + 1, int(windows.start[-1] + windows.length[-1]) + 1)
    truth = np.nansum(x[:3, inside] * x[3:, inside], axis=1) / wave.rate
    assert (own.active * own.seconds).sum(axis=1) == pytest.approx(truth, rel=1e-3)


def test_a_rest_alone_has_no_reactive_power() -> None:
    wave = balanced(50.0, angle=0.0)
    (rest,) = cut(wave.samples(0.02), wave.rate)
    assert isinstance(rest, Rest)
    own = pieces.of_rest_alone(rest, CLOCK)
    assert (own.start[0], own.end[0]) == (T0, T0 + 20_000)
    assert own.active[:, 0] == pytest.approx(wave.power, rel=1e-9)
    assert not own.reactive.any()
    assert own.apparent[0] == pytest.approx(3 * 1150.0, rel=1e-9)
    assert np.isnan(own.current[3, 0])


def test_readings_without_samples() -> None:
    wave = balanced(50.0, angle=60.0)
    readings = readings_of_phasors(np.stack([wave.phasors] * 2), np.full(2, 50.0), CONDITIONS)
    start, end = CLOCK(np.array([0.0, 0.2])), CLOCK(np.array([0.2, 0.4]))
    own = pieces.of_readings(readings, start, end, np.full(2, 0.2))
    assert own.active == pytest.approx(np.full((3, 2), 575.0))
    assert own.reactive == pytest.approx(np.full((3, 2), 1150.0 * np.sin(np.pi / 3)))
    assert own.current.shape == (4, 2)
    assert own.end.tolist() == [T0 + 200_000, T0 + 400_000]
