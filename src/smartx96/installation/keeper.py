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
from smartx96.meter.meter import Outbox
from smartx96.meter.standing import Standing
from smartx96.meter.state import state
from smartx96.outputs.sink import Emitter
from smartx96.store.store import Store
from smartx96.store.transaction import Commit

PERIOD = 0.7
"""From commit to commit [s of wall time]: with the window that is not complete, and the time of the
commit itself, a power cut loses less than a second."""

FIRST = 0.25
"""To the first commit [s]: the log shall know soon that the meter is on."""

MOST_WAITING = 10_000
"""Events and rows of a meter that wait while nothing can be stored; the oldest make room."""


@dataclass(slots=True)
class Charge:
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
    powered : bool
        Whether it had a supply at the last commit.
    """

    live: LiveMeter
    emitter: Emitter | None = None
    profile_size: int | None = None
    outbox: Outbox = field(default_factory=Outbox)
    powered: bool = False


class Keeper:
    """Commits meters, and lets them show and emit what was committed.

    Where nothing can be stored the meters go on measuring and say so: what they show of registers
    stands still, pulses wait in their counters, and everything is made up for when it can be
    stored again.

    Parameters
    ----------
    charges : sequence of Charge
    store : Store or None
        None keeps nothing beyond the process.
    report : callable
        Called with one line when something begins or ceases to fail.
    """

    def __init__(
        self, charges: Sequence[Charge], store: Store | None, report: Callable[[str], None]
    ) -> None:
        self._charges, self._store, self._report = charges, store, report
        self._failing = False
        self._running: asyncio.Future[None] | None = None
        self._noted = 0 if store is None else len(store.notes)
        for charge in charges:
            charge.live.shown = charge.live.meter.standing()
            charge.live.kept = True
            charge.powered = charge.live.meter.powered

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
        """Commit before anything is shown."""
        gathered = self._gather()
        self._conclude(gathered, self._put(gathered))

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
            for charge in self._charges:
                if charge.emitter is not None:
                    closing.callback(charge.emitter.close)
            gathered = self._gather()
            fault = self._put(gathered)
            if fault is not None:
                raise StoreError(f"{fault}; what was counted since the last commit is lost")
            self._show(gathered)

    def _gather(self) -> list[tuple[Charge, Standing, Commit]]:
        """Everything as it stands, of all meters at the same instant."""
        found = []
        for charge in self._charges:
            meter, waiting = charge.live.meter, charge.outbox
            new = meter.emptied()
            waiting.events += new.events
            waiting.rows += new.rows
            waiting.pulses += new.pulses
            if self._failing:
                del waiting.events[:-MOST_WAITING]
                del waiting.rows[:-MOST_WAITING]
            commit = Commit(
                state(meter) if self._store is not None else {},
                meter.now,
                meter.accounts.registers.rising(),
                tuple(waiting.events),
                tuple(waiting.rows),
                charge.profile_size,
            )
            found.append((charge, meter.standing(), commit))
        return found

    def _put(self, gathered: Sequence[tuple[Charge, Standing, Commit]]) -> str | None:
        """Store, then emit; why nothing could be stored."""
        if self._store is not None:
            try:
                self._store.commit({charge.live.name: commit for charge, _, commit in gathered})
            except StoreError as error:
                return str(error)
        for charge, standing, _ in gathered:
            if charge.emitter is not None:
                charge.emitter.emit(charge.outbox.pulses, standing.time)
        return None

    def _conclude(
        self, gathered: Sequence[tuple[Charge, Standing, Commit]], fault: str | None
    ) -> None:
        """Show what was committed, or say that nothing was."""
        if (fault is not None) is not self._failing:
            self._failing = fault is not None
            self._tell(fault)
        if fault is None:
            self._show(gathered)

    def _show(self, gathered: Sequence[tuple[Charge, Standing, Commit]]) -> None:
        """What was committed may be shown."""
        for charge, standing, _ in gathered:
            charge.outbox = Outbox()
            charge.live.shown = standing
            if charge.powered and not charge.live.meter.powered and charge.emitter is not None:
                charge.emitter.power_off(standing.time)
            charge.powered = charge.live.meter.powered
        if self._store is not None:
            for note in self._store.notes[self._noted :]:
                self._report(f"store: {note}")
            self._noted = len(self._store.notes)

    def _tell(self, fault: str | None) -> None:
        for charge in self._charges:
            meter = charge.live.meter
            charge.live.kept = fault is None
            charge.live.revision = object()
            meter.store_fault = fault is not None
            meter.accounts.held = fault is not None
            kind = EventKind.STORE_FAULT if fault else EventKind.STORE_RECOVERED
            meter.log(kind, {"reason": fault[:200]} if fault else {})
        self._report(f"store: {fault}; measuring goes on" if fault else "store: works again")
