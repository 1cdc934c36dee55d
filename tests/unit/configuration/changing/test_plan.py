"""Plans: what is checked before anything is written, and what users are told."""

from __future__ import annotations

import math

import pytest

from smartx96.configuration.changing.outcome import Entry, Outcome, State
from smartx96.configuration.changing.plan import Plan, planned
from smartx96.configuration.family import member_named
from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines, Target
from smartx96.errors import OptionError
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.meter import Meter
from smartx96.modbus.client.nameplate import Identification, Nameplate
from smartx96.modbus.functions.identity import PRODUCT, VENDOR
from smartx96.modbus.place import Place
from smartx96.settings import KEPT, Change

OURS = Nameplate(VENDOR, PRODUCT, "X96-5A", serial_number=96_000_001)
DEFAULTS = {setting.id: setting.default for setting in KEPT}


def link(nameplate: Nameplate = OURS, member: str = "X96-5A", place: str = "rtu:/dev/ttyUSB0",
         **options) -> Link:  # fmt: skip
    target = Target(Place.named(place))
    meter = Meter(Client(target.place), 1)
    return Link(Lines(), target, meter, nameplate, member_named(member), **options)


def test_names_and_codes_are_taken_and_only_what_differs_is_a_change():
    plan = planned(link(), DEFAULTS | {"scroll_time": 3.0}, {
        "baud_rate": "19200", "system_type": "1P2W", "scroll_time": 3, "time_zone": "Europe/Berlin",
    })  # fmt: skip
    assert plan.changes == (
        Change("system_type", 3, 1),
        Change("time_zone", "UTC", "Europe/Berlin"),
        Change("baud_rate", 2, 3),
    )
    assert plan.same == {"scroll_time": 3}
    assert plan.protected == ("system_type", "time_zone")


@pytest.mark.parametrize(("wanted", "message"), [
    ({"scroll_time": 61}, "scroll_time: 61 s is not allowed"),
    ({"scroll_tine": 6}, "did you mean scroll_time"),
    ({"password": 1}, "password: is secret"),
    ({"scroll_time": 6, "system_type": 2}, "system_type: .*X96-5E"),
])  # fmt: skip
def test_what_cannot_be_is_refused_as_a_whole(wanted, message):
    with pytest.raises(OptionError, match=message):
        planned(link(member="X96-5E"), DEFAULTS, wanted)


def test_a_meter_that_stands_as_its_model_cannot_is_put_right():
    plan = planned(link(member="X96-5E"), DEFAULTS | {"system_type": 2}, {"system_type": 3})
    assert plan.changes == (Change("system_type", 2, 3),)


def test_what_nobody_documents_is_refused_by_name_until_it_is_asked_for():
    strange = Nameplate(meter_code=0x70, identification=Identification.REFUSED)
    with pytest.raises(OptionError, match=r"ct_primary: .* at address 0x0034; --unverified tries"):
        planned(link(strange), DEFAULTS, {"ct_primary": 200})
    assert planned(link(strange, unverified=True), DEFAULTS, {"ct_primary": 200}).changes


def test_what_the_meter_did_not_tell_cannot_be_planned():
    with pytest.raises(OptionError, match=r"scroll_time: .* was not asked"):
        planned(link(), {}, {"scroll_time": 4})


@pytest.mark.parametrize(("reading", "shown"),
                         [(200.5, "200.5"), (math.nan, "nan"), (7.0, 7), (61, 61)])  # fmt: skip
def test_what_a_register_holds_that_no_setting_can_is_shown_and_changed(reading, shown):
    plan = planned(link(), DEFAULTS | {"scroll_time": reading}, {"scroll_time": 5})
    assert plan.changes == (Change("scroll_time", shown, 5),)
    assert plan.document()["changes"] == [{"id": "scroll_time", "old": shown, "new": 5}]


def test_consequences_are_told_that_were_not_there_before():
    wanted = {"ct_primary": 9999, "pulse1_rate": 1}
    notes = planned(link(), DEFAULTS, wanted).notes
    assert any("pulse1_rate" in note for note in notes)
    assert planned(link(), DEFAULTS | wanted, {"scroll_time": 3}).notes == ()


@pytest.mark.parametrize(("place", "told"), [
    ("rtu:/dev/ttyUSB0", False), ("tcp:192.168.1.20", True), ("rtu_tcp:192.168.1.20:4001", True),
])  # fmt: skip
def test_who_stands_between_must_follow_a_speed(place, told):
    notes = planned(link(place=place), DEFAULTS, {"baud_rate": 19200, "scroll_time": 1}).notes
    assert [note.partition(":")[0] for note in notes] == ["baud_rate"] * told


def entry(state: State, id: str = "scroll_time") -> Entry:
    return Entry(id, 0, 5, None, state)


def test_an_outcome_in_a_line_and_for_programs():
    found = Outcome(
        "here", (entry(State.SAME), entry(State.WRITTEN), entry(State.IN_DOUBT, "ct_primary")),
        "no answer",
    )  # fmt: skip
    assert found.statement == "1 same, 1 written, 1 in doubt (ct_primary): no answer"
    assert not found.done
    document = found.document()
    assert document["done"] is False
    assert document["settings"][2]["state"] == "in doubt"


@pytest.mark.parametrize("state", State)
def test_done_is_only_what_is_as_wanted(state):
    assert Outcome("here", (entry(State.WRITTEN), entry(state))).done == (
        state in (State.SAME, State.WRITTEN)
    )


def test_an_empty_plan_has_nothing_to_write():
    assert Plan({}, ()).protected == ()
    assert Outcome("here", ()).statement == "nothing to write"
