"""Text columns as scopes, loggers and spreadsheets write them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.errors import RecordingError
from smartx96.samples import open_recording
from smartx96.samples.lines import arrow as arrow_rows
from smartx96.samples.lines.numbers import parse_rows
from smartx96.samples.lines.text import Dialect
from smartx96.samples.recording import Channel

from .conftest import everything, positions

VALUES = np.random.default_rng(7).normal(0, 300, (60, 2)).round(4)


@pytest.fixture
def text(tmp_path):
    def write(content, encoding="utf-8", name="samples.csv"):
        (tmp_path / name).write_bytes(content.encode(encoding))
        return tmp_path / name

    return write


def table(delimiter=",", decimal=".", quoted=csv.QUOTE_MINIMAL, header=("t", "U1", "I1")):
    """By the standard library's writer."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoted, lineterminator="\n")
    writer.writerow(header)
    for n, (u, i) in enumerate(VALUES.tolist()):
        writer.writerow([str(x).replace(".", decimal) for x in (n / 1000, u, i)])
    return stream.getvalue()


@pytest.mark.parametrize("quoted", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize(
    ("delimiter", "decimal"),
    [(",", "."), (";", "."), ("\t", "."), ("|", "."), (" ", "."),
     (";", ","), ("\t", ","), ("|", ","), (" ", ","), (",", ",")],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_delimiters_and_decimal_signs(text, delimiter, decimal, quoted, encoding):
    recording = open_recording(text(table(delimiter, decimal, quoted), encoding))
    assert [channel.name for channel in recording.channels] == ["U1", "I1"]
    assert (recording.rate, recording.length) == (1000, 60)
    assert np.array_equal(everything(recording), VALUES.T)


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".tsv", ".CSV"])
def test_suffixes(text, suffix):
    recording = open_recording(text(table("\t"), name="a" + suffix))
    assert np.array_equal(everything(recording), VALUES.T)


def test_columns_lined_up_with_blanks(text):
    rows = "".join(
        f"{n / 1000:10.4f}   {u:12.4f} {i:12.4f} \r\n" for n, (u, i) in enumerate(VALUES)
    )
    recording = open_recording(text("    t [s]   U1 [kV]   I1 (mA)\r\n" + rows))
    assert recording.channels == (Channel("U1", unit="V"), Channel("I1", unit="A"))
    assert everything(recording) == pytest.approx(VALUES.T * [[1000], [0.001]])


@pytest.mark.parametrize(
    ("header", "channels"),
    [
        ("t/s;u_L1/kV;i_L1/mA", [("u_L1", "V", 1000), ("i_L1", "A", 0.001)]),
        ("t in s;U1 in V;I1 in kA", [("U1", "V", 1), ("I1", "A", 1000)]),
        ('"Zeit [ms]";"U1; L1 [V]";"I1"', [("U1; L1", "V", 1), ("I1", "", 1)]),
        ("t;U1;I1\nms;kV;A", [("U1", "V", 1000), ("I1", "A", 1)]),
        ("t;U1;I1\n(s);(V);(mA)", [("U1", "V", 1), ("I1", "A", 0.001)]),
        ("# t;U1;I1", [("U1", "", 1), ("I1", "", 1)]),
        ("t;km/h;a/b", [("km/h", "", 1), ("a/b", "", 1)]),
    ],
)
def test_units_in_the_header(text, header, channels):
    body = table(";", header=["?"]).partition("\n")[2]
    recording = open_recording(text(header + "\n" + body))
    assert [(c.name, c.unit) for c in recording.channels] == [c[:2] for c in channels]
    factors = np.array([[c[2]] for c in channels])
    assert everything(recording) == pytest.approx(VALUES.T * factors)
    assert recording.rate == (1e6 if "ms" in header.replace("[ms]", "ms") else 1000)


def stamped(form, header, count=60, step=4000):
    """Rows 4 ms apart unless told, the moment written by `form`."""
    first = np.datetime64("2026-03-29T23:59:59.900000", "us")
    moments = [m.item() for m in first + np.arange(count) * np.timedelta64(step, "us")]
    return header + "\n" + "".join(f"{m.strftime(form)}{k % 7}.5\n" for k, m in enumerate(moments))


