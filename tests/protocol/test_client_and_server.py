"""Our client and our server on each road: every request, every exception, every fault."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import (
    ConnectionLostError,
    DamagedAnswerError,
    ExceptionAnswerError,
    ExchangeError,
    NoAnswerError,
    NotConnectedError,
)
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.faults import Chances, Faults
from smartx96.modbus.line.over_tcp import RtuTcpServer
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.server import RtuServer
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.terms import Terms
from support.modbus_unit import LOCKED_AT, SIZE, ScriptedUnit

FAST = LineParameters(115_200)
"""A pseudo-terminal has no speed: the times of a fast one keep the tests short."""

ROADS = pytest.mark.parametrize("kind", [*Kind], ids=str)
LINES = pytest.mark.parametrize("kind", [Kind.RTU, Kind.RTU_TCP], ids=str)


class Ends:
    """Units on a road of a kind, and a client of them."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind, self.link = kind, folder / "line"
        self.units = [ScriptedUnit(n, FAST) for n in (1, 2, 17)]

    @asynccontextmanager
    async def serving(self, **terms):
        if self.kind is Kind.RTU:
            server = RtuServer(self.units, Terms(**terms))
            await server.start(f"pty:{self.link}")
            self.place = Place(Kind.RTU, str(self.link))
        else:
            made = ModbusTcpServer if self.kind is Kind.TCP else RtuTcpServer
            server = made(self.units, Terms(**terms))
            await server.start("127.0.0.1", 0)
            self.place = Place(self.kind, *server.address)
        try:
            yield server
        finally:
            server.close()
            await server.wait_closed()

    def run(self, dialogue, policy: Policy | None = None, **terms):
        async def whole():
            async with self.serving(**terms), Client(self.place, FAST, policy) as client:
                return await dialogue(client)

        return asyncio.run(asyncio.wait_for(whole(), 60))


@pytest.fixture
def ends(kind, tmp_path):
    return Ends(kind, tmp_path)


def expected(address: int, count: int) -> bytes:
    return struct.pack(f">{count}H", *range(0x0100 + address, 0x0100 + address + count))


@ROADS
def test_every_request(ends):
    async def dialogue(client):
        assert await client.read_input(17, 3, 125) == expected(3, 125)
        data = struct.pack(">2f", 1.5, -2.0)
        await client.write_registers(2, 0x30, data)
        assert await client.read_holding(2, 0x30, 4) == data
        assert await client.read_holding(1, 0x30, 4) == bytes(8)
        assert await client.diagnostic(1, 0, b"x96!") == b"x96!"
        before = int.from_bytes(await client.diagnostic(1, 0x0E))
        assert int.from_bytes(await client.diagnostic(1, 0x0E)) == before + 1
        assert (await client.server_id(1))[:3] == b"\x00\x79\xff"
        named = {0: "SMART", 1: "0079", 2: "2.4", 4: "SMART X96", 5: "X96-5A", 6: "Feeder 7"}
        assert await client.identification(1) == named
        assert await client.identification(1, 1) == {n: named[n] for n in (0, 1, 2)}
        assert client.tally.timeouts == client.tally.damaged == client.tally.retries == 0

    ends.run(dialogue)


@ROADS
def test_an_identification_in_several_answers(ends):
    from dataclasses import replace

    ends.units[0].identity = replace(ScriptedUnit.identity, name="n" * 200, model="m" * 150)

    async def dialogue(client):
        found = await client.identification(1)
        assert (found[5], found[6]) == ("m" * 150, "n" * 200)

    ends.run(dialogue)


@ROADS
def test_every_refusal(ends):
    async def refused(client, request, code):
        with pytest.raises(ExceptionAnswerError, match=f"unit 1: .*: exception {code:02d}") as met:
            await request
        assert met.value.code == code
        assert not met.value.uncertain

    async def dialogue(client):
        await refused(client, client.diagnostic(1, 0x14), 1)
        await refused(client, client.read_input(1, SIZE, 2), 2)
        await refused(client, client.write_registers(1, 1, bytes(4)), 2)
        await refused(client, client.read_input(1, 0, 81), 3)
        await refused(client, client.write_registers(1, 0, b"\x7f\xc0\0\0"), 3)
        await refused(client, client.write_registers(1, LOCKED_AT, bytes(4)), 4)
        assert (client.tally.exceptions, client.tally.retries) == (6, 0)

    ends.run(dialogue, max_read=80)
    assert not ends.units[0].written


@ROADS
def test_a_unit_that_is_not_there(ends):
    async def dialogue(client):
        with pytest.raises(NoAnswerError, match=r"unit 9: read input .*: no answer within 0.4 s"):
            await client.read_input(9, 0, 2)
        assert await client.read_input(1, 0, 2) == expected(0, 2)
        return client.tally

    tally = ends.run(dialogue, Policy(timeout=0.4, retries=1))
    assert (tally.timeouts, tally.retries) == (2, 1)


@LINES
def test_a_broadcast_reaches_all(ends):
    async def dialogue(client):
        await client.broadcast(0x30, struct.pack(">f", 2.5))
        for unit in (1, 2, 17):
            assert await client.read_holding(unit, 0x30, 2) == struct.pack(">f", 2.5)

    ends.run(dialogue, Policy(broadcast_delay=0.05))


