"""How quickly readings become registers, demand, tariffs and pulses, and how exactly.

    python benchmarks/accumulators.py            days of readings, scaled up to a year
    python benchmarks/accumulators.py --days 365 every window of a year

CPU time of one core through the accumulators alone: three phases of about 1.1 kW together whose
signs change, in four quadrants; a slide of demand every minute, a row of the load profile every
quarter of an hour, a tariff calendar, both pulse outputs. The truth is sums of whole numbers:
powers are multiples of 1/1024 W.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from smartx96.meter.accounts import Accounts
from smartx96.meter.portion import Portion

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.calendars import daily  # noqa: E402
from support.meters import DAY, SECOND, T0, accounts, portion  # noqa: E402

YEAR = 365.25
STEPS = 1024
BLOCK = 1 << 16
BLOCKS = 4
PLACES = ("l1", "l2", "l3", "sum")
QUANTUM = Fraction(3600, 10**6)


def loads(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Active and reactive power of three phases for a block of windows, in steps."""
    rng = np.random.default_rng(seed)
    active = rng.normal(370.0, 500.0, (3, BLOCK))
    reactive = rng.normal(50.0, 200.0, (3, BLOCK))
    return tuple(np.rint(x * STEPS).astype(np.int64) for x in (active, reactive))


def windows(active: np.ndarray, reactive: np.ndarray, length: int) -> Portion:
    current = np.full((4, BLOCK), 2.0)
    return portion(0, active / STEPS, reactive / STEPS, length=length, current=current)


def flows(active: np.ndarray, reactive: np.ndarray) -> dict[str, int]:
    """Step-windows of every flow of active and reactive energy."""
    found = {}
    for n, place in enumerate(PLACES):
        p, q = (x.sum(axis=0) if place == "sum" else x[n] for x in (active, reactive))
        found[f"active_energy_import_{place}"] = int(p[p > 0].sum())
        found[f"active_energy_export_{place}"] = -int(p[p < 0].sum())
        for quadrant, sides in enumerate([(1, 1), (0, 1), (0, 0), (1, 0)], 1):
            inside = ((p >= 0) == sides[0]) & ((q >= 0) == sides[1])
            found[f"reactive_energy_q{quadrant}_{place}"] = abs(int(q[inside].sum()))
    return found


def stream(ready: list[Portion], length: int, count: int) -> Iterator[tuple[int, Portion]]:
    """Portions of blocks one after the other, and which they are."""
    for n in range(count):
        own, start = ready[n % BLOCKS], T0 + n * BLOCK * length
        yield n % BLOCKS, Portion(
            own.start + start, own.end + start, own.seconds, own.active, own.reactive,
            own.apparent, own.current,
        )  # fmt: skip


@dataclass
class Outcome:
    """What a run was."""

    windows: int
    days: float
    seconds: float
    pulses: int
    deviation: float

    @property
    def year(self) -> float:
        """CPU time of a year [s]."""
        return self.seconds * YEAR / self.days


def run(length: int, days: float) -> Outcome:
    """Windows of one length [us] through accounts."""
    drawn = [loads(seed) for seed in range(BLOCKS)]
    ready = [windows(*block, length) for block in drawn]
    blocks = max(1, round(days * DAY / length / BLOCK))
    counted = accounts(profile=True, calendar=daily())
    closed: list[int] = []
    counted.closed = closed.append
    pulses, spent = 0, 0.0
    times = [0] * BLOCKS
    for n, own in stream(ready, length, blocks):
        begun = time.process_time()
        counted.take(own)
        spent += time.process_time() - begun
        pulses += len(counted.pulses)
        counted.pulses.clear()
        counted.events.clear()
        times[n] += 1
    truth = [flows(*block) for block in drawn]
    counts = blocks * BLOCK
    return Outcome(
        counts, counts * length / DAY, spent, pulses, deviation(counted, truth, times, length)
    )


def deviation(
    counted: Accounts, truth: list[dict[str, int]], times: list[int], length: int
) -> float:
    """Largest difference between a flow and the exact integral [quanta: uWh, uvarh]."""
    second = Fraction(length, SECOND)
    worst = Fraction(0)
    for id, amount in counted.registers.rising().items():
        if id in truth[0]:
            steps = sum(own[id] * n for own, n in zip(truth, times, strict=True))
            exact = Fraction(steps, STEPS) * second / QUANTUM
            worst = max(worst, abs(Fraction(amount, 1 << 40) / QUANTUM - exact))
    return float(worst)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=float, default=20.0, help="of readings of each length")
    given = parser.parse_args()
    for length in (200_000, 1_000_000):
        found = run(length, given.days)
        print(
            f"windows of {length / 1e6:g} s: {found.windows / found.seconds:11,.0f} a second; "
            f"a year of {YEAR * DAY / length / 1e6:.1f} million in {found.year:5.1f} s "
            f"(of {found.days:.1f} days: {found.seconds:.2f} s, {found.pulses:,} pulses); "
            f"deviation from the exact integral {found.deviation:.1e} quanta"
        )


if __name__ == "__main__":
    main()
