"""Profiles of real registers: pulled from one meter, planned for it, for another, for a sibling."""

from __future__ import annotations

import pytest

from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.profile.file import Profile, read_profile, write_profile
from smartx96.configuration.profile.leaving import BELONGS, UNKNOWN, Terms, planned_push
from smartx96.configuration.profile.pulling import pulled
from smartx96.errors import OptionError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.registers import BY_ID, Origin
from smartx96.settings import KEPT
from support.line_of_meters import IDENTIFICATION, LineOfMeters, Unit

OWN = {"ct_primary": 200, "time_zone": "Europe/Berlin", "unit_address": 1, "current_gain_l1": -40}


class SiblingIdentity(Identity):
    @property
    def objects(self):
        return {0: "Somebody", 1: "SDM630", 2: "1.0"}


def pulled_from(unit: Unit, **options) -> Profile:
    return LineOfMeters(unit).ask(pulled, **options)


def plan_of(unit: Unit, profile: Profile, terms: Terms | None = None, **options):
    async def dialogue(link):
        return planned_push(link, await link.read_settings(), profile, terms)

    return LineOfMeters(unit).ask(dialogue, **options)


def test_pulled_is_what_the_meter_has():
    unit = Unit(**OWN)
    profile = pulled_from(unit)
    assert profile.values == dict(unit.settings)
    assert profile.wrong == {}
    assert profile.origin is not None
    assert (profile.origin.member, profile.origin.serial_number) == ("X96-5A", 96_000_001)


def test_through_a_file_to_the_same_meter_nothing_is_left_to_write(tmp_path):
    unit = Unit(**OWN)
    write_profile(pulled_from(unit), tmp_path / "a.toml")
    plan = plan_of(unit, read_profile(tmp_path / "a.toml"))
    assert (plan.changes, plan.left) == ((), {})
    assert len(plan.same) == len(KEPT)


def test_to_the_same_meter_also_address_and_calibration_go():
    unit = Unit(**OWN)
    profile = pulled_from(unit)
    later = Unit(current_gain_l1=3, unit_address=7)
    changes = {c.id for c in LineOfMeters(later).ask(lambda link: _plan(link, profile), unit=7)}
    assert changes == {"ct_primary", "time_zone", "unit_address", "current_gain_l1"}


async def _plan(link, profile):
    return planned_push(link, await link.read_settings(), profile).changes


def test_to_another_meter_they_are_left_alone_and_told():
    profile = pulled_from(Unit(**OWN))
    other = Unit(96_000_002, baud_rate=2, parity_stop=0)
    plan = plan_of(other, profile)
    assert {change.id for change in plan.changes} == {"ct_primary", "time_zone"}
    assert plan.left == {"current_gain_l1": BELONGS}
    whole = plan_of(other, profile, Terms(everything=True))
    assert {change.id for change in whole.changes} == {"ct_primary", "time_zone", "current_gain_l1"}
    assert whole.left == {}


def test_pushed_to_another_meter_it_has_all_but_what_is_left():
    profile, other = pulled_from(Unit(**OWN)), Unit(96_000_002, scroll_time=30)

    async def dialogue(link):
        plan = planned_push(link, await link.read_settings(), profile)
        return await carry_out(link, plan, 1000)

    assert LineOfMeters(other).ask(dialogue).done
    found = dict(other.settings)
    assert found.pop("current_gain_l1") == 0
    assert found.items() <= dict(profile.values).items()


def test_a_sibling_is_not_given_what_nothing_says_it_has():
    profile = Profile({"scroll_time": 7, "ct_primary": 200, "time_zone": "UTC"}, name="a.toml")
    sibling = Unit(says=SiblingIdentity())
    with pytest.raises(
        OptionError, match=r"a\.toml: ct_primary, time_zone: nothing says .*leave-unk"
    ):
        plan_of(sibling, profile)
    plan = plan_of(sibling, profile, Terms(leave_unknown=True))
    assert [change.id for change in plan.changes] == ["scroll_time"]
    assert plan.left == {"ct_primary": UNKNOWN, "time_zone": UNKNOWN}
    tried = plan_of(sibling, profile, unverified=True)
    assert {change.id for change in tried.changes} == {"scroll_time", "ct_primary"}


def test_of_a_meter_that_gave_no_answer_to_who_it_is_that_is_told():
    profile = Profile({"scroll_time": 7, "ct_primary": 200, "time_zone": "UTC"}, name="a.toml")
    unit = Unit()
    unit.silent_to.add(IDENTIFICATION)
    with pytest.raises(OptionError, match=r"ct_primary, time_zone: it gave no answer .*leave-unk"):
        plan_of(unit, profile)
    left = plan_of(unit, profile, Terms(leave_unknown=True)).left
    assert left == {"ct_primary": UNKNOWN, "time_zone": UNKNOWN}


def test_pulled_from_a_sibling_is_only_what_is_documented():
    profile = pulled_from(Unit(says=SiblingIdentity(), scroll_time=9))
    assert profile.values["scroll_time"] == 9
    assert all(BY_ID[id].origin is not Origin.OWN for id in profile.values)


def test_a_register_with_what_cannot_be_is_told_and_not_taken(monkeypatch):
    class Odd(Unit):
        def read(self, space, address, count, session=None):
            data = bytearray(super().read(space, address, count, session))
            place = BY_ID["demand_period"].address
            if space is BY_ID["demand_period"].space and address <= place < address + count - 1:
                data[2 * (place - address) : 2 * (place - address) + 4] = b"\x40\xe0\x00\x00"
            return bytes(data)

    profile = pulled_from(Odd())
    assert "demand_period" not in profile.values
    assert profile.wrong["demand_period"].startswith("demand_period: 7")