FAULTS = (
    "silent=0.2,seed=1", "noise=0.3,seed=3", "busy=0.2,seed=4", "late=100,seed=5",
    "late=80,silent=0.1,noise=0.1,busy=0.1,seed=6",
)  # fmt: skip
DAMAGE = ("crc=0.2,seed=2", "late=80,silent=0.1,crc=0.1,noise=0.1,busy=0.1,seed=7")
"""For lines: Modbus TCP has no check sum of its own, and what is damaged there cannot be told."""


@pytest.mark.parametrize(
    ("kind", "faults"),
    [(kind, each) for kind in Kind for each in (FAULTS if kind is Kind.TCP else FAULTS + DAMAGE)],
)
def test_whatever_is_done_to_answers_what_is_read_is_right(ends, faults):
    """Each address reads another value, so that no answer passes for that of another request."""

    async def dialogue(client):
        async def meter(unit):
            for n in range(6):
                address = 3 * n + unit
                assert await client.read_input(unit, address, 4) == expected(address, 4)

        await asyncio.gather(*(meter(unit) for unit in (1, 2, 17)))
        return client.tally

    policy = Policy(timeout=0.06, retries=60, outstanding=4)
    tally = ends.run(dialogue, policy, faults=Faults(Chances.parse(faults)))
    assert tally.answers == 18
    # On a line noise before an answer is no fault that costs anything.
    assert tally.retries or (faults.startswith("noise") and ends.kind is not Kind.TCP)


@pytest.mark.parametrize("kind", [Kind.TCP])
def test_damage_on_tcp_loses_no_more_than_what_it_hits(ends):
    """A bit may hit a number, a length, a unit: whatever it was, the requests after it go on."""

    async def dialogue(client):
        right = 0
        for n in range(60):
            with contextlib.suppress(ExchangeError):
                right += await client.read_input(1, n, 4) == expected(n, 4)
        return right

    policy = Policy(timeout=0.05, retries=0)
    right = ends.run(dialogue, policy, faults=Faults(Chances.parse("crc=0.3,seed=8")))
    # Of 60 some 18 are hit, and one with a broken length takes the next with it at most.
    assert 60 - 2 * 18 <= right < 60


@LINES
def test_damage_that_stays_is_told(ends):
    async def dialogue(client):
        with pytest.raises(DamagedAnswerError, match="bytes came that are no whole answer"):
            await client.read_input(1, 0, 2)
        return client.tally

    policy = Policy(timeout=0.05, retries=2)
    tally = ends.run(dialogue, policy, faults=Faults(Chances.parse("crc=1")))
    assert tally.damaged == 3


@ROADS
def test_a_write_without_an_answer_is_sent_once_and_may_be_done(ends):
    async def dialogue(client):
        with pytest.raises(NoAnswerError, match="read it back") as caught:
            await client.write_registers(1, 0x30, bytes(4))
        assert caught.value.uncertain

    ends.run(dialogue, Policy(timeout=0.05), faults=Faults(Chances.parse("silent=1")))
    assert ends.units[0].written == [(0x30, bytes(4))]


@pytest.mark.parametrize("kind", [Kind.TCP, Kind.RTU_TCP])
def test_a_server_that_went_and_came_back(ends):
    async def whole():
        async with ends.serving() as server:
            host, port = server.address
            client = Client(ends.place, FAST)
            assert await client.read_input(1, 0, 2) == expected(0, 2)
        with pytest.raises(NotConnectedError, match="connection refused"):
            await client.read_input(1, 0, 2)
        again = type(server)(ends.units)
        await again.start(host, port)
        assert await client.read_input(1, 0, 2) == expected(0, 2)
        assert client.tally.connections == 2
        client.close()
        again.close()

    asyncio.run(asyncio.wait_for(whole(), 20))


@pytest.mark.parametrize("kind", [Kind.RTU])
def test_a_device_that_is_not_there(ends):
    client = Client(Place(Kind.RTU, str(ends.link)))
    with pytest.raises(NotConnectedError, match="is it the right port") as caught:
        asyncio.run(client.open())
    assert "\n" not in str(caught.value)
    assert caught.value.uncertain is False


async def until_it_is_gone(client):
    """The loss of a port is told by the system in its own time."""
    while True:
        with contextlib.suppress(ConnectionLostError, NoAnswerError):
            await client.read_input(1, 0, 2)


@pytest.mark.parametrize("kind", [Kind.RTU])
def test_a_pseudo_terminal_that_is_closed_and_made_again(ends):
    async def whole():
        client = Client(Place(Kind.RTU, str(ends.link)), FAST, Policy(timeout=2, retries=0))
        for _ in range(2):
            async with ends.serving():
                assert await client.read_input(1, 0, 2) == expected(0, 2)
            with pytest.raises(NotConnectedError):
                await until_it_is_gone(client)
        client.close()

    asyncio.run(asyncio.wait_for(whole(), 20))


@pytest.mark.parametrize("kind", [Kind.RTU])
def test_a_pseudo_terminal_of_the_client(ends):
    """The other way round: the client makes the line, and the meters open it as a device."""

    async def whole():
        async with Client(Place(Kind.RTU, f"pty:{ends.link}"), FAST) as client:
            server = RtuServer(ends.units)
            await server.start(str(ends.link))
            for unit in (1, 2, 17):
                assert await client.read_input(unit, unit, 60) == expected(unit, 60)
            server.close()
        assert not ends.link.is_symlink()

    asyncio.run(asyncio.wait_for(whole(), 20))
