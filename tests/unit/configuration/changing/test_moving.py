"""Another address, speed or parity: the meter is followed, and no other is taken for it."""

from __future__ import annotations

from unittest.mock import ANY

import pytest

from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.outcome import State
from smartx96.configuration.changing.plan import planned
from smartx96.configuration.link import Link
from smartx96.configuration.target import Target
from smartx96.errors import OptionError
from smartx96.modbus.exceptions import ExceptionCode, RequestError
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import BY_ID
from support.line_of_meters import PLACE, Fault, LineOfMeters, Unit
from support.truth import check_truth

ADDRESS, SPEED = BY_ID["unit_address"].address, BY_ID["baud_rate"].address
OTHER = 96_000_002


def pushing(line, **wanted):
    async def push(link):
        plan = planned(link, await link.read_settings(), wanted)
        line.begin()
        outcome = await carry_out(link, plan)
        return outcome, link

    return push


def test_a_meter_is_followed_and_asked_on():
    line = LineOfMeters(Unit())

    async def dialogue(link):
        outcome, link = await pushing(line, unit_address=9, baud_rate=19200, parity_stop="O1")(link)
        assert link.target == Target(PLACE, 9, LineParameters(19200, "O", 1))
        return outcome, await link.read(["baud_rate", "unit_address"])

    outcome, found = line.ask(dialogue)
    assert outcome.done
    assert found == {"baud_rate": 3, "unit_address": 9}
    assert [entry.id for entry in outcome.entries] == ["unit_address", "baud_rate", "parity_stop"]


def test_an_address_that_somebody_has_is_not_given_to_another():
    line = LineOfMeters(Unit(), Unit(OTHER, unit_address=9))
    with pytest.raises(OptionError, match=r"unit_address 9: a meter at line has this address"):
        line.ask(pushing(line, unit_address=9, scroll_time=4))
    assert not line.writes


def test_so_it_is_where_he_only_says_what_he_has_not():
    line = LineOfMeters(Unit(), Unit(OTHER, unit_address=9), faults={0: Fault.ILLEGAL_ADDRESS})
    with pytest.raises(OptionError, match="has this address already"):
        line.ask(pushing(line, unit_address=9))


def test_a_gateway_that_finds_nobody_is_nobody():
    line = LineOfMeters(Unit(), faults=dict.fromkeys(range(3), Fault.NO_PATH))
    outcome, _ = line.ask(pushing(line, unit_address=9))
    assert outcome.done


def test_another_meter_at_the_new_speed_is_not_taken_for_it():
    """Both are new and have address 1; the one that is asked keeps its speed."""
    deaf = Unit(bend=lambda address, data: None if address == SPEED else data)
    line = LineOfMeters(deaf, Unit(OTHER, baud_rate=3))
    before = dict(deaf.settings)
    outcome, link = line.ask(pushing(line, baud_rate=19200))
    check_truth(outcome, before, deaf.settings)
    assert outcome.ids(State.NOT_WRITTEN) == ("baud_rate",)
    assert link.target.parameters.baud_rate == 9600


def test_an_address_that_is_ignored_leaves_it_where_it_was():
    deaf = Unit(bend=lambda address, data: None if address == ADDRESS else data)
    line = LineOfMeters(deaf)
    outcome, link = line.ask(pushing(line, unit_address=9, baud_rate=19200))
    assert outcome.ids(State.NOT_WRITTEN) == ("unit_address",)
    assert link.target == Target(PLACE, 1, LineParameters(19200))
    assert link.meter.unit == 1
    assert not outcome.done


class Everywhere(Unit):
    """Answers whatever unit it is asked for, as many a device does over TCP."""

    unit_address = ANY


@pytest.mark.parametrize("ignores", [False, True])
def test_who_answers_everywhere_is_free_to_move_and_is_where_it_says(ignores):
    everywhere = Everywhere(
        bend=lambda address, data: None if ignores and address == ADDRESS else data
    )
    outcome, link = LineOfMeters(everywhere).ask(pushing(LineOfMeters(everywhere), unit_address=9))
    assert outcome.done != ignores
    assert link.target.unit == (1 if ignores else 9)


class BusyError(RequestError):
    code = ExceptionCode.DEVICE_BUSY


def test_after_a_failure_nothing_else_is_moved():
    def busy(address, data):
        if address == ADDRESS:
            raise BusyError("busy")
        return data

    line = LineOfMeters(Unit(bend=busy))
    outcome, _ = line.ask(pushing(line, unit_address=9, baud_rate=19200))
    assert outcome.ids(State.NOT_WRITTEN) == ("unit_address", "baud_rate")
    assert "device busy" in outcome.failure
    assert SPEED not in [address for address, _ in line.writes]


class Hesitant(Unit):
    """Goes over to another address when it starts anew."""

    @property
    def unit_address(self):
        return 1


def test_a_meter_that_goes_over_later_is_told_of():
    line = LineOfMeters(Hesitant())
    outcome, link = line.ask(pushing(line, unit_address=9))
    assert outcome.ids(State.WRITTEN) == ("unit_address",)
    assert outcome.notes == (
        "unit_address: the meter has it and still answers at line 9600 N1 unit 1, until it starts "
        "anew perhaps",
    )
    assert link.target.unit == 1


class Lost(Unit):
    """Is not found again once it has another address."""

    @property
    def unit_address(self):
        return 1 if self.settings["unit_address"] == 1 else 200


def test_a_meter_that_is_lost_is_in_doubt_and_what_was_written_before_is_known():
    unit = Lost()
    line = LineOfMeters(unit)
    before = dict(unit.settings)
    outcome, _ = line.ask(pushing(line, scroll_time=4, unit_address=9, baud_rate=19200))
    check_truth(outcome, before, unit.settings)
    assert outcome.ids(State.WRITTEN) == ("scroll_time",)
    assert outcome.ids(State.IN_DOUBT) == ("unit_address",)
    assert outcome.ids(State.NOT_WRITTEN) == ("baud_rate",)
    assert outcome.failure.startswith(
        "unit_address: the meter answers neither at line 9600 N1 unit 9 nor line 9600 N1 unit 1: "
        "no answer within 1 s"
    )


def test_two_meters_of_one_line_are_each_asked_at_their_speed():
    """The first goes over to another one while the second is linked already."""
    line = LineOfMeters(Unit(), Unit(OTHER, unit_address=2))

    async def dialogue(lines):
        links = [await Link.open(lines, Target(PLACE, unit)) for unit in (1, 2)]
        wanted = {"baud_rate": 19200}, {"scroll_time": 4}
        plans = [planned(link, await link.read_settings(), each)
                 for link, each in zip(links, wanted, strict=True)]  # fmt: skip
        for link, plan in zip(links, plans, strict=True):
            assert (await carry_out(link, plan)).done
        return [(await link.read(["serial_number"]))["serial_number"] for link in links]

    assert line.talk(dialogue, retries=0) == [96_000_001, OTHER]
