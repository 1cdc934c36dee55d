"""Boundaries: what ends when, against a search minute by minute."""

from __future__ import annotations

from datetime import datetime

import pytest

from smartx96.meter.boundaries import Boundaries, row_end
from smartx96.meter.calendar import Calendars, Tariffs
from smartx96.meter.rules import Boundary, Rules
from support.calendars import daily, ruling
from support.meters import DAY, HOUR, MINUTE, SECOND, T0, at, configured

B = Boundary


def rules(profile: bool = True, **settings) -> Rules:
    return configured(settings).rules(profile=profile)


def stepped(own: Rules, tariffs: Tariffs, begin: int, until: int, step: int) -> dict[int, Boundary]:
    """What is found where time goes on in steps."""
    boundaries, found = Boundaries(), {}
    now = begin
    while now < until:
        ahead = min(now + step, until)
        for time, ended in boundaries.find(own, tariffs, now, ahead).items():
            assert now < time <= ahead
            found[time] = ended
        now = ahead
    return found


@pytest.mark.parametrize("step", [SECOND * 7, MINUTE, HOUR, DAY])
def test_grids_of_a_day(step: int) -> None:
    own = rules(demand_period=15, demand_slide=5, load_profile_period=10)
    found = stepped(own, Tariffs(), T0 - 1, T0 + DAY, step)
    assert list(found) == sorted(found)
    for minute in range(24 * 60 + 1):
        expected = (B.DEMAND if minute % 5 == 0 else B(0)) | (
            B.PROFILE if minute % 10 == 0 else B(0)
        )
        assert found.get(T0 + minute * MINUTE, B(0)) == expected


@pytest.mark.parametrize("step", [MINUTE, 13 * HOUR])
def test_tariffs_end_on_their_second(step: int) -> None:
    calendar = daily(days={"d": {"00:00": 2, "06:00:07": 1, "22:00": 2}})
    found = stepped(rules(False, demand_period=0), ruling(calendar), T0, T0 + 2 * DAY, step)
    assert found == {
        T0 + hours: B.TARIFF
        for hours in (
            6 * HOUR + 7 * SECOND,
            22 * HOUR,
            DAY + 6 * HOUR + 7 * SECOND,
            DAY + 22 * HOUR,
        )
    }


def test_what_ends_together_is_told_together() -> None:
    own = rules(demand_period=60, demand_slide=60, load_profile_period=60)
    found = stepped(own, ruling(daily()), T0 + 5 * HOUR, T0 + 6 * HOUR, DAY)
    assert found == {T0 + 6 * HOUR: B.DEMAND | B.PROFILE | B.TARIFF}


@pytest.mark.parametrize("step", [MINUTE, DAY])
def test_the_activation_of_a_calendar_ends_something(step: int) -> None:
    """Also where the tariff stays the same: the passive calendar becomes the active one."""
    calendars = Calendars(daily(), daily(name="next"), datetime(2026, 3, 2, 7, 30))
    found = stepped(rules(False, demand_period=0), Tariffs(calendars), T0, T0 + 12 * HOUR, step)
    assert found == {T0 + 6 * HOUR: B.TARIFF, T0 + 7 * HOUR + 30 * MINUTE: B.TARIFF}


def test_nothing_at_all() -> None:
    own = rules(False, demand_period=0)
    assert stepped(own, Tariffs(), T0, T0 + 100 * DAY, DAY) == {}


def test_what_has_ended_does_not_end_again() -> None:
    """But a tariff rules by the clock as it is."""
    boundaries, own = Boundaries(ended=T0 + 6 * HOUR + 20 * SECOND), rules(demand_period=5)
    found = boundaries.find(own, ruling(daily()), T0 + 6 * HOUR - SECOND, T0 + 6 * HOUR + MINUTE)
    assert found == {T0 + 6 * HOUR: B.TARIFF, T0 + 6 * HOUR + MINUTE: B.DEMAND}


def test_what_was_found_is_forgotten_where_something_else_rules() -> None:
    boundaries, tariffs = Boundaries(), Tariffs()
    slow, quick = rules(False, demand_slide=60), rules(False, demand_slide=1)
    assert boundaries.find(slow, tariffs, T0, T0 + SECOND) == {}
    boundaries.forget()
    assert list(boundaries.find(quick, tariffs, T0, T0 + MINUTE)) == [T0 + MINUTE]


@pytest.mark.parametrize(
    ("zone", "end"), [("UTC", "2026-07-01T11:00"), ("Asia/Kolkata", "2026-07-01T10:30")]
)
def test_the_end_of_a_row(zone: str, end: str) -> None:
    own = rules(time_zone=zone, load_profile_period=60)
    assert row_end(own, at("2026-07-01T10:15")) == at(end)
    assert row_end(own, at(end) - 1) == at(end)
    assert row_end(own, at(end)) == at(end) + HOUR
    assert row_end(rules(False), T0) is None
