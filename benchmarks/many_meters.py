"""Many meters in one process, each a reading a second made of phasors: processor time, memory.

Run as `python benchmarks/many_meters.py [METERS] [SECONDS]`: whole meters in real time (alarms,
wiring check, energy, demand, tariffs, pulses, load profile, snapshot, Modbus image), all of them
kept in one state folder.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from smartx96.installation.installation import Installation
from smartx96.installation.keeper import Kept
from smartx96.installation.live import LiveMeter
from smartx96.installation.registers import ServedRegisters
from smartx96.meter.clock import microseconds
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile
from smartx96.meter.supply import Supply
from smartx96.modbus.registers import Space
from smartx96.outputs.counted_pulses import CountedPulses
from smartx96.outputs.opening import open_emitter
from smartx96.samples.mains import mains
from smartx96.store.store import Store


def resident() -> int:
    """Memory of this process [bytes]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def spent() -> float:
    """Processor time of this process so far [s]."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def live(number: int, now: datetime) -> LiveMeter:
    """A meter on a supply of its own."""
    configuration = Configuration(starting=True)
    meter = Meter(configuration, supply=Supply(), profile=LoadProfile())
    return LiveMeter(
        mains(now, seed=number), meter, name=f"meter{number}", phasors=True, interval=1.0
    )


async def run(count: int, seconds: float) -> tuple[float, float, int]:
    """Processor time and time [s] of `count` meters at work, and the memory that they took."""
    now = datetime.now(UTC)
    warm = live(10**6, now)  # what all meters share
    ServedRegisters(warm)
    gc.collect()
    before = resident()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "state", clock=lambda: microseconds(datetime.now(UTC)))
        kept = []
        for number in range(count):
            each = live(number, now)
            journal = store.journal(each.name) if store else CountedPulses()
            kept.append(Kept(each, open_emitter((), each.name, journal, print)))
        served = [ServedRegisters(each.live) for each in kept]
        task = asyncio.ensure_future(Installation(kept, store, print).run())
        await asyncio.sleep(5.0)
        began, clock = spent(), time.monotonic()
        windows = sum(each.live.meter.windows for each in kept)
        await asyncio.sleep(seconds)
        used, took = spent() - began, time.monotonic() - clock
        windows = sum(each.live.meter.windows for each in kept) - windows
        memory = resident() - before
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    print(f"{count} meters, {windows / took / count:.3f} readings per second and meter")
    assert all(each.read(Space.INPUT, 0, 2) for each in served)
    return used, took, memory


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    used, took, memory = asyncio.run(run(count, seconds))
    print(f"{used / took:.2f} of one core: {1e6 * used / took / count:.0f} us per meter and second")
    print(f"{memory / count / 1e3:.0f} kB per meter")


if __name__ == "__main__":
    main()
