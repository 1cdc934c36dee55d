"""Simulation: meters on one timeline, their ports, and the thread in which they live."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from smartx96.meter.clock import microseconds
from smartx96.samples.mains import START
from smartx96.samples.operating_point import AdjustableSource, Changes
from smartx96.settings import consequences
from smartx96.simulation.building import Built, MeterPlan, build, resumed
from smartx96.simulation.loop_thread import LoopThread
from smartx96.simulation.ports import PortPlan, SimulatedPorts
from smartx96.simulation.timeline import Timeline
from smartx96.store.store import Store

PATIENCE = 30.0
"""What must be quick is given up after this long [s]."""


class Simulation:
    """Meters that begin at once, and answer until they are closed.

    Parameters
    ----------
    plans : sequence of MeterPlan
    changes : Changes
        What is set of all of them at the begin.
    ports : PortPlan
    start : datetime, optional
        Time of day at the begin, timezone-aware; None is where stored meters go on, else midnight
        before a midsummer day.
    state : Path, optional
        Folder in which they are kept; None keeps nothing.
    fluctuation : float
        Of voltages and currents [%].
    seed : int

    Raises
    ------
    X96Error
        Something cannot be opened or does not go together; nothing stays open.

    Attributes
    ----------
    notes : list of str
        What the settings bring about, and what fails: a line each.
    """

    def __init__(self, plans: Sequence[MeterPlan], changes: Changes, ports: PortPlan, *,
                 start: datetime | None, state: Path | None, fluctuation: float,
                 seed: int) -> None:  # fmt: skip
        self.notes: list[str] = []
        with ExitStack() as opened:
            store = None
            if state is not None:
                store = Store.open(state, clock=lambda: microseconds(start or START))
                opened.callback(store.discard)
                self.notes += store.notes
            self.built = _built(plans, changes, store, start, fluctuation, seed, self.notes)
            self.timeline = Timeline(
                [each.kept for each in self.built],
                [each.live for each in self.built],
                [each.source for each in self.built],
                store,
                self.notes.append,
            )
            self.thread = LoopThread("smartx96 simulation")
            opened.callback(self.thread.stop)
            self.ports = SimulatedPorts(
                [each.live for each in self.built], ports, self.notes.append
            )
            self.thread.run(self._open(), PATIENCE)
            opened.pop_all()

    async def _open(self) -> None:
        await self.timeline.begin()
        await self.ports.open()

    def __del__(self) -> None:
        thread: LoopThread | None = getattr(self, "thread", None)
        if thread is not None and thread.running:
            warnings.warn("a simulated meter was not closed", ResourceWarning, stacklevel=1)
            thread.abandon()

    def close(self) -> None:
        """Close the ports, stop the meters, end the thread; a second time does nothing."""
        if not self.thread.running:
            return
        try:
            self.thread.run(self._close(), PATIENCE)
        finally:
            self.thread.stop()

    async def _close(self) -> None:
        try:
            await self.ports.close()
        finally:
            await self.timeline.close()


def _built(plans: Sequence[MeterPlan], changes: Changes, store: Store | None,
           start: datetime | None, fluctuation: float, seed: int,
           notes: list[str]) -> tuple[Built, ...]:  # fmt: skip
    loaded = [None if store is None else store.load(plan.name) for plan in plans]
    times = [time for each in loaded if each is not None and (time := resumed(each)) is not None]
    begin = start or max(times, default=START)
    found = []
    for n, (plan, each) in enumerate(zip(plans, loaded, strict=True)):
        source = AdjustableSource(begin, fluctuation, seed + n)
        found.append(build(plan, source, store, each))
        configuration = found[-1].live.configuration
        found[-1].set(changes)
        told = consequences(configuration.settings, plan.model)
        notes += [line for line in told if line not in notes]
    return tuple(found)
