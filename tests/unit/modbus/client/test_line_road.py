"""One request at a time, silence before each, and no answer taken for another."""

from __future__ import annotations

import asyncio

import pytest

from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import (
    BusyLineError,
    ConnectionLostError,
    DamagedAnswerError,
    NoAnswerError,
)
from smartx96.modbus.client.line import LineRoad
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.client.requests import Diagnostic, ReadRegisters, WriteRegisters
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.registers import Space
from support.client_line import FarEnd, framed, words
from support.virtual_line import PASS

SILENCE = 3.5 * 10 / 9600
CHARACTER = 10 / 9600
ROUNDS = 12 * PASS
"""What a few rounds of the event loop take."""

READ = ReadRegisters(Space.INPUT, 0, 2)
OTHER_READ = ReadRegisters(Space.INPUT, 2, 2)
ONE, TWO = bytes.fromhex("04 04 3f800000"), bytes.fromhex("04 04 40000000")
WORD = ReadRegisters(Space.HOLDING, 0, 1).pdu
"""By which a line learns whether it hears itself."""


def answers(*pdus: bytes | None, after: float = 0.01):
    """One answer to each request."""

    def script(n, data):
        pdu = pdus[n] if n < len(pdus) else None
        return [] if pdu is None else [(after, framed(data[0], pdu))]

    return script


def echoing(n, data):
    return [(0.01, framed(data[0], data[1:-2]))]


def test_a_request_and_its_answer():
    far = FarEnd(answers(ONE))
    assert far.run(lambda road: road.exchange(1, READ)) == ONE
    assert [each.data for each in far.heard] == [framed(1, READ.pdu)]
    assert (far.tally.requests, far.tally.connections, far.closed) == (1, 1, 1)


@pytest.mark.parametrize("speed", [2400, 9600, 38400])
def test_silence_goes_before_each_request(speed):
    """3.5 characters, 1.75 ms above 19200 bit/s (Modbus over serial line 1.02, clause 2.5.1.1)."""
    silence = 3.5 * 10 / speed if speed <= 19200 else 1.75e-3
    far = FarEnd(answers(ONE, TWO, after=0.03))
    ends = []

    async def talk(road):
        for _ in range(2):
            await road.exchange(1, READ)
            ends.append(asyncio.get_running_loop().time())

    far.run(talk, parameters=LineParameters(speed))
    assert far.heard[1].time - ends[0] == pytest.approx(silence, abs=ROUNDS)
    assert far.heard[1].time - ends[0] >= silence - ROUNDS


@pytest.mark.parametrize("parameters", [LineParameters(2400, "E"), LineParameters(38400)])
def test_the_time_limit_counts_from_the_end_of_the_request_to_that_of_the_answer(parameters):
    longest = ReadRegisters(Space.INPUT, 0, 125)
    far = FarEnd(answers())

    async def talk(road):
        with pytest.raises(NoAnswerError, match=r"no answer within 0.5 s; is the meter"):
            await road.exchange(1, longest)
        return asyncio.get_running_loop().time()

    end = far.run(talk, Policy(timeout=0.5), parameters)
    assert end - far.heard[0].time == pytest.approx(
        0.5 + (8 + 255) * parameters.character, abs=ROUNDS
    )


def test_an_answer_that_comes_within_its_time_at_2400_baud_is_taken():
    far = FarEnd(answers(b"\x04\xfa" + bytes(250), after=0.49 + 255 * 10 / 2400))
    request = ReadRegisters(Space.INPUT, 0, 125)
    pdu = far.run(lambda r: r.exchange(1, request), Policy(timeout=0.5), LineParameters(2400))
    assert len(pdu) == 252


def test_noise_alone_is_told_from_silence():
    far = FarEnd(lambda n, data: [(0.01, framed(1, ONE)[:-1])])
    with pytest.raises(DamagedAnswerError, match="8 bytes came that are no whole answer"):
        far.run(lambda road: road.exchange(1, READ))


def test_tasks_have_their_turns_in_the_order_in_which_they_ask():
    far = FarEnd(answers(*[ONE] * 9))

    async def meter(road, unit):
        for _ in range(3):
            await road.exchange(unit, READ)

    async def talk(road):
        await asyncio.gather(*(meter(road, unit) for unit in (1, 2, 3)))

    far.run(talk)
    assert [each.data[0] for each in far.heard] == [1, 2, 3] * 3


