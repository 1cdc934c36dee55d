"""Dates with open parts: which days they are, how they are written, which are none."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar import LAST, PENULTIMATE, RecurringDate

KNOWN = {
    "12-25": [date(2026, 12, 25)],
    "2026-12-25": [date(2026, 12, 25)],
    "2027-12-25": [],
    "02-29": [],
    "02-last": [date(2026, 2, 28)],
    "02-penultimate": [date(2026, 2, 27)],
    "05-last-mon": [date(2026, 5, 25)],  # Memorial Day
    "09-01-mon": [date(2026, 9, 7)],  # Labor Day
    "11-22-thu": [date(2026, 11, 26)],  # Thanksgiving
    "03-last-sun": [date(2026, 3, 29)],  # clocks go forward in Europe
    "05-*-fri": [date(2026, 5, day) for day in (1, 8, 15, 22, 29)],
    "*-13-fri": [date(2026, 1, 16), date(2026, 2, 13), date(2026, 3, 13)],
    "*-31": [date(2026, month, 31) for month in (1, 3, 5, 7, 8, 10, 12)],
    "2026-12-25-fri": [date(2026, 12, 25)],
}


@pytest.mark.parametrize("text", KNOWN)
def test_known_dates(text: str) -> None:
    found = list(RecurringDate.parsed(text).dates(2026))
    assert found[: len(KNOWN[text])] == KNOWN[text]
    assert len(found) == len(KNOWN[text]) or text == "*-13-fri"


def test_leap_day_in_leap_years_only() -> None:
    leap = RecurringDate.parsed("02-29")
    years = [year for year in range(2000, 2100) if list(leap.dates(year))]
    assert years == [year for year in range(2000, 2100) if calendar.isleap(year)]
    assert list(leap.dates(2028)) == [date(2028, 2, 29)]
    assert list(RecurringDate.parsed("02-last").dates(2028)) == [date(2028, 2, 29)]
    assert list(RecurringDate.parsed("02-penultimate").dates(2028)) == [date(2028, 2, 28)]


def test_last_weekdays_are_those_of_the_calendar_module() -> None:
    for year in range(2024, 2032):
        for weekday in range(1, 8):
            found = list(RecurringDate(day=LAST, weekday=weekday).dates(year))
            last = [max(week[weekday - 1] for week in calendar.monthcalendar(year, month))
                    for month in range(1, 13)]  # fmt: skip
            assert [day.day for day in found] == last
            assert [day.month for day in found] == list(range(1, 13))


def test_everything_open_is_every_day() -> None:
    found = list(RecurringDate().dates(2028))
    assert found == [date(2028, 1, 1) + timedelta(n) for n in range(366)]


@pytest.mark.parametrize(
    "given",
    [
        RecurringDate(),
        RecurringDate(month=12, day=25),
        RecurringDate(2026, 12, 25),
        RecurringDate(month=2, day=LAST),
        RecurringDate(month=2, day=PENULTIMATE),
        RecurringDate(2027, None, 22, 4),
        RecurringDate(weekday=7),
        RecurringDate(month=2, day=29, weekday=1),
    ],
    ids=str,
)
def test_text_and_back(given: RecurringDate) -> None:
    assert RecurringDate.parsed(str(given)) == given


def test_open_year_may_be_written() -> None:
    assert RecurringDate.parsed("*-12-25") == RecurringDate.parsed("12-25")
    assert RecurringDate.parsed("*-*-01") == RecurringDate.parsed("*-01") == RecurringDate(day=1)


@pytest.mark.parametrize(
    "text",
    ["", "12", "1-1", "25.12.", "12/25", "12-25 ", "٠١-٠١", "26-12-25", "12-fri", "12-25-friday",
     "last-02", "12-25-2026", "*" * 10_000],
)  # fmt: skip
def test_no_date(text: str) -> None:
    with pytest.raises(ConfigurationError, match='is no date; write it like "12-25"') as caught:
        RecurringDate.parsed(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13-01", "month 13: must be 1 to 12"),
        ("00-01", "month 0: must be 1 to 12"),
        ("01-32", "day 32: must be 1 to 31"),
        ("01-00", "day 0: must be 1 to 31"),
        ("1999-01-01", "year 1999: must be 2000 to 2099"),
        ("2100-01-01", "year 2100: must be 2000 to 2099"),
        ("02-30", "02-30: there is no such date"),
        ("04-31", "04-31: there is no such date"),
        ("2026-02-29", "2026-02-29: there is no such date"),
        ("2026-05-30-mon", "2026-05-30-mon: there is no such date"),
        ("02-penultimate-mon", "02-penultimate-mon: the penultimate day takes no weekday"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RecurringDate.parsed(text)
    assert str(caught.value) == reason


def test_the_longest_months() -> None:
    for month in range(1, 13):
        length = calendar.monthrange(2028, month)[1]
        assert list(RecurringDate(month=month, day=length).dates(2028))
        if length < 31:
            with pytest.raises(ConfigurationError, match="there is no such date"):
                RecurringDate(month=month, day=length + 1)


def test_which_of_two_dates_is_meant() -> None:
    ascending = ["*-*", "*-*-fri", "2026-*-*-fri", "12-*", "*-last", "*-24", "*-25", "12-last",
                 "12-24", "12-25", "12-25-fri", "2026-12-25", "2026-12-25-fri"]  # fmt: skip
    ranks = [RecurringDate.parsed(text).exactness for text in ascending]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
