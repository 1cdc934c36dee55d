"""Meters that round, ignore, take their time, take one at a time, or change what nobody wants."""

from __future__ import annotations

import struct

from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.outcome import Outcome, State
from smartx96.configuration.changing.plan import planned
from smartx96.modbus.exceptions import IllegalAddressError, IllegalValueError
from smartx96.modbus.registers import BY_ID
from support.line_of_meters import LineOfMeters, Unit
from support.truth import check_truth

PASSWORD = 1000
PERIOD, SCROLL, BACKLIGHT = (
    BY_ID[id].address for id in ("demand_period", "scroll_time", "backlight_time")
)


def outcome_of(unit: Unit, **wanted: object) -> Outcome:
    async def push(link):
        plan = planned(link, await link.read_settings(), wanted)
        return await carry_out(link, plan, PASSWORD)

    before = dict(unit.settings)
    outcome = LineOfMeters(unit).ask(push)
    check_truth(outcome, before, unit.settings)
    return outcome


def states(outcome: Outcome) -> dict[str, State]:
    return {entry.id: entry.state for entry in outcome.entries}


def test_a_value_that_is_rounded_differs():
    unit = Unit(bend=lambda address, data: struct.pack(">f", 20) if address == PERIOD else data)
    outcome = outcome_of(unit, demand_period=15, scroll_time=4)
    assert states(outcome) == {"demand_period": State.DIFFERS, "scroll_time": State.WRITTEN}
    assert outcome.statement == (
        "1 written, 1 differs (demand_period): the meter took the values and has others"
    )
    assert outcome.entries[0][1:4] == (60, 15, 20)


def test_a_value_that_is_ignored_is_not_written():
    unit = Unit(bend=lambda address, data: None if address == PERIOD else data)
    outcome = outcome_of(unit, demand_period=15, scroll_time=4)
    assert outcome.ids(State.NOT_WRITTEN) == ("demand_period",)
    assert not outcome.done


class Slow(Unit):
    """Has what it took only once it was asked for it."""

    def write(self, address, data, session=None, *, read_only=False):
        self.waiting = (address, data, session)

    def read(self, space, address, count, session=None):
        found = super().read(space, address, count, session)
        if (waiting := getattr(self, "waiting", None)) is not None:
            self.waiting = None
            super().write(*waiting)
        return found


def test_a_meter_that_takes_a_moment_is_asked_twice():
    assert outcome_of(Slow(), scroll_time=4).done


def one_parameter(address: int, data: bytes) -> bytes:
    if len(data) > 4:
        raise IllegalAddressError("one at a time")
    return data


def test_a_meter_that_takes_one_parameter_at_a_time_gets_one_at_a_time():
    assert outcome_of(Unit(bend=one_parameter), scroll_time=4, backlight_time=20, ct_primary=9).done


def test_of_several_the_one_that_is_refused_is_named():
    def refuse(address, data):
        if address <= BACKLIGHT < address + len(data) // 2:
            raise IllegalValueError("no")
        return data

    outcome = outcome_of(Unit(bend=refuse), scroll_time=4, backlight_time=20, load_profile_period=5)
    assert states(outcome) == {
        "scroll_time": State.WRITTEN,
        "backlight_time": State.REFUSED,
        "load_profile_period": State.NOT_WRITTEN,
    }
    assert "exception 03, illegal value" in outcome.failure


class Entangled(Unit):
    """Changes its scroll time with its demand period."""

    def write(self, address, data, session=None, *, read_only=False):
        super().write(address, data, session, read_only=read_only)
        if address == PERIOD:
            self.change(scroll_time=9)


def test_what_was_as_wanted_is_compared_too():
    outcome = outcome_of(Entangled(), demand_period=15, scroll_time=0, backlight_time=3)
    assert states(outcome)["scroll_time"] is State.DIFFERS
    assert not outcome.done


def test_a_plan_without_changes_writes_and_asks_nothing():
    line = LineOfMeters(Unit())

    async def push(link):
        plan = planned(link, await link.read_settings(), {"scroll_time": "off"})
        line.begin()
        return await carry_out(link, plan)

    outcome = line.ask(push)
    assert outcome.done
    assert outcome.statement == "1 same"
    assert line.count == 0
