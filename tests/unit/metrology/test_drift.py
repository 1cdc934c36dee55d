"""Drift of a sample clock, in simulated time with arrivals that are late."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.metrology.drift import INTERVALS, Drift, DriftEstimate


def arrivals(
    ppm: float, seconds: float, seed: int, *, jitter: float = 0.003
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of blocks on the sample clock and when they were there: late, and in order."""
    rng = np.random.default_rng(seed)
    time = np.arange(1, int(seconds * 10)) / 10
    there = time / (1 + ppm * 1e-6) + rng.exponential(jitter, len(time))
    return time, 1000.0 + np.maximum.accumulate(there)


def followed(time: np.ndarray, there: np.ndarray, drift: Drift | None = None) -> Drift:
    drift = Drift() if drift is None else drift
    for end, now in zip(time.tolist(), there.tolist(), strict=True):
        drift.arrived(end, now)
    return drift


def known(drift: Drift) -> DriftEstimate:
    found = drift.estimate()
    assert found is not None
    return found


@pytest.mark.parametrize("ppm", [200.0, -200.0, 0.0, 20.0])
def test_within_its_uncertainty(ppm: float) -> None:
    """Coverage factor 2: of forty, a few may lie outside, and none by much."""
    ratios = []
    for seed in range(40):
        found = known(followed(*arrivals(ppm, 120, seed)))
        assert found.uncertainty < 10
        ratios.append(abs(found.ppm - ppm) / found.uncertainty)
    assert np.mean(np.array(ratios) < 1) >= 0.85
    assert max(ratios) < 2.5


def test_minutes_make_it_sharp() -> None:
    found = known(followed(*arrivals(200.0, 600, 1)))
    assert found.ppm == pytest.approx(200, abs=1)
    assert found.uncertainty < 1


def test_late_intervals_do_not_count() -> None:
    """For half a minute nothing comes in time."""
    time, there = arrivals(50.0, 300, 3)
    late = (time > 200) & (time < 230)
    there[late] += np.random.default_rng(3).uniform(0.05, 0.5, late.sum())
    found = known(followed(time, np.maximum.accumulate(there)))
    assert abs(found.ppm - 50) < 3 * found.uncertainty
    assert found.uncertainty < 3


def test_a_jump_does_not_bend_the_line() -> None:
    """After an outage the sample clock is set by the wall clock, to a tenth of a second."""
    time, there = arrivals(200.0, 300, 4)
    drift = followed(time[:1500], there[:1500])
    drift.jumped()
    followed(time[1500:] + 7.08, there[1500:] + 7.0, drift)
    found = known(drift)
    assert abs(found.ppm - 200) < 2 * found.uncertainty < 10


def test_nothing_is_said_too_early() -> None:
    assert Drift().estimate() is None
    drift = followed(*arrivals(0.0, 8, 5))
    assert drift.estimate() is None
    alone = Drift()
    for n in range(10):
        alone.arrived(float(n), float(n))
        alone.jumped()
    assert alone.estimate() is None


def test_the_past_is_forgotten() -> None:
    time, there = arrivals(200.0, 700, 6)
    drift = followed(time, there)
    later, there_later = arrivals(-100.0, 700, 7)
    followed(later + time[-1], there_later + there[-1] - 1000, drift)
    assert known(drift).ppm == pytest.approx(-100, abs=1)
    assert len(drift._points) == INTERVALS


def test_its_text() -> None:
    assert str(DriftEstimate(12.34, 0.56)) == "+12.3 ± 0.6 ppm"
