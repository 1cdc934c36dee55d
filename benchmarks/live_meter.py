"""The whole meter live: processor time of every window by its parts, and memory of a hundred.

    python benchmarks/live_meter.py [--windows 1500] [--meters 100]

A meter on the built-in mains, six channels at 12.8 kS/s in blocks of 100 ms, as `x96 run` has it:
engine, readings and accumulators, snapshot, Modbus image read with every window, panel of a page
that is looked at, and the store on disk with a commit every 0.7 s; what streams to browsers is
there, and asleep. The samples themselves are made outside the times. Memory is that of a process of
its own by how many meters it holds, each kept in one state folder, its registers read and its panel
drawn once.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from smartx96.block import Block
from smartx96.installation.keeper import PERIOD, Keeper, Kept
from smartx96.installation.live import LiveMeter
from smartx96.installation.registers import ServedRegisters
from smartx96.meter.clock import Clock, microseconds
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile
from smartx96.meter.supply import Supply
from smartx96.modbus.registers import Space
from smartx96.outputs.opening import open_emitter
from smartx96.samples.mains import mains
from smartx96.store.store import Store
from smartx96.web.memory import Memory
from smartx96.web.panels import ViewedPanel
from smartx96.web.traffic import Traffic
from smartx96.web.watched import WatchedMeter

WARM_UP = 50
"""Windows before the first that counts."""

TRACED = 20
"""Meters of which the memory is told by the module that holds it."""

Laps = dict[str, float]


class PlaceInUse:
    """A meter with all that looks at it."""

    def __init__(self, number: int, now: datetime, store: Store) -> None:
        name = f"meter{number}"
        meter = Meter(Configuration(starting=True), clock=Clock.of(now), supply=Supply(),
                      profile=LoadProfile())  # fmt: skip
        self.live = LiveMeter(mains(now), meter, name=name)
        self.kept = Kept(self.live, open_emitter((), name, store.journal(name), print))
        self.memory = Memory(self.live, stored=True)
        self.registers = ServedRegisters(self.live)
        watched = WatchedMeter(self.live, self.memory, Traffic(), {}, self.registers)
        self.panel = ViewedPanel(watched, ("web", name))

    def look(self) -> None:
        """Read registers of both spaces, and draw the panel."""
        self.read()
        self.panel.part()

    def read(self) -> None:
        """Read registers of both spaces."""
        self.registers.read(Space.INPUT, 0, 2)
        self.registers.read(Space.HOLDING, 0xFC00, 4)


@contextmanager
def places(count: int) -> Iterator[tuple[list[PlaceInUse], Keeper]]:
    """Meters that are kept in one folder, and their keeper."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "state", clock=lambda: microseconds(datetime.now(UTC)))
        found = [PlaceInUse(number, now, store) for number in range(count)]
        yield found, Keeper([each.kept for each in found], store, print)
        store.close()


def timed(laps: Laps, part: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """What does the same, and counts the processor time of it."""

    def call(*arguments: Any) -> Any:
        begun = time.process_time()
        found = act(*arguments)
        laps[part] += time.process_time() - begun
        return found

    return call


def windows(count: int) -> list[Laps]:
    """Processor time of windows by part [s]."""
    loop, laps = asyncio.new_event_loop(), defaultdict[str, float](float)
    found: list[Laps] = []
    with places(1) as ((place,), keeper):
        live = place.live
        live._acquisition.take = timed(laps, "engine", live._acquisition.take)
        live.meter.take = timed(laps, "readings and accumulators", live.meter.take)
        publish = timed(laps, "snapshot", lambda: (live.publish(), place.panel.watched.snapshot))
        read = timed(laps, "register image", place.read)
        draw = timed(laps, "panel", place.panel.part)
        keep = timed(laps, "store", lambda: loop.run_until_complete(keeper.keep()))
        due, told = PERIOD, 0
        gc.collect()
        gc.freeze()  # as `x96 run` does
        for block in live._blocks:
            take(live, block)
            if live.meter.windows == told:
                continue
            told = live.meter.windows
            publish(), read(), draw()
            if block.end / block.rate >= due:
                due += PERIOD
                keep()
            found.append(dict(laps))
            laps.clear()
            if len(found) == WARM_UP + count:
                break
    gc.unfreeze()
    loop.close()
    return found[WARM_UP:]


def take(live: LiveMeter, block: Block) -> None:
    """Take a block as the live meter does."""
    for piece in live._acquisition.take(block):
        live.meter.take(piece)


def told(found: list[Laps]) -> None:
    """Print processor time by part."""
    parts = list(max(found, key=len))
    table = np.array([[window.get(part, 0.0) for part in parts] for window in found]) * 1e3
    table = np.column_stack([table, table.sum(axis=1)])
    print(f"{len(found)} windows; processor time of one [ms]")
    print(f"{'':28}{'mean':>8}{'median':>8}{'95 %':>8}{'largest':>8}")
    for name, values in zip([*parts, "whole meter"], table.T, strict=True):
        median, high = np.percentile(values, [50, 95])
        row = (values.mean(), median, high, values.max())
        print(f"{name:28}" + "".join(f"{value:8.3f}" for value in row))


def run_all(found: list[PlaceInUse], keeper: Keeper, seconds: float = 2.0) -> None:
    """Run meters for a while, look at each, and commit them."""
    for each in found:
        for block in each.live._blocks:
            take(each.live, block)
            if block.end / block.rate >= seconds:
                break
        each.live.publish()
        each.look()
    asyncio.run(keeper.keep())
    for each in found:
        each.look()
    gc.collect()


def resident() -> int:
    """Memory of this process [bytes]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def held(count: int) -> int:
    """Memory of this process with so many meters [bytes]."""
    with places(count) as (found, keeper):
        run_all(found, keeper)
        return resident()


def by_module(count: int) -> Counter[str]:
    """What each meter holds beyond the first [bytes], by the module that made it."""
    tracemalloc.start()
    try:
        # The first fills what all of them share.
        with places(1) as (one, keeper):
            run_all(one, keeper)
            before = tracemalloc.take_snapshot()
            with places(count) as (more, keeper):
                run_all(more, keeper)
                differences = tracemalloc.take_snapshot().compare_to(before, "filename")
    finally:
        tracemalloc.stop()
    sizes = Counter[str]()
    for each in differences:
        name = each.traceback[0].filename.partition("smartx96/")[2] or "elsewhere"
        sizes[name] += each.size_diff
    return Counter({name: size // count for name, size in sizes.items()})


def in_process(*arguments: str) -> str:
    """The last line of this benchmark in a process of its own."""
    script = [sys.executable, str(Path(__file__)), *arguments]
    return subprocess.run(script, capture_output=True, text=True, check=True).stdout.splitlines()[
        -1
    ]


def told_memory(most: int) -> None:
    """Print memory by the number of meters."""
    sizes = {count: int(in_process("--held", str(count))) for count in sorted({1, most // 2, most})}
    for count, size in sizes.items():
        more = (
            f", {(size - sizes[1]) / (count - 1) / 1e3:.0f} kB for each further"
            if count > 1
            else ""
        )
        print(f"{count} meters: {size / 1e6:.1f} MB{more}")
    modules = by_module(TRACED)
    shown = ", ".join(f"{name} {size / 1e3:.1f}" for name, size in modules.most_common(12))
    print(f"of it allocated by each: {modules.total() / 1e3:.1f} kB: {shown}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=1500)
    parser.add_argument("--meters", type=int, default=100)
    parser.add_argument("--held", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.held:
        print(held(given.held))
        return
    told(windows(given.windows))
    told_memory(given.meters)


if __name__ == "__main__":
    main()
