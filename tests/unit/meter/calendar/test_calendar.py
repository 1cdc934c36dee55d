"""A calendar fits together, or one line says where it does not."""

from __future__ import annotations

from datetime import UTC, time

import pytest

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar import (
    Calendar,
    DayProfile,
    RecurringDate,
    Season,
    SpecialDay,
    SwitchingTime,
    WeekProfile,
)

NEW_YEAR = RecurringDate(month=1, day=1)


def day(name: str = "d", *times: tuple[str, int]) -> DayProfile:
    return DayProfile(
        name, tuple(SwitchingTime(time.fromisoformat(at), n) for at, n in times or [("00:00", 1)])
    )


def week(name: str = "w", of: str = "d") -> WeekProfile:
    return WeekProfile(name, (of,) * 7)


def whole(**changes: object) -> Calendar:
    parts: dict = {
        "name": "",
        "seasons": (Season("s", NEW_YEAR, "w"),),
        "weeks": (week(),),
        "days": (day(),),
        "special_days": (),
    }
    return Calendar(**{**parts, **changes})


def test_the_order_of_parts_does_not_matter() -> None:
    seasons = (Season("a", NEW_YEAR, "w"), Season("b", RecurringDate(month=7, day=1), "w"))
    special = (SpecialDay(NEW_YEAR, "d"), SpecialDay(RecurringDate(day=2), "d"))
    one = whole(seasons=seasons, special_days=special)
    other = whole(seasons=seasons[::-1], special_days=special[::-1])
    assert one == other
    assert hash(one) == hash(other)


def test_the_largest_calendar_is_one() -> None:
    times = [(f"{n // 4:02}:{15 * (n % 4):02}", n % 4 + 1) for n in range(96)]
    dates = [RecurringDate(year, month, n) for year in (2026, 2027) for month in range(1, 13)
             for n in range(1, 29)][:512]  # fmt: skip
    whole(
        days=tuple(day(f"d{n}" if n else "d", *times) for n in range(64)),
        weeks=tuple(week(f"w{n}" if n else "w") for n in range(24)),
        seasons=tuple(Season(f"s{n}", RecurringDate(day=n), "w") for n in range(1, 25)),
        special_days=tuple(SpecialDay(date, "d") for date in dates),
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": ()}, "days: must be 1 to 64 of them, not 0"),
        ({"days": (day(),) * 65}, "days: must be 1 to 64 of them, not 65"),
        ({"weeks": ()}, "weeks: must be 1 to 24 of them, not 0"),
        ({"seasons": ()}, "seasons: must be 1 to 24 of them, not 0"),
        ({"seasons": (Season("s", NEW_YEAR, "w"),) * 25},
         "seasons: must be 1 to 24 of them, not 25"),
        ({"special_days": (SpecialDay(NEW_YEAR, "d"),) * 513},
         "special_days: must be 0 to 512 of them, not 513"),
        ({"days": (day(), day())}, "days: 'd' stands twice"),
        ({"weeks": (week(), week())}, "weeks: 'w' stands twice"),
        ({"seasons": (Season("a", NEW_YEAR, "w"), Season("a", RecurringDate(day=2), "w"))},
         "seasons: 'a' stands twice"),
        ({"seasons": (Season("a", NEW_YEAR, "w"), Season("b", NEW_YEAR, "w"))},
         "seasons: '01-01' stands twice"),
        ({"special_days": (SpecialDay(NEW_YEAR, "d"),) * 2}, "special_days: '01-01' stands twice"),
        ({"seasons": (Season("s", NEW_YEAR, "x"),)},
         "seasons.s.week = 'x': no such week; there are 'w'"),
        ({"weeks": (WeekProfile("w", ("d",) * 6 + ("x",)),)},
         "weeks.w.sun = 'x': no such day; there are 'd'"),
        ({"special_days": (SpecialDay(RecurringDate(day=1, weekday=5), "x"),)},
         "special_days.\"*-01-fri\" = 'x': no such day; there are 'd'"),
        ({"days": tuple(day(f"d{n}") for n in range(9))},
         "weeks.w.mon = 'd': no such day; there are 'd0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', "
         "'d7', ..."),
        ({"name": "x" * 33}, "name: '" + "x" * 33 + "' is no name; 1 to 32 printable characters"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together(changes: dict, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        whole(**changes)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ((), 'days.d: the first time must be "00:00"'),
        ((SwitchingTime(time(6), 1),), 'days.d: the first time must be "00:00"'),
        ((SwitchingTime(time(0), 1),) * 2, "days.d: 00:00 does not come after 00:00"),
        ((SwitchingTime(time(0), 1), SwitchingTime(time(7), 1), SwitchingTime(time(6, 0, 1), 2)),
         "days.d: 06:00:01 does not come after 07:00"),
        ((SwitchingTime(time(0), 0),), 'days.d."00:00" = 0: must be a tariff, 1 to 4'),
        ((SwitchingTime(time(0), 5),), 'days.d."00:00" = 5: must be a tariff, 1 to 4'),
        ((SwitchingTime(time(0), True),), 'days.d."00:00" = True: must be a tariff, 1 to 4'),
        ((SwitchingTime(time(0, 0, 0, 1), 1),),
         "days.d: 00:00:00.000001 is no local time of whole seconds"),
        ((SwitchingTime(time(0, tzinfo=UTC), 1),),
         "days.d: 00:00:00+00:00 is no local time of whole seconds"),
        (tuple(SwitchingTime(time(n // 60, n % 60), 1) for n in range(97)),
         "days.d: 97 times; at most 96"),
    ],
)  # fmt: skip
def test_no_day_profile(times: tuple[SwitchingTime, ...], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DayProfile("d", times)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["", " x", "x ", "a\nb", "\x1b[2J", "x" * 33, "\ud800"])
def test_no_name(name: str) -> None:
    for table, part in {
        "days": lambda: day(name),
        "weeks": lambda: week(name),
        "seasons": lambda: Season(name, NEW_YEAR, "w"),
    }.items():
        with pytest.raises(ConfigurationError, match=f"^{table}: .* is no name") as caught:
            part()
        assert str(caught.value).isprintable()


def test_a_week_has_seven_days_and_a_season_begins_on_one() -> None:
    with pytest.raises(ConfigurationError, match=r"^weeks\.w: must have 7 days$"):
        WeekProfile("w", ("d",) * 6)
    with pytest.raises(ConfigurationError) as caught:
        Season("s", RecurringDate(month=4, weekday=1), "w")
    assert str(caught.value) == "seasons.s.start = 04-*-mon: must tell the day of the month"
