"""Which tariff rules, and the second at which it changes: days, weeks, seasons, clock changes."""

from __future__ import annotations

import pytest

from smartx96.meter.calendar.plain import calendar_from
from support.calendars import at, daily, listed, ruling, utc

DAY = 86_400_000_000


def test_switches_on_the_second() -> None:
    calendar = daily(days={"d": {"00:00": 2, "06:00": 1, "06:00:01": 3, "23:59:59": 4}})
    tariffs = ruling(calendar)
    assert listed(tariffs, "2026-05-05T00:00", "2026-05-06T00:00") == [
        ("2026-05-05 06:00:00", 1),
        ("2026-05-05 06:00:01", 3),
        ("2026-05-05 23:59:59", 4),
        ("2026-05-06 00:00:00", 2),
    ]
    six = at("2026-05-05T06:00")
    assert [tariffs.tariff_at(six + n) for n in (-1, 0, 999_999, 1_000_000)] == [2, 1, 1, 3]


def test_ends_of_the_span_count_as_stated() -> None:
    tariffs, six = ruling(daily()), at("2026-05-05T06:00")
    assert tariffs.switches(six - 1, six) == [(six, 1)]
    assert tariffs.switches(six - 200_000, six - 1) == []
    assert tariffs.switches(six, six + DAY // 2) == []
    assert tariffs.switches(six, six) == []
    assert tariffs.switches(six, six - DAY) == []
    assert tariffs.next_switch(six - 1) == six
    assert tariffs.next_switch(six) == at("2026-05-05T22:00")


def test_an_entry_without_change_is_no_switch() -> None:
    calendar = daily(days={"d": {"00:00": 1, "06:00": 1, "12:00": 2, "18:00": 2}})
    assert listed(ruling(calendar), "2026-05-05T00:00", "2026-05-06T00:00") == [
        ("2026-05-05 12:00:00", 2),
        ("2026-05-06 00:00:00", 1),
    ]


def test_time_zone_moves_the_switches() -> None:
    assert listed(ruling(daily(), "Asia/Kathmandu"), "2026-05-05T00:00", "2026-05-06T00:00") == [
        ("2026-05-05 00:15:00", 1),
        ("2026-05-05 16:15:00", 2),
    ]


HOURLY = {"00:00": 1, "01:30": 2, "01:45": 1, "02:00": 3, "02:15": 4, "02:30": 2, "03:00": 1}
NIGHTS = {
    # Clocks go from 02:00 to 03:00: what stands between never rules.
    "Europe/Berlin forward": ("Europe/Berlin", "2026-03-28T23:00", "2026-03-29T12:00", [
        ("2026-03-29 00:30:00", 2), ("2026-03-29 00:45:00", 1)]),
    # From 03:00 back to 02:00 at 01:00 UTC: the hour's entries twice.
    "Europe/Berlin back": ("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T12:00", [
        ("2026-10-24 23:30:00", 2), ("2026-10-24 23:45:00", 1),
        ("2026-10-25 00:00:00", 3), ("2026-10-25 00:15:00", 4), ("2026-10-25 00:30:00", 2),
        ("2026-10-25 01:00:00", 3), ("2026-10-25 01:15:00", 4), ("2026-10-25 01:30:00", 2),
        ("2026-10-25 02:00:00", 1)]),
    "America/New_York forward": ("America/New_York", "2026-03-08T05:00", "2026-03-08T16:00", [
        ("2026-03-08 06:30:00", 2), ("2026-03-08 06:45:00", 1)]),
    # From 02:00 back to 01:00 at 06:00 UTC.
    "America/New_York back": ("America/New_York", "2026-11-01T04:00", "2026-11-01T16:00", [
        ("2026-11-01 05:30:00", 2), ("2026-11-01 05:45:00", 1),
        ("2026-11-01 06:30:00", 2), ("2026-11-01 06:45:00", 1),
        ("2026-11-01 07:00:00", 3), ("2026-11-01 07:15:00", 4), ("2026-11-01 07:30:00", 2),
        ("2026-11-01 08:00:00", 1)]),
    "Australia/Sydney forward": ("Australia/Sydney", "2026-10-03T14:00", "2026-10-04T02:00", [
        ("2026-10-03 15:30:00", 2), ("2026-10-03 15:45:00", 1)]),
    "Australia/Sydney back": ("Australia/Sydney", "2026-04-04T13:00", "2026-04-05T02:00", [
        ("2026-04-04 14:30:00", 2), ("2026-04-04 14:45:00", 1),
        ("2026-04-04 15:00:00", 3), ("2026-04-04 15:15:00", 4), ("2026-04-04 15:30:00", 2),
        ("2026-04-04 16:00:00", 3), ("2026-04-04 16:15:00", 4), ("2026-04-04 16:30:00", 2),
        ("2026-04-04 17:00:00", 1)]),
    # Half an hour, from 02:00 to 02:30: what stands at 02:00 and 02:15 is left out.
    "Australia/Lord_Howe forward": ("Australia/Lord_Howe", "2026-10-03T13:30", "2026-10-04T02:00", [
        ("2026-10-03 15:00:00", 2), ("2026-10-03 15:15:00", 1), ("2026-10-03 15:30:00", 2),
        ("2026-10-03 16:00:00", 1)]),
    # From 02:00 (+11) back to 01:30 (+10:30) at 15:00 UTC.
    "Australia/Lord_Howe back": ("Australia/Lord_Howe", "2026-04-04T13:00", "2026-04-05T02:00", [
        ("2026-04-04 14:30:00", 2), ("2026-04-04 14:45:00", 1),
        ("2026-04-04 15:00:00", 2), ("2026-04-04 15:15:00", 1),
        ("2026-04-04 15:30:00", 3), ("2026-04-04 15:45:00", 4), ("2026-04-04 16:00:00", 2),
        ("2026-04-04 16:30:00", 1)]),
}  # fmt: skip


@pytest.mark.parametrize("night", NIGHTS)
def test_daylight_saving_nights(night: str) -> None:
    zone, after, until, expected = NIGHTS[night]
    tariffs = ruling(daily(days={"d": HOURLY}), zone)
    assert listed(tariffs, after, until) == expected
    followed, now = [], at(after)
    while (now := tariffs.next_switch(now) or 0) <= at(until):
        followed.append((utc(now), tariffs.tariff_at(now)))
    assert followed == expected


def test_what_stands_in_the_gap_takes_effect_at_its_end() -> None:
    calendar = daily(days={"d": {"00:00": 1, "02:30": 2, "12:00": 1}})
    berlin = ruling(calendar, "Europe/Berlin")
    assert listed(berlin, "2026-03-28T23:00", "2026-03-29T09:00") == [("2026-03-29 01:00:00", 2)]
    assert listed(berlin, "2026-03-29T23:00", "2026-03-30T09:00") == [("2026-03-30 00:30:00", 2)]


def test_midnight_that_comes_twice() -> None:
    # In Beirut the clock goes from 24:00 back to 23:00: the former date, and its day, come back.
    calendar = daily(days={"d": {"00:00": 1, "23:30": 2}})
    assert listed(ruling(calendar, "Asia/Beirut"), "2022-10-29T12:00", "2022-10-30T12:00") == [
        ("2022-10-29 20:30:00", 2),
        ("2022-10-29 21:00:00", 1),
        ("2022-10-29 21:30:00", 2),
        ("2022-10-29 22:00:00", 1),
    ]


def test_a_date_that_is_left_out() -> None:
    # Samoa had no 30 December 2011.
    days = {"d": {"00:00": 1}, "x": {"00:00": 2}, "y": {"00:00": 3}}
    calendar = daily(days=days, special_days={"12-30": "x", "12-31": "y"})
    assert listed(ruling(calendar, "Pacific/Apia"), "2011-12-28T00:00", "2012-01-03T00:00") == [
        ("2011-12-30 10:00:00", 3),
        ("2011-12-31 10:00:00", 1),
    ]
    assert (
        len(listed(ruling(calendar, "Pacific/Apia"), "2010-12-28T00:00", "2011-01-03T00:00")) == 3
    )


WEEKEND = {
    "weeks": {"w": {"mon-fri": "d", "sat-sun": "e"}},
    "days": {"d": {"00:00": 1}, "e": {"00:00": 2}, "x": {"00:00": 3}, "y": {"00:00": 4}},
}


def noon(calendar: dict, date: str) -> int:
    return ruling(calendar_from(calendar).calendar).tariff_at(at(f"{date}T12:00"))


def test_days_of_the_week() -> None:
    # 5 October 2026 is a Monday.
    assert [noon(WEEKEND, f"2026-10-{n:02}") for n in range(5, 12)] == [1, 1, 1, 1, 1, 2, 2]


def test_special_day_beats_the_week() -> None:
    calendar = {**WEEKEND, "special_days": {"10-07": "x", "2026-10-10": "y"}}
    assert [noon(calendar, f"2026-10-{n:02}") for n in range(5, 12)] == [1, 1, 3, 1, 1, 4, 2]


def test_special_day_with_and_without_a_year() -> None:
    calendar = {**WEEKEND, "special_days": {"12-25": "x", "2026-12-24": "y"}}
    assert [noon(calendar, f"{year}-12-25") for year in range(2025, 2030)] == [3] * 5
    assert [noon(calendar, f"{year}-12-24") for year in (2025, 2026, 2027)] == [1, 4, 1]


def test_of_two_special_days_the_more_exact_one() -> None:
    special = {"12-25": "x", "2026-12-25": "y", "*-*-fri": "e"}
    for order in (special, dict(reversed(special.items()))):
        calendar = {**WEEKEND, "special_days": order}
        assert [noon(calendar, f"{year}-12-25") for year in (2025, 2026, 2027)] == [3, 4, 3]
        assert noon(calendar, "2026-12-18") == 2


def test_exactness_counts_whatever_the_order_of_the_texts() -> None:
    # 15 June 2026 is a Monday.
    special = {"*-15": "x", "06-*-mon": "y", "12-31": "x", "12-last": "y"}
    calendar = {**WEEKEND, "special_days": special}
    dates = ("2026-06-15", "2026-06-22", "2026-07-15", "2026-12-31")
    assert [noon(calendar, date) for date in dates] == [3, 4, 3, 3]


def test_leap_day() -> None:
    calendar = {**WEEKEND, "special_days": {"02-29": "x"}}
    assert [noon(calendar, date) for date in ("2028-02-28", "2028-02-29", "2028-03-01")] == [
        1,
        3,
        1,
    ]
    assert [noon(calendar, date) for date in ("2027-02-28", "2027-03-01")] == [2, 1]
    constant = {**calendar, "weeks": {"w": "d"}}
    tariffs = ruling(calendar_from(constant).calendar)
    assert listed(tariffs, "2026-01-01T00:00", "2033-01-01T00:00") == [
        ("2028-02-29 00:00:00", 3),
        ("2028-03-01 00:00:00", 1),
        ("2032-02-29 00:00:00", 3),
        ("2032-03-01 00:00:00", 1),
    ]
    assert tariffs.next_switch(at("2028-03-01T00:00")) == at("2032-02-29T00:00")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Pacific/Auckland", ["2026-05-04 12:00:00", "2026-05-04 13:00:00",
                              "2026-05-05 10:00:00", "2026-05-05 10:30:00"]),
        ("UTC", ["2026-05-05 00:00:00", "2026-05-05 01:00:00",
                 "2026-05-05 22:00:00", "2026-05-05 22:30:00"]),
        ("Pacific/Honolulu", ["2026-05-05 10:00:00", "2026-05-05 11:00:00",
                              "2026-05-06 08:00:00", "2026-05-06 08:30:00"]),
    ],
)  # fmt: skip
def test_next_switch_finds_a_day_that_is_far_off(zone: str, expected: list[str]) -> None:
    days = {"d": 1, "x": {"00:00": 2, "01:00": 1, "22:00": 2, "22:30": 1}}
    calendar = daily(days=days, special_days={"2026-05-05": "x"})
    followed, now = [], at("2020-01-01T00:00")
    while following := ruling(calendar, zone).next_switch(now):
        followed.append(utc(now := following))
        # Midnight of UTC between two switches is no other place to ask from.
        midnight = now // DAY * DAY + DAY
        later = [time for time in expected if at(time) > midnight]
        assert utc(ruling(calendar, zone).next_switch(midnight) or 0) == (later or [utc(0)])[0]
    assert followed == expected


