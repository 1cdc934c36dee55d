"""The sampling rate of whole columns of time stamps: rounded, drifting, with gaps, wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.errors import RateError
from smartx96.samples import open_recording
from smartx96.samples.stamps.column_rate import column_rate, usual
from smartx96.samples.stamps.stated_rate import agreed

from .conftest import positions

PATH = Path("a.csv")


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
    assert agreed(50.0, 6400.0, stamped, PATH) == (50.0, ())
    assert agreed(None, 6400.3, stamped, PATH) == (6400.3, ())
    assert agreed(None, None, None, PATH)[0] is None
    rate, notes = agreed(None, 12800.0, stamped, PATH)
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


@pytest.mark.parametrize("rate", [6400.0, 12800.0, 10000.0, 44100.0])
@pytest.mark.parametrize("tick", [1.0, 0.1])
@pytest.mark.parametrize(("seconds", "offset"), [(3, 0.0), (3, 0.5), (60, 0.3)])
def test_stamps_to_the_second_or_tenth(rate, tick, seconds, offset):
    """Whole ticks at both ends would make a plain fit 7200 of 6400."""
    time = np.arange(int(seconds * rate)) / rate + offset
    found = column_rate(pieces(np.floor(time / tick + 1e-9) * tick))
    assert found.rate == rate
    assert ("tell the sampling rate to" in found.note) == (found.doubt > 2e-5)
    assert (found.doubt == 0) or seconds == 3


def test_coarse_stamps_keep_an_unusual_rate_within_their_doubt():
    for rate in (6403.7, 7012.3, 12801.26):
        for seconds in (2.6, 4.1, 9.7):
            time = np.arange(int(seconds * rate)) / rate + 0.37
            found = column_rate(pieces(np.floor(time)))
            assert abs(found.rate / rate - 1) <= (found.doubt or 2e-5)


def test_stamps_too_coarse_ask_for_the_rate():
    slow = column_rate(pieces(np.floor(np.arange(1000) / 300)))
    with pytest.raises(RateError, match=r"as 300 S/s to 0\.\d+ % only; give --rate HZ"):
        agreed(None, None, slow, PATH)
    once = column_rate(pieces(np.floor(np.arange(9000) / 6400)))
    with pytest.raises(RateError, match=r"change only once.*--rate HZ"):
        agreed(None, None, once, PATH)
    assert agreed(None, 6400.0, once, PATH) == (6400.0, ())


@pytest.mark.parametrize("slower", [0.5, 0.9, 1.02, 1.05, 1.2, 2.0])
@pytest.mark.parametrize("decimals", [9, 5])
@pytest.mark.parametrize("size", [5_000, 20_000, 100_000])
def test_a_change_of_rate_is_found(slower, decimals, size):
    time = np.concatenate((np.arange(12_800) / 6400, 2 + np.arange(20_000) * slower / 6400))
    found = column_rate(pieces(np.round(time, decimals), size))
    first, second = found.stretches
    assert (first.first, first.rate) == (0, 6400)
    assert second.first == pytest.approx(12_800, abs=3)
    assert second.rate == pytest.approx(6400 / slower, rel=1e-6)
    assert "changes on the way: 6400 S/s from row 1" in found.note


def test_there_and_back_are_three_stretches():
    steps = np.repeat([1 / 6400, 1 / 5000, 1 / 6400], [9000, 7000, 9000])
    found = column_rate(pieces(np.cumsum(steps)))
    assert [stretch.rate for stretch in found.stretches] == [6400, 5000, 6400]


@pytest.mark.parametrize("spread", [0.1, 0.5, 3.0])
def test_jitter_is_no_change_of_rate(spread):
    stamps = (np.arange(60_000) + np.random.default_rng(3).normal(0, spread, 60_000)) / 6400
    found = column_rate(pieces(stamps))
    assert not found.stretches
    assert found.rate == pytest.approx(6400, rel=1e-5)


@pytest.mark.parametrize("lost", [0.01, 0.05, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("decimals", [9, 6, 5])
def test_samples_lost_at_random_do_not_slow_the_clock(lost, decimals):
    kept = np.random.default_rng(5).random(60_000) > lost
    found = column_rate(pieces(np.round(np.arange(60_000)[kept] / 6400, decimals)))
    assert (found.rate, found.stretches) == (6400, ())
    assert lost < 0.1 or "lacking throughout" in found.note


def test_a_rate_rounded_to_a_tenth_millisecond_is_no_grid_with_losses():
    for rate in (5300.0, 6400.0, 9100.0):
        assert column_rate(pieces(np.round(np.arange(60_000) / rate, 4))).rate == rate


@pytest.mark.parametrize("slower", [1.02, 1.2])
def test_blocks_of_a_changed_rate(tmp_path, slower):
    """A sine through the true times has its frequency in either stretch, and no sample is lost."""
    time = np.concatenate((np.arange(12_800) / 6400, 2 + np.arange(12_800) * slower / 6400))
    signal = np.sin(2 * np.pi * 50 * time)
    rows = "".join(f"{t:.9f},{u:.6f}\n" for t, u in zip(time, signal, strict=True))
    (tmp_path / "a.csv").write_text("t,u\n" + rows)
    recording = open_recording(tmp_path / "a.csv")
    blocks = list(recording.blocks([0]))
    assert sum(block.length for block in blocks) == 25_600
    begin, before = 0.0, blocks[0]
    for block in blocks:
        if block.rate != before.rate:
            assert block.start == 0
            begin += before.end / before.rate
        times = begin + np.arange(block.start, block.end) / block.rate
        assert block.physical()[0] == pytest.approx(np.sin(2 * np.pi * 50 * times), abs=2e-3)
        before = block
    assert before.rate == pytest.approx(6400 / slower, rel=1e-7)


def test_a_gap_where_the_rate_changes(tmp_path):
    time = np.concatenate((np.arange(5000) / 5000, 3 + np.arange(4000) / 4000))
    rows = "".join(f"{t:.9f},1\n" for t in time)
    (tmp_path / "a.csv").write_text("t,u\n" + rows)
    blocks = list(open_recording(tmp_path / "a.csv").blocks([0]))
    ends = {block.rate: block for block in blocks}
    starts = {block.rate: block.start for block in reversed(blocks)}
    assert ends[5000].end == 5000
    # 2 s after the last sample but one interval of the new clock; its row may belong to either.
    assert starts[4000] == pytest.approx(2 * 4000, abs=2)


def test_a_usual_rate_within_the_doubt():
    assert usual(6399.4, 2e-4) == 6400
    assert usual(44_101.0, 1e-4) == 44_100
    assert usual(6453.7, 1e-4) == 6454
    assert usual(6453.7, 1e-6) == 6453.7


def test_short_remains_between_losses_are_no_rates():
    generator = np.random.default_rng(0)
    generator.random(25_600)
    kept = generator.random(25_600) > 0.01
    found = column_rate(pieces(np.round(np.arange(25_600)[kept] / 6400, 6)))
    assert (found.rate, found.stretches) == (6400, ())
