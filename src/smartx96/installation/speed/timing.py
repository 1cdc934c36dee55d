"""Timing: processor time of runs in turn, so that whatever else the machine does meets them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

K = TypeVar("K")

Run = Callable[[], float]
"""Does its work and returns the processor time that counts of it [s]."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and extremes of what was found in several rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of the values of all rounds."""
        return cls(median(values), min(values), max(values))

    def document(self) -> dict[str, float]:
        """As it stands in JSON."""
        return {"median": self.median, "min": self.least, "max": self.most}


def timed(act: Callable[[], object]) -> Run:
    """A run all of which counts."""

    def run() -> float:
        begun = time.process_time()
        act()
        return time.process_time() - begun

    return run


def interleaved(runs: Mapping[K, Run], rounds: int) -> dict[K, list[float]]:
    """Processor times [s] of runs, each once in every round, forth and back; before them each runs
    once for nothing.
    """
    for run in runs.values():
        run()
    spent: dict[K, list[float]] = {name: [] for name in runs}
    for n in range(rounds):
        for name in list(runs)[:: -1 if n % 2 else 1]:
            spent[name].append(runs[name]())
    return spent


def ratio(one: Sequence[float], other: Sequence[float]) -> Spread:
    """The first over the second, round by round."""
    return Spread.of([a / b for a, b in zip(one, other, strict=True)])
