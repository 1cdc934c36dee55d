"""Plain data in long and short forms, and one line with the key for whatever is wrong."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar import DatedCalendar, RecurringDate, Season
from smartx96.meter.calendar.plain import calendar_data, calendar_from

WHOLE = {
    "name": "Household",
    "activation": "2027-01-01T12:00:00",
    "seasons": {
        "summer": {"start": "03-last-sun", "week": "summer"},
        "winter": {"start": "2026-10-01", "week": "winter"},
    },
    "weeks": {
        "summer": {"mon-sun": "workday"},
        "winter": {"mon": "sunday", "tue-fri": "workday", "sat": "sunday", "sun": "workday"},
    },
    "days": {"sunday": {"00:00": 2}, "workday": {"00:00": 2, "06:00": 1, "22:00:30": 4}},
    "special_days": {"*-*-fri": "sunday", "02-29": "sunday", "2026-12-25": "sunday"},
}


def changed(**changes: object) -> dict:
    return {**WHOLE, **changes}


def test_there_and_back() -> None:
    given = calendar_from(WHOLE)
    assert calendar_data(*given) == WHOLE
    assert calendar_from(json.loads(json.dumps(calendar_data(*given), sort_keys=True))) == given
    assert given.activation == datetime(2027, 1, 1, 12)


def test_the_shortest_calendar() -> None:
    given = calendar_from({"weeks": {"w": "d"}, "days": {"d": 3}})
    assert given == calendar_from(
        {
            "seasons": {"w": {"start": "01-01", "week": "w"}},
            "weeks": {"w": {"mon-sun": "d"}},
            "days": {"d": {"00:00": 3}},
        }
    )
    assert given.calendar.seasons == (Season("w", RecurringDate(month=1, day=1), "w"),)
    assert given == DatedCalendar(given.calendar, None)


@pytest.mark.parametrize(
    "week",
    [
        {"mon-fri": "a", "sat-sun": "b"},
        {"monday-friday": "a", "saturday": "b", "sunday": "b"},
        {"sat-sun": "b", "mon": "a", "tuesday": "a", "wed-fri": "a"},
        {"sun": "b", "mon-thursday": "a", "fri": "a", "sat": "b"},
        {"mon-tue": "a", "wed-wed": "a", "thu-fri": "a", "sat-sun": "b"},
    ],
)
def test_ways_to_write_a_week(week: dict) -> None:
    given = calendar_from({"weeks": {"w": week}, "days": {"a": 1, "b": 2}})
    assert given.calendar.weeks[0].days == ("a",) * 5 + ("b",) * 2


def test_a_range_of_days_may_go_over_the_end_of_the_week() -> None:
    given = calendar_from({"weeks": {"w": {"sun-thu": "a", "fri-sat": "b"}},
                           "days": {"a": 1, "b": 2}})  # fmt: skip
    assert given.calendar.weeks[0].days == ("a", "a", "a", "a", "b", "b", "a")


def test_times_may_stand_in_any_order() -> None:
    days = {"sunday": 2, "workday": {"22:00:30": 4, "06:00:00": 1, "00:00": 2}}
    assert calendar_from(changed(days=days)) == calendar_from(WHOLE)


def test_dates_of_toml() -> None:
    seasons = {**WHOLE["seasons"], "winter": {"start": date(2026, 10, 1), "week": "winter"}}
    for activation in (datetime(2027, 1, 1), date(2027, 1, 1), "2027-01-01", "2027-01-01 00:00"):
        given = calendar_from(changed(seasons=seasons, activation=activation))
        assert given == (calendar_from(WHOLE).calendar, datetime(2027, 1, 1))


WRONG = {
    "calendar = [1]: must be a table": [1],
    "calendar = None: must be a table": None,
    "calendar = {1: 2}: must be a table": {1: 2},
    "holidays: unknown key; allowed are name, activation, seasons, weeks, days, special_days":
        changed(holidays={}),
    "name = 3: must be a text": changed(name=3),
    "seasons = []: must be a table": changed(seasons=[]),
    "seasons.s = '10-01': must be a table": changed(seasons={"s": "10-01"}),
    "seasons.s.week: missing": changed(seasons={"s": {"start": "10-01"}}),
    "seasons.s.start: missing": changed(seasons={"s": {"week": "winter"}}),
    "seasons.s.end: unknown key; allowed are start, week":
        changed(seasons={"s": {"start": "10-01", "week": "winter", "end": "03-01"}}),
    "seasons.s.start = 1001: must be a text":
        changed(seasons={"s": {"start": 1001, "week": "winter"}}),
    "seasons.s.start: '1.10.' is no date; write it like \"12-25\" for every year, \"2026-12-25\", "
    '"02-last", "05-last-mon", "11-22-thu" or "*-01"':
        changed(seasons={"s": {"start": "1.10.", "week": "winter"}}),
    "seasons.s.start = 10-*: must tell the day of the month":
        changed(seasons={"s": {"start": "10-*", "week": "winter"}}),
    "seasons.s.week = ['winter']: must be a text":
        changed(seasons={"s": {"start": "10-01", "week": ["winter"]}}),
    "seasons.s.week = 'autumn': no such week; there are 'summer', 'winter'":
        changed(seasons={"s": {"start": "10-01", "week": "autumn"}}),
    "seasons: missing; may be left out where there is one week":
        {key: value for key, value in WHOLE.items() if key != "seasons"},
    "seasons: must be 1 to 24 of them, not 0": changed(seasons={}),
    "weeks.w = 1: must be a table": changed(weeks={"w": 1}),
    "weeks.w: sunday is missing": changed(weeks={"w": {"mon-sat": "workday"}}),
    "weeks.w: monday is missing": changed(weeks={"w": {}}),
    "weeks.w: friday stands twice": changed(weeks={"w": {"mon-fri": "a", "fri-sun": "b"}}),
    "weeks.w.mo: no day of the week; write them like mon, sat-sun or monday":
        changed(weeks={"w": {"mo": "a"}}),
    "weeks.w.mon-fri-sat: no day of the week; write them like mon, sat-sun or monday":
        changed(weeks={"w": {"mon-fri-sat": "a"}}),
    "weeks.w.mon-fri = 1: must be a text": changed(weeks={"w": {"mon-fri": 1}}),
    "weeks.w.mon = 'x': no such day; there are 'sunday', 'workday'":
        changed(weeks={"w": "x"}, seasons={"w": {"start": "01-01", "week": "w"}}),
    'days.d."6:00": no time of day; write it like "06:00"': changed(days={"d": {"6:00": 1}}),
    'days.d."24:00": no time of day; write it like "06:00"': changed(days={"d": {"24:00": 1}}),
    'days.d."06:00:60": no time of day; write it like "06:00"':
        changed(days={"d": {"06:00:60": 1}}),
    'days.d: the first time must be "00:00"': changed(days={"d": {"06:00": 1}}),
    "days.d: 06:00 does not come after 06:00":
        changed(days={"d": {"00:00": 1, "06:00": 1, "06:00:00": 2}}),
    'days.d."00:00" = 5: must be a tariff, 1 to 4': changed(days={"d": 5}),
    'days.d."00:00" = True: must be a tariff, a whole number': changed(days={"d": True}),
    'days.d."06:00" = 1.0: must be a tariff, a whole number':
        changed(days={"d": {"00:00": 1, "06:00": 1.0}}),
    "days.\"d 1\" = 'night': must be a table": changed(days={"d 1": "night"}),
    "special_days.2026-02-29: 2026-02-29: there is no such date":
        changed(special_days={"2026-02-29": "sunday"}),
    "special_days.2126-02-28: year 2126: must be 2000 to 2099":
        changed(special_days={"2126-02-28": "sunday"}),
    "special_days.12-25 = 3: must be a text": changed(special_days={"12-25": 3}),
    "special_days.12-25 = 'holiday': no such day; there are 'sunday', 'workday'":
        changed(special_days={"12-25": "holiday"}),
    "special_days: '12-25' stands twice":
        changed(special_days={"12-25": "sunday", "*-12-25": "sunday"}),
    "activation = 'noon': must be like \"2027-01-01T12:00:00\"": changed(activation="noon"),
    "activation = '2027': must be a date and time": changed(activation=2027),
    "activation = '2027-01-01 12:00:00+00:00': must be a local time in whole seconds, without "
    "time zone": changed(activation="2027-01-01T12:00:00Z"),
    "activation = '2127-01-01 00:00:00': must be of 2000 to 2099":
        changed(activation="2127-01-01"),
}  # fmt: skip


@pytest.mark.parametrize("message", WRONG)
def test_wrong(message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        calendar_from(WRONG[message])
    assert str(caught.value) == message


def test_messages_stay_short() -> None:
    long = "x" * 100_000
    for data in (
        changed(**{long: 1}),
        changed(days={long: {"00:00": 9}}),
        changed(days={"d": {long: 1}}),
        changed(weeks={long: {long: 1}}),
        changed(special_days={long: long}),
        changed(name=long),
        changed(seasons={long: {long: 1}}),
    ):
        with pytest.raises(ConfigurationError) as caught:
            calendar_from(data)
        assert len(str(caught.value)) < 300
