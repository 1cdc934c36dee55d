"""CSV files with short rows, blank lines, odd dates and rates that may mean two numbers."""

from __future__ import annotations

import time

import pytest

from smartx96.errors import RateError, RecordingError
from smartx96.samples import open_recording
from smartx96.samples.delimited.header import names_and_units
from smartx96.samples.lines.text import BLANKS, Dialect, count

from .conftest import everything


def written(tmp_path, text):
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    return tmp_path / "a.csv"


def dated(count, year=2026, date_last=False):
    moments = [f"{year}-01-02 03:04:{n // 1000:02}.{n % 1000:03}" for n in range(count)]
    rows = [f"1.5,2.5,{moment}" if date_last else f"{moment},1.5,2.5" for moment in moments]
    return ["a,b,when" if date_last else "when,a,b", *rows]


@pytest.mark.parametrize("row", [100, 2500, 50_000])
def test_a_row_too_short_to_have_a_time_is_named(tmp_path, row):
    lines = dated(59_000, date_last=True)
    lines[row - 1] = "1.5,2.5"
    with pytest.raises(RecordingError, match=rf"a\.csv: line {row}: the row .*too short|fields"):
        everything(open_recording(written(tmp_path, "\n".join(lines) + "\n")))


@pytest.mark.parametrize("blank", ["   ", "\t", " \t ", "", "\xa0"])
def test_blank_lines_are_no_rows(tmp_path, blank):
    rows = [f"{n / 1000},{n}.5" for n in range(100)]
    text = "\n".join(["time,U1", *rows[:40], blank, blank, *rows[40:], blank, ""])
    recording = open_recording(written(tmp_path, text))
    assert recording.length == everything(recording).shape[1] == 100
    assert count(f"1\n{blank}\n2\n{blank}".encode("latin-1")) == 2


@pytest.mark.parametrize("year", [1500, 2500])
def test_dates_beyond_the_calendar_of_nanoseconds(tmp_path, year):
    recording = open_recording(written(tmp_path, "\n".join(dated(300, year)) + "\n"))
    assert (recording.rate, recording.length, recording.start) == (1000, 300, None)
    assert any(f"year {year} are not kept" in note for note in recording.notes)
    assert open_recording(written(tmp_path, "\n".join(dated(300, 2261)) + "\n")).start is not None


def test_a_comma_before_three_digits_is_not_used(tmp_path):
    rows = "U1;I1\n" + "1.5;2.5\n" * 30
    with pytest.raises(RateError, match=r"give --rate HZ; .*'12,800 Hz' is not used: its comma"):
        open_recording(written(tmp_path, "# Sample rate: 12,800 Hz\n" + rows))
    path = written(tmp_path, "# Sample rate: 12,800 Hz\n" + rows)
    assert open_recording(path, rate=12800).notes == ()
    for text, rate in (("12,8 kHz", 12800), ("0,800 kHz", 800), ("12800,000 Hz", 12800)):
        assert open_recording(written(tmp_path, f"# Sample rate: {text}\n{rows}")).rate == rate


def test_rows_that_end_in_a_tab_keep_their_header(tmp_path):
    rows = "".join(f"{n / 1000}\t1.5\t{n}.5\t\n" for n in range(50))
    recording = open_recording(written(tmp_path, "time\tU1 [kV]\tI1\n" + rows))
    assert [(c.name, c.unit) for c in recording.channels] == [("U1", "V"), ("I1", "")]


def test_a_long_header_of_brackets_costs_little():
    began = time.process_time()
    names_and_units(["a [" * 100_000], 3, 3, Dialect(BLANKS))
    assert time.process_time() - began < 2
