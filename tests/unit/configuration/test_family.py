"""The family: who is recognised, and which registers are only ours."""

from __future__ import annotations

import csv

import pytest

from smartx96.configuration.family import FAMILY, is_ours, is_own, member_named, member_of
from smartx96.errors import OptionError
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.registers import BY_ID
from support.shared import SHARED


@pytest.mark.parametrize(("nameplate", "name"), [
    (Nameplate(model="X96-5E"), "X96-5E"),
    (Nameplate(model="x96-5e \0"), "X96-5E"),
    (Nameplate(model="SDM630", meter_code=0x0079), "SDM630"),
    (Nameplate(model="SDM630-Modbus V2", meter_code=0x0070), "SDM630"),
    (Nameplate(meter_code=0x0070), "SDM630"),
    (Nameplate(meter_code=0x0079), "X96-5A"),
    (Nameplate(meter_code=0x1234), "X96-5A"),
    (Nameplate(), "X96-5A"),
])  # fmt: skip
def test_a_meter_is_what_it_says_by_name_or_else_by_code(nameplate, name):
    assert str(member_of(nameplate)) == name


@pytest.mark.parametrize(("nameplate", "ours"), [
    (Nameplate("SMART", "SMART X96", "X96-5A"), True),
    (Nameplate("SMART", "SMART X96", "X96-5E"), True),
    (Nameplate("SMART", "SMART X96", "SDM630"), False),
    (Nameplate("Smart", "SMART X96", "X96-5A"), False),
    (Nameplate("", "", "X96-5A", meter_code=0x0079), False),
    (Nameplate(), False),
])  # fmt: skip
def test_only_who_says_all_of_it_is_ours(nameplate, ours):
    assert is_ours(nameplate) == ours


def test_names_are_taken_in_whatever_letters():
    assert member_named("sdm630") is FAMILY[2]
    with pytest.raises(
        OptionError, match="'X96-5F' is no member of the family: did you mean X96-5"
    ):
        member_named("X96-5F")


@pytest.mark.parametrize("table", ["input", "holding"])
def test_what_is_own_is_what_the_specification_says(table):
    path = SHARED / "spec" / f"{table}_registers.csv"
    if not path.exists():
        pytest.skip("the specification is not here")
    with path.open(newline="") as file:
        rows = {row["id"]: row["origin"] == "own" for row in csv.DictReader(file)}
    assert {id: is_own(id) for id in rows if id in BY_ID} == {
        id: own for id, own in rows.items() if id in BY_ID
    }
    assert len(rows) > 40


def test_the_tariff_calendar_is_own_and_what_does_not_exist_is_nobodys():
    assert is_own("calendar_draft_name")
    with pytest.raises(OptionError, match="no register has this id"):
        is_own("voltage_l4")


def test_a_meter_without_distortion_lacks_what_shows_it():
    lacks = member_named("X96-5E").lacks
    assert {"voltage_thd_l1", "current_thd_average", "voltage_harmonic_l1[63]"} <= lacks
    assert not {"voltage_l1", "ct_primary"} & lacks