def test_a_late_answer_is_not_taken_for_that_of_the_next_request():
    """The first answer comes when the second request has gone: an echo is asked for before."""

    def script(n, data):
        if n == 0:
            return [(0.5 + 7 * CHARACTER + 0.03, framed(1, ONE))]
        return [(0.02, framed(1, data[1:-2] if data[1] == 8 else TWO))]

    far = FarEnd(script)

    async def talk(road):
        with pytest.raises(NoAnswerError):
            await road.exchange(1, READ)
        return await road.exchange(1, OTHER_READ)

    assert far.run(talk, Policy(timeout=0.5)) == TWO
    assert [pdu[0] for pdu in far.pdus] == [4, 8, 4]


def test_without_the_echo_the_late_answer_would_be_taken(monkeypatch):
    """Shows that the test above can fail."""

    async def nothing(self, unit, request):
        self._owing.clear()

    monkeypatch.setattr(LineRoad, "_synchronise", nothing)

    def script(n, data):
        return [(0.5 + 7 * CHARACTER + 0.03, framed(1, ONE))] if n == 0 else []

    far = FarEnd(script)

    async def talk(road):
        with pytest.raises(NoAnswerError):
            await road.exchange(1, READ)
        return await road.exchange(1, OTHER_READ)

    assert far.run(talk, Policy(timeout=0.5)) == ONE


def test_other_units_are_asked_at_once_after_one_that_is_silent():
    far = FarEnd(answers(None, ONE))

    async def talk(road):
        with pytest.raises(NoAnswerError):
            await road.exchange(1, READ)
        return await road.exchange(2, READ)

    assert far.run(talk) == ONE
    assert far.pdus == [READ.pdu, READ.pdu]


def test_a_meter_without_function_08_is_asked_all_the_same():
    """Its exception is as good as an echo; where it says nothing, a read that nobody asked for."""
    refusing = FarEnd(answers(None, b"\x88\x01", ONE))
    silent = FarEnd(lambda n, data: [(0.01, framed(1, words(data)))] if n > 1 else [])

    async def talk(road, tries):
        for _ in range(tries):
            with pytest.raises(NoAnswerError):
                await road.exchange(1, READ)
        return await road.exchange(1, READ)

    assert refusing.run(lambda road: talk(road, 1)) == ONE
    assert silent.run(lambda road: talk(road, 2)) == words(framed(1, READ.pdu))
    assert silent.pdus == [READ.pdu, silent.pdus[1], WORD, READ.pdu]
    assert silent.pdus[1][0] == 8


def test_a_meter_that_is_slower_than_the_time_limit_is_told_from_a_damaged_line():
    far = FarEnd(lambda n, data: [(1.2, framed(1, data[1:-2] if data[1] == 8 else words(data)))])

    async def talk(road):
        for hint in ("is the meter switched on", "something else; does the meter need more time"):
            with pytest.raises(NoAnswerError, match=hint):
                await road.exchange(1, READ)

    far.run(talk)


def test_a_write_that_was_held_back_is_not_called_uncertain():
    far = FarEnd(answers())
    write = WriteRegisters(0, bytes(4))

    async def talk(road):
        found = []
        for _ in range(2):
            with pytest.raises(NoAnswerError) as caught:
                await road.exchange(1, write)
            found.append(caught.value.told("unit 1", write=True).uncertain)
        return found

    assert far.run(talk) == [True, False]
    assert [pdu[0] for pdu in far.pdus] == [16, 8]


def test_a_cancelled_request_keeps_the_line_until_its_answer_has_come():
    far = FarEnd(answers(ONE, TWO, after=0.4))

    async def talk(road):
        loop = asyncio.get_running_loop()
        first = asyncio.ensure_future(road.exchange(1, READ))
        await asyncio.sleep(0.1)
        first.cancel()
        begin = loop.time()
        found = await road.exchange(1, OTHER_READ)
        assert first.cancelled()
        return begin, found

    begin, found = far.run(talk)
    assert found == TWO
    answered = far.heard[0].time + 8 * CHARACTER + 0.4
    assert begin < answered
    assert far.heard[1].time == pytest.approx(answered + SILENCE, abs=ROUNDS)
    assert far.tally.late == 1


def test_a_cancelled_request_without_an_answer_keeps_it_for_its_time():
    far = FarEnd(answers(None, b"\x88\x01", TWO))

    async def talk(road):
        first = asyncio.ensure_future(road.exchange(1, READ))
        await asyncio.sleep(0.1)
        first.cancel()
        return await road.exchange(1, OTHER_READ)

    assert far.run(talk) == TWO
    assert [pdu[0] for pdu in far.pdus] == [4, 8, 4]
    # Eight characters out, nine back, and a second to think; the silence is long over then.
    assert far.heard[1].time - far.heard[0].time == pytest.approx(1 + 17 * CHARACTER, abs=ROUNDS)


