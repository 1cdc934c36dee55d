"""Readings from phasors beside those from samples: how far they agree, and what they cost.

    python benchmarks/phasors.py                 both
    python benchmarks/phasors.py --minutes 60    length of the signals that are compared

Agreement is the worst register of a meter, in % of the register (of a tenth of the apparent energy
where it holds less): over the same windows, and of every sample from the first to the last. What is
left are steps: samples know where in a cycle they fall, and a window in which power turns round
counts as a whole. Speed is CPU time of one core.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from smartx96.installation.phasor_windows import phasor_windows
from smartx96.meter.configuration import Configuration
from smartx96.metrology.derived import quantities
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.models import SYSTEM_TYPES, Wiring
from smartx96.samples.mains import mains
from smartx96.samples.scenario import Scenario
from smartx96.settings import Settings
from support.two_ways import (
    Stretch,
    by_phasors,
    by_samples,
    disagreement,
    of_the_same_windows,
    scenarios,
)

RATE = 1600.0
DAY = 86400.0
ROUNDS = 5


def agreement(minutes: float) -> None:
    """Worst register of each signal in each wiring."""
    signals: dict[str, object] = dict(scenarios(60.0 * minutes, RATE))
    for hour in (7, 11, 18):
        supply = mains(datetime(2026, 6, 21, hour, 30, tzinfo=UTC), rate=RATE)
        signals[f"mains, from {hour}:30"] = Stretch(supply, 60.0 * minutes)
    print(f"{minutes:g} minutes of each; worst register [%]")
    print(f"{'signal':30s} wiring   same windows   every sample")
    for name, source in signals.items():
        for wiring in Wiring:
            meter = Configuration(settings=Settings({"system_type": SYSTEM_TYPES[wiring]}))
            same = disagreement(*of_the_same_windows(source, meter))
            whole = disagreement(by_samples(source, meter), by_phasors(source, meter))
            worst = [100 * max(map(abs, found.values())) for found in (same, whole)]
            print(f"{name:30s} {wiring:6s} {worst[0]:12.5f} {worst[1]:14.5f}", flush=True)


def seconds(task: Callable[[], object]) -> float:
    """CPU time of a task, the median of several."""
    spent = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        task()
        spent.append(time.process_time() - begun)
    return median(spent)


def of_a_day(part: float, length: float | None) -> float:
    """CPU time for a day of mains, from a part of it at noon [s]."""
    pieces = phasor_windows(mains(), Configuration(), begin=DAY / 2, seconds=length)

    def hour() -> None:
        begin = next(pieces).end[-1]
        while next(pieces).end[-1] < begin + part:
            pass

    return seconds(hour) * DAY / part


def one_by_one(source: object, ahead: int) -> float:
    """CPU time for one window of 1 s [s]."""
    count = 400
    pieces = phasor_windows(source, Configuration(), 1, seconds=1.0, ahead=ahead)
    return seconds(lambda: list(islice(pieces, count))) / count


def alone(meters: int) -> float:
    """CPU time for the readings of phasors that are there, each meter's [s]."""
    supply, conditions = mains(), Configuration().conditions()
    phasors = np.repeat(supply.phasors(DAY / 2, supply.orders), meters, axis=0)
    frequency = np.full(meters, 50.0)
    count = max(1, 2000 // meters)

    def read() -> None:
        for _ in range(count):
            readings_of_phasors(phasors, frequency, conditions, orders=supply.orders)

    return seconds(read) / count / meters


def speed() -> None:
    print(f"\n{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}")
    print(f"{of_a_day(3600.0, None):8.2f} s    a day of mains, windows of 10 cycles")
    print(f"{of_a_day(3600.0, 1.0):8.2f} s    a day of mains, windows of 1 s")
    for name, source in (("mains", mains()), ("scenario", Scenario())):
        for ahead in (1, 10):
            text = f"one window of 1 s of {name}, {ahead} made at once"
            print(f"{1e6 * one_by_one(source, ahead):8.0f} us   {text}")
    for meters in (1, 1000):
        print(f"{1e6 * alone(meters):8.1f} us   readings of phasors, a meter of {meters} at once")
    windows = next(phasor_windows(mains(), Configuration()))
    spent = seconds(lambda: quantities(windows.readings)) / len(windows)
    print(f"{1e6 * spent:8.1f} us   all quantities of a window, {len(windows)} at once")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    agreement(minutes)
    speed()


if __name__ == "__main__":
    main()
