"""Requests under way at once, answers in any order, and what networks do to them."""

from __future__ import annotations

import asyncio
import gc
import struct
from contextlib import asynccontextmanager

import pytest

from smartx96.errors import OptionError
from smartx96.modbus.client import tcp_link
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import (
    ConnectionLostError,
    DamagedAnswerError,
    ExceptionAnswerError,
    NoAnswerError,
    NotConnectedError,
)
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.place import Kind, Place

SOON, ENOUGH = 0.05, 0.4
"""Time limits that are meant to run out; within the second an answer comes that was sent [s]."""


def message(number: int, unit: int, pdu: bytes) -> bytes:
    return struct.pack(">HHHB", number, 0, len(pdu) + 1, unit) + pdu


class Host:
    """A host whose answers the test gives.

    Attributes
    ----------
    requests : asyncio.Queue of (int, int, bytes)
        Transaction number, unit and PDU of what was asked.
    """

    def __init__(self):
        self.requests = asyncio.Queue()
        self.writers = []

    async def connection(self, reader, writer):
        self.writers.append(writer)
        try:
            while head := await reader.readexactly(7):
                number, _, size, unit = struct.unpack(">HHHB", head)
                self.requests.put_nowait((number, unit, await reader.readexactly(size - 1)))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            writer.transport.abort()

    def send(self, data: bytes):
        self.writers[-1].write(data)


@asynccontextmanager
async def host():
    made = Host()
    server = await asyncio.start_server(made.connection, "127.0.0.1", 0)
    made.place = Place(Kind.TCP, *server.sockets[0].getsockname()[:2])
    try:
        yield made
    finally:
        server.close()
        for writer in made.writers:
            writer.transport.abort()
        await server.wait_closed()


def talk(dialogue, **policy):
    """Run a dialogue of a host and a client of it."""

    async def whole():
        async with host() as far, Client(far.place, policy=Policy(**policy)) as client:
            return await dialogue(far, client)

    return asyncio.run(asyncio.wait_for(whole(), 20))


def reading(pdu: bytes, value: int) -> bytes:
    """Answer to a read of two registers."""
    return pdu[:1] + b"\x04" + value.to_bytes(4, "big")


def test_answers_in_any_order():
    async def dialogue(far, client):
        tasks = [asyncio.ensure_future(client.read_input(1, n, 2)) for n in range(8)]
        asked = [await far.requests.get() for _ in tasks]
        assert len({number for number, _, _ in asked}) == 8
        for number, unit, pdu in (asked[n] for n in (3, 7, 0, 1, 6, 2, 5, 4)):
            far.send(message(number, unit, reading(pdu, int.from_bytes(pdu[1:3], "big"))))
        found = await asyncio.gather(*tasks)
        assert [int.from_bytes(data, "big") for data in found] == list(range(8))

    talk(dialogue, outstanding=8)


@pytest.mark.parametrize("outstanding", [1, 3])
def test_no_more_are_under_way_than_are_let(outstanding):
    async def dialogue(far, client):
        tasks = [asyncio.ensure_future(client.read_input(1, n, 2)) for n in range(9)]
        for answered in range(0, 9, outstanding):
            under_way = [await far.requests.get() for _ in range(outstanding)]
            # Every task had its turn by now: what it would send is counted.
            assert client.tally.requests == answered + outstanding
            for number, unit, pdu in under_way:
                far.send(message(number, unit, reading(pdu, 0)))
        await asyncio.gather(*tasks)

    talk(dialogue, outstanding=outstanding)


def test_a_late_answer_is_known_by_its_number():
    async def dialogue(far, client):
        with pytest.raises(NoAnswerError, match=r"no answer within 0.4 s; is there such a unit"):
            await client.read_input(1, 0, 2)
        first = await far.requests.get()
        task = asyncio.ensure_future(client.read_input(1, 2, 2))
        second = await far.requests.get()
        far.send(message(*first[:2], reading(first[2], 1)))
        far.send(message(*second[:2], reading(second[2], 2)))
        assert await task == bytes((0, 0, 0, 2))
        assert (client.tally.late, client.tally.timeouts) == (1, 1)

    talk(dialogue, timeout=ENOUGH, retries=0)


