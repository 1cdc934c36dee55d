"""Dates, times and time codes of COMTRADE configurations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

DATE = re.compile(r"^\s*(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})\s*$")
TIME = re.compile(r"^\s*(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d*))?\s*$")
TIME_CODE = re.compile(r"^\s*([+-]?)(\d{1,2})(?:h(\d{1,2})?)?\s*$", re.IGNORECASE)

UNSET = datetime(1970, 1, 1)
"""What recorders write whose clock was never set."""


def parse_moment(date: str, time: str, *, month_first: bool) -> tuple[datetime | None, list[str]]:
    """Time stamp of a configuration line, without zone, and what had to be mended.

    Parameters
    ----------
    date, time : str
        `dd/mm/yyyy`, in revision 1991 `mm/dd/yy`; `hh:mm:ss.ssssss`, fraction of any length.
    month_first : bool
        Whether the revision puts the month first.

    Returns
    -------
    tuple of datetime or None and list of str
        None where no order of the numbers makes a date.
    """
    day, clock = DATE.match(date), TIME.match(time)
    if day is None or clock is None:
        return None, [f"the time {date.strip()[:40]!r} {time.strip()[:40]!r} is not a date"]
    moment, notes = _date(day, month_first)
    if moment is None:
        return None, notes
    try:
        return moment + _time_of_day(clock), notes
    except OverflowError:  # 24:00:00 on the last day that datetime has
        return None, [
            *notes,
            f"the time {date.strip()[:40]!r} {time.strip()[:40]!r} is beyond the calendar",
        ]


def _date(day: re.Match[str], month_first: bool) -> tuple[datetime | None, list[str]]:
    first, second, third = (int(part) for part in day.groups())
    if len(day.group(1)) == 4:
        first, second, third, month_first = third, second, first, False
    year, notes = _year(third)
    orders = [(first, second), (second, first)]
    for month, day_of_month in orders if month_first else orders[::-1]:
        try:
            moment = datetime(year, month, day_of_month)
        except ValueError:
            notes.append(f"day and month of {day.group().strip()} stand in the other order")
            continue
        return moment, notes
    return None, [f"the date {day.group().strip()} does not exist"]


def _year(year: int) -> tuple[int, list[str]]:
    """Two digits, also written as 0015, are the years 1970 to 2069."""
    if year >= 100:
        return year, []
    full = year + (1900 if year >= 70 else 2000)
    return full, [f"the year {year:02d} is taken as {full}"]


def _time_of_day(clock: re.Match[str]) -> timedelta:
    """Also 24:00:00 and a leap second's :60; nanoseconds are cut to microseconds."""
    hours, minutes, seconds = (int(part) for part in clock.groups()[:3])
    fraction = (clock.group(4) or "").ljust(6, "0")[:6]
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=int(fraction))


def fraction_digits(time: str) -> int:
    """Digits after the seconds; more than six mean time stamps in nanoseconds (2013)."""
    clock = TIME.match(time)
    return len(clock.group(4) or "") if clock else 0


def parse_time_code(text: str) -> timedelta | None:
    """Offset to UTC of a 2013 time code such as `-5h30`, `+1` or `0`; None where not given."""
    code = TIME_CODE.match(text)
    if code is None:
        return None
    sign = -1 if code.group(1) == "-" else 1
    return sign * timedelta(hours=int(code.group(2)), minutes=int(code.group(3) or 0))


def as_utc(moment: datetime | None, offset: timedelta | None) -> datetime | None:
    """Time of day of the configuration in UTC; None where the recorder's clock was not set."""
    if moment is None or moment == UNSET:
        return None
    try:
        return (moment - (offset or timedelta())).replace(tzinfo=UTC)
    except OverflowError:
        return None
