"""Meters on a line, found by reading: the time is that of the line."""

from __future__ import annotations

import asyncio
import random
import struct

import pytest

from smartx96.configuration.search.candidates import EVERY, Scope
from smartx96.configuration.search.found import State
from smartx96.configuration.search.pace import Pace
from smartx96.configuration.search.search import Search
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import BY_ID
from support.client_line import framed
from support.searched_line import PLACE, Device, SearchedLine

READS = {3, 4, 8, 43}
"""Functions that change nothing: 08 is the echo."""


def scope(**options):
    return Scope((PLACE,), **options)


def searched(monkeypatch, line, pace=None, **options):
    search = Search(scope(**options), pace)
    seconds = line.search(monkeypatch, search.run)
    assert line.functions <= READS
    return search, seconds


def where(search):
    return [(each.target.unit, str(each.target.parameters)) for each in search.found]


def damaged(frame):
    return frame[:-3] + bytes((frame[-3] ^ 0x10,)) + frame[-2:]


def test_a_silent_line_takes_the_time_that_is_told_beforehand(monkeypatch):
    search = Search(scope())
    told = search.left
    line = SearchedLine({})
    seconds = line.search(monkeypatch, search.run)
    assert 60 < seconds == pytest.approx(told, rel=0.02)
    assert (search.found, search.left) == ([], 0)
    # Twice address 1 at each usual speed, once each of the others.
    assert line.asked == [1] * 14 + list(range(2, 248))
    assert search.document()["requests"] == len(line.heard)


def test_meters_of_a_line_and_what_they_are(monkeypatch):
    devices = {1: Device(), 17: Device(model="SDM630", serial=5), 240: Device(serial=6)}
    search, seconds = searched(monkeypatch, SearchedLine(devices))
    assert where(search) == [(1, "9600 N1"), (17, "9600 N1"), (240, "9600 N1")]
    assert [each.member for each in search.found] == ["X96-5A", "SDM630", "X96-5A"]
    assert [each.nameplate.serial_number for each in search.found] == [4711, 5, 6]
    assert {each.state for each in search.found} == {State.METER}
    assert seconds < 130


def test_nobody_is_asked_at_other_speeds_once_somebody_answers(monkeypatch):
    """Address 1 tells the speed of the line."""
    other = LineParameters(19200, "E")
    line = SearchedLine({1: Device(other), 200: Device(other, serial=5)})
    search, _ = searched(monkeypatch, line)
    assert where(search) == [(1, "19200 E1"), (200, "19200 E1")]
    assert set(line.speeds[line.speeds.index(other) :]) == {other}
    assert line.speeds.index(other) == 2
    assert set(line.asked) == set(range(1, 248))


def test_everything_finds_what_has_an_unlikely_speed_and_a_high_address(monkeypatch):
    odd = LineParameters(4800, "O")
    assert odd in EVERY
    line = SearchedLine({213: Device(odd)})
    assert where(searched(monkeypatch, SearchedLine({213: Device(odd)}))[0]) == []
    search = Search(scope(everything=True))
    told = search.left
    seconds = line.search(monkeypatch, search.run)
    assert where(search) == [(213, "4800 O1")]
    assert told < 25 * 60
    assert seconds == pytest.approx(told, rel=0.1)


def test_one_who_answers_late_is_asked_again_with_more_time(monkeypatch):
    line = SearchedLine({1: Device(), 40: Device(think=0.35, serial=5)})
    search, _ = searched(monkeypatch, line)
    assert where(search) == [(1, "9600 N1"), (40, "9600 N1")]
    assert search.notes == []


def test_one_whose_answer_is_lost_gets_a_second_look(monkeypatch):
    def lose(unit, count, said):
        return [] if unit == 30 and not count else said

    search, _ = searched(monkeypatch, SearchedLine({1: Device(), 30: Device(serial=5)}, lose))
    assert where(search) == [(1, "9600 N1"), (30, "9600 N1")]


def test_a_line_that_loses_and_damages_a_tenth(monkeypatch):
    dice = random.Random(7)

    def spoil(unit, count, said):
        ((after, frame),) = said
        chance = dice.random()
        return [] if chance < 0.05 else [(after, damaged(frame) if chance < 0.1 else frame)]

    devices = {unit: Device(serial=unit) for unit in (1, 2, 30, 77, 120)}
    search, _ = searched(monkeypatch, SearchedLine(devices, spoil))
    assert [unit for unit, _ in where(search)] == [1, 2, 30, 77, 120]
    assert {each.state for each in search.found} == {State.METER}


def test_two_with_one_address_are_told_as_damaged_answers(monkeypatch):
    def both(unit, count, said):
        if unit != 5:
            return said
        ((after, frame),) = said
        return [(after, bytes(a & b for a, b in zip(frame, frame[1:] + b"\x55", strict=True)))]

    search, _ = searched(monkeypatch, SearchedLine({1: Device(), 5: Device()}, both))
    assert where(search) == [(1, "9600 N1"), (5, "9600 N1")]
    assert [each.state for each in search.found] == [State.METER, State.DAMAGED]
    assert "two meters" in search.found[1].remarks[0]