def test_reads_are_asked_again_and_writes_never():
    async def dialogue(far, client):
        with pytest.raises(NoAnswerError) as read:
            await client.read_input(1, 0, 2)
        with pytest.raises(NoAnswerError) as write:
            await client.write_registers(1, 0x10, bytes(4))
        functions = [far.requests.get_nowait()[2][0] for _ in range(far.requests.qsize())]
        assert functions == [4, 4, 4, 16]
        assert not read.value.uncertain
        assert write.value.uncertain
        assert str(write.value) == (
            f"{far.place} unit 1: write holding 0x0010-0x0011: no answer within 0.05 s; is there "
            "such a unit, is it switched on?; it may have been written all the same: read it back"
        )
        assert (client.tally.requests, client.tally.retries, client.tally.timeouts) == (4, 2, 4)

    talk(dialogue, timeout=SOON, retries=2)


def test_one_answer_is_enough():
    async def dialogue(far, client):
        task = asyncio.ensure_future(client.read_input(1, 0, 2))
        await far.requests.get()
        number, unit, pdu = await far.requests.get()
        far.send(message(number, unit, reading(pdu, 7)))
        assert await task == bytes((0, 0, 0, 7))
        assert (client.tally.retries, client.tally.answers) == (1, 1)

    talk(dialogue, timeout=ENOUGH)


async def answered(far, client, make, ask=None):
    """What becomes of a request that is answered with `make(number, unit, pdu)`."""
    task = asyncio.ensure_future(ask or client.read_input(1, 0, 2))
    far.send(make(*await far.requests.get()))
    return await task


def test_what_is_wrong_with_an_answer_is_told():
    wrong = [
        (lambda n, u, p: message(n, 2, reading(p, 0)), "unit 2 answers instead"),
        (lambda n, u, p: message(n, u, b"\x03\x04" + bytes(4)), "to another request"),
        (lambda n, u, p: message(n, u, b"\x04\x06" + bytes(6)), "wrong length"),
        (lambda n, u, p: message(n, u, b"\x04\x04" + bytes(3)), "wrong length"),
    ]

    async def dialogue(far, client):
        for make, reason in wrong:
            with pytest.raises(DamagedAnswerError, match=reason):
                await answered(far, client, make)
        assert client.tally.damaged == len(wrong)

    talk(dialogue, retries=0)


@pytest.mark.parametrize("unit", [0, 255])
def test_a_device_that_is_no_gateway_may_answer_by_another_unit(unit):
    async def dialogue(far, client):
        ask = client.read_input(unit, 0, 2)
        assert await answered(far, client, lambda n, u, p: message(n, 1, reading(p, 0)), ask)

    talk(dialogue)


def test_exceptions_are_told_and_busy_is_asked_again():
    async def dialogue(far, client):
        with pytest.raises(ExceptionAnswerError, match=r"0x0000-0x0001: exception 02") as caught:
            await answered(far, client, lambda n, u, p: message(n, u, b"\x84\x02"))
        assert caught.value.code == 2
        task = asyncio.ensure_future(
            answered(far, client, lambda n, u, p: message(n, u, b"\x84\6"))
        )
        await asyncio.sleep(0.01)
        number, unit, pdu = await far.requests.get()
        far.send(message(number, unit, reading(pdu, 9)))
        assert await task == bytes((0, 0, 0, 9))
        assert (client.tally.exceptions, client.tally.retries) == (2, 1)

    talk(dialogue, retries=1)