def seasons(**starts: str) -> dict:
    return {
        "seasons": {name: {"start": start, "week": name} for name, start in starts.items()},
        "weeks": {name: name for name in starts},
        "days": {name: {"00:00": n} for n, name in enumerate(starts, 1)},
    }


def test_season_over_the_new_year() -> None:
    calendar = seasons(summer="04-01", winter="10-01")
    dates = ["2026-03-31", "2026-04-01", "2026-09-30", "2026-10-01", "2026-12-31", "2027-01-01"]
    assert [noon(calendar, date) for date in dates] == [2, 1, 1, 2, 2, 2]
    tariffs = ruling(calendar_from(calendar).calendar, "Europe/Berlin")
    assert listed(tariffs, "2025-12-01T00:00", "2026-12-31T00:00") == [
        ("2026-03-31 22:00:00", 1),
        ("2026-09-30 22:00:00", 2),
    ]


def test_season_that_begins_once() -> None:
    calendar = seasons(old="2026-01-01", new="2027-07-01")
    assert [noon(calendar, date) for date in ("2026-01-01", "2027-06-30", "2027-07-01")] == [
        1,
        1,
        2,
    ]
    assert noon(calendar, "2099-12-31") == 2


def test_before_the_first_season_tariff_1_but_special_days() -> None:
    calendar = seasons(a="2027-01-01") | {
        "days": {"a": {"00:00": 2}, "x": {"00:00": 3}},
        "special_days": {"12-25": "x"},
    }
    dates = ("2025-12-24", "2025-12-25", "2026-12-31", "2027-01-01")
    assert [noon(calendar, date) for date in dates] == [1, 3, 1, 2]


