"""A unit served as a relative: what its clients find, what is hidden, what is passed on."""

from __future__ import annotations

import re
from collections.abc import Hashable

import pytest

from smartx96.modbus.exceptions import IllegalAddressError, IllegalValueError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import BY_ID, HOLDING, INPUT, Origin, Space
from smartx96.modbus.relative import Relative, RelativeUnit, code_of

PUBLISHED = {
    0x00: "voltage_l1", 0x02: "voltage_l2", 0x04: "voltage_l3", 0x06: "current_l1",
    0x08: "current_l2", 0x0A: "current_l3", 0x0C: "active_power_l1", 0x0E: "active_power_l2",
    0x10: "active_power_l3", 0x12: "apparent_power_l1", 0x18: "reactive_power_l1",
    0x1E: "power_factor_l1", 0x24: "phase_angle_l1", 0x2A: "voltage_ln_average",
    0x2E: "current_average", 0x30: "current_sum", 0x34: "active_power", 0x38: "apparent_power",
    0x3C: "reactive_power", 0x3E: "power_factor", 0x42: "phase_angle", 0x46: "frequency",
    0x48: "active_energy_import", 0x4A: "active_energy_export", 0x4C: "reactive_energy_import",
    0x4E: "reactive_energy_export", 0x50: "apparent_energy", 0x52: "charge",
    0x54: "active_power_demand", 0x56: "active_power_demand_max", 0x64: "apparent_power_demand",
    0x66: "apparent_power_demand_max", 0x68: "current_demand_n", 0x6A: "current_demand_max_n",
    0xC8: "voltage_l1_l2", 0xCA: "voltage_l2_l3", 0xCC: "voltage_l3_l1", 0xCE: "voltage_ll_average",
    0xE0: "current_n", 0xEA: "voltage_thd_l1", 0xF0: "current_thd_l1",
    0xF8: "voltage_thd_ln_average", 0xFA: "current_thd_average", 0x102: "current_demand_l1",
    0x108: "current_demand_max_l1", 0x14E: "voltage_thd_l1_l2", 0x154: "voltage_thd_ll_average",
    0x156: "active_energy_total", 0x158: "reactive_energy_total", 0x15A: "active_energy_import_l1",
    0x160: "active_energy_export_l1", 0x166: "active_energy_total_l1",
    0x16C: "reactive_energy_import_l1", 0x172: "reactive_energy_export_l1",
    0x178: "reactive_energy_total_l1", 0x17C: "reactive_energy_total_l3",
}  # fmt: skip
"""Input registers of the SDM630 by the protocol document that its maker publishes."""

PUBLISHED_SETTINGS = {
    0x02: "demand_period", 0x0A: "system_type", 0x0C: "pulse1_width", 0x0E: "lock",
    0x12: "parity_stop", 0x14: "unit_address", 0x16: "pulse1_rate", 0x18: "password",
    0x1C: "baud_rate", 0x56: "pulse1_energy", 0xF010: "reset_command", 0xFC00: "serial_number",
    0xFC02: "meter_code", 0xFC03: "software_version",
}  # fmt: skip
"""Holding registers of the same."""


class Meter:
    """A unit each of whose registers holds 0xABCD, and that remembers what was written."""

    unit_address, power_cycles, powered = 7, 3, True
    line_parameters = LineParameters()
    identity = Identity(meter_code=0x0070, serial_number=12345)

    def __init__(self) -> None:
        self.written: list[tuple[int, bytes, Hashable, bool]] = []

    def read(self, space: Space, address: int, count: int, session: Hashable = None) -> bytes:
        self.asked = session
        return b"\xab\xcd" * count

    def write(self, address: int, data: bytes, session: Hashable = None, *,
              read_only: bool = False) -> None:  # fmt: skip
        self.written.append((address, data, session, read_only))


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def unit(meter: Meter) -> RelativeUnit:
    return RelativeUnit(meter, Relative.SDM630)


@pytest.mark.parametrize(
    ("space", "published"), [(Space.INPUT, PUBLISHED), (Space.HOLDING, PUBLISHED_SETTINGS)]
)
def test_what_is_published_of_it_is_there(unit, space, published):
    for address, id in published.items():
        register = BY_ID[id]
        assert (register.space, register.address) == (space, address), id
        assert unit.read(space, address, register.words) == b"\xab\xcd" * register.words, id


def test_a_read_has_80_registers_at_most(unit):
    assert len(unit.read(Space.INPUT, 0, 80)) == 160
    with pytest.raises(IllegalValueError, match="80 at most"):
        unit.read(Space.INPUT, 0, 81)


@pytest.mark.parametrize(("space", "registers"), [(Space.INPUT, INPUT), (Space.HOLDING, HOLDING)])
def test_what_only_this_project_has_is_hidden(unit, space, registers):
    for register in registers:
        if register.origin is not Origin.OWN:
            continue
        try:
            found = unit.read(space, register.address, min(register.words, 80))
        except IllegalAddressError:
            continue
        assert not any(found), register.id


def test_a_hidden_register_is_0_beside_those_that_are_not(unit):
    slide = BY_ID["demand_slide"].address
    found = unit.read(Space.HOLDING, slide - 1, 4)
    assert found == b"\xab\xcd" + bytes(4) + b"\xab\xcd"
    assert unit.read(Space.HOLDING, slide + 1, 2) == bytes(2) + b"\xab\xcd", "half a value"


def test_blocks_that_touch_are_read_at_once(unit):
    assert unit.read(Space.INPUT, 0x17E, 4) == b"\xab\xcd" * 4
    for space, address, count in (
        (Space.INPUT, 0x191, 2), (Space.INPUT, 0x192, 2), (Space.INPUT, 0x4FF, 2),
        (Space.INPUT, 0x2000, 4), (Space.HOLDING, 0xE000, 1), (Space.HOLDING, 0xF700, 1),
        (Space.HOLDING, 0xFF, 2), (Space.HOLDING, 0x4000, 1),
    ):  # fmt: skip
        with pytest.raises(IllegalAddressError, match=re.escape(f"{address}..")):
            unit.read(space, address, count)


def test_writes_go_to_the_meter_whole_or_not_at_all(unit, meter):
    period = BY_ID["demand_period"].address
    unit.write(period, bytes(4), "me", read_only=True)
    assert meter.written == [(period, bytes(4), "me", True)]
    for first, words in ((BY_ID["ct_primary"].address, 2), (period, 4), (0xE000, 1), (0x31, 2),
                         (0x3F, 1)):  # fmt: skip
        with pytest.raises(IllegalAddressError, match="not of this model"):
            unit.write(first, bytes(2 * words), "me")
    assert len(meter.written) == 1


def test_it_is_the_meter_in_everything_else(unit, meter):
    assert (unit.unit_address, unit.power_cycles, unit.powered) == (7, 3, True)
    assert unit.line_parameters is meter.line_parameters
    assert unit.identity.model == "SDM630"
    assert unit.identity.serial_number == 12345
    assert code_of(Relative.SDM630) == 0x0070
    unit.read(Space.INPUT, 0, 2, "me")
    assert meter.asked == "me"
    meter.powered = False
    assert not unit.powered
