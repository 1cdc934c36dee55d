"""Keeper: every second all that meters are is committed, and only then shown and emitted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from smartx96.errors import StoreError
from smartx96.installation.live import LiveMeter
from smartx96.meter.events import EventKind
from smartx96.meter.outbox import Outbox
from smartx96.meter.standing import Standing
from smartx96.meter.state import state
from smartx96.outputs.sink import Emitter
from smartx96.store.record import encoded
from smartx96.store.store import Store
from smartx96.store.transaction import Commit

PERIOD = 0.7
"""From commit to commit [s of wall time]: with the window that is not complete, and the time of the
commit itself, a power cut loses less than a second."""

FIRST = 0.25
"""To the first commit [s]: the log shall know soon that the meter is on."""

MOST_WAITING = 10_000
"""Events, rows and switches of the supply that wait while nothing can be stored; the oldest of a
meter make room."""


@dataclass(slots=True)
class Kept:
    """What is kept of one meter.

    Parameters
    ----------
    live : LiveMeter
    emitter : Emitter or None
        Where its pulses go.
    profile_size : int or None
        Rows of its load profile that are kept; None is the usual number.
    outbox : Outbox
        What is not committed yet.
    """

    live: LiveMeter
    emitter: Emitter | None = None
    profile_size: int | None = None
    outbox: Outbox = field(default_factory=Outbox)

    def collect(self) -> None:
        """Take what the meter has to hand on."""
        new, waiting = self.live.meter.emptied(), self.outbox
        waiting.events += new.events
        waiting.rows += new.rows
        waiting.pulses += new.pulses
        waiting.switches += new.switches

    def make_room(self) -> None:
        """Drop the oldest of what waits where it is too much."""
        for waiting in (self.outbox.events, self.outbox.rows, self.outbox.switches):
            del waiting[:-MOST_WAITING]

    def emit(self, until: int) -> None:
        """Hand the pulses on, and then when the supply went: it cuts those that last beyond."""
        if self.emitter is None:
            return
        self.emitter.emit(self.outbox.pulses, until)
        for moment, on in self.outbox.switches:
            if not on:
                self.emitter.power_off(moment)


class Keeper:
    """Commits meters, and lets them show and emit what was committed.

    Where nothing can be stored the meters go on measuring and say so: what they show of registers
    stands still, pulses wait in their counters, and everything is made up for when it can be
    stored again.

    Parameters
    ----------
    kept : sequence of Kept
    store : Store or None
        None keeps nothing beyond the process.
    report : callable
        Called with one line when something begins or ceases to fail.
    """

    def __init__(
        self, kept: Sequence[Kept], store: Store | None, report: Callable[[str], None]
    ) -> None:
        self._kept, self._store, self._report = kept, store, report
        self._failing = self._begun = False
        self._running: asyncio.Future[None] | None = None
        self._noted = 0 if store is None else len(store.notes)
        self._copy_fault: str | None = None
        for each in kept:
            each.live.shown = each.live.meter.standing()
            each.live.kept = True

    async def run(self) -> None:
        """Commit again and again until cancelled."""
        due = time.monotonic() - PERIOD + FIRST
        while True:
            # A commit that took long is not made up for by several at once.
            due = max(due + PERIOD, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            self._running = asyncio.ensure_future(self.keep())
            # Whoever cancels this must not leave a commit half concluded.
            await asyncio.shield(self._running)

    async def keep(self) -> None:
        """Commit now; the measuring goes on meanwhile."""
        gathered = self._gather()
        fault = await asyncio.to_thread(self._put, gathered)
        self._conclude(gathered, fault)

    def begin(self) -> None:
        """Commit for the first time."""
        gathered = self._gather()
        self._conclude(gathered, self._put(gathered))
        self._begun = True

    async def abandon(self) -> None:
        """End what pulses go into; only what was begun with is committed once more, and what
        somebody has changed already.

        Raises
        ------
        StoreError
            Nothing can be stored.
        """
        if self._begun or any(each.live.changed for each in self._kept):
            await self.finish()
            return
        for each in self._kept:
            if each.emitter is not None:
                each.emitter.close()

    async def finish(self) -> None:
        """Commit for the last time, and end what pulses go into; `run` is cancelled before.

        Raises
        ------
        StoreError
            Nothing can be stored.
        """
        if self._running is not None:
            await asyncio.wait([self._running])
        with ExitStack() as closing:
            for each in self._kept:
                if each.emitter is not None:
                    closing.callback(each.emitter.close)
            gathered = self._gather()
            fault = self._put(gathered)
            if fault is not None:
                raise StoreError(f"{fault}; what was counted since the last commit is lost")
            self._show(gathered)

    def _gather(self) -> list[tuple[Kept, Standing, Commit]]:
        """Everything as it stands, of all meters at the same instant."""
        found = []
        for each in self._kept:
            each.collect()
            if self._failing:
                each.make_room()
            meter, waiting = each.live.meter, each.outbox
            commit = Commit(
                encoded(state(meter)) if self._store is not None else {},
                meter.now,
                meter.accounts.registers.rising(),
                tuple(waiting.events),
                tuple(waiting.rows),
                each.profile_size,
            )
            found.append((each, meter.standing(), commit))
        return found

    def _put(self, gathered: Sequence[tuple[Kept, Standing, Commit]]) -> str | None:
        """Store, then emit; why nothing could be stored."""
        if self._store is not None:
            try:
                self._store.commit({each.live.name: commit for each, _, commit in gathered})
            except StoreError as error:
                return str(error)
        for each, standing, _ in gathered:
            each.emit(standing.time)
        return None

    def _conclude(
        self, gathered: Sequence[tuple[Kept, Standing, Commit]], fault: str | None
    ) -> None:
        """Show what was committed, or say that nothing was."""
        if (fault is not None) is not self._failing:
            self._failing = fault is not None
            self._tell(fault)
        if fault is None:
            self._show(gathered)

    def _show(self, gathered: Sequence[tuple[Kept, Standing, Commit]]) -> None:
        """What was committed may be shown."""
        for each, standing, _ in gathered:
            handed, each.outbox = each.outbox, Outbox()
            each.live.committed(handed, standing)
        if self._store is not None:
            self._tell_of(self._store)

    def _tell_of(self, store: Store) -> None:
        """Say what the store has found, and whether it can write its copies."""
        for note in store.notes[self._noted :]:
            self._report(f"store: {note}")
        self._noted = len(store.notes)
        before, self._copy_fault = self._copy_fault, store.copy_fault
        if before is None and self._copy_fault is not None:
            self._report(f"store: {self._copy_fault}; the database has everything")
        elif before is not None and self._copy_fault is None:
            self._report("store: copies of the records are written again")

    def _tell(self, fault: str | None) -> None:
        for each in self._kept:
            meter = each.live.meter
            each.live.kept = fault is None
            each.live.renew()
            meter.store_fault = fault is not None
            meter.accounts.held = fault is not None
            kind = EventKind.STORE_FAULT if fault else EventKind.STORE_RECOVERED
            meter.log(kind, {"reason": fault[:200]} if fault else {})
        self._report(f"store: {fault}; measuring goes on" if fault else "store: works again")
