"""LoopThread: results and faults reach the caller, and nothing is left."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from smartx96.errors import X96Error
from smartx96.simulation.loop_thread import LoopThread


@pytest.fixture
def thread():
    made = LoopThread("loop of a test")
    yield made
    made.stop()
    assert not [each for each in threading.enumerate() if each.name == "loop of a test"]


async def where() -> str:
    return threading.current_thread().name


async def fails() -> None:
    raise X96Error("it failed")


def test_work_is_done_in_the_thread(thread):
    assert thread.run(where()) == "loop of a test"


def test_what_work_raises_reaches_the_caller(thread):
    with pytest.raises(X96Error, match="it failed"):
        thread.run(fails())


def test_what_fails_while_nobody_waits_is_raised_by_the_next_call(thread):
    async def later() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)

    with pytest.raises(ZeroDivisionError):
        thread.run(later())
    assert thread.run(where())


def test_work_that_takes_too_long_is_given_up(thread):
    ended = []

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    with pytest.raises(X96Error, match=r"within 0.05 s"):
        thread.run(slow(), timeout=0.05)
    thread.run(where())
    assert ended


def test_work_in_progress_ends_with_the_thread(thread):
    raised = []

    def wait() -> None:
        try:
            thread.run(asyncio.sleep(60))
        except X96Error as error:
            raised.append(str(error))

    caller = threading.Thread(target=wait)
    caller.start()
    while thread.run(count_tasks()) < 2:
        time.sleep(0.001)
    thread.stop()
    caller.join(5)
    assert raised == ["the simulated meter was closed meanwhile"]


async def count_tasks() -> int:
    return len(asyncio.all_tasks())


def test_after_the_end_there_is_one_line():
    made = LoopThread("ended")
    made.stop()
    made.stop()
    with pytest.raises(X96Error, match="closed: simulate another"):
        made.run(where())
