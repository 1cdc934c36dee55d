"""The sampling rate of whole columns of time stamps: rounded, drifting, with gaps, wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.samples import open_recording
from smartx96.samples.column_rate import column_rate
from smartx96.samples.stated_rate import agreed

from .conftest import positions


def pieces(stamps, size=20_000):
    return [(n, stamps[n : n + size]) for n in range(0, len(stamps), size)]


@pytest.mark.parametrize("rate", [6400.0, 12800.0, 12801.7, 55554.12])
@pytest.mark.parametrize("decimals", [9, 5, 4, 3])
def test_rounded_stamps(rate, decimals):
    """To 0.01 ms and 1 ms, which at 12 800 samples per second is 13 samples."""
    stamps = np.round(np.arange(300_000) / rate, decimals)
    found = column_rate(pieces(stamps))
    assert found.rate == pytest.approx(rate, rel=1e-7)
    assert bool(found.note) == (10.0**-decimals / 2 * rate > 1)


@given(
    rate=st.floats(400, 100_000),
    gap=st.integers(2_000, 1_000_000),
    at=st.integers(5_000, 95_000),
)
def test_a_gap_does_not_move_the_rate(rate, gap, at):
    index = np.arange(100_000) + np.where(np.arange(100_000) >= at, gap, 0)
    found = column_rate(pieces(index / rate, 10_000))
    assert found.rate == pytest.approx(rate, rel=1e-9)


def test_a_wandering_clock_gives_its_mean():
    truth = 12800 * (1 + 3e-4 * np.sin(np.linspace(0, 3, 400_000)))
    stamps = np.cumsum(1 / truth)
    found = column_rate(pieces(stamps))
    assert found.rate == pytest.approx(len(stamps) / stamps[-1], rel=1e-4)
    assert "drifts from 12800" in found.note


@pytest.mark.parametrize("at", [0, 30_000, 90_000])
def test_faulty_stretches_are_outvoted(at):
    stamps = np.arange(100_000) / 6400
    stamps[50_000:60_000] = stamps[50_000]  # it stood still
    stamps[at : at + 10_000] = stamps[at] + np.arange(10_000) / 5000
    stamps[70_000:70_010] += 5
    assert column_rate(pieces(stamps, 10_000)).rate == pytest.approx(6400, rel=1e-9)


def test_nothing_that_increases():
    assert column_rate(pieces(np.zeros(100))) is None
    assert column_rate([]) is None


def test_which_rate_counts():
    stamped = column_rate(pieces(np.arange(10_000) / 6400))
    assert agreed(50.0, 6400.0, stamped) == (50.0, ())
    assert agreed(None, 6400.3, stamped) == (6400.3, ())
    assert agreed(None, None, None)[0] is None
    rate, notes = agreed(None, 12800.0, stamped)
    assert rate == 6400
    assert "states 12800" in notes[0]
    assert "--rate" in notes[0]


def test_a_late_part_of_the_column_counts(tmp_path):
    """The beginning alone, rounded to 1 ms, would be 20 times as far off."""
    rate = 12_803.0
    rows = "".join(f"{n / rate:.3f},1.5,2.5\n" for n in range(400_000))
    (tmp_path / "a.csv").write_text("t,u,i\n" + rows)
    recording = open_recording(tmp_path / "a.csv")
    assert recording.rate == pytest.approx(rate, rel=3e-7)
    assert "stray" in recording.notes[0]
    assert positions(recording.blocks([0])).tolist() == list(range(400_000))
