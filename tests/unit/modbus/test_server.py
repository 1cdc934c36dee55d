"""The asyncio server: limits, and what it does with clients that misbehave."""

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from smartx96.errors import ListenError
from smartx96.modbus.bank import RegisterBank
from smartx96.modbus.image import HoldingImage
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.terms import Terms
from smartx96.settings import Settings

REQUEST = bytes.fromhex("000100000006 01 03 0014 0002")
ANSWER = bytes.fromhex("000100000007 01 03 04 3f800000")


@asynccontextmanager
async def serving(**terms):
    server = ModbusTcpServer([RegisterBank()], Terms(**terms))
    await server.start(port=0)
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


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 20))


def test_listens_on_loopback_and_answers():
    async def dialogue():
        async with serving() as server, connected(server) as (reader, writer):
            assert server.address[0] == "127.0.0.1"
            writer.write(REQUEST)
            assert await reader.readexactly(len(ANSWER)) == ANSWER

    run(dialogue())


def test_pipelined_requests_are_answered_in_order():
    async def dialogue():
        requests = [struct.pack(">HHHBBHH", n, 0, 6, 1, 3, 0x14, 2) for n in range(1000)]
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(b"".join(requests))
            answers = await reader.readexactly(1000 * len(ANSWER))
            found = [answers[n : n + 2] for n in range(0, len(answers), len(ANSWER))]
            assert found == [request[:2] for request in requests]

    run(dialogue())


def test_new_image_is_served():
    async def dialogue():
        async with serving() as server, connected(server) as (reader, writer):
            holding = HoldingImage(Settings({"ct_primary": 77}))
            bank = server.stations.first.unit
            bank.images = replace(bank.images, holding=holding)
            writer.write(bytes.fromhex("000100000006 01 03 0034 0002"))
            assert (await reader.readexactly(13))[9:] == struct.pack(">f", 77.0)

    run(dialogue())


def test_broken_framing_closes_after_the_answers():
    async def dialogue():
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(REQUEST + b"GET / HTTP/1.1\r\n\r\n" + REQUEST)
            assert await reader.read(-1) == ANSWER

    run(dialogue())


def test_one_client_too_many_is_closed():
    async def dialogue():
        async with serving(connections=2) as server:
            async with connected(server) as first, connected(server), connected(server) as third:
                with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                    await third[0].readexactly(1)
                first[1].write(REQUEST)
                assert await first[0].readexactly(len(ANSWER)) == ANSWER
            await asyncio.sleep(0.05)
            async with connected(server) as (reader, writer):
                writer.write(REQUEST)
                assert await reader.readexactly(len(ANSWER)) == ANSWER

    run(dialogue())


@pytest.mark.parametrize("sent", [b"", REQUEST[:5], REQUEST])
def test_idle_client_is_dropped(sent):
    async def dialogue():
        async with serving(idle_timeout=0.1) as server, connected(server) as (reader, writer):
            writer.write(sent)
            with suppress(ConnectionResetError):
                assert await reader.read(-1) == (ANSWER if sent == REQUEST else b"")
            assert server.clients == 0

    run(dialogue())


def test_busy_client_is_kept():
    async def dialogue():
        async with serving(idle_timeout=0.5) as server, connected(server) as (reader, writer):
            for _ in range(20):
                writer.write(REQUEST)
                assert await reader.readexactly(len(ANSWER)) == ANSWER
                await asyncio.sleep(0.06)

    run(dialogue())


def test_client_that_takes_no_answers_costs_little():
    """A million reads of 125 registers without taking an answer would be 259 MB."""

    async def flood():
        request = bytes.fromhex("000100000006 01 04 0000 007d")
        async with serving(idle_timeout=0.5) as server:
            loop = asyncio.get_running_loop()
            with socket.socket() as client:
                client.setblocking(False)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                await loop.sock_connect(client, server.address)
                sending = asyncio.ensure_future(loop.sock_sendall(client, request * 1_000_000))
                most = 0
                while not sending.done():
                    waiting = [c.transport.get_write_buffer_size() for c in server._clients]
                    most = max([most, *waiting])
                    await asyncio.sleep(0.01)
                assert 0 < most < 200_000
                with pytest.raises(OSError, match=r"."):
                    await sending
            assert server.clients == 0

    run(flood())


def test_slow_reader_gets_every_answer():
    async def dialogue():
        count = 60_000  # 15 MB of answers, more than the sockets hold
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(bytes.fromhex("000100000006 01 04 0000 007d") * count)
            await asyncio.sleep(0.2)
            for _ in range(count):
                answer = await reader.readexactly(259)
                assert answer[:9].hex() == "0001000000fd0104fa"

    run(dialogue())


def test_port_in_use_is_one_clear_line():
    async def twice():
        async with serving() as server:
            host, port = server.address
            with pytest.raises(ListenError) as caught:
                await ModbusTcpServer([RegisterBank()]).start(host, port)
            assert str(caught.value) == (
                f"Modbus TCP cannot listen on {host}:{port}: Address already in use; "
                "choose another host or port with --tcp"
            )

    run(twice())


@pytest.mark.parametrize(
    ("host", "port"), [("203.0.113.7", 5020), ("127.0.0.1", 70000), ("a..b", 5020), ("x" * 70, 1)]
)
def test_address_that_is_not_ours(host, port):
    with pytest.raises(ListenError, match=rf"^Modbus TCP cannot listen on {host}:{port}: [^\n]+$"):
        run(ModbusTcpServer([RegisterBank()]).start(host, port))


def test_close_drops_the_clients():
    async def dialogue():
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(REQUEST)
            await reader.readexactly(len(ANSWER))
            server.close()
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)

    run(dialogue())


def test_address_before_the_start():
    with pytest.raises(RuntimeError, match="not started"):
        _ = ModbusTcpServer([RegisterBank()]).address
