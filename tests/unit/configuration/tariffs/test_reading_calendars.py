"""A meter's calendars, read as far as they are used, whole and of one moment."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings

from smartx96.configuration.tariffs.document import calendars_document
from smartx96.configuration.tariffs.reading import read_calendars
from smartx96.errors import ConfigurationError, OptionError
from smartx96.meter.calendar import Calendars
from smartx96.meter.calendar.plain import calendar_data, calendar_from
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.shown import State
from smartx96.modbus.client.errors import UnreadableValueError
from smartx96.modbus.exceptions import IllegalAddressError
from smartx96.modbus.functions.identity import Identity
from support.calendar_meter import CalendarMeter
from support.calendar_registers import HOUSEHOLD, by_the_page, largest
from support.calendars import WEEKDAYS, calendars, daily

LARGEST = calendar_from(largest()).calendar
WHEN = datetime(2027, 1, 1, 6)


def read(unit: CalendarMeter):
    return unit.run(read_calendars)


def requests(unit: CalendarMeter) -> int:
    async def counted(link):
        before = link.client.tally.requests
        await read_calendars(link, [Which.ACTIVE])
        return link.client.tally.requests - before

    return unit.run(counted)


@pytest.mark.parametrize("calendar", [HOUSEHOLD, daily(), LARGEST], ids=["house", "one", "most"])
def test_what_the_meter_has_is_read(calendar):
    found = read(CalendarMeter(calendar, daily(), WHEN))
    active, passive = found.calendars[Which.ACTIVE], found.calendars[Which.PASSIVE]
    assert (active.calendar, passive.calendar) == (calendar, daily())
    assert active.data == by_the_page(calendar_data(calendar))
    assert found.control.activation == WHEN
    assert found.clock == datetime(2026, 3, 2, 12)


@settings(max_examples=25)
@given(data=calendars())
def test_any_calendar(data):
    calendar = calendar_from(data).calendar
    assert read(CalendarMeter(calendar)).calendars[Which.ACTIVE].calendar == calendar


def test_as_many_of_a_kind_as_a_request_holds_and_one_more():
    """41 special days and 7 names go in a request, 8 times are asked for first."""
    for special, days, times in ((41, 7, 8), (42, 8, 9), (82, 14, 16), (83, 15, 17), (512, 64, 32)):
        names = [f"d{n:02}" for n in range(days)]
        clocks = {f"{n // 2:02}:{n % 2 * 30:02}": n % 4 + 1 for n in range(times)}
        dates = [f"{2000 + n // 300}-{n // 25 % 12 + 1:02}-{n % 25 + 1:02}" for n in range(special)]
        calendar = calendar_from({
            "weeks": {"w": dict.fromkeys(WEEKDAYS, names[-1])},
            "days": dict.fromkeys(names, clocks),
            "special_days": dict.fromkeys(dates, names[0]),
        }).calendar  # fmt: skip
        assert read(CalendarMeter(calendar)).calendars[Which.ACTIVE].calendar == calendar


def test_few_requests_for_a_small_calendar():
    """All of a block would be 64 requests; one for the control registers, three for the rest."""
    assert requests(CalendarMeter()) == 4
    assert requests(CalendarMeter(daily())) <= 12
    assert requests(CalendarMeter(HOUSEHOLD)) <= 13
    assert requests(CalendarMeter(LARGEST)) <= 1 + 3 + 2 * 64


def test_nothing_and_more_than_the_registers_hold():
    many = {f"{n:02}:{m:02}": 1 for n in range(17) for m in (0, 30)}
    beyond = calendar_from({"weeks": {"w": "d"}, "days": {"d": many}}).calendar
    found = read(CalendarMeter(beyond)).calendars
    assert [each.state for each in found.values()] == [State.BEYOND, State.NONE]
    with pytest.raises(ConfigurationError, match="active calendar is beyond its registers"):
        found[Which.ACTIVE].shown()
    with pytest.raises(ConfigurationError, match="the meter has no passive calendar"):
        found[Which.PASSIVE].shown()


class Restless(CalendarMeter):
    """Another calendar rules from one read on, as often as it is told."""

    def __init__(self, *calendars, at, times=1):
        super().__init__(calendars[0])
        self.others, self.at, self.times, self.reads = calendars, at, times, 0

    def read(self, space, address, count, session=None):
        if 0x4000 <= address < 0x5F00:
            self.reads += 1
            if self.reads % self.at == 0 and self.times:
                self.times -= 1
                self._live.meter.set_calendars(Calendars(self.others[(self.times + 1) % 2]))
        return super().read(space, address, count, session)


@pytest.mark.parametrize("at", range(1, 10))
def test_a_calendar_that_changes_while_it_is_read(at):
    """One that is half of both would be read without the check sum."""
    mixed = calendar_from(calendar_data(HOUSEHOLD) | {"special_days": {}}).calendar
    found = read(Restless(HOUSEHOLD, mixed, at=at)).calendars[Which.ACTIVE]
    assert found.calendar in (HOUSEHOLD, mixed)


def test_a_calendar_that_does_not_stop_changing():
    with pytest.raises(UnreadableValueError, match="3 times read: is somebody else writing") as met:
        read(Restless(HOUSEHOLD, daily(), at=2, times=1000))
    assert "\n" not in str(met.value)


class Foreign(CalendarMeter):
    """A meter of others, with or without these registers."""

    identity = Identity(model="SDM630-X", meter_code=0x0070)
    blocks = True

    def read(self, space, address, count, session=None):
        if 0x4000 <= address < 0xE000 and not self.blocks:
            raise IllegalAddressError("outside")
        return super().read(space, address, count, session)


def test_a_meter_of_others_is_not_asked():
    unit = Foreign(HOUSEHOLD)
    with pytest.raises(OptionError, match=r"calendar_active_state: .* 0xF720; --unverified tries"):
        read(unit)
    found = unit.run(read_calendars, unverified=True)
    assert found.calendars[Which.ACTIVE].calendar == HOUSEHOLD
    unit.blocks = False
    with pytest.raises(OptionError, match="does not have it"):
        unit.run(read_calendars, unverified=True)


def test_document_and_the_next_switches():
    """What comes next is told by the calendar that rules then, in the meter's local time."""
    unit = CalendarMeter(HOUSEHOLD, daily(), datetime(2026, 3, 2, 18), time_zone="Europe/Berlin")
    document = calendars_document("here", read(unit))
    assert document["clock"] == "2026-03-02T13:00:00"
    # The peak of the household begins, the other calendar takes over, its night begins and ends.
    assert document["next"] == [
        {"time": "2026-03-02T17:00:00", "tariff": 3},
        {"time": "2026-03-02T18:00:00", "tariff": 1},
        {"time": "2026-03-02T22:00:00", "tariff": 2},
        {"time": "2026-03-03T06:00:00", "tariff": 1},
    ]
    assert document["active"]["state"] == "shown"
    assert document["active"]["calendar"] == calendar_data(HOUSEHOLD)
    assert document["activation"] == "2026-03-02T18:00:00"
    assert (document["tariff_control"], document["time_zone"]) == (0, "Europe/Berlin")


def test_without_a_calendar_nothing_is_foretold():
    document = calendars_document("here", read(CalendarMeter()))
    assert (document["active"]["state"], document["next"], document["draft"]) == ("none", [], False)
