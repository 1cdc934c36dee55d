"""Chance that repeats: even, independent, smooth where it is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.samples.mains.chance import drift, uniform, visit


def test_uniform_is_even_and_independent() -> None:
    index = np.arange(100_000)
    streams = uniform(1, np.arange(3)[:, np.newaxis], index)
    other = uniform(2, 0, index)
    assert streams.shape == (3, 100_000)
    for values in (*streams, other):
        counts = np.histogram(values, 20, (0, 1))[0]
        assert np.abs(counts - 5000).max() < 350
        assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.015
    assert np.abs(np.corrcoef([*streams, other]) - np.eye(4)).max() < 0.015


def test_uniform_repeats_alone_or_among_others() -> None:
    many = uniform(5, 7, np.arange(-4, 5))
    assert [float(uniform(5, 7, k)) for k in range(-4, 5)] == list(many)
    # The very numbers are kept: a supply must not change with a new version.
    assert float(uniform(0, 98, 9668.0)) == pytest.approx(0.3729092637115359, abs=1e-15)


def test_drift_is_smooth_and_fills_its_range() -> None:
    seconds = np.linspace(0, 20_000, 200_001)
    values = drift(3, 1, seconds, 100.0)
    assert np.abs(values).max() <= 1
    assert values.max() - values.min() > 1.6
    # Steepest in the middle between two knots: 1.5 * 2 / 100 per second.
    assert np.abs(np.diff(values)).max() < 0.1 * 0.0301
    assert np.abs(np.diff(values, 2)).max() < 0.1**2 * 12.5 / 100**2


def test_visits_are_single_runs_of_bounded_length() -> None:
    seconds = np.arange(0, 1000 * 600.0, 1.0)
    running = visit(4, 2, seconds, 600.0, np.full(seconds.size, 0.4), 0.5).reshape(1000, 600)
    lengths = running.sum(axis=1)
    assert 320 < (lengths > 0).sum() < 480
    assert lengths[lengths > 0].min() >= 99
    assert lengths.max() <= 301
    assert (np.abs(np.diff(running, axis=1)).sum(axis=1) <= 2).all()
