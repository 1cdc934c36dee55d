"""Comparisons: which settings are compared, which count, and with which exit."""

from __future__ import annotations

from smartx96.configuration.profile.comparison import compared
from smartx96.configuration.profile.file import Origin, Profile
from smartx96.configuration.profile.leaving import OF_ONE_METER
from smartx96.settings import BY_ID

ONE, OTHER = Origin(serial_number=1), Origin(serial_number=2)


def ids(rows) -> list[str]:
    return [row.id for row in rows]


def test_of_a_file_only_what_it_states_is_compared():
    file = Profile({"scroll_time": 3, "system_type": 3})
    meter = Profile({"scroll_time": 4, "system_type": 3, "ct_primary": 7}, ONE)
    found = compared(file, meter, stated=True)
    assert ids(found.rows) == ["system_type", "scroll_time"]
    assert ids(found.differences) == ["scroll_time"]
    assert not found.same
    (row,) = found.document()["differences"]
    assert row == {"id": "scroll_time", "label": "automatic page scroll", "here": 3, "there": 4,
                   "unit": "s", "left": False}  # fmt: skip


def test_of_two_meters_all_is_compared_but_what_belongs_to_one():
    values = {id: BY_ID[id].default for id in OF_ONE_METER}
    here = Profile({**values, "unit_address": 1, "current_gain_l1": 5, "scroll_time": 3}, ONE)
    there = Profile({**values, "unit_address": 2, "scroll_time": 3, "ct_primary": 5}, OTHER)
    found = compared(here, there)
    assert ids(found.differences) == ["ct_primary"]
    assert ids(found.left) == ["unit_address", "current_gain_l1"]
    assert ids(compared(here, there, everything=True).differences) == [
        "unit_address", "ct_primary", "current_gain_l1",
    ]  # fmt: skip


def test_one_meter_then_and_now_differs_in_all():
    then, now = (Profile({"unit_address": n}, ONE) for n in (1, 2))
    assert ids(compared(then, now).differences) == ["unit_address"]
    assert ids(compared(then, now, stated=True).differences) == ["unit_address"]


def test_as_a_push_does_a_file_of_no_meter_leaves_what_belongs_to_one():
    file, meter = Profile({"unit_address": 1}), Profile({"unit_address": 2}, ONE)
    assert compared(file, meter, stated=True).same
    assert not compared(file, Profile({"unit_address": 2})).same


def test_what_neither_tells_is_no_agreement():
    wrong = {"demand_period": "7 min is not allowed"}
    here, there = (Profile({"scroll_time": 1}, each, wrong) for each in (ONE, OTHER))
    assert ids(compared(here, there).differences) == ["demand_period"]


def test_names_of_codes_are_shown():
    found = compared(Profile({"system_type": 1, "baud_rate": 3}), Profile({"system_type": 3}))
    assert [(row["here"], row["there"]) for row in found.document()["differences"]] == [
        ("1P2W", "3P4W"), (19200, None),
    ]  # fmt: skip
