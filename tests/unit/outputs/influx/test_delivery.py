"""Delivery to sinks that fail in every way: nothing blocks, nothing is lost untold."""

from __future__ import annotations

import threading
import time

import pytest

from smartx96.outputs.influx import delivery as module
from smartx96.outputs.influx.delivery import Delivery
from smartx96.outputs.influx.sink import RefusedError, UnreachableError


class Scripted:
    """A sink that does what it is told, batch by batch; then it takes everything."""

    name, patience = "there", 0.0

    def __init__(self, *script: Exception | None) -> None:
        self.script, self.taken, self.tried = list(script), list[bytes](), list[bytes]()
        self.closed, self.gate = False, threading.Event()
        self.gate.set()

    def write(self, data: bytes) -> None:
        self.gate.wait(10)
        self.tried.append(data)
        if self.script:
            fault = self.script.pop(0)
            if fault is not None:
                raise fault
        self.taken.append(data)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.02)


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def lines(count, begin=0):
    return [f"line {n}\n" for n in range(begin, begin + count)]


def test_lines_arrive_in_their_order():
    sink, told = Scripted(), []
    delivery = Delivery(sink, told.append)
    for n in range(50):
        delivery.add(lines(2, 2 * n))
    delivery.close()
    assert b"".join(sink.taken) == "".join(lines(100)).encode()
    assert (sink.closed, told) == (True, [])


def test_what_cannot_be_reached_is_tried_again():
    sink = Scripted(UnreachableError("no route"), UnreachableError("no route"))
    told = []
    delivery = Delivery(sink, told.append)
    delivery.add(lines(3))
    until(lambda: sink.taken)
    delivery.add(lines(3, 3))
    delivery.close()
    assert b"".join(sink.taken) == "".join(lines(6)).encode()
    assert [line.partition("; ")[0] for line in told] == [
        "influx: there: no route", "influx: there: lines go again"
    ]  # fmt: skip


def test_what_is_refused_is_lost_and_told():
    sink, told = Scripted(RefusedError("bad field")), []
    delivery = Delivery(sink, told.append)
    delivery.add(lines(3))
    until(lambda: sink.tried)
    delivery.add(lines(1, 3))
    delivery.close()
    assert sink.taken == [b"line 3\n"]
    assert "bad field" in told[0]
    assert "3 lines" in told[0]
    assert told[-1] == "influx: there: 3 lines lost"


def test_a_pause_that_the_other_side_wants_is_kept():
    sink = Scripted(UnreachableError("busy", 0.3))
    delivery = Delivery(sink, lambda line: None)
    begun = time.monotonic()
    delivery.add(lines(1))
    until(lambda: sink.taken)
    assert 0.25 < time.monotonic() - begun < 2.0
    delivery.close()


def test_what_is_too_large_goes_in_pieces():
    large = UnreachableError("too large", smaller=True)
    sink = Scripted(large, large)
    sink.gate.clear()
    delivery = Delivery(sink, lambda line: None)
    delivery.add(lines(40))
    sink.gate.set()
    delivery.close()
    assert b"".join(sink.taken) == "".join(lines(40)).encode()
    assert max(map(len, sink.taken)) < len("".join(lines(40))) / 3


def test_what_waits_is_bounded_and_the_oldest_is_lost():
    sink, told = Scripted(), []
    sink.gate.clear()
    delivery = Delivery(sink, told.append, room=1000)
    delivery.add(lines(1))
    until(lambda: delivery._under_way == 1)
    for n in range(500):
        delivery.add(lines(1, n + 1))
    assert delivery._size <= 1000
    assert any("too much waits" in line for line in told)
    sink.gate.set()
    delivery.close()
    arrived = b"".join(sink.taken).decode().splitlines()
    assert arrived[-1] == "line 500"
    assert len(arrived) + delivery.lost == 501
    assert told[-1] == f"influx: there: {delivery.lost} lines lost"


def test_adding_never_waits():
    """The loop of the meters adds: a sink that hangs costs it nothing."""
    sink = Scripted()
    sink.gate.clear()
    delivery = Delivery(sink, lambda line: None)
    begun = time.monotonic()
    for n in range(1000):
        delivery.add(lines(5, 5 * n))
    assert time.monotonic() - begun < 1.0
    sink.gate.set()
    delivery.close()


def test_the_end_does_not_wait_for_what_hangs(monkeypatch):
    monkeypatch.setattr(module, "LAST_SECONDS", 0.2)
    sink, told = Scripted(), []
    sink.gate.clear()
    delivery = Delivery(sink, told.append)
    delivery.add(lines(4))
    until(lambda: delivery._under_way == 4)
    delivery.add(lines(3, 4))
    begun = time.monotonic()
    delivery.close()
    assert time.monotonic() - begun < 2.0
    assert told == ["influx: there: 7 lines lost"]
    sink.gate.set()


def test_the_end_is_the_last_attempt():
    sink, told = Scripted(*[UnreachableError("gone")] * 9), []
    delivery = Delivery(sink, told.append)
    delivery.add(lines(4))
    until(lambda: sink.tried)
    delivery.close()
    assert told[-1] == "influx: there: 4 lines lost"


def test_who_reads_no_more_ends_the_run():
    sink = Scripted(BrokenPipeError())
    delivery = Delivery(sink, lambda line: None)
    delivery.add(lines(1))
    until(lambda: sink.closed)
    with pytest.raises(BrokenPipeError):
        delivery.add(lines(1))
    delivery.close()
