"""Reception and InputWatch: a live source through a bounded queue."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.errors import RecordingError
from smartx96.installation import reception as reception_module
from smartx96.installation.input_watch import Flow, InputWatch
from smartx96.installation.reception import QUEUE_SECONDS, Arrival, Reception

RATE, SECONDS = 1000.0, 0.1
ROOM = round(QUEUE_SECONDS / SECONDS)


def block(number: int) -> Block:
    return Block(np.zeros((6, 100)), RATE, 100 * number)


class Feed:
    """A live source of blocks that are there at once."""

    live = True
    roles, rate, side = ("v1", "v2", "v3", "i1", "i2", "i3"), RATE, "secondary"
    length: int | None = None
    start: datetime | None = None

    def __init__(self, count: int, given: Callable[[int], None] = lambda n: None) -> None:
        self._count, self._given = count, given
        self.closed = threading.Event()
        self.all_given = threading.Event()

    def blocks(self, seconds: float = SECONDS) -> Iterator[Block]:
        for n in range(self._count):
            self._given(n)
            yield block(n)
        self.all_given.set()
        self.closed.wait()

    def close(self) -> None:
        self.closed.set()

    def counters(self) -> dict[str, int]:
        return {}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def everything(reception: Reception) -> list[Arrival]:
    found = []
    while (arrival := await reception.next(0.2)) is not None:
        found.append(arrival)
    return found


def of_real_time(count: int, clock: Clock) -> Feed:
    """Each block is there when its time has come."""

    def advance(n: int) -> None:
        clock.now = (n + 1) * SECONDS

    return Feed(count, advance)


def test_a_meter_that_does_not_follow_loses_whole_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception_module, "PATIENCE_SECONDS", 0.02)
    clock = Clock()
    feed = of_real_time(50, clock)

    async def run() -> tuple[Reception, list[Arrival]]:
        with Reception(feed, SECONDS, clock) as reception:
            await asyncio.to_thread(feed.all_given.wait, 10)
            return reception, await everything(reception)

    reception, found = asyncio.run(run())
    assert [a.block.start for a in found] == [100 * n for n in range(ROOM)]
    assert reception.dropped == 50 - ROOM
    watch = InputWatch(reception, 0.0)
    for arrival in (*found, Arrival(block(50), clock.now)):
        watch.arrived(arrival)
    state = watch.state()
    assert (state.gaps, state.lost_samples) == (1, 100 * (50 - ROOM))
    assert state.dropped_blocks == 50 - ROOM


def test_a_meter_that_pauses_loses_nothing() -> None:
    clock = Clock()
    feed = of_real_time(50, clock)

    async def run() -> tuple[Reception, list[Arrival]]:
        with Reception(feed, SECONDS, clock) as reception:
            await asyncio.sleep(0.3)
            return reception, await everything(reception)

    reception, found = asyncio.run(run())
    assert [a.block.start for a in found] == [100 * n for n in range(50)]
    assert reception.dropped == 0


def test_a_sender_ahead_of_real_time_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception_module, "PATIENCE_SECONDS", 0.02)
    feed = Feed(50)

    async def run() -> tuple[Reception, list[Arrival]]:
        with Reception(feed, SECONDS) as reception:
            await asyncio.sleep(0.5)
            assert not feed.all_given.is_set()
            return reception, await everything(reception)

    reception, found = asyncio.run(run())
    assert len(found) == 50
    assert reception.dropped == 0


def test_a_fast_clock_is_not_ahead_however_long_it_runs() -> None:
    async def reception() -> Reception:
        return Reception(Feed(0), SECONDS)

    found = asyncio.run(reception())
    fast = [Arrival(block(n), n * SECONDS / 1.002) for n in range(100_000)]
    assert not any(found._is_ahead(arrival) for arrival in fast)
    assert found._is_ahead(Arrival(block(100_020), fast[-1].time))


def test_what_the_source_raises_comes_after_its_blocks() -> None:
    class Broken(Feed):
        def blocks(self, seconds: float = SECONDS) -> Iterator[Block]:
            yield block(0)
            raise RecordingError("broken")

    async def run() -> None:
        with Reception(Broken(0), SECONDS) as reception:
            assert await reception.next(1.0) is not None
            await everything(reception)

    with pytest.raises(RecordingError, match="broken"):
        asyncio.run(run())


def test_the_end_comes_after_the_blocks() -> None:
    feed = Feed(3)
    feed.close()

    found = []

    async def run() -> None:
        with Reception(feed, SECONDS) as reception:
            while True:
                found.append(await reception.next(1.0))

    with pytest.raises(EOFError):
        asyncio.run(run())
    assert [a.block.start for a in found] == [0, 100, 200]


@pytest.mark.alone
def test_leaving_closes_the_source_and_its_thread() -> None:
    feed = Feed(1)

    async def run() -> float:
        with Reception(feed, SECONDS) as reception:
            await reception.next(1.0)
            begun = time.monotonic()
        return time.monotonic() - begun

    before = threading.active_count()
    assert asyncio.run(run()) < 0.5
    assert feed.closed.is_set()
    assert threading.active_count() <= before


@pytest.mark.alone
def test_leaving_does_not_wait_for_room() -> None:
    """The queue is full, and the thread that reads waits with the next block."""
    clock = Clock()
    feed = of_real_time(10 * ROOM, clock)

    async def run() -> tuple[float, Reception]:
        with Reception(feed, SECONDS, clock) as reception:
            while not reception._queue.full():
                await asyncio.sleep(0.01)
            begun = time.monotonic()
        return time.monotonic() - begun, reception

    took, reception = asyncio.run(run())
    assert took < 0.5
    assert not reception._thread.is_alive()
    assert reception.dropped == 0


def test_an_input_dries_up_in_two_steps() -> None:
    async def watched() -> InputWatch:
        return InputWatch(Reception(Feed(0), SECONDS), 100.0)

    watch = asyncio.run(watched())
    watch.arrived(Arrival(block(0), 100.2))
    assert not watch.waited(100.6)
    assert watch.waited(100.75)
    assert watch.flow is Flow.DRY
    assert watch.state().dry
    assert not watch.waited(100.9)
    assert watch.waited(101.3)
    assert watch.flow is Flow.UNAVAILABLE
    assert not watch.waited(110.0)
    watch.arrived(Arrival(block(99), 110.1))
    assert not watch.state().dry
    assert watch.waited(111.2)
    state = watch.state()
    assert (state.outages, state.gaps, state.lost_samples) == (2, 1, 9800)
