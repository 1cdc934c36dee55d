"""Values become the bytes of their registers, and what follows each other one request."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.modbus.client.write_plan import checked_bytes, write_plan
from smartx96.modbus.registers import BY_ID


def floats(*values: float) -> bytes:
    return struct.pack(f">{len(values)}f", *values)


def test_what_follows_each_other_is_one_request():
    plan = write_plan({"demand_slide": 5, "scroll_time": 3, "demand_period": 30}, False)
    assert [(each.address, each.data) for each in plan] == [
        (0x0002, floats(30, 5)), (0x003A, floats(3)),
    ]  # fmt: skip
    assert plan[0].ids == ("demand_period", "demand_slide")


def test_requests_go_in_the_order_in_which_values_come():
    values = {"scroll_time": 3, "demand_slide": 5, "pulse1_width": 100, "demand_period": 30}
    assert [each.ids for each in write_plan(values, False)] == [
        ("scroll_time",), ("demand_period", "demand_slide"), ("pulse1_width",),
    ]  # fmt: skip


def test_the_low_word_first():
    (writing,) = write_plan({"demand_period": 1.0}, True)
    assert writing.data == bytes.fromhex("0000 3f80")


def test_every_format():
    plan = write_plan(
        {"clock": (1, 2, 3, 4, 5, 6, 26, 20), "time_zone": "Europe/Vienna", "calendar_command": 5,
         "calendar_draft_name": "Früh", "measurement_mode": 3.0}, False,
    )  # fmt: skip
    assert {each.address: each.data for each in plan} == {
        0xF000: bytes.fromhex("0102030405062620"),
        0xE010: b"Europe/Vienna".ljust(32, b"\0"),
        0xF734: b"\0\5",
        0xC000: "Früh".encode().ljust(32, b"\0"),
        0xF920: b"\0\3",
    }  # fmt: skip


def test_the_lock_goes_first_and_how_the_meter_is_spoken_to_last():
    values = {"unit_address": 9, "parity_stop": 1, "demand_period": 15, "lock": 1000,
              "pulse1_width": 100, "baud_rate": 2}  # fmt: skip
    assert [each.ids for each in write_plan(values, False)] == [
        ("lock",), ("demand_period",), ("pulse1_width",), ("unit_address",), ("baud_rate",),
        ("parity_stop",),
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "data"), [(0, "4505d000"), (1, "d0004505")])
@pytest.mark.parametrize("low_first", [False, True])
def test_the_word_order_is_its_mark_in_the_wanted_order(code, data, low_first):
    (writing,) = write_plan({"word_order": code}, low_first)
    assert writing.data == bytes.fromhex(data)


def test_a_long_run_is_cut_between_parameters():
    ids = [f"calendar_draft_special[{n}]" for n in range(1, 101)]
    plan = write_plan({id: (20, 26, n % 12 + 1, 1, 1, 0) for n, id in enumerate(ids)}, False)
    assert [len(each.data) // 2 for each in plan] == [123, 123, 54]
    assert [id for each in plan for id in each.ids] == ids


@pytest.mark.parametrize(("id", "value", "reason"), [
    ("voltage_l1", 230.0, "voltage_l1: is read only"),
    ("serial_number", 1, "serial_number: is read only"),
    ("demand_period", float("nan"), "does not fit, give a finite number"),
    ("demand_period", 1e39, "give a finite number"),
    ("demand_period", "15", "give a finite number"),
    ("measurement_mode", 65536, "give a whole number 0 to 65535"),
    ("measurement_mode", -1, "give a whole number 0 to 65535"),
    ("measurement_mode", 1.5, "give a whole number"),
    ("clock", (1, 2, 3), "give 8 numbers 0 to 99"),
    ("clock", (1, 2, 3, 4, 5, 6, 26, 100), "give 8 numbers 0 to 99"),
    ("clock", 12, "give 8 numbers"),
    ("time_zone", "é", "a text of at most 32 bytes in ascii"),
    ("time_zone", 33 * "z", "at most 32 bytes"),
    ("time_zone", "a\0b", "at most 32 bytes"),
    ("word_order", 2, "is not 0"),
    ("nothing", 2, "no register has this id"),
])  # fmt: skip
def test_what_fits_no_register(id, value, reason):
    with pytest.raises(OptionError, match=reason) as caught:
        write_plan({"lock": 1000, id: value}, False)
    assert "\n" not in str(caught.value)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.booleans())
def test_floats_of_the_format_are_exact(value, low_first):
    data = checked_bytes(BY_ID["demand_period"], value, low_first)
    (found,) = struct.unpack(">f", data[2:] + data[:2] if low_first else data)
    assert found == value
    assert math.copysign(1, found) == math.copysign(1, value)
