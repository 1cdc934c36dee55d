"""HurriedLoop: an event loop whose clock goes on as soon as everybody waits for it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Passing(selectors.SelectSelector):
    """Waits for nothing, and counts how long that would have been [s]."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self.passed += timeout
            timeout = 0.0
        return super().select(timeout)


class HurriedLoop(asyncio.SelectorEventLoop):
    """What is to happen in real time happens as in life, in the same order, without the waiting.

    What would be done beside the loop is done at once, so that as much of it is done in a second of
    the loop's time as in one of life.
    """

    def __init__(self) -> None:
        self._passing = _Passing()
        super().__init__(self._passing)

    def time(self) -> float:
        """The loop's clock [s]."""
        return self._passing.passed

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Do it now."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done
