"""Whatever the samples are, they give readings with flags or one clear error naming the limit."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import smartx96
from smartx96.block import Block, Quality
from smartx96.errors import StreamError
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.metrology.stream import Stream
from smartx96.metrology.windows import Flag, Windows

SOAK = bool(os.environ.get("SOAK"))
RATES = [1_000.0, 1_200.0, 3_999.5, 6_400.0, 12_800.0, 44_100.0, 200_000.0, 1_000_000.0]
FORMS = {
    "3p4w": ("v1", "v2", "v3", "i1", "i2", "i3"),
    "3p3w": ("v12", "v23", "i1", "i3"),
    "1p2w": ("v1", "i1"),
}
KINDS = ["silence", "direct", "noise", "sine", "slow", "fast", "distorted", "huge", "tiny", "ramp"]
FAULTS = ["clipped", "nan", "infinite", "hole", "phase lost", "step", "spike", "reversed", "none"]


def channel(kind: str, t: np.ndarray, phase: float, rng: np.random.Generator) -> np.ndarray:
    turn = 2 * np.pi * t
    frequency = {"slow": 40.0, "fast": 70.0}.get(kind, 50.0)
    sine = 325.0 * np.sin(frequency * turn + phase)
    return {
        "silence": np.zeros_like(t),
        "direct": np.full_like(t, 12.0),
        "noise": rng.standard_normal(len(t)),
        "distorted": sine + 100 * np.sin(5 * 50 * turn) + 80 * np.sign(np.sin(50 * turn)),
        "huge": 1e11 * sine,
        "tiny": 1e-200 * sine,
        "ramp": 325.0 * np.sin(turn * (50.0 + 5.0 * t) + phase),
    }.get(kind, sine)


def damaged(x: np.ndarray, fault: str, at: int) -> np.ndarray:
    end = min(x.shape[1], at + max(1, x.shape[1] // 5))
    if fault == "clipped":
        return np.clip(x, -100.0, 100.0)
    if fault == "nan":
        x[0, at] = np.nan
    elif fault == "infinite":
        x[-1, at] = np.inf
    elif fault == "hole":
        x[:, at:end] = np.nan
    elif fault == "phase lost":
        x[0, at:] = 0.0
    elif fault == "step":
        x[:, at:] *= 0.1
    elif fault == "spike":
        x[:, at] = 1e6
    elif fault == "reversed":
        x[-1] *= -1
    return x


@st.composite
def signals(draw):
    rate = draw(st.sampled_from(RATES))
    seconds = draw(st.sampled_from([0.0, 0.001, 0.03, 0.1, 0.3, 0.45, 0.8]))
    wiring = draw(st.sampled_from(list(FORMS)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    t = np.arange(round(seconds * rate)) / rate
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=len(FORMS[wiring]),
                          max_size=len(FORMS[wiring])))  # fmt: skip
    x = np.array([channel(k, t, n * 2.1, rng) for n, k in enumerate(kinds)])
    if x.shape[1]:
        at = draw(st.integers(0, x.shape[1] - 1))
        x = damaged(x, draw(st.sampled_from(FAULTS)), at)
    return wiring, rate, x


@settings(max_examples=1500 if SOAK else 60, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(signals())
def test_readings_with_flags_or_one_clear_error(signal) -> None:
    wiring, rate, x = signal
    given_channels = dict(zip(FORMS[wiring], x, strict=True))
    if not x.shape[1]:
        with pytest.raises(StreamError, match="no samples"):
            smartx96.measure(given_channels, rate, wiring=wiring)
        return
    try:
        result = smartx96.measure(given_channels, rate, wiring=wiring)
    except StreamError as error:
        message = str(error)
        named = "no meter counts more than" in message and "\n" not in message
        if named and np.nanmax(np.abs(x)) > 1e6:
            return
        raise
    summary = result.summary
    seconds = x.shape[1] / rate
    # A short recording may lack so much of a cycle, of 40 Hz at most (`metrology.short`).
    lacking = max(2 / rate, 0.005 / 40)
    assert summary.measured_time + summary.losses.time == pytest.approx(seconds, abs=lacking)
    for id in ("voltage_l1", "current_l1", "apparent_power", "voltage_l1_l2"):
        values = result[id]
        assert not np.isinf(values).any()
        assert not (values < 0).any()
    unsynchronised = (result["flags"].astype(int) & int(Flag.UNSYNCHRONISED)) > 0
    assert np.isnan(result["frequency"][unsynchronised]).all()
    known = result["frequency"][~unsynchronised]
    assert np.all((known > 39.0) & (known < 71.0) | np.isnan(known))


@settings(max_examples=300 if SOAK else 25, deadline=None)
@given(
    jumps=st.lists(st.sampled_from([0, 1, 37, 5_000, 140_000]), min_size=4, max_size=4),
    doubts=st.lists(st.sampled_from([0, 1, 2, 4, 7]), min_size=4, max_size=4),
    rates=st.lists(st.sampled_from([6_400.0, 12_800.0]), min_size=4, max_size=4),
)
def test_streams_with_gaps_doubts_and_other_rates(jumps, doubts, rates) -> None:
    meter, stream = Meter(Configuration()), Stream()
    start, last, seconds = 0, 0.0, 0.0
    for jump, doubt, rate in zip(jumps, doubts, rates, strict=True):
        count = round(0.5 * rate)
        t = np.arange(count) / rate
        x = np.tile(325.0 * np.sin(2 * np.pi * 50 * t), (6, 1))
        start = start + jump if rate == last else 0
        quality = np.zeros(count, np.uint8)
        quality[100:200] = doubt
        for piece in stream.push(Block(x, rate, start, quality=quality)):
            meter.take(piece)
            if isinstance(piece, Windows):
                assert len(piece) > 0
        start, last = start + count, rate
        seconds += (count - (100 if doubt & Quality.MISSING else 0)) / rate
    for piece in stream.finish():
        meter.take(piece)
    meter.close()
    assert meter.measured_time == pytest.approx(seconds, abs=1e-3)


@pytest.mark.parametrize(("rate", "limit"), [(399.0, "400"), (5e6, "4e")])
def test_rates_beyond_the_limits_are_named(rate: float, limit: str) -> None:
    with pytest.raises(StreamError, match=limit):
        smartx96.measure(np.zeros((6, 1000)), rate)
