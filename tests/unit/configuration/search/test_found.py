"""What was found: each meter once, and the options by which it is asked."""

from __future__ import annotations

import json
from dataclasses import replace

import click
import pytest

from smartx96.commands.meter_options import meter_options, target_of
from smartx96.configuration.search.found import Found, State, joined, options_of
from smartx96.configuration.target import Target
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Place

HOST, NEXT = Place.named("tcp:10.0.0.5:502"), Place.named("tcp:10.0.0.6:502")
LINE = Place.named("rtu:/dev/ttyUSB0")


def meter(place=HOST, unit=1, serial=7, own=None, line=None):
    facts = {"unit_address": unit if own is None else own}
    target = Target(place, unit, line or LineParameters())
    return Found(target, State.METER, Nameplate(serial_number=serial), "X96-5A", facts=facts)


def units(found):
    return [(each.target.unit, each.also) for each in joined(found)]


def test_a_meter_that_answers_to_several_unit_ids_is_told_once_by_its_own():
    assert units([meter(unit=u, own=9) for u in (1, 255, 0, 9)]) == [(9, (0, 1, 255))]
    assert units([meter(unit=u, own=9) for u in (255, 0)]) == [(0, (255,))]
    assert units([meter(unit=255, own=9), meter(unit=1, own=1, serial=8)]) == [(1, ()), (255, ())]


def test_meters_that_tell_nothing_of_themselves_are_not_one():
    nobody = [replace(meter(unit=u, serial=None), facts={}) for u in (1, 2)]
    assert units(nobody) == [(1, ()), (2, ())]
    assert units([meter(unit=u, serial=None) for u in (1, 2)]) == [(1, ()), (2, ())]


def test_a_line_on_which_the_speed_does_not_matter_is_told_at_the_first():
    found = [meter(LINE, 1, line=LineParameters(speed)) for speed in (9600, 2400, 19200)]
    (once,) = joined(found)
    assert (once.target.parameters, once.also, once.remarks) == (LineParameters(9600), (), ())


def test_one_serial_number_at_two_places_is_told():
    found = joined([meter(HOST), meter(NEXT), meter(LINE, 3, serial=8), meter(LINE, 4, serial=8)])
    remarks = {(str(e.target.place), e.target.unit): e.remarks for e in found}
    assert remarks[str(HOST), 1] == (f"serial number 7 answers at {NEXT} unit 1 as well",)
    assert remarks[str(LINE), 3] == (f"serial number 8 answers at {LINE} unit 4 as well",)
    assert joined([meter(HOST, serial=0), meter(NEXT, serial=0)])[0].remarks == ()


def test_a_document_is_plain():
    document = meter(LINE, 3, line=LineParameters(19200, "E")).document()
    assert json.loads(json.dumps(document)) == document
    assert document["line"] == {"baud_rate": 19200, "parity": "E", "stop_bits": 1}
    assert (document["state"], document["unit"], document["serial_number"]) == ("meter", 3, 7)
    assert document["wiring"] is None
    assert meter().document()["line"] is None


@pytest.mark.parametrize(
    "target",
    [
        Target(HOST, 1),
        Target(Place.named("tcp:[fe80::1]:5020"), 255),
        Target(Place.named("rtu_tcp:10.0.0.5:4001"), 17),
        Target(LINE, 1),
        Target(LINE, 9, LineParameters(38400, "O")),
        Target(Place.named("rtu:/dev/a b"), 2, LineParameters(9600, "N", 2)),
    ],
)
def test_its_options_lead_other_commands_there(target):
    import shlex

    @click.command()
    @meter_options
    def show(**options):
        return target_of(options)

    found = show.main(shlex.split(options_of(target)), standalone_mode=False)
    assert found == target