def test_a_write_that_a_gateway_lost_is_uncertain_and_one_refused_is_not():
    async def dialogue(far, client):
        for code, uncertain in ((11, True), (4, False)):
            with pytest.raises(ExceptionAnswerError) as caught:
                await answered(
                    far, client, lambda n, u, p, code=code: message(n, u, bytes((0x90, code))),
                    client.write_registers(1, 0, bytes(4)),
                )  # fmt: skip
            assert caught.value.uncertain is uncertain

    talk(dialogue)


def test_a_stream_that_is_no_modbus_is_dropped_and_connected_again():
    async def dialogue(far, client):
        with pytest.raises(ConnectionLostError, match="the answer is damaged: protocol 257"):
            await answered(far, client, lambda n, u, p: b"\1" * 12)
        data = await answered(far, client, lambda n, u, p: message(n, u, reading(p, 5)))
        assert data == bytes((0, 0, 0, 5))
        assert (client.tally.connections, len(far.writers)) == (2, 2)

    talk(dialogue, retries=0)


def test_an_answer_that_breaks_off_does_not_swallow_the_next():
    async def dialogue(far, client):
        with pytest.raises(NoAnswerError):
            await answered(far, client, lambda n, u, p: message(n, u, reading(p, 0))[:-1])
        assert await answered(far, client, lambda n, u, p: message(n, u, reading(p, 5)))
        assert client.tally.connections == 2

    talk(dialogue, timeout=ENOUGH, retries=0)


def test_a_connection_that_is_closed_is_made_again():
    async def dialogue(far, client):
        task = asyncio.ensure_future(client.read_input(1, 0, 2))
        await far.requests.get()
        far.writers[-1].close()
        number, unit, pdu = await far.requests.get()
        far.send(message(number, unit, reading(pdu, 3)))
        assert await task == bytes((0, 0, 0, 3))
        assert (client.tally.connections, client.tally.retries) == (2, 1)

    talk(dialogue)


def test_all_who_wait_are_told_when_the_client_is_closed():
    async def dialogue(far, client):
        tasks = [asyncio.ensure_future(client.read_input(1, n, 2)) for n in range(3)]
        for _ in tasks:
            await far.requests.get()
        client.close()
        for found in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(found, ConnectionLostError)
            assert "the connection was closed" in str(found)

    talk(dialogue, outstanding=3, retries=0)


@pytest.mark.parametrize("kind", [Kind.TCP, Kind.RTU_TCP])
def test_a_client_that_was_closed_opens_nothing_for_who_had_asked_before(kind):
    async def dialogue(far, client):
        client = Client(Place(kind, client.place.where, client.place.port))
        await client.open()
        before = len(far.writers)
        tasks = [asyncio.ensure_future(client.read_input(1, n, 2)) for n in range(3)]
        await asyncio.sleep(SOON)
        client.close()
        for found in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(found, ConnectionLostError)
            assert "was closed" in str(found)
        opening = asyncio.ensure_future(client.open())
        await asyncio.sleep(0)
        client.close()
        with pytest.raises(ConnectionLostError, match="was closed"):
            await opening
        await asyncio.sleep(SOON)
        assert all(writer.transport.is_closing() for writer in far.writers[before:])
        await client.open()  # What is asked later opens it again.
        client.close()

    talk(dialogue)


async def cancelled(far, client):
    """A request that was sent, and given up before its answer."""
    task = asyncio.ensure_future(client.read_input(1, 0, 2))
    asked = await far.requests.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return asked


def test_a_cancelled_request_keeps_its_place_until_its_answer():
    async def dialogue(far, client):
        number, unit, pdu = await cancelled(far, client)
        task = asyncio.ensure_future(client.read_input(1, 2, 2))
        await asyncio.sleep(SOON)
        assert (client.tally.requests, far.requests.qsize()) == (1, 0)
        far.send(message(number, unit, reading(pdu, 1)))
        number, unit, pdu = await far.requests.get()
        far.send(message(number, unit, reading(pdu, 2)))
        assert await task == bytes((0, 0, 0, 2))
        assert (client.tally.late, client.tally.answers, client.tally.timeouts) == (1, 1, 0)

    talk(dialogue, outstanding=1, timeout=10)


