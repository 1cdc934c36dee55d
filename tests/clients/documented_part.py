"""A meter of others: the documented part of the map, with values that the tests choose.

Registers that only this project documents it does not have, nor the addresses between registers.
"""

from __future__ import annotations

import struct
from itertools import groupby

from smartx96.modbus.registers import HOLDING, INPUT, Format, Origin, Register

UNIT, MAX_READ = 7, 80
SERIAL_NUMBER, METER_CODE, VERSION = 20_061_234, 0x0070, 0x0207

READINGS = {
    "voltage_l1": 231.5, "voltage_l2": 229.25, "voltage_l3": 230.75, "current_l1": 4.5,
    "current_l2": 3.25, "current_l3": 5.75, "active_power_l1": 1000.0, "active_power_l2": 700.0,
    "active_power_l3": 1300.0, "active_power": 3000.0, "apparent_power": 3100.0, "frequency": 50.0,
    "power_factor": 0.96875, "active_energy_import": 12345.5, "active_energy_export": 67.25,
    "active_energy_total": 12412.75,
}  # fmt: skip
"""Exact in 32 bits."""

SETTINGS = {
    "demand_period": 60, "system_type": 3, "pulse1_width": 100, "unit_address": UNIT,
    "pulse1_rate": 3, "baud_rate": 2, "backlight_time": 60, "pulse1_energy": 1,
    "measurement_mode": 2, "pulse2_energy": 2,
}  # fmt: skip

_OTHERS = {
    "word_order": 2141.0, "serial_number": SERIAL_NUMBER, "meter_code": METER_CODE,
    "software_version": VERSION, "display_version": VERSION,
}  # fmt: skip
_CODES = {Format.FLOAT32: ">f", Format.U16: ">H", Format.U32: ">I"}


def documented(table: str) -> list[Register]:
    """Registers that it has, by address."""
    found = INPUT if table == "input" else HOLDING
    return [register for register in found if register.origin is not Origin.OWN]


def own_addresses(table: str) -> set[int]:
    """Addresses that hold a register only by this project's word."""
    found = INPUT if table == "input" else HOLDING
    return {
        address
        for register in found
        if register.origin is Origin.OWN
        for address in range(register.address, register.end)
    }


def words(table: str) -> dict[int, int]:
    """What each address reads."""
    found: dict[int, int] = {}
    values: dict[str, float] = {**READINGS, **SETTINGS, **_OTHERS}
    for register in documented(table):
        data = bytes(2 * register.words)
        if register.format in _CODES:
            value = values.get(register.id, 0)
            whole = value if register.format is Format.FLOAT32 else int(value)
            data = struct.pack(_CODES[register.format], whole)
        for n in range(register.words):
            found[register.address + n] = int.from_bytes(data[2 * n : 2 * n + 2], "big")
    return found


def runs(table: str) -> dict[int, list[int]]:
    """The same as words that follow each other, by the first address."""
    found = words(table)
    grouped = groupby(enumerate(sorted(found)), key=lambda item: item[1] - item[0])
    addresses = ([address for _, address in group] for _, group in grouped)
    return {run[0]: [found[address] for address in run] for run in addresses}


def writable() -> list[tuple[int, int]]:
    """First address and number of words of what takes a write."""
    return [(r.address, r.words) for r in documented("holding") if "w" in r.description.access]
