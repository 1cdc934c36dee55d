"""Rows on their way to a log that fails, is slow, or is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest

from smartx96.configuration.polling import recorder as module
from smartx96.configuration.polling.recorder import Recorder
from smartx96.errors import LogError
from smartx96.tables.log.row import Row
from support.logs import row


class FailingLog:
    """A log in memory that can be down; of a batch it may keep the first rows."""

    def __init__(self, *rows: Row) -> None:
        self.name, self.notes, self.rows = "log", list[str](), list(rows)
        self.down, self.keeps, self.attempts, self.closed = False, 0, 0, False
        self.hold = threading.Event()
        self.hold.set()

    def latest(self) -> dict[str, Row]:
        return {each.meter: each for each in self.rows}

    def add(self, rows: Sequence[Row]) -> None:
        self.hold.wait(20)
        self.attempts += 1
        if self.down:
            self.rows += rows[: self.keeps]
            error = LogError("log: is down")
            error.kept = self.keeps
            raise error
        self.rows += rows

    def close(self) -> None:
        self.closed = True


def recorded(log: FailingLog, use: Callable[[Recorder], Awaitable[None]],
             **more: float) -> tuple[Recorder, list[str]]:  # fmt: skip
    """What a recorder has said and done, after it was used and has ended."""
    said = list[str]()

    async def whole() -> Recorder:
        recorder = Recorder(log, said.append, 3, **{"again": 0.01, **more})  # type: ignore[arg-type]
        running = asyncio.ensure_future(recorder.run())
        await use(recorder)
        await recorder.finish(running)
        return recorder

    return asyncio.run(asyncio.wait_for(whole(), 30)), said


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_rows_are_written_in_their_order() -> None:
    log = FailingLog()

    async def use(recorder: Recorder) -> None:
        for n in range(5):
            recorder.take(row(n))
            await asyncio.sleep(0)

    recorder, said = recorded(log, use)
    assert log.rows == [row(n) for n in range(5)]
    assert (recorder.written, recorder.lost, recorder.doubles, said) == (5, 0, 0, [])
    assert log.closed


def test_no_row_that_is_not_later_than_the_last() -> None:
    log = FailingLog(row(4), row(9, "yard"))

    async def use(recorder: Recorder) -> None:
        for n in (3, 4, 5, 5):
            recorder.take(row(n))
        recorder.take(row(5, "yard"))
        recorder.take(row(0, "shed"))

    recorder, _ = recorded(log, use)
    assert log.rows[2:] == [row(5), row(0, "shed")]
    assert (recorder.written, recorder.doubles) == (2, 4)


def test_a_log_that_is_down_gets_everything_later() -> None:
    log = FailingLog()
    log.down = True

    async def use(recorder: Recorder) -> None:
        for n in range(4):
            recorder.take(row(n))
        await until(lambda: log.attempts >= 3)
        log.down = False
        await until(lambda: recorder.written == 4)
        recorder.take(row(4))

    recorder, said = recorded(log, use)
    assert log.rows == [row(n) for n in range(5)]
    assert said == [
        "log: is down; rows wait in memory, and it is tried again",
        "log: takes rows again; 4 rows caught up",
    ]
    assert recorder.lost == 0


def test_what_it_kept_of_a_batch_is_not_written_again() -> None:
    log = FailingLog()
    log.down, log.keeps = True, 2

    async def use(recorder: Recorder) -> None:
        for n in range(5):
            recorder.take(row(n))
        await until(lambda: log.attempts == 1)
        log.down = False

    recorder, _ = recorded(log, use)
    assert log.rows == [row(n) for n in range(5)]
    assert recorder.written == 5


def test_memory_has_an_end_and_what_is_lost_is_told() -> None:
    log = FailingLog()
    log.down = True

    async def use(recorder: Recorder) -> None:
        for n in range(20):
            recorder.take(row(n))
            await asyncio.sleep(0)
        assert recorder.waiting == 4
        log.down = False

    recorder, said = recorded(log, use, most_values=12)
    assert log.rows == [row(n) for n in range(16, 20)]
    assert recorder.lost == 16
    assert ("log: 4 rows wait, there is no room for more: the oldest are lost, from "
            "2026-09-21T14:13:20.000Z on") in said  # fmt: skip


def test_what_could_not_be_written_at_the_end_is_told() -> None:
    log = FailingLog()
    log.down = True

    async def use(recorder: Recorder) -> None:
        recorder.take(row(0))
        recorder.take(row(1))
        await until(lambda: log.attempts)

    recorder, said = recorded(log, use)
    assert said[-1] == "log: 2 rows could not be written, from 2026-09-21T14:13:20.000Z on"
    assert (recorder.written, recorder.lost) == (0, 2)
    assert log.closed


def test_what_is_under_way_at_the_end_is_written_once() -> None:
    log = FailingLog()
    log.hold.clear()

    async def use(recorder: Recorder) -> None:
        recorder.take(row(0))
        await asyncio.sleep(0.05)
        recorder.take(row(1))
        asyncio.get_running_loop().call_later(0.05, log.hold.set)

    recorder, said = recorded(log, use)
    assert log.rows == [row(0), row(1)]
    assert (recorder.lost, said) == (0, [])


def test_a_log_that_does_not_come_back_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PARTING", 0.05)
    log = FailingLog()
    log.hold.clear()

    async def use(recorder: Recorder) -> None:
        recorder.take(row(0))
        await asyncio.sleep(0.02)
        asyncio.get_running_loop().call_later(0.5, log.hold.set)

    recorder, said = recorded(log, use)
    assert (recorder.lost, len(said)) == (1, 1)


def test_a_log_that_comes_back_at_the_last_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PARTING", 0.3)
    log = FailingLog()
    log.hold.clear()

    async def use(recorder: Recorder) -> None:
        recorder.take(row(0))
        await asyncio.sleep(0.02)
        recorder.take(row(1))
        asyncio.get_running_loop().call_later(0.4, log.hold.set)

    recorder, said = recorded(log, use)
    assert log.rows == [row(0), row(1)]
    assert (recorder.written, recorder.lost, said) == (2, 0, [])
    assert log.closed


def test_nobody_reads_any_more() -> None:
    log = FailingLog()

    def broken(rows: Sequence[Row]) -> None:
        raise BrokenPipeError

    log.add = broken  # type: ignore[method-assign]

    async def whole() -> None:
        recorder = Recorder(log, print, 3)
        running = asyncio.ensure_future(recorder.run())
        recorder.take(row(0))
        with pytest.raises(BrokenPipeError):
            await running
        await recorder.finish(running)

    asyncio.run(asyncio.wait_for(whole(), 10))
    assert log.closed
