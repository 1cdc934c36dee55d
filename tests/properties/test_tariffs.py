"""Any calendar in any zone: tariffs and switches are those of a search by brute force."""

from __future__ import annotations

import json
import os
import tomllib
from bisect import bisect_left
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.configuration.calendar_file import calendar_text
from smartx96.meter.calendar import Calendars, Tariffs
from smartx96.meter.calendar.plain import calendar_data, calendar_from
from support.calendars import at, by_brute_force, calendars

SOAK = bool(os.environ.get("SOAK"))
SECOND = 1_000_000
HOUR = 3600
DAY = 24 * HOUR

# Among them changes of half an hour, of two, at midnight, the other way round, and no data base.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe",
         "America/Havana", "Africa/Cairo", "Europe/Dublin", "Africa/Casablanca", "Antarctica/Troll",
         "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham", "Asia/Beirut")  # fmt: skip
FIRST, LAST = at("2023-01-01") // SECOND, at("2026-12-31") // SECOND


def ahead(zone: str, second: int) -> int:
    offset = datetime.fromtimestamp(second, ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


@cache
def changes(zone: str) -> list[int]:
    """Hours at whose end the clock of a zone has changed [s]."""
    days = [day for day in range(FIRST, LAST, DAY) if ahead(zone, day) != ahead(zone, day + DAY)]
    return [next(hour for hour in range(day, day + DAY + HOUR, HOUR)
                 if ahead(zone, hour) != ahead(zone, day)) for day in days]  # fmt: skip


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    """A zone and three hours in it, often those in which its clock changes or a date begins [s]."""
    zone = draw(st.sampled_from(ZONES))
    middle = st.integers(FIRST + HOUR * 48, LAST - HOUR * 48)
    midnight = middle.map(lambda second: second // DAY * DAY - ahead(zone, second))
    if changes(zone):
        middle = st.one_of(st.sampled_from(changes(zone)), middle)
    center = draw(st.one_of(middle, midnight)) + draw(st.integers(-HOUR, HOUR))
    return zone, center - 3 * HOUR // 2, center + 3 * HOUR // 2


def switches(tariffs: list[int], begin: int) -> list[tuple[int, int]]:
    """Where a list of tariffs, one a second, changes."""
    return [((begin + n) * SECOND, tariffs[n]) for n in range(1, len(tariffs))
            if tariffs[n] != tariffs[n - 1]]  # fmt: skip


@settings(max_examples=600 if SOAK else 50, deadline=None)
@given(data=calendars(), span=spans(), share=st.floats(0, 1))
def test_every_second_is_that_of_the_search(data: dict, span: tuple, share: float) -> None:
    zone, begin, end = span
    search = by_brute_force(data, zone)
    expected = [search(second) for second in range(begin, end + 1)]
    tariffs = Tariffs(Calendars(calendar_from(data).calendar), zone)
    assert [tariffs.tariff_at(second * SECOND) for second in range(begin, end + 1)] == expected
    assert [tariffs.tariff_at(second * SECOND + SECOND - 1)
            for second in range(begin, end, 61)] == expected[:-1:61]  # fmt: skip
    whole = switches(expected, begin)
    after, until = begin * SECOND, end * SECOND
    assert tariffs.switches(after, until) == whole
    cut = after + int(share * (until - after))
    assert tariffs.switches(after, cut) + tariffs.switches(cut, until) == whole
    followed = [after]
    while len(followed) <= len(whole):
        followed.append(tariffs.next_switch(followed[-1]) or 0)
    assert followed[1:] == [time for time, _ in whole]
    assert (tariffs.next_switch(followed[-1]) or until + 1) > until


@settings(max_examples=300 if SOAK else 30, deadline=None)
@given(active=calendars(), passive=calendars(), span=spans(), share=st.floats(0, 1))
def test_passive_calendar_from_its_instant_on(
    active: dict, passive: dict, span: tuple, share: float
) -> None:
    zone, begin, end = span
    place = ZoneInfo(zone)

    def local(second: int) -> datetime:
        return datetime.fromtimestamp(second, place).replace(tzinfo=None)

    activation = local(begin + int(share * (end - begin))) + timedelta(seconds=1800)
    # The clock of the days before shows whether that time has been already.
    due = any(local(second) >= activation for second in range(begin - 30 * HOUR, begin, 60))
    old, new = by_brute_force(active, zone), by_brute_force(passive, zone)
    expected = []
    for second in range(begin, end + 1):
        due = due or local(second) >= activation
        expected.append((new if due else old)(second))
    calendars = Calendars(calendar_from(active).calendar, calendar_from(passive).calendar,
                          activation)  # fmt: skip
    tariffs = Tariffs(calendars, zone)
    assert [tariffs.tariff_at(second * SECOND) for second in range(begin, end + 1)] == expected
    assert tariffs.switches(begin * SECOND, end * SECOND) == switches(expected, begin)
    for n in range(0, len(expected), 997):
        time = (begin + n) * SECOND
        stored = Calendars.restored(json.loads(json.dumps(tariffs.promoted(time).calendars.data())))
        assert Tariffs(stored, zone).tariff_at(time) == expected[n]
        following = [second for second, _ in switches(expected, begin)]
        after = bisect_left(following, time + 1)
        if after < len(following):
            assert tariffs.next_switch(time) == following[after]


@settings(max_examples=1000 if SOAK else 50, deadline=None)
@given(calendars())
def test_data_and_text_come_back(data: dict) -> None:
    calendar = calendar_from(data).calendar
    assert calendar_from(json.loads(json.dumps(calendar_data(calendar)))).calendar == calendar
    assert calendar_from(tomllib.loads(calendar_text(calendar))).calendar == calendar
