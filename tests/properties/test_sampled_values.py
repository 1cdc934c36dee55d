"""Sampled values: whatever a network does to frames, the samples are right or said to be lost."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartx96.errors import X96Error
from smartx96.samples import open_recording
from smartx96.samples.sampled_values.sample_order import REORDER_SECONDS, SampleOrder
from support.published import asdu, frame, pcap, sample, stream, waves
from support.shared import DATA, needs_data

REAL = DATA / "sv" / "epm_rex640_first10000.pcapng"
RATE = 1000
WINDOW = int(REORDER_SECONDS * RATE)
COUNT = 3000


@st.composite
def journeys(draw):
    """Numbers of samples in the order of their arrival: some lost, doubled, late."""
    lost = draw(st.sets(st.integers(0, COUNT - 1), max_size=60))
    for _ in range(draw(st.integers(0, 3))):
        first = draw(st.integers(0, COUNT))
        lost |= set(range(first, min(COUNT, first + draw(st.integers(0, 900)))))
    kept = np.array([n for n in range(COUNT) if n not in lost], dtype=np.int64)
    twice = draw(st.lists(st.integers(0, max(0, len(kept) - 1)), max_size=30))
    numbers = np.concatenate((kept, kept[twice] if len(kept) else kept))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    delay = rng.integers(0, WINDOW, len(numbers)) * (
        rng.random(len(numbers)) < draw(st.floats(0, 1))
    )
    return numbers[np.argsort(numbers + delay, kind="stable")]


@settings(max_examples=200, deadline=None)
@given(journey=journeys(), first=st.integers(0, RATE - 1), cuts=st.lists(st.integers(1, COUNT)))
def test_samples_come_out_in_order_and_gaps_where_they_were_lost(journey, first, cuts):
    order = SampleOrder(float(RATE), RATE)
    times = np.maximum.accumulate(journey) * (10**9 // RATE)
    samples = np.stack((journey, journey), axis=1).astype(np.uint32)
    edges = [0, *sorted({c for c in cuts if c < len(journey)}), len(journey)]
    found = [
        order.add((journey[a:b] + first) % RATE, times[a:b], samples[a:b])
        for a, b in pairwise(edges)
    ]
    found.append(order.finish())
    positions = np.concatenate([ordered.positions for ordered in found])
    values = [ordered.samples[:, 0] for ordered in found if ordered.samples is not None]
    expected = np.unique(journey)
    assert np.array_equal(np.concatenate(values) if values else [], expected)
    if len(expected) == 0:
        return
    assert np.array_equal(positions, expected - expected[0])
    counters = order.counters
    assert counters.received == len(journey)
    assert counters.doubled == len(journey) - len(expected)
    assert counters.lost == expected[-1] - expected[0] + 1 - len(expected)
    assert counters.gaps == np.count_nonzero(np.diff(expected) > 1)
    assert counters.late == counters.restarts == 0


def everything(path):
    recording = open_recording(path)
    return sum(block.length for block in recording.blocks(range(len(recording.channels))))


@needs_data
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_capture_is_read_or_one_line(tmp_path, data):
    content = bytearray(REAL.read_bytes()[: data.draw(st.integers(1, 60_000), label="cut")])
    for _ in range(data.draw(st.integers(0, 20), label="flips")):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.pcapng"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        everything(path)
    except X96Error as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert str(path) in str(error)  # noqa: PT017
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 50e6


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_stream_is_read_or_one_line(tmp_path, data):
    frames, times = stream(waves(60, 6), 4800, asdus=2)
    damaged = []
    for octets in frames:
        changed = bytearray(octets)
        for _ in range(data.draw(st.integers(0, 2))):
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        damaged.append(bytes(changed[: data.draw(st.sampled_from([len(changed)] * 9 + [40]))]))
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(damaged, times))
    try:
        everything(path)
    except X96Error as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert str(path) in str(error)  # noqa: PT017


def test_more_streams_than_any_network_has(tmp_path):
    frames = [frame([asdu(0, sample([n]), f"MU{n}")]) for n in range(300)]
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(frames, list(range(300))))
    with pytest.raises(X96Error, match=r"a\.pcap: more than 256 streams"):
        everything(path)
