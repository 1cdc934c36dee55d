"""Meters behind TCP: hosts that answer for one, for several, with exceptions, or not at all."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager

import pytest

from smartx96.configuration.search.candidates import Scope
from smartx96.configuration.search.found import State
from smartx96.configuration.search.pace import Pace
from smartx96.configuration.search.search import Search
from smartx96.modbus.place import Kind, Place
from support.ports import free_port
from support.searched_line import Device

PACE = Pace(quick=0.05, patient=0.1, network=0.0, connect=1.0)


class Host:
    """Answers Modbus TCP for devices by unit id; `behind` is the answer for all others."""

    def __init__(self, devices, behind=None, own=None, slow=0.0):
        self.devices, self.behind, self.own, self.slow = devices, behind, own, slow
        self.asked, self.most, self.now = [], 0, 0

    async def serve(self, reader, writer):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            while head := await reader.readexactly(7):
                number, _, length, unit = struct.unpack(">HHHB", head)
                pdu = await reader.readexactly(length - 1)
                self.asked.append((unit, pdu[0]))
                answer = self.answer(unit, pdu)
                if answer is not None:
                    if pdu == b"\4\0\0\0\2":
                        await asyncio.sleep(self.slow)
                    writer.write(struct.pack(">HHHB", number, 0, 1 + len(answer), unit) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.now -= 1
        finally:
            writer.close()

    def answer(self, unit, pdu):
        device = self.devices.get(self.own if unit in (0, 255) else unit)
        if device is None:
            return None if self.behind is None else bytes((pdu[0] | 0x80, self.behind))
        return device.pdu(pdu)


@asynccontextmanager
async def serving(host):
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    try:
        yield Place(Kind.TCP, "127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()


def searched(host, **options):
    async def whole():
        async with serving(host) as place:
            search = Search(Scope((place,), **options), PACE)
            await asyncio.wait_for(search.run(), 30)
            return search

    found = asyncio.run(whole())
    assert {function for _, function in host.asked} <= {3, 4, 43}
    return found


def units(search):
    return [(each.target.unit, each.state, each.nameplate.serial_number) for each in search.found]


def test_a_gateway_that_tells_who_does_not_answer():
    host = Host({3: Device(serial=3), 16: Device(serial=16), 17: Device(serial=17)}, behind=11)
    # Nobody of the likely three, so that nothing more is asked unless it is asked for.
    search = searched(host)
    assert units(search) == []
    assert "takes connections, but answers" in search.notes[0]["text"]
    search = searched(host, everything=True)
    assert units(search) == [(n, State.METER, n) for n in (3, 16, 17)]


def test_a_host_that_answers_is_asked_for_the_addresses_behind_it():
    devices = {n: Device(serial=n) for n in (1, 16, 40)}
    assert units(searched(Host(devices))) == [(1, State.METER, 1), (16, State.METER, 16)]
    assert [unit for unit, *_ in units(searched(Host(devices), units=(40, 41)))] == [40]


NOT_ALL = "units 1 to 16, 0 and 255 were asked; --units 1-247 or --all asks the others"


@pytest.mark.parametrize(("devices", "behind", "options", "told"), [
    ((1, 16, 17), None, {}, [NOT_ALL]),
    ((1, 17), 11, {}, [NOT_ALL]),
    ((1,), None, {}, []),
    ((1, 16, 17), None, {"units": (1, 16)}, []),
    ((1, 17), 11, {"everything": True}, []),
], ids=["several", "a gateway", "one meter", "units", "all"])  # fmt: skip
def test_where_there_may_be_others_it_says_who_was_not_asked(devices, behind, options, told):
    search = searched(Host({n: Device(serial=n) for n in devices}, behind), **options)
    assert [note["text"] for note in search.notes] == told


def test_one_meter_under_several_unit_ids_has_no_others_behind_it():
    assert searched(Host({7: Device(serial=7, own=7)}, own=7)).notes == []


def test_a_single_late_answer_loses_no_meter():
    """The host is at work for a moment, and its answer is dropped as nobody waits for it."""

    class Busy(Host):
        def answer(self, unit, pdu):
            first = unit == 9 and (9, 4) not in self.asked[:-1]
            return None if first else super().answer(unit, pdu)

    host = Busy({n: Device(serial=n) for n in (1, 5, 9)})
    assert [unit for unit, *_ in units(searched(host))] == [1, 5, 9]


def test_a_gateway_that_is_slower_than_expected_is_given_time():
    """Its answers come when the next are asked: everybody is asked again with more time."""
    host = Host({n: Device(serial=n) for n in (1, 5, 9)}, slow=0.07)
    assert [unit for unit, *_ in units(searched(host))] == [1, 5, 9]


@pytest.mark.parametrize("behind", [None, 11])
def test_a_gateway_that_waits_for_who_is_not_there(behind):
    """It takes longer than it is waited for, and keeps what is asked meanwhile."""

    class Gateway(Host):
        line = None

        async def serve(self, reader, writer):
            self.line = self.line or asyncio.Lock()
            try:
                while head := await reader.readexactly(7):
                    number, _, length, unit = struct.unpack(">HHHB", head)
                    pdu = await reader.readexactly(length - 1)
                    self.asked.append((unit, pdu[0]))
                    async with self.line:
                        await asyncio.sleep(0 if unit in self.devices else 0.15)
                    answer = self.answer(unit, pdu)
                    if answer is not None:
                        writer.write(
                            struct.pack(">HHHB", number, 0, 1 + len(answer), unit) + answer
                        )
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

    host = Gateway({n: Device(serial=n) for n in (1, 4, 16)}, behind)
    assert [unit for unit, *_ in units(searched(host))] == [1, 4, 16]


def test_one_meter_under_three_unit_ids_is_one():
    host = Host({7: Device(serial=7, own=7)}, own=7)
    (found,) = searched(host).found
    assert (found.target.unit, found.also) == (7, (0, 255))


def test_one_request_at_a_time_and_one_connection():
    host = Host({1: Device()})
    searched(host)
    assert host.most == 1


def test_many_hosts_of_which_one_listens():
    host = Host({1: Device()})

    async def whole():
        async with serving(host) as place:
            nobody = tuple(Place(Kind.TCP, "127.0.0.1", free_port()) for _ in range(30))
            search = Search(Scope((*nobody, place)), PACE)
            assert search.left <= 31 * PACE.connect
            await asyncio.wait_for(search.run(), 20)
            return search

    search = asyncio.run(whole())
    assert [each.target.unit for each in search.found] == [1]
    (note,) = search.notes
    assert note["text"] == "of 31 places 30 cannot be reached: nobody listens there"


def test_a_host_that_hangs_up_on_whom_it_does_not_know():
    class Curt(Host):
        async def serve(self, reader, writer):
            head = await reader.read(7)
            if head and head[6] == 1:
                rest = asyncio.StreamReader()
                rest.feed_data(head)
                rest.feed_data(await reader.read(100))
                rest.feed_eof()
                await super().serve(rest, writer)
            writer.close()

    search = searched(Curt({1: Device()}))
    assert [(each.target.unit, each.state) for each in search.found] == [(1, State.METER)]
