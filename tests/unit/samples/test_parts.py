"""The pieces that the readers share: clock, limits, uniform grid, text encoding, dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.block import Block, Quality
from smartx96.errors import RecordingError
from smartx96.samples.comtrade.dates import as_utc, parse_moment, parse_time_code
from smartx96.samples.comtrade.text import decode
from smartx96.samples.comtrade.uniform_grid import UniformGrid
from smartx96.samples.cutting import at_positions, cut, flag_missing
from smartx96.samples.limits import ClipDetector, is_full_scale
from smartx96.samples.stamps.clock import SampleClock, fit_stamps


@pytest.mark.parametrize("rate", [400.0, 1110.4, 5760.0, 12800.0, 55554.0])
@pytest.mark.parametrize("decimals", [5, 9])
def test_rate_survives_rounded_stamps(rate, decimals):
    stamps = np.round(np.arange(30000) / rate + 17.2, decimals)
    fit = fit_stamps(stamps)
    assert fit is not None
    assert fit.rate == pytest.approx(rate, rel=2e-7)


def test_first_difference_would_be_wrong():
    stamps = np.round(np.arange(20000) / 12800, 5)
    assert 1 / (stamps[1] - stamps[0]) == pytest.approx(12500, rel=1e-6)
    assert fit_stamps(stamps).rate == 12800.0


@pytest.mark.parametrize("tick", [1e-4, 1e-3, 1e-2])
def test_stamps_coarser_than_the_samples(tick):
    stamps = np.floor(np.arange(60000) / 12800 / tick) * tick
    assert fit_stamps(stamps).rate == pytest.approx(12800, rel=1e-4)


def test_fit_leaves_out_gaps():
    times = np.arange(5000) / 6400
    times[3000:] += 2.5
    assert fit_stamps(np.round(times, 5)).rate == 6400.0


@pytest.mark.parametrize("stamps", [[], [1.0], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0], [np.nan] * 5])
def test_no_clock_without_rising_stamps(stamps):
    assert fit_stamps(np.array(stamps, dtype=float)) is None


@given(st.lists(st.integers(0, 40), min_size=2, max_size=60), st.integers(1, 59))
def test_gaps_are_found_wherever_the_stream_is_cut(lost, cut_at):
    places = np.cumsum(1 + np.array(lost))
    places -= places[0]
    stamps = np.round(places / 12800 + 5, 6)
    clock = SampleClock(12800, jitter=0.01)
    found = np.concatenate((clock.place(stamps[:cut_at]), clock.place(stamps[cut_at:])))
    assert found.tolist() == places.tolist()


def test_counter_wraps():
    stamps = np.array([4294967.1, 4294967.2, 0.0027, 0.1027, 0.5027])
    clock = SampleClock(10.0, jitter=0.1, wrap=4294967.296)
    assert clock.place(stamps).tolist() == [0, 1, 2, 3, 7]
    lost = SampleClock(10.0, wrap=4294967.296)
    assert lost.place(np.array([4294967.196, 0.4])).tolist() == [0, 5]


def test_time_that_runs_back():
    stamps = np.array([0.0, 0.1, 0.2, 0.05, 0.15])
    assert SampleClock(10.0).place(stamps).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(RecordingError, match=r"back to 0\.05 s after sample 3; .*--rate"):
        SampleClock(10.0, strict=True).place(stamps)


def test_repeated_stamp_is_marked():
    clock = SampleClock(10.0, strict=True)
    assert clock.place(np.array([0.0, 0.1, 0.1, 0.2])).tolist() == [0, 1, -1, 2]


@pytest.mark.parametrize("limit", [32767, -32768, 2047, 2048, 2**31 - 1, 99999, 1000000, 127])
def test_full_scales(limit):
    assert is_full_scale(limit)


@pytest.mark.parametrize("limit", [0, 1, 100, 20000, 32766, 3.4e38, np.nan, np.inf, 1234.5])
def test_no_full_scales(limit):
    assert not is_full_scale(limit)


def test_two_samples_at_full_scale_are_clipped_one_is_not():
    raw = np.array([[0, 32767, 0, 32767, 32767, 0, -32767, -32767, -32767, 0]])
    marks = ClipDetector([-32767], [32767]).mark(raw)
    assert marks.tolist() == [0, 0, 0, 2, 2, 0, 2, 2, 2, 0]


@pytest.mark.parametrize("cut_at", range(1, 8))
def test_clipping_across_pieces(cut_at):
    raw = np.array([[0, 0, 32767, 32767, 32767, 0, 0, 0]])
    detector = ClipDetector([-32767], [32767])
    pieces = [detector.mark(raw[:, :cut_at]), detector.mark(raw[:, cut_at:])]
    sizes = (cut_at, 8 - cut_at)
    marks = np.concatenate(
        [np.zeros(n, np.uint8) if p is None else p for p, n in zip(pieces, sizes, strict=True)]
    )
    assert marks[3:5].tolist() == [2, 2]  # the first of a run may lie in a piece already gone
    assert marks[[0, 1, 5, 6, 7]].tolist() == [0] * 5


def test_peaks_of_a_sine_scaled_to_the_range_are_not_clipped():
    sine = np.round(2047 * np.sin(2 * np.pi * np.arange(25600) / 1024))[np.newaxis]
    assert np.any((sine[:, 1:] == 2047) & (sine[:, :-1] == 2047))
    assert ClipDetector([-2047], [2047], cycle=1024).mark(sine) is None


def test_other_declared_limits_need_a_flat_top():
    sine = np.round(1000 * np.sin(2 * np.pi * np.arange(2560) / 256))[np.newaxis]
    assert ClipDetector([-1000], [1000], cycle=256).mark(sine) is None
    clipped = np.clip(sine, -900, 900)
    assert ClipDetector([-900], [900], cycle=256).mark(clipped).any()


def test_missing_values_become_zero():
    samples, quality = flag_missing(np.array([[1.0, np.nan, 3.0], [4.0, 5.0, np.inf]]))
    assert samples.tolist() == [[1, 0, 3], [4, 5, 0]]
    assert quality.tolist() == [0, Quality.MISSING, Quality.MISSING]


def test_cutting_keeps_places():
    whole = Block(np.arange(20.0).reshape(2, 10), 10.0, 5, quality=np.arange(10, dtype=np.uint8))
    pieces = list(cut([whole], 0.3))
    assert [(piece.start, piece.length) for piece in pieces] == [(5, 3), (8, 3), (11, 3), (14, 1)]
    assert np.concatenate([piece.quality for piece in pieces]).tolist() == list(range(10))


def test_positions_make_blocks():
    places = np.array([3, 4, 5, 9, 10])
    blocks = list(at_positions(np.zeros((1, 5)), places, 1.0))
    assert [(block.start, block.length) for block in blocks] == [(3, 3), (9, 2)]


@pytest.mark.parametrize("step", [1, 7, 100, 5000])
def test_uneven_times_come_to_a_grid(step):
    times = np.cumsum(1 / (2400 + 10 * np.sin(np.arange(2000) / 50)))
    times -= times[0]
    rate = 1999 / times[-1]
    signal = np.sin(2 * np.pi * 50 * times)[np.newaxis]
    grid, parts = UniformGrid(rate, 1), []
    for first in range(0, 2000, step):
        stop = first + step
        parts.append(grid.feed(times[first:stop], signal[:, first:stop], last=stop >= 2000)[0])
    values = np.concatenate(parts, axis=1)[0]
    assert len(values) == 2000
    assert values == pytest.approx(np.sin(2 * np.pi * 50 * np.arange(2000) / rate), abs=2e-6)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Неизвестный регистратор,576,1999\n1,Ua_1СШ-110_ТН_110кВ,A,,kV", "cp1251"),
        ("UNREAL,DEMO\n10,Ua对侧,A,,V\n25,纵联差动保护,0\n", "gb18030"),
        ("Estação de Medição,Oscilógrafo,2013\n1,VA,,Linha 3,V", "iso8859-1"),
        ("Umspannwerk Süd,Störschreiber,1999\n1,Spannung L1 Größe,A", "iso8859-1"),
        ("변전소,기록계,2013\n", "utf-8"),
        ("plain,ascii,1999\n", "utf-8"),
    ],
)
def test_text_encodings(text, encoding):
    assert decode(text.encode(encoding)) == (text, encoding)


def test_any_bytes_decode():
    text, _ = decode(bytes(range(256)))
    assert "ABC" in text


@pytest.mark.parametrize(
    ("date", "month_first", "expected"),
    [
        ("12/01/2011", False, datetime(2011, 1, 12)),
        ("09/17/15", True, datetime(2015, 9, 17)),
        ("09/17/0015", True, datetime(2015, 9, 17)),
        ("17/09/15", True, datetime(2015, 9, 17)),
        ("09/17/2015", False, datetime(2015, 9, 17)),
        ("01/02/89", True, datetime(1989, 1, 2)),
        ("2015-09-17", False, datetime(2015, 9, 17)),
    ],
)
def test_dates(date, month_first, expected):
    moment, _ = parse_moment(date, "01:02:03.123456789", month_first=month_first)
    assert moment == expected + timedelta(hours=1, minutes=2, seconds=3, microseconds=123456)


@pytest.mark.parametrize(
    ("date", "time"), [("31/31/2011", "1:2:3"), ("", ""), ("x", "25"), ("9" * 3000, "1:2:3")]
)
def test_dates_that_are_none(date, time):
    moment, notes = parse_moment(date, time, month_first=False)
    assert moment is None
    assert notes
    assert len(notes[-1]) < 200


@pytest.mark.parametrize(
    ("text", "minutes"), [("-5h30", -330), ("+1", 60), ("0", 0), ("3h", 180), ("5h45", 345)]
)
def test_time_codes(text, minutes):
    assert parse_time_code(text) == timedelta(minutes=minutes)


def test_time_code_not_given_and_unset_clock():
    assert parse_time_code("x") is None
    assert as_utc(datetime(1970, 1, 1), None) is None
    expected = datetime(2011, 1, 12, 11, 0, tzinfo=UTC)
    assert as_utc(datetime(2011, 1, 12, 5, 30), timedelta(hours=-5, minutes=-30)) == expected