START = datetime(2026, 3, 29, 23, 59, 59, 900000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "header", "start"),
    [
        ("%Y-%m-%dT%H:%M:%S.%f,", "time,U1", START),
        ("%Y-%m-%dT%H:%M:%S.%fZ,", "time,U1", START),
        ("%Y-%m-%d %H:%M:%S.%f;", "time;U1", START),
        ("%Y-%m-%d %H:%M:%S.%f+02:00;", "time;U1", START.replace(hour=21)),
        ("%Y/%m/%d %H:%M:%S.%f;", "time;U1", START),
        ("%d.%m.%Y %H:%M:%S,%f;", "Zeit;U1", START),
        ("%d.%m.%Y;%H:%M:%S,%f;", "Datum;Uhrzeit;U1", START),
        ("%Y-%m-%d,%H:%M:%S.%f,", "Date,Time,U1", START),
        ("%m/%d/%Y,%H:%M:%S.%f,", "Date,Time,U1", START),
        ("%Y-%m-%d %H:%M:%S.%f ", "Date Time U1", START),
        ("%H:%M:%S.%f,", "Time,U1", None),
    ],
)
def test_dates_and_times_of_day(text, form, header, start):
    """Past midnight and, without a date, into the next day."""
    recording = open_recording(text(stamped(form, header)))
    assert [channel.name for channel in recording.channels] == ["U1"]
    assert (recording.rate, recording.start, recording.length) == (250, start, 60)
    assert positions(recording.blocks([0])).tolist() == list(range(60))
    assert everything(recording)[0].tolist() == [k % 7 + 0.5 for k in range(60)]


def test_a_gap_in_dates_is_a_gap(text):
    lines = stamped("%Y-%m-%dT%H:%M:%S.%f,", "time,U1").splitlines(keepends=True)
    recording = open_recording(text("".join(lines[:20] + lines[30:])))
    assert positions(recording.blocks([0])).tolist() == [*range(19), *range(29, 60)]


def test_an_ambiguous_date_is_noted(text):
    rows = "".join(f"02/01/2026,10:00:00.{n:03},1.5\n" for n in range(30))
    recording = open_recording(text("Date,Time,U1\n" + rows))
    assert recording.start == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert recording.notes == ("dates are read as day/month/year",)


@pytest.mark.parametrize(
    ("before", "rate"),
    [
        ("Model,DSO7\nSample Interval,0.0005,s\nRecord Length,60\n\n", 2000),
        ("# sampling rate: 12.8 kHz\n", 12800),
        ("Sampling frequency=6400\nOperator: A. N. Other\n", 6400),
        ("fs\t400\n", 400),
        ("XIncr,1\nIncrement,2.5e-4\n", 4000),
    ],
)
def test_lines_before_the_header_tell_the_rate(text, before, rate):
    body = "".join(f"{u},{i}\n" for u, i in VALUES)
    stated = "Date,2026-01-02 10:00:00\nside: primary\n"
    recording = open_recording(text(before + stated + "CH1,CH2\n" + body))
    assert recording.rate == rate
    assert recording.start == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert recording.channels[1] == Channel("CH2", side="primary")
    assert np.array_equal(everything(recording), VALUES.T)


def test_rows_that_end_in_a_delimiter(text):
    rows = "".join(f"{n / 1000},{u},{i},\n" for n, (u, i) in enumerate(VALUES))
    for header in ("t,U1,I1,", "t,U1,I1"):
        recording = open_recording(text(f"{header}\n" + rows))
        assert [channel.name for channel in recording.channels] == ["U1", "I1"]
        assert np.array_equal(everything(recording), VALUES.T)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_lines_of_errors_are_exact(text, delimiter):
    rows = [f"{n / 1000}{delimiter}1.5\n" + "\n" * (n % 5 == 0) for n in range(150_000)]
    bad = sum(row.count("\n") for row in rows[:140_000]) + 3
    rows[140_000] = f"140.0{delimiter}1.5x\n"
    recording = open_recording(text(f"# made\nt{delimiter}U1\n" + "".join(rows)))
    with pytest.raises(RecordingError, match=rf"samples\.csv: line {bad}: '1\.5x' in the row"):
        everything(recording)


