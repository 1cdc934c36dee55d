"""Trends, extremes and stretches: bounded, and equal to what NumPy says of all windows at once."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from smartx96.block import Block, Quality
from smartx96.metrology.windows import Flag
from smartx96.models import Wiring
from smartx96.report.extremes import Extremes, Tallies
from smartx96.report.stretches import LENGTH, POINTS, REGULAR, Recent, Stretches
from smartx96.report.trends import Trends


def some(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    values = rng.standard_normal((3, count))
    values[1, rng.random(count) < 0.3] = np.nan
    values[2, : count // 2] = np.nan
    end = 0.2 * np.arange(1, count + 1)
    return end - 0.2, end, values


@pytest.mark.parametrize("count", [1, 7, 16, 17, 100, 1000])
@pytest.mark.parametrize("batch", [1, 5, 1000])
def test_bins_are_those_of_all_windows_at_once(count: int, batch: int) -> None:
    start, end, values = some(count)
    trends = Trends(3, capacity=16)
    for n in range(0, count, batch):
        part = slice(n, n + batch)
        trends.add(start[part], end[part], values[:, part])
    bins = trends.bins()
    per = bins.windows
    assert per == max(1, 2 ** int(np.ceil(np.log2(count / 16))))
    assert len(bins.start) == -(-count // per) <= 16
    for n in range(len(bins.start)):
        part = slice(n * per, (n + 1) * per)
        assert bins.start[n] == start[part][0]
        assert bins.end[n] == end[part][-1]
        for q in range(3):
            known = values[q, part][np.isfinite(values[q, part])]
            expected = [known.min(), known.mean(), known.max()] if known.size else [np.nan] * 3
            found = [bins.low[q, n], bins.mean[q, n], bins.high[q, n]]
            np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_extremes_and_their_first_times(batch: int) -> None:
    _, end, values = some(50)
    values[0, [7, 20]], values[0, [9, 30]] = -9.0, 9.0
    flags = np.zeros(50, np.int64)
    flags[9] = Flag.CLIPPED
    extremes = Extremes(("a", "b", "c"))
    for n in range(0, 50, batch):
        extremes.add(end[n : n + batch], flags[n : n + batch], values[:, n : n + batch])
    low, high = extremes.lowest("a"), extremes.highest("a")
    assert (low.value, low.time, low.flags) == (-9.0, end[7], Flag(0))
    assert (high.value, high.time, high.flags) == (9.0, end[9], Flag.CLIPPED)
    assert extremes.lowest("b").value == np.nanmin(values[1])
    assert extremes.highest("c").time == end[np.nanargmax(values[2])]


def test_without_values_there_is_no_extreme() -> None:
    extremes = Extremes(("a",))
    extremes.add(np.arange(3.0), np.zeros(3, np.int64), np.full((1, 3), np.nan))
    assert np.isnan(extremes.lowest("a").value)
    assert np.isnan(extremes.highest("a").value)


def test_tallies_count_windows_and_keep_the_first() -> None:
    tallies = Tallies()
    flags = np.array([0, Flag.MISSING, Flag.MISSING | Flag.CLIPPED])
    for n in range(2):
        tallies.add(np.arange(3.0) + 3 * n, flags, np.array([1.0, 2.0, np.nan]), np.full(3, 3.0))
    assert (tallies.flags[Flag.MISSING].windows, tallies.flags[Flag.MISSING].first) == (4, 1.0)
    assert (tallies.flags[Flag.CLIPPED].windows, tallies.flags[Flag.CLIPPED].first) == (2, 2.0)
    assert Flag.SHORT not in tallies.flags
    assert tallies.sequence == {1: 2, 2: 2}
    assert tallies.nature == {3: 6}


def blocks(samples: np.ndarray, rate: float, size: int, **more):
    for n in range(0, samples.shape[1], size):
        yield Block(samples[:, n : n + size], rate, n, **more)


@pytest.mark.parametrize("size", [64, 1000, 10_000])
def test_recent_samples_are_cut_wherever_blocks_end(size: int) -> None:
    samples = np.arange(6 * 10_000, dtype=float).reshape(6, -1)
    recent = Recent(Wiring.FOUR_WIRE)
    for block in blocks(samples, 1000.0, size):
        recent.take(block)
    found = recent.cut(9.0, 9.1)
    assert found is not None
    assert (found.start, found.step, found.every) == (9.0, 0.001, 1)
    np.testing.assert_array_equal(found.low, samples[:, 9000:9100])
    np.testing.assert_array_equal(found.high, samples[:, 9000:9100])
    assert recent.cut(20.0, 21.0) is None


@pytest.mark.parametrize("size", [999, 5000])
def test_quick_samples_are_thinned_alike_wherever_blocks_end(size: int) -> None:
    samples = np.tile(np.arange(200_000, dtype=float), (6, 1))
    recent = Recent(Wiring.FOUR_WIRE)
    for block in blocks(samples, 200_000.0, size):
        recent.take(block)
    found = recent.cut(0.9, 0.91)
    assert found is not None
    assert found.every == 4
    np.testing.assert_array_equal(found.low[0], np.arange(180_000, 182_000, 4))
    assert found.start == pytest.approx(0.9)


def test_many_samples_become_lowest_and_highest() -> None:
    samples = np.random.default_rng(1).standard_normal((6, 10 * POINTS))
    recent = Recent(Wiring.FOUR_WIRE)
    recent.take(Block(samples, 10.0 * POINTS, 0))
    found = recent.cut(0.0, 1.0)
    assert found is not None
    parts = samples.reshape(6, -1, 10)
    assert found.low.shape == (6, POINTS)
    np.testing.assert_array_equal(found.low, parts.min(axis=2))
    np.testing.assert_array_equal(found.high, parts.max(axis=2))
    assert found.end == pytest.approx(1.0)


def test_without_a_neutral_voltages_are_differences_and_what_is_missing_is_missing() -> None:
    samples = np.arange(6.0)[:, None] ** 2 + np.zeros((1, 400))
    quality = np.zeros(400, np.uint8)
    quality[5] = Quality.MISSING
    recent = Recent(Wiring.THREE_WIRE)
    scale = np.array([2.0, 2.0, 2.0, 1.0, 1.0, 1.0])
    recent.take(Block(samples, 1000.0, 0, scale, quality))
    found = recent.cut(0.0, 0.4)
    assert found is not None
    np.testing.assert_array_equal(found.low[:, 0], [-2.0, -6.0, 8.0, 9.0, 16.0, 25.0])
    assert np.flatnonzero(np.isnan(found.low[0])).tolist() == [5]


def test_a_gap_and_a_change_of_rate_keep_the_streams_time() -> None:
    recent = Recent(Wiring.FOUR_WIRE)
    recent.take(Block(np.zeros((6, 1000)), 1000.0, 0))
    recent.take(Block(np.ones((6, 1000)), 1000.0, 3000))
    assert (recent.start, recent.end) == (3.0, 4.0)
    recent.take(Block(np.full((6, 500), 2.0), 500.0, 0))
    assert (recent.start, recent.end) == (4.0, 5.0)


def test_regular_stretches_are_bounded_and_spread_over_the_recording() -> None:
    kept = Stretches(Wiring.FOUR_WIRE, (), ())
    for n in range(2000):
        kept.take(Block(np.full((6, 400), float(n)), 400.0, 400 * n))
    assert REGULAR / 2 <= len(kept._regular) <= REGULAR
    example = kept.example()
    assert example is not None
    assert example.start == pytest.approx(1000.0, abs=60.0)
    assert example.end - example.start == pytest.approx(LENGTH)


def test_memory_does_not_grow_with_the_recording() -> None:
    from smartx96.installation.measurement import measure_source
    from smartx96.meter.configuration import Configuration
    from smartx96.report.observation import Observation
    from smartx96.samples.scenario import Scenario

    def peak(seconds: float) -> int:
        observation = Observation(Wiring.FOUR_WIRE)
        scenario = Scenario(duration=seconds, rate=1200.0)
        tracemalloc.start()
        measure_source(scenario, Configuration(), (observation.add,), None, observation.take)
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(observation.trends.bins().start) <= 1024
        return found

    peak(5.0)  # what is made once
    short, long = peak(300.0), peak(900.0)
    assert long < 1.1 * short + 5e5