@pytest.mark.parametrize("at", [0.0, 0.001, 0.01, 0.02, 0.5, 1.1, 1.3, 2.0])
def test_cancelled_at_any_moment_the_next_request_is_answered(at):
    far = FarEnd(lambda n, data: [(0.3, framed(1, data[1:-2] if data[1] == 8 else TWO))])

    async def talk(road):
        tasks = [asyncio.ensure_future(road.exchange(1, READ)) for _ in range(4)]
        await asyncio.sleep(at)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await road.exchange(1, OTHER_READ)

    assert far.run(talk) == TWO
    assert far.pdus[-1] == OTHER_READ.pdu


def test_an_adapter_that_hears_what_it_sends():
    def script(n, data):
        pdu = ONE if data[1] == 4 else data[1:-2]
        return [(-0.001, data), (0.02, framed(1, pdu))]

    far = FarEnd(script)

    async def talk(road):
        return await road.exchange(1, READ), await road.exchange(1, Diagnostic(0, b"ab"))

    assert far.run(talk) == (ONE, b"\x08\0\0ab")


def test_an_adapter_that_hears_itself_is_no_meter():
    """Before anything else is known, an echo is asked of a unit that is not there."""
    far = FarEnd(lambda n, data: [(0.0, data)])

    async def talk(road):
        for _ in range(2):
            with pytest.raises(NoAnswerError):
                await road.exchange(9, Diagnostic(0, b"ab"))

    far.run(talk)
    assert far.pdus[0] == WORD


def test_an_echo_of_a_meter_costs_one_request_more_once():
    far = FarEnd(lambda n, data: [(0.01, framed(1, b"\x83\x02" if data[1] == 3 else data[1:-2]))])

    async def talk(road):
        return [await road.exchange(1, Diagnostic(0, b"ab")) for _ in range(3)]

    assert far.run(talk) == [b"\x08\0\0ab"] * 3
    assert [pdu[0] for pdu in far.pdus] == [3, 8, 8, 8]


def test_bytes_that_nobody_waits_for_are_thrown_away():
    far = FarEnd(answers(ONE, TWO))

    async def talk(road):
        await road.exchange(1, READ)
        await asyncio.sleep(0.1)
        far.ends.received(framed(1, ONE))
        return await road.exchange(1, READ)

    assert far.run(talk) == TWO
    assert far.tally.late == 1


def test_a_line_that_never_becomes_silent():
    far = FarEnd(answers(ONE))

    async def talk(road):
        await road.open()
        loop = asyncio.get_running_loop()
        for n in range(1, 2000):
            loop.call_later(n * 0.002, far.ends.received, b"\x55")
        await asyncio.sleep(0.01)
        begin = loop.time()
        with pytest.raises(BusyLineError, match="does not become silent"):
            await road.exchange(1, READ)
        assert loop.time() - begin < 1.5
        await asyncio.sleep(4)
        return await road.exchange(1, READ)

    assert far.run(talk) == ONE
    assert len(far.heard) == 1


def test_a_broadcast_waits_for_nobody_and_leaves_the_meters_time():
    far = FarEnd(answers(None, ONE))

    async def talk(road):
        await road.broadcast(WriteRegisters(0, bytes(4)).pdu)
        await road.exchange(1, READ)

    far.run(talk, Policy(broadcast_delay=0.15))
    assert far.heard[0].data == framed(0, WriteRegisters(0, bytes(4)).pdu)
    sent = far.heard[0].time + len(far.heard[0].data) * CHARACTER
    assert far.heard[1].time == pytest.approx(sent + 0.15 + SILENCE, abs=ROUNDS)


def test_a_broadcast_that_was_cancelled_leaves_them_the_time_as_well():
    far = FarEnd(answers(None, ONE))

    async def talk(road):
        task = asyncio.ensure_future(road.broadcast(WriteRegisters(0, bytes(4)).pdu))
        await asyncio.sleep(0.05)
        task.cancel()
        await road.exchange(1, READ)

    far.run(talk, Policy(broadcast_delay=0.15))
    assert far.heard[1].time - far.heard[0].time > 0.15