def test_without_an_answer_it_keeps_it_until_its_time_is_over():
    async def dialogue(far, client):
        loop = asyncio.get_running_loop()
        for _ in range(2):
            await cancelled(far, client)
            begin = loop.time()
            task = asyncio.ensure_future(client.read_input(1, 2, 2))
            number, unit, pdu = await far.requests.get()
            assert loop.time() - begin > 0.8 * ENOUGH
            far.send(message(number, unit, reading(pdu, 2)))
            assert await task
        assert client.tally.late == 0

    talk(dialogue, outstanding=1, timeout=ENOUGH)


@pytest.mark.parametrize("closed", [False, True])
def test_a_request_that_was_cancelled_leaves_nothing_behind(closed):
    """Nor does one that was cancelled while it waited for its place, or for the connection."""

    async def dialogue(far, client):
        loop = asyncio.get_running_loop()
        told = []
        loop.set_exception_handler(lambda _, context: told.append(context))
        for _ in range(3):
            await cancelled(far, client)
        waiting = [asyncio.ensure_future(client.read_input(1, n, 2)) for n in range(3)]
        await asyncio.sleep(0)
        waiting.pop().cancel()
        if closed:
            client.close()
            for each in waiting:
                with pytest.raises(ConnectionLostError, match="was closed"):
                    await each
        else:
            for each in waiting:
                number, unit, pdu = await far.requests.get()
                far.send(message(number, unit, reading(pdu, 1)))
                assert await each
            await asyncio.sleep(2.5 * ENOUGH)
            assert not client._road._link._under_way
        begin = loop.time()
        tasks = [asyncio.ensure_future(client.read_input(1, n, 2)) for n in range(3)]
        for _ in tasks:
            number, unit, pdu = await far.requests.get()
            far.send(message(number, unit, reading(pdu, 1)))
        assert loop.time() - begin < ENOUGH, "a place is still taken"
        await asyncio.gather(*tasks)
        gc.collect()
        await asyncio.sleep(0)
        assert not told

    talk(dialogue, outstanding=3, timeout=2 * ENOUGH)


def test_a_number_without_an_answer_is_not_used_again(monkeypatch):
    """However late its answer comes: here the numbers have gone round many times."""
    monkeypatch.setattr(tcp_link, "_TRANSACTIONS", 5)

    async def dialogue(far, client):
        lost = await cancelled(far, client)
        with pytest.raises(NoAnswerError):
            await client.read_input(1, 0, 2)
        silent = await far.requests.get()
        used = set()
        for n in range(12):
            task = asyncio.ensure_future(client.read_input(1, 2, 2))
            number, unit, pdu = await far.requests.get()
            used.add(number)
            if n == 8:
                far.send(message(*silent[:2], reading(silent[2], 99)))
            far.send(message(number, unit, reading(pdu, n)))
            assert await task == bytes((0, 0, 0, n))
        assert lost[0] not in used
        assert silent[0] in used, "its answer has come: it is free again"
        assert (client.tally.late, client.tally.connections) == (1, 1)

    talk(dialogue, timeout=ENOUGH, retries=0)


