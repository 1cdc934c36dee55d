"""A meter of others: pymodbus's server with the documented registers alone, at the addresses of the
maker's list."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from smartx96.modbus.place import Kind, Place

INPUTS = {
    0x0000: ("voltage_l1 voltage_l2 voltage_l3 current_l1 current_l2 current_l3 active_power_l1 "
             "active_power_l2 active_power_l3 apparent_power_l1 apparent_power_l2 "
             "apparent_power_l3 reactive_power_l1 reactive_power_l2 reactive_power_l3 "
             "power_factor_l1 power_factor_l2 power_factor_l3"),
    0x0034: "active_power - apparent_power - reactive_power - power_factor",
    0x0046: "frequency active_energy_import active_energy_export",
    0x00A0: "voltage_sequence",
    0x00C8: "voltage_l1_l2 voltage_l2_l3 voltage_l3_l1",
}  # fmt: skip
"""Float registers by the address of the first; `-` is none."""
HOLDINGS = {0x0006: "system_voltage system_current system_type", 0x0014: "unit_address"}
_SIZES = {"input": 0x0180, "holding": 0x0040}


@asynccontextmanager
async def documented_meter(values: Mapping[str, float], unit: int = 1) -> AsyncIterator[Place]:
    """Where it is asked, over TCP."""
    unused = [SimData(0, values=[False], datatype=DataType.BITS)]
    tables = [
        [SimData(0, values=_words(runs, _SIZES[name], values), datatype=DataType.REGISTERS)]
        for name, runs in (("holding", HOLDINGS), ("input", INPUTS))
    ]
    device = SimDevice(unit, simdata=(unused, unused, *tables))
    server = ModbusTcpServer(device, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    host, port = server.transport.sockets[0].getsockname()[:2]
    try:
        yield Place(Kind.TCP, host, port)
    finally:
        await server.shutdown()


def _words(runs: Mapping[int, str], size: int, values: Mapping[str, float]) -> list[int]:
    found = [0] * size
    for first, run in runs.items():
        for n, id in enumerate(run.split()):
            place = first + 2 * n
            found[place : place + 2] = struct.unpack(">2H", struct.pack(">f", values.get(id, 0.0)))
    return found
