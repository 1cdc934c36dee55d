"""Portions: windows cut at instants keep their time and their energy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.meters import portion


def energy(windows) -> np.ndarray:
    return (windows.active * windows.seconds).sum(axis=1)


def test_an_edge_within_a_window_makes_two_of_it() -> None:
    whole = portion(1000, [[10.0, 20.0], [1.0, 2.0], [0.0, 5.0]], length=100)
    cut = whole.cut(np.array([1130]))
    assert cut.start.tolist() == [1000, 1100, 1130]
    assert cut.end.tolist() == [1100, 1130, 1200]
    assert cut.seconds.tolist() == pytest.approx([1e-4, 0.3e-4, 0.7e-4])
    assert cut.active[0].tolist() == [10.0, 20.0, 20.0]
    assert cut.current.shape == (4, 3)


def test_an_edge_on_the_end_of_a_window_cuts_nothing() -> None:
    whole = portion(1000, [1.0, 2.0], length=100)
    assert whole.cut(np.array([1000, 1100, 1200, 5000])) is whole


def test_an_edge_between_windows_cuts_nothing() -> None:
    whole = portion(0, [1.0, 2.0], length=100, gap=50)
    assert whole.end.tolist() == [100, 250]
    assert whole.cut(np.array([120])) is whole


def test_several_edges_in_one_window() -> None:
    cut = portion(0, [6.0, 7.0], length=100).cut(np.array([10, 20, 70, 150]))
    assert cut.end.tolist() == [10, 20, 70, 100, 150, 200]
    assert cut.active[0].tolist() == [6.0, 6.0, 6.0, 6.0, 7.0, 7.0]


def test_time_without_samples_is_shared_by_the_parts() -> None:
    """A window of 100 us of which 40 were measured: each half holds 20."""
    cut = portion(0, [5.0], length=100, seconds=40e-6).cut(np.array([50]))
    assert cut.seconds.tolist() == pytest.approx([20e-6, 20e-6])


def test_taking_everything_is_the_portion_itself() -> None:
    whole = portion(0, [1.0, 2.0, 3.0])
    assert whole.take(slice(0, 3)) is whole
    assert whole.take(slice(1, 3)).active[0].tolist() == [2.0, 3.0]
    assert whole.take(np.array([True, False, True])).active[0].tolist() == [1.0, 3.0]


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 1000), min_size=1, max_size=12),
    edges=st.sets(st.integers(-50, 9000), max_size=30),
    gap=st.integers(0, 20),
)
def test_nothing_is_lost_by_cutting(lengths: list[int], edges: set[int], gap: int) -> None:
    powers = np.arange(1.0, len(lengths) + 1)
    whole = portion(0, powers, length=lengths, gap=gap)
    cut = whole.cut(np.array(sorted(edges), np.int64))
    inside = {
        edge
        for edge in edges
        if any(a < edge < b for a, b in zip(whole.start.tolist(), whole.end.tolist(), strict=True))
    }
    assert set(cut.end.tolist()) == set(whole.end.tolist()) | inside
    assert len(cut) == len(whole) + len(inside)
    assert (cut.end - cut.start).sum() == (whole.end - whole.start).sum()
    assert (cut.start[1:] >= cut.end[:-1]).all()
    assert energy(cut) == pytest.approx(energy(whole), rel=1e-12)