def test_the_echo_of_a_broadcast_takes_nothing_of_that_time():
    """An adapter that hears itself, and its driver later than the last byte."""
    far = FarEnd(lambda n, data: [(0.03, data)] if n == 0 else [(0.01, framed(1, ONE))])

    async def talk(road):
        task = asyncio.ensure_future(road.broadcast(WriteRegisters(0, bytes(4)).pdu))
        await asyncio.sleep(0.02)
        task.cancel()
        await road.exchange(1, READ)

    far.run(talk, Policy(broadcast_delay=0.15))
    assert far.heard[1].time - far.heard[0].time > 0.15


def test_an_answer_at_once_is_followed_by_the_silence_alone():
    """As within this computer, where bytes have no speed."""
    far = FarEnd(answers(ONE, ONE, after=-8 * CHARACTER))

    async def talk(road):
        for _ in range(2):
            await road.exchange(1, READ)

    far.run(talk)
    assert far.heard[1].time - far.heard[0].time < SILENCE + ROUNDS


def test_a_port_that_is_lost_is_told_at_once_and_opened_again():
    def script(n, data):
        if n == 0:
            asyncio.get_running_loop().call_later(0.1, far.ends.lost, "/dev/ttyUSB0 is gone")
            return []
        return [(0.01, framed(1, {3: b"\x83\x02", 4: ONE, 8: data[1:-2]}[data[1]]))]

    far = FarEnd(script)

    async def talk(road):
        begin = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionLostError, match="/dev/ttyUSB0 is gone"):
            await road.exchange(1, READ)
        assert asyncio.get_running_loop().time() - begin < 0.2
        return await road.exchange(1, READ)

    assert far.run(talk) == ONE
    assert (far.opened, far.tally.connections, far.closed) == (2, 2, 2)
    # What was asked before may still be answered, at the new port.
    assert [pdu[0] for pdu in far.pdus] == [4, 3, 8, 4]


def test_a_port_that_does_not_take_another_speed_is_named():
    far = FarEnd(answers())

    async def refuse(parameters):
        raise OSError("Invalid argument")

    far.follow = refuse

    async def talk(road):
        client = Client(Place(Kind.RTU, "/dev/ttyUSB0"))
        client._road = client._line = road
        await client.open()
        with pytest.raises(
            ConnectionLostError, match=r"^/dev/ttyUSB0: the port does not take 300 "
        ):
            await client.follow(LineParameters(300))

    far.run(talk)


def test_closing_tells_who_waits():
    far = FarEnd(answers())

    async def talk(road):
        task = asyncio.ensure_future(road.exchange(1, READ))
        await asyncio.sleep(0.1)
        road.close()
        with pytest.raises(ConnectionLostError, match="closed"):
            await task

    far.run(talk)


def test_who_waits_for_a_turn_or_for_the_port_is_told_of_the_closing_as_well():
    far = FarEnd(answers())

    async def talk(road):
        opened, open_at_once = asyncio.Event(), far.open

        async def slowly(parameters, ends):
            await opened.wait()
            return await open_at_once(parameters, ends)

        road._wire._opener = slowly
        tasks = [asyncio.ensure_future(road.exchange(unit, READ)) for unit in (1, 2)]
        await asyncio.sleep(0.1)
        road.close()
        opened.set()
        for task in tasks:
            with pytest.raises(ConnectionLostError, match="closed") as caught:
                await task
            assert not caught.value.sent

    far.run(talk)
    assert (far.opened, far.closed, far.heard) == (1, 1, [])


def test_another_speed_comes_between_two_requests():
    far = FarEnd(answers(ONE, ONE, after=0.2))

    async def talk(road):
        first = asyncio.ensure_future(road.exchange(1, READ))
        await asyncio.sleep(0.1)
        await road.follow(LineParameters(38400))
        assert first.done()
        begin = asyncio.get_running_loop().time()
        await road.exchange(1, READ)
        return asyncio.get_running_loop().time() - begin

    # Eight characters of 38400 bit/s, and the answer 200 ms later.
    assert far.run(talk) < 0.2 + 8 * 10 / 38400 + 1.75e-3 + ROUNDS
    assert far.followed == [LineParameters(38400)]


@pytest.mark.parametrize(("speed", "cost"), [(2400, 12), (9600, 20), (38400, 52)])
def test_a_request_costs_what_its_time_would_read(speed, cost):
    """13 bytes and two silences, and 20 ms of thought, over two characters each register."""
    far = FarEnd(answers())

    async def talk(road):
        return road.request_cost

    assert far.run(talk, parameters=LineParameters(speed)) == cost