@pytest.mark.parametrize("decimal", [".", ","])
def test_quick_parser_gives_the_same_numbers(text, monkeypatch, decimal):
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(3)
    values = rng.normal(size=(60_000, 2)) * 10.0 ** rng.integers(-300, 300, (60_000, 2))
    rows = [f"{n / 8000!r};{u!r};{i!r}" for n, (u, i) in enumerate(values.tolist())]
    rows[777] = rows[777].rpartition(";")[0] + ";"
    values[777, 1] = np.nan
    content = ("\n".join(rows) + "\n").replace(".", decimal)
    dialect = Dialect(";", decimal)
    quick = arrow_rows.quick_rows(content.encode(), [2, 0, 1], dialect)
    assert np.array_equal(quick[:, [2, 0]], values, equal_nan=True)
    plain = parse_rows(content.split("\n"), [2, 0, 1], "here", dialect=dialect)
    assert np.array_equal(quick, plain, equal_nan=True)
    path = text("t;U1;I1\n" + content)
    with_arrow = everything(open_recording(path))
    monkeypatch.setattr(arrow_rows, "_arrow", lambda: None)
    assert np.array_equal(with_arrow, everything(open_recording(path)))
    assert np.array_equal(with_arrow, np.nan_to_num(values).T)


def test_utf_16_in_many_pieces(text):
    rows = "".join(f"{n / 8000};{n}.25\n" for n in range(120_000))
    recording = open_recording(text("Zeit;Ü1 [V]\n" + rows, "utf-16"))
    assert recording.channels == (Channel("Ü1", unit="V"),)
    assert np.array_equal(everything(recording)[0], np.arange(120_000) + 0.25)


def test_text_that_is_no_table(text):
    for content in ("a,b\nc,d\n", "only words here\n" * 50, "\n\n\n", "a;b;ok\n1;2;ok\n"):
        with pytest.raises(RecordingError, match="no rows of numbers in its beginning"):
            open_recording(text(content))


@pytest.mark.parametrize("rows", [60, 60_000])
def test_decimal_commas_between_quotes_as_pandas_writes_them(text, rows):
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(8).normal(0, 300, (rows, 2)).round(3)
    frame = pandas.DataFrame({"t": np.arange(rows) / 1000, "U1": values[:, 0], "I1": values[:, 1]})
    recording = open_recording(text(frame.to_csv(index=False, decimal=",")))
    assert (recording.rate, recording.length) == (1000, rows)
    assert np.array_equal(everything(recording), values.T)


def test_a_delimiter_between_quotes_parts_no_fields(text):
    rows = "".join(
        f'{n / 1000},"{n},1,2,3,4",{u},{i}\n' for n, (u, i) in enumerate(VALUES.tolist())
    )
    recording = open_recording(text("t,what,U1,I1\n" + rows))
    assert [channel.name for channel in recording.channels] == ["U1", "I1"]
    assert np.array_equal(everything(recording), VALUES.T)


def test_columns_of_words_are_left_out_with_a_note(text):
    rows = "".join(f"{n / 1000},OK,{u},{i},on\n" for n, (u, i) in enumerate(VALUES.tolist()))
    recording = open_recording(text("t,status,U1,I1,relay\n" + rows))
    assert [channel.name for channel in recording.channels] == ["U1", "I1"]
    assert recording.notes == ("columns of words are left out: status, relay",)
    assert np.array_equal(everything(recording), VALUES.T)


@pytest.mark.parametrize("mark", ["PM", "pm", "p.m."])
def test_times_after_noon(text, mark):
    first = np.datetime64("2026-03-29T12:59:59.900", "ms")
    moments = [(first + np.timedelta64(4 * n, "ms")).item() for n in range(60)]
    hours = "".join(
        f"{m.month}/{m.day}/{m.year},{m.hour % 12 or 12}:{m:%M:%S.%f} {mark},{n}\n"
        for n, m in enumerate(moments)
    )
    recording = open_recording(text("Date,Time,U1\n" + hours))
    assert (recording.rate, recording.length) == (250, 60)
    assert recording.start == datetime(2026, 3, 29, 12, 59, 59, 900000, tzinfo=UTC)
