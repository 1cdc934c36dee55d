"""Tariff calendars: short ways to state them, any of them, and what rules by brute force."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from smartx96.meter.calendar import Calendar, Calendars, Tariffs
from smartx96.meter.calendar.plain import calendar_from
from smartx96.meter.calendar.recurring_date import RecurringDate

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def at(utc: str) -> int:
    """A time in UTC as the meter counts it [us]."""
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def utc(time: int) -> str:
    """The other way."""
    return str(datetime(1970, 1, 1) + timedelta(microseconds=time))


def daily(**changes: dict) -> Calendar:
    """The same day all year, unless the changes say otherwise."""
    return calendar_from(
        {"weeks": {"w": "d"}, "days": {"d": {"00:00": 2, "06:00": 1, "22:00": 2}}, **changes}
    ).calendar


def ruling(calendar: Calendar | None, zone: str = "UTC") -> Tariffs:
    return Tariffs(Calendars(calendar), zone)


def listed(tariffs: Tariffs, after: str, until: str) -> list[tuple[str, int]]:
    """Switches between two times in UTC."""
    return [(utc(time), tariff) for time, tariff in tariffs.switches(at(after), at(until))]


def matches(text: str, day: date) -> bool:
    """Whether a day is one of a recurring date's."""
    parts = text.split("-")
    weekday = WEEKDAYS.index(parts.pop()) if parts[-1] in WEEKDAYS else None
    year = parts.pop(0) if len(parts) == 3 else "*"
    month, number = parts
    if weekday is not None and day.weekday() != weekday:
        return False
    if year not in ("*", f"{day.year}") or month not in ("*", f"{day.month:02}"):
        return False
    span = 1 if weekday is None else 7
    length = monthrange(day.year, day.month)[1]
    if number == "*":
        return True
    if number == "last":
        return length - day.day < span
    if number == "penultimate":
        return day.day == length - 1
    return 0 <= day.day - int(number) < span


def _exact(text: str) -> tuple:
    parts = text.split("-")
    weekday = parts.pop() if parts[-1] in WEEKDAYS else None
    year = parts.pop(0) if len(parts) == 3 else "*"
    month, number = parts
    return (number != "*", month != "*", year != "*", weekday is not None,
            int(number) if number.isdigit() else -len(number))  # fmt: skip


def by_brute_force(data: dict, zone: str) -> Callable[[int], int]:
    """The tariff at a second of UTC, from plain data, by searching everything anew.

    Seasons are sought back day by day for 41 years; weeks must have a key for each day.
    """

    @cache
    def schedule(day: date) -> list[tuple[str, int]]:
        special = [text for text in data.get("special_days", {}) if matches(text, day)]
        if special:
            return sorted(data["days"][data["special_days"][max(special, key=_exact)]].items())
        for back in range(41 * 366):
            begun = [s for s in data["seasons"].values()
                     if matches(s["start"], day - timedelta(back))]  # fmt: skip
            if begun:
                week = data["weeks"][max(begun, key=lambda s: _exact(s["start"]))["week"]]
                return sorted(data["days"][week[WEEKDAYS[day.weekday()]]].items())
        return [("00:00", 1)]

    place = ZoneInfo(zone)

    def tariff(second: int) -> int:
        local = datetime.fromtimestamp(second, place)
        clock = local.strftime("%H:%M:%S")
        return [own for start, own in schedule(local.date()) if start <= clock][-1]

    return tariff


clocks = st.builds(
    lambda hour, rest: f"{hour:02}:{rest}",
    st.one_of(st.integers(0, 4), st.integers(0, 23)),
    st.sampled_from(["00", "01", "15", "29", "30", "59", "00:01", "29:59", "59:59"]),
)
days = st.builds(
    lambda first, more: {"00:00": first} | more,
    st.integers(1, 4),
    st.dictionaries(clocks.filter(lambda text: text != "00:00"), st.integers(1, 4), max_size=8),
)


def _date(year: str, month: str, day: str, weekday: str) -> str | None:
    text = f"{year}{month}-{day}{weekday}"
    try:
        RecurringDate.parsed(text)
    except ValueError:
        return None
    return text


@st.composite
def dates(draw: st.DrawFn, day_needed: bool = False) -> str:
    numbers = [f"{n:02}" for n in range(1, 32)]
    some = st.sampled_from([*numbers, "last", "penultimate", *([] if day_needed else ["*"])])
    months = st.sampled_from(["*", *numbers[:12]])
    years = st.sampled_from(["", "", "2023-", "2024-", "2025-", "2026-"])
    weekdays = st.sampled_from(["", "", *(f"-{day}" for day in WEEKDAYS)])
    return draw(st.builds(_date, years, months, some, weekdays).filter(bool))


@st.composite
def calendars(draw: st.DrawFn) -> dict:
    names = ["a", "b", "c"]
    of = st.sampled_from(names)
    starts = draw(st.lists(dates(day_needed=True), min_size=1, max_size=5, unique=True))
    return {
        "seasons": {f"s{n}": {"start": start, "week": draw(of)} for n, start in enumerate(starts)},
        "weeks": {name: {day: draw(of) for day in WEEKDAYS} for name in names},
        "days": {name: draw(days) for name in names},
        "special_days": draw(st.dictionaries(dates(), of, max_size=6)),
    }