def test_a_line_on_which_nothing_whole_comes_is_no_meter_at_every_address(monkeypatch):
    line = SearchedLine({unit: Device() for unit in range(1, 248)},
                        lambda unit, count, said: [(0.03, b"\x5a\x01\x7f" * 5)])  # fmt: skip
    search, seconds = searched(monkeypatch, line, parameters=(LineParameters(),))
    assert search.found == []
    (note,) = search.notes
    assert "bytes come that are no whole answers" in note["text"]
    assert len(line.heard) < 60
    assert seconds < 30


def test_something_that_is_no_meter(monkeypatch):
    line = SearchedLine({1: Device(model=""), 2: Device(model="DRIVE", serial=0)})
    search, _ = searched(monkeypatch, line, units=(1, 2, 3))
    assert [each.state for each in search.found] == [State.OTHER, State.OTHER]
    assert "something answers that is no meter" in search.found[0].remarks[0]
    assert "says that it is SOMEBODY METER DRIVE 2.4" in search.found[1].remarks[0]


def test_a_meter_that_gives_no_answer_to_who_it_is_is_told_so(monkeypatch):
    def silent(unit, count, said):
        return [each for each in said if each[1][1] != 43]

    line = SearchedLine({1: Device(own=1)}, silent)
    # A wiring that there is, beside its own address.
    struct.pack_into(">f", line.devices[1]._registers, 2 * BY_ID["system_type"].address, 3)
    (found,) = searched(monkeypatch, line, units=(1,))[0].found
    assert found.document()["identification"] == "no answer"
    assert any("it gave no answer to who it is" in each for each in found.remarks)


def test_an_adapter_that_hears_itself_finds_nobody_more(monkeypatch):
    class Echoing(SearchedLine):
        def _say(self, number, data):
            return [(0.0, data), *super()._say(number, data)]

    search, _ = searched(
        monkeypatch, Echoing({1: Device(), 9: Device(serial=5)}), units=range(1, 21)
    )
    assert [unit for unit, _ in where(search)] == [1, 9]
    assert {each.state for each in search.found} == {State.METER}


def test_others_who_do_not_stop_to_speak(monkeypatch):
    """Frames of others, 2 ms apart, from when the port is opened to when it is closed."""
    others = framed(77, b"\x03\x02\0\1")

    class Busy(SearchedLine):
        async def open(self, parameters, ends):
            self.talk = asyncio.ensure_future(self._talk(ends))
            return await super().open(parameters, ends)

        async def _talk(self, ends):
            while True:
                await asyncio.sleep(0.002)
                ends.received(others)

        def close(self):
            self.talk.cancel()

    search, seconds = searched(monkeypatch, Busy({}), parameters=(LineParameters(),))
    assert search.found == []
    (note,) = search.notes
    assert "others speak without a pause" in note["text"]
    assert seconds < 30


def test_another_program_that_asks_here(monkeypatch):
    """Whole frames of others are told as such, and do not make the search much longer."""

    class Shared(SearchedLine):
        def _say(self, number, data):
            return [(0.1, framed(77, b"\x04\0\0\0\2")), *super()._say(number, data)]

    line = Shared({90: Device()})
    told = Search(scope(parameters=(LineParameters(),))).left
    search, seconds = searched(monkeypatch, line, parameters=(LineParameters(),))
    assert where(search) == [(90, "9600 N1")]
    assert seconds < 3 * told
    nobody, seconds = searched(monkeypatch, Shared({}), parameters=(LineParameters(),))
    assert nobody.found == []
    assert any("another program asks here" in note["text"] for note in nobody.notes)
    assert seconds < 1.2 * told


def test_stopped_half_way_it_keeps_what_was_found(monkeypatch):
    line = SearchedLine({1: Device(), 240: Device()})
    search = Search(scope())

    async def stopped():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(search.run(), 20)

    seconds = line.search(monkeypatch, stopped)
    assert seconds == pytest.approx(20, abs=0.5)
    assert where(search) == [(1, "9600 N1")]
    assert search.document()["stopped"]
    assert line.closed == line.opened


def test_progress_comes_to_its_end(monkeypatch):
    told = []
    search = Search(scope(units=(1, 2, 3)))
    search.listen(told.append)
    SearchedLine({2: Device()}).search(monkeypatch, search.run)
    assert told
    assert told[0].left == pytest.approx(Search(scope(units=(1, 2, 3))).left, rel=0.2)
    assert search.left == 0


def test_a_time_limit_of_the_user_is_that_of_all(monkeypatch):
    slow = {1: Device(think=1.5), 2: Device(think=1.5, serial=5)}
    found = searched(monkeypatch, SearchedLine(slow), Pace.of(2.0), units=(1, 2, 3))[0]
    assert [unit for unit, _ in where(found)] == [1, 2]


def test_a_port_that_refuses_a_speed_is_searched_at_the_others(monkeypatch):
    class Picky(SearchedLine):
        async def follow(self, parameters):
            if parameters.parity != "N":
                raise OSError("no parity here")
            await super().follow(parameters)

    line = Picky({3: Device(LineParameters(19200))})
    two = (LineParameters(9600), LineParameters(19200, "E"), LineParameters(19200))
    search, _ = searched(monkeypatch, line, units=(1, 2, 3), parameters=two)
    assert where(search) == [(3, "19200 N1")]
