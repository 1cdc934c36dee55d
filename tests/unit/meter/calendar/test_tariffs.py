"""What decides the tariff: calendars active and passive, a fixed one, none; kept over power-off."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime

import pytest

from smartx96.errors import ConfigurationError, OptionError
from smartx96.meter.calendar import Calendars, Tariffs
from support.calendars import at, daily, listed, utc

OLD = daily(name="old")
NEW = daily(name="new", days={"d": {"00:00": 3, "06:00": 4, "12:00": 1, "22:00": 3}})
NOON = datetime(2026, 5, 5, 12)
BERLIN = Calendars(OLD, NEW, NOON)


def test_without_a_calendar_tariff_1_rules() -> None:
    tariffs = Tariffs()
    assert tariffs.tariff_at(at("2026-05-05T12:00")) == 1
    assert tariffs.switches(0, 10**18) == []
    assert tariffs.next_switch(0) is None
    assert tariffs.promoted(10**18) == tariffs


@pytest.mark.parametrize("control", [1, 2, 3, 4])
def test_a_fixed_tariff_rules_whatever_the_calendars(control: int) -> None:
    tariffs = Tariffs(BERLIN, "Europe/Berlin", control)
    times = [at("2026-05-05T00:00") + n * 10**9 for n in range(100)]
    assert {tariffs.tariff_at(time) for time in times} == {control}
    assert tariffs.switches(times[0], times[-1]) == []
    assert tariffs.next_switch(times[0]) is None
    back = Tariffs(tariffs.promoted(times[-1]).calendars, "Europe/Berlin")
    assert back == Tariffs(Calendars(NEW), "Europe/Berlin")


def test_passive_calendar_takes_over_at_noon() -> None:
    tariffs = Tariffs(BERLIN, "Europe/Berlin")
    noon = at("2026-05-05T10:00")
    assert tariffs.activation == noon
    assert [tariffs.tariff_at(noon + n) for n in (-1_000_000, -1, 0)] == [1, 1, 1]
    assert listed(tariffs, "2026-05-04T12:00", "2026-05-06T12:00") == [
        ("2026-05-04 20:00:00", 2),
        ("2026-05-05 04:00:00", 1),
        ("2026-05-05 20:00:00", 3),
        ("2026-05-06 04:00:00", 4),
        ("2026-05-06 10:00:00", 1),
    ]


def test_the_activation_itself_is_a_switch_where_the_tariff_changes() -> None:
    tariffs = Tariffs(Calendars(OLD, NEW, datetime(2026, 5, 5, 11)), "Europe/Berlin")
    eleven = at("2026-05-05T09:00")
    assert [tariffs.tariff_at(eleven + n) for n in (-1, 0)] == [1, 4]
    assert tariffs.switches(eleven - 1, eleven) == [(eleven, 4)]
    assert tariffs.switches(eleven - 2, eleven - 1) == []
    assert tariffs.next_switch(eleven - 1) == eleven
    assert tariffs.next_switch(at("2026-05-05T04:00")) == eleven
    assert tariffs.next_switch(eleven) == at("2026-05-05T10:00")


def test_next_switch_looks_past_an_activation_that_changes_nothing() -> None:
    same = Tariffs(Calendars(daily(days={"d": 2}), daily(days={"d": {"00:00": 2, "18:00": 3}}),
                             NOON))  # fmt: skip
    assert same.next_switch(at("2026-05-01T00:00")) == at("2026-05-05T18:00")
    never = Tariffs(Calendars(None, daily(days={"d": 1}), NOON))
    assert never.next_switch(at("2026-05-01T00:00")) is None


def test_passive_calendar_where_none_was_active() -> None:
    tariffs = Tariffs(Calendars(None, NEW, NOON))
    assert listed(tariffs, "2026-05-01T00:00", "2026-05-06T00:00") == [
        ("2026-05-05 22:00:00", 3),
    ]


def test_power_off_across_switches_and_activation_changes_nothing() -> None:
    """Whoever asks for the first time later gets what one gets who asked all the while."""
    state = json.dumps(BERLIN.data())
    watching = Tariffs(BERLIN, "Europe/Berlin")
    for hour in range(24 * 4):
        time = at("2026-05-04T00:00") + hour * 3_600_000_000
        ruling = watching.tariff_at(time)
        returned = Tariffs(Calendars.restored(json.loads(state)), "Europe/Berlin")
        assert returned.tariff_at(time) == ruling
        assert returned.promoted(time).tariff_at(time) == ruling
        assert returned.next_switch(time) == watching.next_switch(time)
        watching = watching.promoted(time)
    assert watching.calendars == Calendars(NEW)


def test_promotion_is_for_good() -> None:
    noon = at("2026-05-05T10:00")
    tariffs = Tariffs(BERLIN, "Europe/Berlin")
    assert tariffs.promoted(noon - 1) is tariffs
    promoted = tariffs.promoted(noon)
    assert promoted.calendars == Calendars(NEW)
    assert promoted.tariff_at(noon - 3_600_000_000) == 4
    assert promoted.promoted(noon) is promoted
    end = noon + 10**14
    assert promoted.switches(noon, end) == tariffs.switches(noon, end)


def test_activation_waits_for_the_clock_of_the_zone() -> None:
    zones = {"UTC": "2026-05-05 12:00:00", "America/New_York": "2026-05-05 16:00:00",
             "Australia/Lord_Howe": "2026-05-05 01:30:00"}  # fmt: skip
    for zone, expected in zones.items():
        assert utc(Tariffs(BERLIN, zone).activation or 0) == expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        # Left out: with the change of the clock, at 01:00 UTC.
        ("2026-03-29T02:00:00", "2026-03-29 01:00:00"),
        ("2026-03-29T02:30:00", "2026-03-29 01:00:00"),
        ("2026-03-29T03:00:00", "2026-03-29 01:00:00"),
        ("2026-03-29T03:00:01", "2026-03-29 01:00:01"),
        # Twice: the first time.
        ("2026-10-25T01:59:59", "2026-10-24 23:59:59"),
        ("2026-10-25T02:30:00", "2026-10-25 00:30:00"),
        ("2026-10-25T03:00:00", "2026-10-25 02:00:00"),
    ],
)
def test_activation_in_the_night_of_a_clock_change(local: str, expected: str) -> None:
    calendars = Calendars(OLD, NEW, datetime.fromisoformat(local))
    tariffs = Tariffs(calendars, "Europe/Berlin")
    assert utc(tariffs.activation or 0) == expected
    # The clock that runs through the hour again does not bring the old calendar back.
    assert tariffs.tariff_at(at("2026-10-25T01:10")) in (2, 3)
    assert tariffs.tariff_at((tariffs.activation or 0) + 1) == 3


def test_a_calendar_at_once_and_one_for_later() -> None:
    now = Calendars().taking(OLD)
    assert now == Calendars(OLD)
    later = now.taking(NEW, NOON)
    assert later == BERLIN
    assert later.taking(NEW) == Calendars(NEW, NEW, NOON)
    assert later.activated() == Calendars(NEW)
    assert now.activated() == now


def test_a_passive_calendar_without_activation_waits() -> None:
    tariffs = Tariffs(Calendars(OLD, NEW))
    assert tariffs.activation is None
    assert tariffs.switches(0, at("2030-01-01T00:00")) == Tariffs(Calendars(OLD)).switches(
        0, at("2030-01-01T00:00")
    )
    assert tariffs.promoted(at("2030-01-01T00:00")) is tariffs
    assert tariffs.calendars.activated() == Calendars(NEW)


@pytest.mark.parametrize(
    "calendars", [Calendars(), Calendars(OLD), Calendars(None, NEW), BERLIN,
                  Calendars(None, NEW, NOON)]
)  # fmt: skip
def test_state_is_plain_and_comes_back(calendars: Calendars) -> None:
    for sort in (False, True):
        text = json.dumps(calendars.data(), sort_keys=sort, allow_nan=False)
        assert Calendars.restored(json.loads(text)) == calendars


def test_damaged_state_is_one_line() -> None:
    state = BERLIN.data()
    state["passive"]["days"]["d"]["06:00"] = 9
    with pytest.raises(ConfigurationError) as caught:
        Calendars.restored(state)
    assert str(caught.value) == 'passive calendar: days.d."06:00" = 9: must be a tariff, 1 to 4'


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (datetime(2026, 5, 5, tzinfo=UTC),
         "activation = '2026-05-05 00:00:00+00:00': must be a local time in whole seconds, "
         "without time zone"),
        (datetime(2026, 5, 5, 0, 0, 0, 1),
         "activation = '2026-05-05 00:00:00.000001': must be a local time in whole seconds, "
         "without time zone"),
        (datetime(1999, 12, 31), "activation = '1999-12-31 00:00:00': must be of 2000 to 2099"),
    ],
)  # fmt: skip
def test_no_activation(activation: datetime, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Calendars(OLD, NEW, activation)
    assert str(caught.value) == message


def test_activation_of_nothing() -> None:
    with pytest.raises(ConfigurationError, match=r"^activation: there is no passive calendar$"):
        Calendars(OLD, None, NOON)


def test_unknown_zone_is_told_at_once() -> None:
    with pytest.raises(OptionError) as caught:
        Tariffs(time_zone="Mars/Olympus")
    assert str(caught.value) == (
        "time zone 'Mars/Olympus' is not known here; "
        "install the system's time zone data or the Python package tzdata"
    )


def test_tariffs_can_be_copied_and_sent() -> None:
    tariffs = Tariffs(BERLIN, "Europe/Berlin")
    before = tariffs.next_switch(at("2026-05-05T00:00"))
    for twin in (copy.deepcopy(tariffs), pickle.loads(pickle.dumps(tariffs))):
        assert twin == tariffs
        assert twin.next_switch(at("2026-05-05T00:00")) == before
