"""The pace: a constant latency behind the sample clock, whatever becomes of the clocks."""

from __future__ import annotations

import random

import pytest

from smartx96.outputs.pace import LATENCY, Pace
from support.pulses import T0

SECOND = 1_000_000


def commits(number: int, chance: random.Random, drift: float = 0.0, jitter: int = 150_000):
    """(now, until) of commits a second apart, the sample clock `drift` too fast."""
    for n in range(number):
        now = 7_000_000 + n * SECOND + chance.randrange(jitter)
        yield now, T0 + round(n * SECOND * (1 + drift))


def test_jitter_of_commits_moves_no_edge_by_a_millisecond_in_ten_seconds() -> None:
    pace = Pace()
    lags = []
    for now, until in commits(600, random.Random(1)):
        pace.observe(now, until)
        lags.append(pace.due(until) - 7_000_000 - (until - T0) - LATENCY)
    assert min(lags) >= 0
    assert max(lags) < 150_000
    assert max(abs(b - a) for a, b in zip(lags, lags[10:], strict=False)) < 1500


@pytest.mark.parametrize("drift", [2e-4, -2e-4])
def test_a_drifting_sample_clock_is_followed(drift: float) -> None:
    pace = Pace()
    for now, until in commits(20_000, random.Random(2), drift):
        pace.observe(now, until)
        latency = pace.due(until) - now
        # Late enough that a commit's pulses are known, early enough to be called constant.
        assert SECOND < latency < LATENCY + 400_000


@pytest.mark.parametrize("set_by", [3600 * SECOND, -3600 * SECOND, -2 * SECOND])
def test_a_clock_that_was_set_is_followed_at_once(set_by: int) -> None:
    pace = Pace()
    for n in range(100):
        pace.observe(n * SECOND, T0 + n * SECOND)
    pace.observe(100 * SECOND, T0 + 100 * SECOND + set_by)
    assert pace.due(T0 + 100 * SECOND + set_by) == 100 * SECOND + LATENCY


def test_a_delay_of_a_few_commits_is_no_reason() -> None:
    pace = Pace()
    for n in range(100):
        delay = 3 * SECOND if 50 <= n < 60 else 0
        pace.observe(n * SECOND + delay, T0 + n * SECOND)
        assert pace.due(T0) == LATENCY


def test_a_delay_that_stays_is_taken_on() -> None:
    pace = Pace()
    for n in range(100):
        pace.observe(n * SECOND + (3 * SECOND if n >= 50 else 0), T0 + n * SECOND)
    assert pace.due(T0) == LATENCY + 3 * SECOND


def test_a_meter_that_stands_teaches_nothing() -> None:
    pace = Pace()
    for n in range(1000):
        pace.observe(n * SECOND, T0 + min(n, 10) * SECOND)
    assert pace.due(T0) == LATENCY