def test_numbers_that_run_short_are_had_again_by_another_connection(monkeypatch):
    """Nobody who waits for an answer by the old one is disturbed."""
    monkeypatch.setattr(tcp_link, "_MOST_UNANSWERED", 3)

    async def dialogue(far, client):
        patient = Client(client.place, policy=Policy(timeout=2 * ENOUGH, retries=0, outstanding=4))
        unanswered = [asyncio.ensure_future(patient.read_input(1, n, 2)) for n in range(3)]
        for _ in unanswered:
            await far.requests.get()
        await asyncio.sleep(ENOUGH)
        slow = asyncio.ensure_future(patient.read_input(1, 8, 2))
        asked, old = await far.requests.get(), far.writers[-1]
        await asyncio.gather(*unanswered, return_exceptions=True)
        next = asyncio.ensure_future(patient.read_input(1, 9, 2))
        await asyncio.sleep(SOON)
        assert far.requests.empty()
        old.write(message(*asked[:2], reading(asked[2], 8)))
        assert await slow == bytes((0, 0, 0, 8))
        number, unit, pdu = await far.requests.get()
        assert far.writers[-1] is not old
        far.send(message(number, unit, reading(pdu, 9)))
        assert await next == bytes((0, 0, 0, 9))
        assert patient.tally.connections == 2
        patient.close()

    talk(dialogue)


def test_what_the_other_end_does_not_read_goes_out_to_nobody():
    """It acknowledges and never reads: what has waited since a time limit is given up."""

    async def dialogue(far, client):
        await client.open()
        far.writers[-1].transport.pause_reading()
        transport = client._road._link._transport
        transport.write(bytes(message(0, 9, b"\x04" + bytes(4))) * 2_000_000)
        assert transport.get_write_buffer_size() > 0
        with pytest.raises(NoAnswerError, match="the other end takes no more requests"):
            await client.write_registers(1, 0x10, bytes(4))
        assert transport.is_closing()
        data = await answered(far, client, lambda n, u, p: message(n, u, reading(p, 5)))
        assert data == bytes((0, 0, 0, 5))
        assert client.tally.connections == 2

    talk(dialogue, timeout=ENOUGH, retries=0)


def test_nobody_listens():
    async def dialogue():
        async with host() as far:
            place = far.place
        client = Client(place)
        try:
            await client.read_input(1, 0, 2)
        finally:
            # To ask once more at once would be of no use.
            assert client.tally.retries == 0

    with pytest.raises(NotConnectedError, match="connection refused: nobody listens there") as met:
        asyncio.run(dialogue())
    assert "\n" not in str(met.value)


def test_a_name_that_is_none():
    with pytest.raises(NotConnectedError, match="is it the right host and port"):
        asyncio.run(Client(Place(Kind.TCP, "meter.invalid", 502)).open())


def test_a_host_that_does_not_take_connections(monkeypatch):
    async def dialogue():
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "create_connection", lambda *_: asyncio.Event().wait())
        await Client(Place(Kind.TCP, "127.0.0.1", 502), policy=Policy(connect_timeout=SOON)).open()

    with pytest.raises(NotConnectedError, match=r"no connection within 0.05 s"):
        asyncio.run(dialogue())


@pytest.mark.parametrize(("kind", "unit"), [
    (Kind.TCP, -1), (Kind.TCP, 256), (Kind.RTU_TCP, 0), (Kind.RTU_TCP, 248),
])  # fmt: skip
def test_units_that_there_are_not(kind, unit):
    client = Client(Place(kind, "127.0.0.1", 502))
    with pytest.raises(OptionError, match=f"unit {unit}: 127.0.0.1:502 has"):
        asyncio.run(client.read_input(unit, 0, 2))


def test_a_broadcast_is_for_lines():
    client = Client(Place(Kind.TCP, "127.0.0.1", 502))
    with pytest.raises(OptionError, match="a broadcast is for lines"):
        asyncio.run(client.broadcast(0, bytes(4)))


@pytest.mark.parametrize("wrong", [
    {"timeout": 0}, {"timeout": float("nan")}, {"retries": -1}, {"outstanding": 0},
    {"connect_timeout": float("inf")}, {"broadcast_delay": -1},
])  # fmt: skip
def test_policies_that_cannot_be(wrong):
    with pytest.raises(OptionError, match=f"{next(iter(wrong))} .*: give"):
        Policy(**wrong)
