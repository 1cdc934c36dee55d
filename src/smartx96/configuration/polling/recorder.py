"""Recorder: rows on their way into a log, none twice, kept while the log cannot take them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from smartx96.errors import LogError
from smartx96.tables.log.row import Log, Row, moment
from smartx96.wording import counted

MOST_VALUES = 2_000_000
"""Values that wait at most, some 100 MB: beyond them the oldest rows are lost, and that is told."""

_AGAIN = 5.0
"""Time after which a log that failed is tried again [s]."""
_PARTING = 10.0
"""Time for what still waits at the end [s]."""


class Recorder:
    """Takes rows at any pace; the log is written beside, a batch at a time.

    Parameters
    ----------
    log : Log
    tell : callable
        Takes a line for the user.
    values : int
        Of a row.
    most_values : int
        That wait at most.
    again : float
        Time after which a log that failed is tried again [s].

    Attributes
    ----------
    written : int
        Rows that the log has taken.
    doubles : int
        Rows that were no later than another one of their meter.
    lost : int
        Rows for which there was no room any more.
    """

    def __init__(self, log: Log, tell: Callable[[str], None], values: int, *,
                 most_values: int = MOST_VALUES, again: float = _AGAIN) -> None:  # fmt: skip
        self._log, self._tell, self._again = log, tell, again
        self._most = max(1, most_values // max(1, values))
        self._waiting = deque[Row]()
        self._newest = {name: row.time for name, row in log.latest().items()}
        self._news, self._end = asyncio.Event(), asyncio.Event()
        self._failing = False
        self.written = self.doubles = self.lost = 0
        # The database of the log is for one thread, one after the other.
        self._thread = ThreadPoolExecutor(1, "log")

    @property
    def waiting(self) -> int:
        """Rows that the log has not taken yet."""
        return len(self._waiting)

    def take(self, row: Row) -> None:
        """Take a row."""
        if row.time <= self._newest.get(row.meter, -1):
            self.doubles += 1
            return
        self._newest[row.meter] = row.time
        if len(self._waiting) >= self._most:
            self._lose()
        self._waiting.append(row)
        self._news.set()

    def _lose(self) -> None:
        oldest = self._waiting.popleft()
        self.lost += 1
        if self.lost == 1:
            self._tell(f"{self._log.name}: {counted(self._most, 'row')} wait, there is no room for "
                       f"more: the oldest are lost, from {moment(oldest.time)} on")  # fmt: skip

    async def run(self) -> None:
        """Write what comes, until `finish` is called.

        Raises
        ------
        BrokenPipeError
            Nobody reads what is written.
        """
        while not self._end.is_set():
            await self._news.wait()
            self._news.clear()
            while self._waiting and await self._written():
                pass
            if self._waiting and not self._end.is_set():
                self._news.set()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._end.wait(), self._again)

    async def finish(self, running: asyncio.Task[None]) -> None:
        """Write what waits, and close the log.

        Parameters
        ----------
        running : Task
            Of `run`; what it is about to write is written to the end.
        """
        self._end.set()
        self._news.set()
        await asyncio.wait([running], timeout=_PARTING)
        closing = asyncio.ensure_future(self._part(running))
        await asyncio.wait([closing], timeout=_PARTING)
        if self._waiting:
            self._tell(f"{self._log.name}: {counted(self.waiting, 'row')} could not be written, "
                       f"from {moment(self._waiting[0].time)} on")  # fmt: skip
            self.lost += self.waiting
            self._waiting.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _part(self, running: asyncio.Task[None]) -> None:
        """One more attempt, and the end of the log; both after what is under way."""
        await asyncio.wait([running])
        if self._waiting and running.exception() is None:
            await self._written()
        try:
            await self._apart(self._log.close)
        except LogError as error:
            self._tell(str(error))

    async def _written(self) -> bool:
        """Give the log what waits; whether it has taken that."""
        rows = list(self._waiting)
        try:
            await self._apart(self._log.add, rows)
        except LogError as error:
            self._drop(rows[: error.kept])
            self._fail(error)
            return False
        self._drop(rows)
        self._recover(len(rows))
        return True

    async def _apart(self, call: Callable[..., None], *arguments: Any) -> None:
        """Call the log in its thread."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, call, *arguments)

    def _drop(self, rows: list[Row]) -> None:
        """Rows that are in the log; some of them may be lost by now for want of room."""
        self.written += len(rows)
        there = {id(row) for row in rows}
        while self._waiting and id(self._waiting[0]) in there:
            self._waiting.popleft()

    def _fail(self, error: LogError) -> None:
        if not self._failing:
            self._failing = True
            self._tell(f"{error}; rows wait in memory, and it is tried again")

    def _recover(self, rows: int) -> None:
        if self._failing:
            self._failing = False
            self._tell(f"{self._log.name}: takes rows again; {counted(rows, 'row')} caught up")
