"""Our client asks a meter of others: pymodbus's server, over TCP and a serial line."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from clients.rtu_reference import BLOCKS, rtu_reference, value, words
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import ExceptionAnswerError, NoAnswerError
from smartx96.modbus.client.meter import Meter
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.client.read_plan import Limits
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.registers import BY_ID, Space

pytestmark = pytest.mark.interop

UNIT = 7
POLICY = Policy(timeout=3)

INPUTS = [
    r.id for r in BY_ID.values()
    if r.space is Space.INPUT and any(r.address in block for block in BLOCKS["input"])
]  # fmt: skip


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 30))


@asynccontextmanager
async def over_tcp(blocks=BLOCKS, policy=POLICY):
    unused = [SimData(0, values=[False], datatype=DataType.BITS)]
    tables = [
        [SimData(b.start, values=words(table, b), datatype=DataType.REGISTERS) for b in found]
        for table, found in (("holding", blocks["holding"]), ("input", blocks["input"]))
    ]
    device = SimDevice(UNIT, simdata=(unused, unused, *tables))
    server = ModbusTcpServer(device, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    host, port = server.transport.sockets[0].getsockname()[:2]
    try:
        async with Client(Place(Kind.TCP, host, port), policy=policy) as client:
            yield client
    finally:
        await server.shutdown()


@asynccontextmanager
async def over_a_line():
    with rtu_reference(UNIT) as line:
        parameters = LineParameters(line.speed, line.parity, line.stop_bits)
        async with Client(Place(Kind.RTU, line.device), parameters, POLICY) as client:
            yield client


roads = pytest.mark.parametrize("road", [over_tcp, over_a_line])


@roads
def test_values_by_id(road):
    """All quantities of its blocks: pymodbus counts from the same addresses."""

    async def dialogue():
        async with road() as client:
            meter = Meter(client, UNIT, low_first=False)
            found = await meter.read(INPUTS)
            assert found == {id: value("input", BY_ID[id].address) for id in INPUTS}
            assert client.tally.retries == client.tally.damaged == 0

    run(dialogue())


@roads
def test_writes_and_what_is_refused(road):
    async def dialogue():
        async with road() as client:
            data = struct.pack(">2f", 12.5, -3.0)
            await client.write_registers(UNIT, 0x0010, data)
            assert await client.read_holding(UNIT, 0x0010, 4) == data
            with pytest.raises(ExceptionAnswerError, match="exception 02"):
                await client.read_holding(UNIT, 0x5000, 2)
            with pytest.raises(ExceptionAnswerError) as caught:
                await client.write_registers(UNIT, 0x5000, data)
            assert caught.value.code == 2

    run(dialogue())


@roads
def test_functions_beside_registers(road):
    async def dialogue():
        async with road() as client:
            assert await client.diagnostic(UNIT, 0, b"\xa5\x37") == b"\xa5\x37"
            assert b"ymodbus" in await client.server_id(UNIT)
            assert all(
                isinstance(text, str) for text in (await client.identification(UNIT)).values()
            )

    run(dialogue())


@roads
def test_another_unit_says_nothing_that_is_taken(road):
    async def dialogue():
        async with road() as client:
            with pytest.raises((NoAnswerError, ExceptionAnswerError)):
                await client.read_input(UNIT + 1, 0, 2)
            assert len(await client.read_input(UNIT, 0, 2)) == 4

    run(dialogue())


HOLES = {"input": (range(0x0006), range(0x0046, 0x0048)), "holding": BLOCKS["holding"]}


def test_a_meter_that_has_no_addresses_between_its_parameters():
    """A read across a gap is an exception 02 there: it is found out once, and avoided then."""
    wanted = ["voltage_l1", "voltage_l3", "frequency"]

    async def dialogue():
        async with over_tcp(HOLES) as client:
            meter = Meter(client, UNIT, low_first=False)
            for _ in range(2):
                found = await meter.read(wanted)
                assert found == {id: value("input", BY_ID[id].address) for id in wanted}
            assert meter.limits == Limits(gaps=False)
            # Once in one request, refused, and twice in three.
            assert (client.tally.requests, client.tally.exceptions) == (7, 1)

    run(dialogue())


def test_an_address_that_is_not_there_at_all_is_told_and_narrows_nothing():
    async def dialogue():
        async with over_tcp() as client:
            meter = Meter(client, UNIT, low_first=False)
            with pytest.raises(ExceptionAnswerError, match="exception 02"):
                await meter.read(["voltage_l1", "voltage_harmonic_l1[63]"])
            assert meter.limits == Limits()

    run(dialogue())


def test_what_a_server_loses_of_several_requests_at_once_is_asked_again():
    """pymodbus answers one of the requests that come in one segment."""

    async def dialogue():
        async with over_tcp(policy=Policy(timeout=0.3, retries=6, outstanding=6)) as client:
            reads = [client.read_input(UNIT, 2 * n, 2) for n in range(6)]
            found = await asyncio.gather(*reads)
            assert found == [struct.pack(">f", value("input", 2 * n)) for n in range(6)]

    run(dialogue())
