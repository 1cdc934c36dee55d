"""Whole meters live: engine, registers and all, store on disk, read and looked at, without waiting.

They are those of `x96 run`: blocks of 0.1 s, a commit every 0.7 s. With every window a client reads
80 registers, and the panel is drawn as text.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from smartx96.installation.keeper import PERIOD, Keeper, Kept
from smartx96.installation.live import LiveMeter
from smartx96.installation.registers import ServedRegisters
from smartx96.installation.speed.hurried_loop import HurriedLoop
from smartx96.installation.viewing import view_of
from smartx96.meter.clock import microseconds
from smartx96.meter.commands import Access, Road
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile
from smartx96.meter.snapshot import Snapshot
from smartx96.meter.supply import Supply
from smartx96.modbus.registers import Space
from smartx96.outputs.opening import open_emitter
from smartx96.panel.panel import Panel
from smartx96.panel.terminal import terminal
from smartx96.samples.arrays import ArraySource
from smartx96.samples.mains import START
from smartx96.store.store import Store

REGISTERS = 80
"""That a client reads at once."""


class _Watched:
    """A live meter whose registers are read, and whose panel is drawn, with every window."""

    def __init__(self, source: ArraySource, name: str) -> None:
        meter = Meter(Configuration(starting=True), supply=Supply(), profile=LoadProfile())
        self.live = LiveMeter(source, meter, name=name, repeat=False)
        self._registers = ServedRegisters(self.live)
        apply = partial(self.live.apply, access=Access(Road.PANEL, name))
        self._panel = Panel(name, apply)
        self.live.listen(self._look)

    def _look(self, snapshot: Snapshot) -> None:
        self._registers.read(Space.INPUT, 0, REGISTERS)
        now = time.monotonic()
        screen = self._panel.screen(view_of(self.live, now, snapshot=snapshot), now)
        terminal(screen, self.live.configuration.model)


def spent(source: ArraySource, meters: int = 1) -> float:
    """Processor time of so many meters on a source, from its first to its last sample [s].

    What they are made of before does not count.
    """
    with (
        _installed(source, meters) as (watched, keeper),
        asyncio.Runner(loop_factory=HurriedLoop) as runner,
    ):
        begun = time.process_time()
        runner.run(_run([each.live for each in watched], keeper))
        return time.process_time() - begun


@contextmanager
def _installed(source: ArraySource, count: int) -> Iterator[tuple[Sequence[_Watched], Keeper]]:
    """Meters that are kept in a folder which goes with them."""
    source = replace(source, start=START)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "state", clock=lambda: microseconds(START))
        try:
            watched = [_Watched(source, f"meter{n + 1}") for n in range(count)]
            kept = [_kept(each.live, store) for each in watched]
            yield watched, Keeper(kept, store, _unheard)
        finally:
            store.close()


def _kept(live: LiveMeter, store: Store) -> Kept:
    return Kept(live, open_emitter((), live.name, store.journal(live.name), _unheard))


async def _run(meters: Sequence[LiveMeter], keeper: Keeper) -> None:
    keeping = asyncio.ensure_future(_committing(keeper))
    await asyncio.gather(*(live.run() for live in meters))
    keeping.cancel()
    await keeper.finish()


async def _committing(keeper: Keeper) -> None:
    while True:
        await asyncio.sleep(PERIOD)
        await keeper.keep()


def _unheard(line: str) -> None:
    """Of a store that cannot be written the last commit tells."""
