"""What a meter of ours has, read by pymodbus at addresses that stand here once more."""

from __future__ import annotations

import struct

from pymodbus.client import ModbusTcpClient

FIRST = 255
"""Unit id of the first meter behind a port, whatever its address is."""

FLOATS = {
    "demand_period": 0x0002, "system_type": 0x000A, "pulse1_width": 0x000C, "parity_stop": 0x0012,
    "unit_address": 0x0014, "pulse1_rate": 0x0016, "baud_rate": 0x001C, "ct_secondary": 0x0032,
    "ct_primary": 0x0034, "scroll_time": 0x003A, "backlight_time": 0x003C,
}  # fmt: skip
WORDS = {"load_profile_period": 0xE003, "measurement_mode": 0xF920}


def settings(port: int, unit: int = FIRST) -> dict[str, float]:
    """Settings by id."""
    with ModbusTcpClient("127.0.0.1", port=port, timeout=5) as client:

        def words(address: int, count: int) -> bytes:
            answer = client.read_holding_registers(address, count=count, device_id=unit)
            assert not answer.isError(), answer
            return struct.pack(f">{count}H", *answer.registers)

        found = {id: struct.unpack(">f", words(address, 2))[0] for id, address in FLOATS.items()}
        return found | {
            id: int.from_bytes(words(address, 1), "big") for id, address in WORDS.items()
        }
