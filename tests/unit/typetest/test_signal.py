"""Samples behind a front end: continuous over blocks and points, and as its transfer has them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from smartx96.frontend.calibration import Calibration
from smartx96.frontend.converter import Converter
from smartx96.frontend.current_transformer import CurrentTransformer
from smartx96.frontend.front_end import IDEAL, X96, FrontEnd
from smartx96.typetest.bench import tried
from smartx96.typetest.check import percent_error
from smartx96.typetest.factor import HALF, Factor
from smartx96.typetest.point import Point, Trial
from smartx96.typetest.series import RATE, series_of
from smartx96.typetest.signal import blocks, synthesised
from smartx96.typetest.waveform import Waveform

SEED = 7


def whole(trial: Trial, front_end: FrontEnd = IDEAL, seed: int = SEED) -> np.ndarray:
    return np.concatenate([block.physical() for block in blocks(trial, front_end, seed)], axis=1)


def error(front_end: FrontEnd, point: Point) -> float:
    return percent_error(tried(Trial((point,)), front_end, SEED), "active")


def test_any_piece_is_a_piece_of_the_whole() -> None:
    series = series_of(Point(waveform=Waveform.EVERY_ORDER, frequency=49.0))
    every = synthesised(series, RATE, 0, 5000)
    assert synthesised(series, RATE, 1234, 777) == pytest.approx(every[:, 1234:2011], abs=1e-9)


def test_late_samples_are_as_exact_as_early_ones() -> None:
    """After eleven hours, where the phase is a large number."""
    series, hours = series_of(Point()), 40_000
    first = synthesised(series, RATE, 0, 1000)
    assert synthesised(series, RATE, round(hours * RATE), 1000) == pytest.approx(first, abs=1e-5)


def test_points_follow_on_one_sample_clock() -> None:
    found = list(blocks(Trial((Point(seconds=12.0), Point(multiple=0.5))), IDEAL, SEED))
    assert [(block.start, block.end) for block in found] == [
        (0, 128_000), (128_000, 153_600), (153_600, 179_200),
    ]  # fmt: skip


def test_no_direct_current_comes_through_a_transformer() -> None:
    trial = Trial((Point(waveform=Waveform.HALF_WAVE),))
    ideal = whole(trial)[3:].mean(axis=1)
    assert ideal == pytest.approx(3 * [5 * math.sqrt(2) / math.pi], rel=1e-6)
    behind = whole(trial, FrontEnd(current_transformer=CurrentTransformer()))[3:].mean(axis=1)
    assert behind == pytest.approx([0, 0, 0], abs=1e-9)


@pytest.mark.parametrize(
    ("factor", "percent"),
    [
        ("cos 1", 100 * (math.cos(math.radians(1 / 60)) - 1)),
        ("cos 0.5 ind", 100 * (math.cos(math.radians(60 - 1 / 60)) / 0.5 - 1)),
        ("cos 0.8 cap", 100 * (math.cos(math.acos(0.8) + math.radians(1 / 60)) / 0.8 - 1)),
    ],
)
def test_one_minute_of_phase_error(factor: str, percent: float) -> None:
    """0.0504 % of the energy at cos 0.5; and taken away again by a calibration of one minute."""
    core = CurrentTransformer.neutral()
    late = FrontEnd(current_transformer=replace(core, phase_error=((100.0, 1.0),)))
    point = Point(factor=Factor.of(factor))
    assert error(late, point) == pytest.approx(percent, abs=1e-5)
    mended = replace(late, calibration=Calibration(phase=(1.0, 1.0, 1.0)))
    assert error(mended, point) == pytest.approx(0.0, abs=1e-4)


def test_a_quick_clock_counts_so_much_more_energy() -> None:
    quick = FrontEnd(converter=replace(Converter.neutral(), clock=100.0))
    assert error(quick, Point()) == pytest.approx(0.01, abs=1e-6)


def test_temperature_of_the_point_is_that_of_the_front_end() -> None:
    drifting = FrontEnd(converter=replace(Converter.neutral(), drift=10.0))
    warm = error(drifting, Point(temperature=53.0))
    assert warm == pytest.approx(100 * ((1 + 300e-6) ** 2 - 1), abs=1e-5)


def test_noise_is_the_seeds() -> None:
    trial = Trial((Point(factor=HALF),))
    one, again, other = (whole(trial, X96, seed) for seed in (SEED, SEED, SEED + 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert Trial((Point(),)).seed(1) != Trial((Point(frequency=51.0),)).seed(1)
