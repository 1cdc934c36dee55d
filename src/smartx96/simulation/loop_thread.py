"""LoopThread: an event loop in a thread of its own, for callers of other threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any, TypeVar

from smartx96.errors import X96Error

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for callers that wait for them.

    What fails in the loop while nobody waits is raised by the next call.

    Parameters
    ----------
    name : str
        Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._failed)
        self._faults: list[BaseException] = []
        # A daemon: a test that forgets to close must not keep the process from its end.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is a loop that runs coroutines."""
        return not self._loop.is_closed()

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine in the loop; its result, or what it raises.

        Parameters
        ----------
        work : coroutine
        timeout : float, optional
            After which it is given up [s].

        Raises
        ------
        X96Error
            It took too long, or the loop has been stopped.
        """
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise X96Error("the simulated meter is closed: simulate another one") from None
        try:
            found = future.result(timeout)
        except TimeoutError:
            if future.done():
                raise
            raise X96Error(
                f"the simulated meter did not follow within {timeout:g} s: the machine is too busy"
            ) from None
        except CancelledError:
            raise X96Error("the simulated meter was closed meanwhile") from None
        finally:
            future.cancel()
        if self._faults:
            raise self._faults.pop(0)
        return found

    def abandon(self) -> None:
        """Have the loop end, without waiting for it."""
        with suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(self._loop.stop)

    def stop(self) -> None:
        """End the loop and its thread; raises what failed in it."""
        self.abandon()
        self._thread.join()
        if self._faults:
            raise self._faults.pop(0)

    def _work(self) -> None:
        # The runner cancels what is left, and closes the loop.
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        fault = context.get("exception")
        self._faults.append(fault or RuntimeError(str(context.get("message"))))