def test_season_by_weekday_and_season_of_a_leap_day() -> None:
    calendar = seasons(summer="03-last-sun", winter="10-last-sun", leap="02-29")
    dates = ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2028-02-28", "2028-02-29"]
    assert [noon(calendar, date) for date in dates] == [2, 1, 1, 2, 2, 3]
    only = {**seasons(a="2027-01-01", leap="02-29")}
    assert [noon(only, date) for date in ("2026-06-01", "2027-06-01", "2028-06-01")] == [2, 1, 2]


def test_seasons_every_month_and_the_more_exact_start() -> None:
    calendar = seasons(first="*-01", second="*-15", july="07-15")
    dates = ["2026-06-14", "2026-06-15", "2026-07-01", "2026-07-15", "2026-08-01", "2026-08-15"]
    assert [noon(calendar, date) for date in dates] == [1, 2, 1, 3, 1, 2]


def test_nothing_changes_ever() -> None:
    tariffs = ruling(daily(days={"d": 1}))
    assert tariffs.next_switch(at("2026-01-01T00:00")) is None
    assert tariffs.switches(at("2026-01-01T00:00"), at("2030-01-01T00:00")) == []


def test_calendars_know_the_years_of_the_clock() -> None:
    tariffs = ruling(daily(days={"d": 3}))
    assert tariffs.switches(-(10**18), 10**18) == [
        (at("2000-01-01T00:00"), 3),
        (at("2100-01-01T00:00"), 1),
    ]
    assert tariffs.next_switch(-(10**18)) == at("2000-01-01T00:00")
    assert tariffs.next_switch(at("2026-01-01T00:00")) == at("2100-01-01T00:00")
    assert tariffs.next_switch(10**18) is None
    assert tariffs.tariff_at(10**18) == tariffs.tariff_at(-(10**18)) == 1


def test_asking_back_and_forth_gives_the_same() -> None:
    tariffs, begin = ruling(daily(), "Europe/Berlin"), at("2026-03-27T00:00")
    times = [begin + n * DAY // 8 for n in range(64)]
    fresh = [(ruling(daily(), "Europe/Berlin").tariff_at(t),
              ruling(daily(), "Europe/Berlin").next_switch(t)) for t in times]  # fmt: skip
    for order in (range(64), range(63, -1, -1), [n * 29 % 64 for n in range(64)]):
        for n in order:
            assert (tariffs.tariff_at(times[n]), tariffs.next_switch(times[n])) == fresh[n]
