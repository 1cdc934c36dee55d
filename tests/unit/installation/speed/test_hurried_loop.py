"""The loop without waiting does what another does, in the same order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from smartx96.installation.speed.hurried_loop import HurriedLoop


def run(what: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(what)


def test_an_hour_takes_no_time() -> None:
    async def wait() -> float:
        await asyncio.sleep(3600.0)
        return asyncio.get_running_loop().time()

    begun = time.monotonic()
    assert run(wait()) == pytest.approx(3600.0)
    assert time.monotonic() - begun < 60.0


def test_what_is_due_first_comes_first() -> None:
    told: list[tuple[str, float]] = []

    async def each(name: str, period: float, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(period)
            told.append((name, round(asyncio.get_running_loop().time(), 6)))

    async def together() -> None:
        await asyncio.gather(each("a", 0.5, 4), each("b", 0.7, 3))

    run(together())
    assert told == [("a", 0.5), ("b", 0.7), ("a", 1.0), ("b", 1.4), ("a", 1.5), ("a", 2.0),
                    ("b", 2.1)]  # fmt: skip


def test_what_is_done_beside_is_done_at_once() -> None:
    async def beside() -> float:
        assert await asyncio.to_thread(lambda: 7) == 7
        with pytest.raises(ValueError, match=r"^seven$"):
            await asyncio.to_thread(int_of, "seven")
        return asyncio.get_running_loop().time()

    def int_of(text: str) -> int:
        raise ValueError(text)

    assert run(beside()) == 0.0
