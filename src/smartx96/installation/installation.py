"""Installation: meters, what keeps them and what becomes of their pulses, run together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from smartx96.errors import X96Error
from smartx96.installation.keeper import Keeper, Kept
from smartx96.installation.live import LiveMeter
from smartx96.store.store import Store

Report = Callable[[str], None]
"""Called with one line for the user."""


class Installation:
    """Meters of one process.

    Parameters
    ----------
    kept : sequence of Kept
    store : Store or None
        None keeps nothing beyond the process.
    report : callable
        Called with one line for the user.
    """

    def __init__(self, kept: Sequence[Kept], store: Store | None, report: Report) -> None:
        self.meters: tuple[LiveMeter, ...] = tuple(each.live for each in kept)
        self._keeper, self._store, self._report = Keeper(kept, store, report), store, report

    async def run(self, unserved: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run until every source has ended, or until cancelled; then everything is committed.

        Parameters
        ----------
        unserved : callable, optional
            Closes what meters are read and set on: before the last commit, so that nothing that was
            answered is lost.

        Raises
        ------
        X96Error
            A source cannot be measured. The other meters went on to their own ends.
        """
        running = [asyncio.ensure_future(live.run()) for live in self.meters]
        keeping = asyncio.ensure_future(self._keeper.run())
        for task, live in zip(running, self.meters, strict=True):
            task.add_done_callback(partial(self._ended, live))
        try:
            await _all_or_keeper(running, keeping)
        finally:
            await _to_the_end(self._wind_up([*running, keeping], unserved))
        for task in running:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    def _ended(self, live: LiveMeter, task: asyncio.Future[None]) -> None:
        """Of several meters, say at once which one cannot go on; it shows no readings any more."""
        if len(self.meters) == 1 or task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._report(f"{live.name}: {error}")
        live.meter.power_down({"reason": "ended" if error is None else "fault"})
        live.gone = True
        live.publish()

    async def abandon(self) -> None:
        """Let go of everything without having run: nothing is logged of meters that nobody has
        changed, and a state folder in which nothing is, goes.
        """
        try:
            await self._keeper.abandon()
        finally:
            if self._store is not None:
                self._store.discard()

    def lead(self) -> None:
        """Take the first windows, before anybody can ask for them.

        Raises
        ------
        StreamError
            A source has no samples, or such as cannot be measured.
        """
        for live in self.meters:
            live.lead()

    def begin(self) -> None:
        """Commit how everything stands, that the meters are on as well: when nothing can keep them
        from running any more.
        """
        self._keeper.begin()

    async def _wind_up(
        self, tasks: Sequence[asyncio.Future[None]], unserved: Callable[[], Awaitable[None]] | None
    ) -> None:
        await _cancelled(tasks)
        try:
            if unserved is not None:
                await unserved()
        finally:
            await self._stop()

    async def _stop(self) -> None:
        for live in self.meters:
            live.meter.power_down({"reason": "stopped"})
            live.renew()
        try:
            await self._keeper.finish()
            for live in self.meters:
                live.publish()
        finally:
            if self._store is not None:
                self._store.close()


async def _all_or_keeper(
    running: Sequence[asyncio.Future[None]], keeping: asyncio.Future[None]
) -> None:
    """Wait for all meters, or for a defect that ended the keeper."""
    waiting = set(running)
    while waiting:
        done, _ = await asyncio.wait({*waiting, keeping}, return_when=asyncio.FIRST_COMPLETED)
        if keeping in done:
            keeping.result()
        for task in done:
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, X96Error):
                raise error
        waiting -= done


async def _cancelled(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do something that no second cancelling may leave half done."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()
