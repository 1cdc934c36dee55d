"""Calendar files: what people write, what is written back, one line for whatever is wrong."""

from __future__ import annotations

import io
import os
from datetime import datetime
from pathlib import Path

import pytest

from smartx96.configuration.calendar_file import calendar_text, read_calendar, write_calendar
from smartx96.errors import ConfigurationError, OptionError
from smartx96.meter.calendar import Calendar, RecurringDate
from support.calendars import at, listed, ruling

EXAMPLES = sorted((Path(__file__).parents[3] / "examples/tariffs").glob("*.toml"))
HOUSEHOLD = next(path for path in EXAMPLES if path.stem == "household")

TIDY = """\
# Tariff calendar of a SMART X96. Times are those of the local clock.
name = "Müller \\"2026\\""
activation = 2027-01-01T12:00:00

[seasons]
"hot season" = { start = "03-last-sun", week = "w" }

[weeks]
w = { mon-fri = "work day", sat = "sunday", sun = "work day" }

[days.sunday]
"00:00" = 2

[days."work day"]
"00:00" = 2
"06:00" = 1
"22:00:30" = 4

[special_days]
"*-*-fri" = "sunday"
02-29 = "sunday"
2026-12-25 = "sunday"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tariffs.toml"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_load_and_come_back(example: Path, path: Path) -> None:
    given = read_calendar(example)
    write_calendar(given.calendar, path, given.activation)
    assert read_calendar(path) == given


def test_the_example_does_what_it_says() -> None:
    tariffs = ruling(read_calendar(HOUSEHOLD).calendar, "Europe/Berlin")
    # A Friday in winter, and the weekend behind it.
    assert listed(tariffs, "2026-12-03T23:00", "2026-12-06T23:00") == [
        ("2026-12-04 05:00:00", 1),
        ("2026-12-04 16:00:00", 3),
        ("2026-12-04 19:00:00", 1),
        ("2026-12-04 21:00:00", 2),
        ("2026-12-05 07:00:00", 1),
        ("2026-12-05 12:00:00", 2),
    ]
    # Whit Monday, then a Tuesday in summer.
    assert listed(tariffs, "2026-05-24T12:00", "2026-05-26T22:00") == [
        ("2026-05-26 04:00:00", 1),
        ("2026-05-26 20:00:00", 2),
    ]
    assert tariffs.tariff_at(at("2027-05-17T10:00")) == 1


def test_written_tidily_and_read_the_same(path: Path) -> None:
    path.write_text(TIDY, encoding="utf-8")
    given = read_calendar(path)
    assert given.activation == datetime(2027, 1, 1, 12)
    assert calendar_text(*given) == TIDY
    stream = io.StringIO()
    write_calendar(given.calendar, stream, given.activation)
    assert stream.getvalue() == TIDY
    assert os.listdir(path.parent) == [path.name]


def test_short_forms_and_values_of_toml(path: Path) -> None:
    path.write_text("""
        activation = 2027-01-01
        seasons.all = { start = 2026-01-01, week = "w" }
        weeks.w = "d"
        days.d = 3
    """)
    calendar, activation = read_calendar(path)
    assert activation == datetime(2027, 1, 1)
    assert calendar.seasons[0].start == RecurringDate(2026, 1, 1)
    assert calendar.days[0].times[0].tariff == 3
    assert calendar.name == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "days: must be 1 to 64 of them, not 0"),
        ("days = 3", "days = 3: must be a table"),
        ("[days]\nd = 9", 'days.d."00:00" = 9: must be a tariff, 1 to 4'),
        ('[days]\nd = { 06:00 = 1 }', "not TOML: "),
        ('[days]\nd = 1\nd = 2', "not TOML: Cannot overwrite a value"),
        ('activation = 2027-01-01T12:00:00+01:00\ndays.d = 1\nweeks.w = "d"',
         "activation = '2027-01-01 12:00:00+01:00': must be a local time in whole seconds, "
         "without time zone"),
        ('activation = 12:00:00\ndays.d = 1\nweeks.w = "d"',
         "activation = '12:00:00': must be a date and time"),
        ("a." * 40 + "b = 1", "keys of too many parts; up to three are of use"),
        ("# " + "x" * 200_000, "larger than 200000 bytes, the most that such a file may have"),
        ('"\\u001b[2J" = 1', '"\\u001b[2J": unknown key; allowed are name, activation, seasons, '
         "weeks, days, special_days"),
        ("x = " + "[" * 5000, "not readable TOML: RecursionError"),
    ],
)  # fmt: skip
def test_one_line_with_file_and_key(path: Path, text: str, message: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_calendar(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert str(caught.value).isprintable()


def test_no_file_and_no_text(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"tariffs\.toml: No such file or directory$"):
        read_calendar(path)
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigurationError, match=r"byte 8 is not UTF-8; not a text file$"):
        read_calendar(path)


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, household: Calendar) -> None:
    with pytest.raises(OptionError, match=r"^calendar .*: cannot be written: No such file"):
        write_calendar(household, tmp_path / "none" / "tariffs.toml")
    with pytest.raises(OptionError, match=r"^calendar .*: is a folder; give a file name"):
        write_calendar(household, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.fixture
def household() -> Calendar:
    return read_calendar(HOUSEHOLD).calendar
