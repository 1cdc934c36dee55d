"""Reading CSV files."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.block import Quality
from smartx96.errors import RecordingError
from smartx96.samples import open_recording

from .conftest import everything, flags, joined, positions


@pytest.fixture
def csv(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "samples.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def rows(count, rate, decimals=9, values=("1.5", "-2")):
    return "".join(f"{round(n / rate, decimals)},{','.join(values)}\n" for n in range(count))


def test_header_with_time(csv):
    recording = open_recording(csv("time_s,V1,I1\n" + rows(50, 6400)))
    assert [channel.name for channel in recording.channels] == ["V1", "I1"]
    assert (recording.format, recording.rate, recording.length) == ("csv", 6400.0, 50)
    assert everything(recording)[:, 0].tolist() == [1.5, -2]


@pytest.mark.parametrize(
    "header", ["time_ms,", "t [ms],", "Time (ms),", "timestamp_ms,", '"time [ms]",']
)
def test_time_units(csv, header):
    text = header + "a,b\n" + "".join(f"{n * 0.25},1,2\n" for n in range(50))
    assert open_recording(csv(text)).rate == 4000.0


@pytest.mark.parametrize("header", ["V1 [kV],I1 (mA)", "V1[KV],I1 [mA]"])
def test_units_in_the_header(csv, header):
    recording = open_recording(csv("t," + header + "\n" + rows(20, 1000)))
    assert [(c.name, c.unit) for c in recording.channels] == [("V1", "V"), ("I1", "A")]
    assert everything(recording)[:, 0] == pytest.approx([1500, -0.002])


def test_units_in_a_row_of_their_own(csv):
    recording = open_recording(csv("t,V1,I1\nms,kV,A\n0,1,2\n0.5,1,2\n1,1,2\n"))
    assert recording.rate == 2000.0
    assert [(c.name, c.unit) for c in recording.channels] == [("V1", "V"), ("I1", "A")]


def test_lines_before_the_header_are_skipped(csv):
    before = "Scope X,serial 7\nSample rate,12800\n\n12\n"
    recording = open_recording(csv(before + "t,V1,I1\n" + rows(30, 12800)))
    assert [channel.name for channel in recording.channels] == ["V1", "I1"]
    assert everything(recording).shape == (2, 30)


def test_without_header_channels_are_numbered(csv):
    recording = open_recording(csv("1,2,3\n4,5,7\n8,0,1\n"), rate=1000)
    assert [channel.name for channel in recording.channels] == ["1", "2", "3"]
    assert everything(recording).tolist() == [[1, 4, 8], [2, 5, 0], [3, 7, 1]]


def test_one_column_is_no_time(csv):
    text = "".join(f"{n * 0.001}\n" for n in range(100))
    assert everything(open_recording(csv(text), rate=4000)).shape == (1, 100)
    with pytest.raises(RecordingError, match="give --rate"):
        open_recording(csv(text))


def test_first_column_that_rises_evenly_is_the_time(csv):
    recording = open_recording(csv("X,CH1,CH2\n" + rows(200, 12800, decimals=5)))
    assert (recording.rate, len(recording.channels)) == (12800.0, 2)


def test_running_number_is_neither_time_nor_channel(csv):
    text = "n,a,b\n" + "".join(f"{n},1,2\n" for n in range(20))
    recording = open_recording(csv(text), rate=1000)
    assert [channel.name for channel in recording.channels] == ["a", "b"]
    with pytest.raises(RecordingError, match="--rate"):
        open_recording(csv(text))


def test_phase_t_is_not_the_time(csv):
    text = "r,s,t\n" + "".join(f"{n % 7},{n % 5},{n % 3}\n" for n in range(20))
    recording = open_recording(csv(text), rate=1000)
    assert [channel.name for channel in recording.channels] == ["r", "s", "t"]


@pytest.mark.parametrize("rate", [6400.0, 12800.0, 1110.4, 51200.0])
def test_rounded_time_stamps(csv, rate):
    recording = open_recording(csv("t,a,b\n" + rows(20000, rate, decimals=5)))
    assert recording.rate == pytest.approx(rate, rel=1e-6)
    assert positions(recording.blocks([0])).tolist() == list(range(20000))


def test_the_users_rate_overrides_lying_stamps(csv):
    recording = open_recording(csv("t,a,b\n" + rows(100, 1000)), rate=4000)
    assert recording.rate == 4000
    assert len(recording.channels) == 2


def test_gaps_repeats_and_missing_values(csv):
    places = [0, 1, 2, 2, 3, 10, 11, 12]
    text = "t,a,b\n" + "".join(f"{n / 1000},{k},{k}\n" for k, n in enumerate(places))
    text += "0.013,,5\n0.014,nan,5\n0.015,1,2\n"
    recording = open_recording(csv(text))
    found = positions(recording.blocks([0]))
    assert found.tolist() == [0, 1, 2, 3, 10, 11, 12, 13, 14, 15]
    assert joined(recording.blocks([0]))[0].tolist() == [0, 1, 2, 4, 5, 6, 7, 0, 0, 1]
    expected = [0, 0, 0, Quality.QUESTIONABLE, 0, 0, 0, 1, 1, 0]
    assert flags(recording.blocks([0])).tolist() == expected


def test_time_that_runs_back_names_the_option(csv):
    text = "t,a,b\n" + rows(20, 1000) + rows(20, 1000)
    with pytest.raises(RecordingError, match=r"samples\.csv: time runs back .*--rate"):
        everything(open_recording(csv(text)))
    assert everything(open_recording(csv(text), rate=1000)).shape == (2, 40)


def test_epoch_tells_the_start(csv):
    text = "timestamp,a,b\n" + "".join(f"{1767225600 + n / 1000:.6f},1,2\n" for n in range(100))
    recording = open_recording(csv(text))
    assert recording.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert recording.rate == pytest.approx(1000, rel=1e-5)


@pytest.mark.parametrize("ends", ["\r\n", "\n\n", "\r\n\r\n"])
def test_line_ends_and_blank_lines(csv, ends):
    recording = open_recording(csv(("t,a,b\n" + rows(30, 1000)).replace("\n", ends)))
    assert recording.length == 30
    assert everything(recording).shape == (2, 30)


@pytest.mark.parametrize("last", ["0.03,1", "0.03,1\n", "0.03,1\n\n", "0.03", "0.03,1,-"])
def test_cut_off_last_line(csv, last):
    recording = open_recording(csv("t,a,b\n" + rows(30, 1000) + last))
    assert recording.length == 30
    assert everything(recording).shape == (2, 30)
    assert recording.notes == ("the last row is cut off and left out",)


def test_a_whole_last_line_is_none_that_is_cut_off(csv):
    recording = open_recording(csv("t,a,b\n" + rows(30, 1000) + "0.03,1,2"))
    assert (recording.length, recording.notes) == (31, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,a\n0,1\n0,2\n0,3\n", "time column does not increase; give --rate"),
        ("a;b\n1;2\n", "no time column that tells the sampling rate; give --rate"),
        ("only,text\nand,more\n", "no rows of numbers"),
        ("t\n0\n1\n2\n", "no channel"),
        ("t,a\n" + rows(9, 1000, values=("1",)) + "0.009,oops\n", "'oops' in the row"),
        ("t,a\n" + rows(9, 1000, values=("1",)) + "0.009\n0.01,1\n", "has 1 fields"),
        ("t,a\n" + rows(9, 1000, values=("1",)) + "0.009,\x00\n", "not a number"),
    ],
)
def test_damaged_files(csv, text, message):
    with pytest.raises(RecordingError, match=message) as caught:
        everything(open_recording(csv(text)))
    assert "\n" not in str(caught.value)
    assert "samples.csv" in str(caught.value)


def test_damage_beyond_the_beginning(csv):
    text = "t,a,b\n" + rows(80000, 1000) + "80,1,x\n"
    recording = open_recording(csv(text))
    with pytest.raises(RecordingError, match="'x' in the row"):
        everything(recording)


def test_large_files_are_read_in_blocks(csv):
    values = np.sin(np.arange(100000))
    text = "t,a\n" + "".join(f"{n / 12800!r},{v!r}\n" for n, v in enumerate(values.tolist()))
    recording = open_recording(csv(text))
    assert recording.rate == 12800.0
    for seconds in (0.02, 1.0):
        assert np.array_equal(joined(recording.blocks([0], seconds))[0], values)
