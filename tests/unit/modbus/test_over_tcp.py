"""RTU frames over TCP: each client is a line of its own, and as quiet as one."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient

from smartx96.modbus.admission import networks
from smartx96.modbus.line.over_tcp import PATIENCE, RtuTcpServer
from smartx96.modbus.terms import Terms
from support.modbus_unit import ScriptedUnit

READ = bytes.fromhex("11 03 0032 0002 6754")
ZERO = bytes.fromhex("11 03 04 00000000 ebf2")
OTHER = bytes.fromhex("05 03 0000 0002 c58f")


@asynccontextmanager
async def serving(**terms):
    server = RtuTcpServer([ScriptedUnit(0x11)], Terms(**terms))
    await server.start("127.0.0.1", 0)
    try:
        yield server
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def connected(server):
    reader, writer = await asyncio.open_connection(*server.address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def silent(reader, seconds=0.1):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(1), seconds)


def run(coroutine):
    asyncio.run(asyncio.wait_for(coroutine, 20))


def test_answers_ours_and_nobody_elses():
    async def dialogue():
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(OTHER)
            await silent(reader)
            writer.write(READ)
            assert await reader.readexactly(len(ZERO)) == ZERO
            await silent(reader)

    run(dialogue())


@pytest.mark.alone
def test_a_frame_in_pieces_is_waited_for():
    async def dialogue():
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(READ[:3])
            await asyncio.sleep(0.3 * PATIENCE)
            writer.write(READ[3:])
            assert await reader.readexactly(len(ZERO)) == ZERO

    run(dialogue())


def test_clients_are_lines_of_their_own():
    async def dialogue():
        async with serving() as server, connected(server) as one, connected(server) as two:
            one[1].write(READ[:5])
            two[1].write(READ)
            assert await two[0].readexactly(len(ZERO)) == ZERO
            await silent(one[0])

    run(dialogue())


def test_pymodbus_reads_and_writes():
    async def dialogue():
        async with serving() as server:
            host, port = server.address
            client = AsyncModbusTcpClient(host, port=port, framer=FramerType.RTU, retries=0)
            assert await client.connect()
            try:
                answer = await client.write_registers(0x32, [0x42C8, 0], device_id=0x11)
                assert not answer.isError()
                answer = await client.read_holding_registers(0x32, count=2, device_id=0x11)
                assert answer.registers == [0x42C8, 0]
            finally:
                client.close()

    run(dialogue())


def test_who_is_not_allowed_or_idle_is_dropped():
    async def dialogue():
        async with serving(allowed=networks(["192.0.2.1"])) as server:
            async with connected(server) as (reader, _):
                with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                    await reader.readexactly(1)
            assert server.refused == 1
        async with serving(idle_timeout=0.1) as server, connected(server) as (reader, _):
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            assert server.clients == 0

    run(dialogue())


@pytest.mark.alone
def test_who_sends_single_octets_is_dropped_and_who_asks_is_kept():
    async def dialogue():
        async with (
            serving(idle_timeout=0.3) as server,
            connected(server) as (idle, trickle),
            connected(server) as (reader, writer),
        ):
            for _ in range(9):
                trickle.write(b"\x11")
                writer.write(READ)
                assert await reader.readexactly(len(ZERO)) == ZERO
                await asyncio.sleep(0.1)
            assert server.clients == 1
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await idle.readexactly(1)

    run(dialogue())
