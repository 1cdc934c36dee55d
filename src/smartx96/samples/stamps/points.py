"""Points of a time column, through which a sample clock is laid: which sample stands at what time.

Where the stamps are finer than the samples, every stamp is a point. Coarser stamps repeat, and
only their changes tell a time to one sample; where rows are lacking at random, the steps are
multiples of one interval, which counts the samples between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.stamps.clock import Times, fit_line

ENOUGH = 64
"""Points that a fit is made through, where the next piece of the column follows on."""

SMALLEST = 5.0
"""Percentile of the steps that is the interval of a grid with lacking samples."""

ON_GRID = 0.2
"""Samples by which a step may miss a multiple of the interval."""

SCATTERED = 0.01
"""Share of steps that differ from the one before: fewer are a gap or another rate."""


@dataclass(frozen=True, slots=True)
class Points:
    """Sample index and time [s] of each point, and what the stamps are.

    `rows` are those of the column that the points stand for, from row `first` on. `coarse` tells
    that the stamps repeat, so that a point is half a sample off at most; `counted` that `index`
    counts lacking samples too and not the rows.
    """

    index: Times
    time: Times
    first: int
    rows: int
    coarse: bool = False
    counted: bool = False


def gathered(pieces: Iterable[tuple[int, Times]]) -> Iterator[Points]:
    """Points of the pieces of a column; coarse pieces that follow on are put together.

    Parameters
    ----------
    pieces : iterable of (int, ndarray)
        Row of the first stamp of each piece, and its stamps [s].
    """
    waiting: Points | None = None
    last = np.nan
    for first, stamps in pieces:
        follows = waiting is not None and waiting.first + waiting.rows == first
        found = _points(first, stamps, last if follows else np.nan)
        last = stamps[-1] if len(stamps) else last
        if waiting is not None and follows and waiting.coarse and found.coarse:
            found = _joined(waiting, found)
        elif waiting is not None:
            yield waiting
        waiting = found
        if not found.coarse or len(found.time) >= ENOUGH:
            yield found
            # Its last stamp still tells whether the next piece begins with a change.
            waiting = Points(np.zeros(0), np.zeros(0), first + len(stamps), 0, found.coarse)
    if waiting is not None and waiting.rows:
        yield waiting


def _joined(one: Points, other: Points) -> Points:
    index = np.concatenate((one.index, other.index))
    time = np.concatenate((one.time, other.time))
    return Points(index, time, one.first, one.rows + other.rows, coarse=True)


def _points(first: int, stamps: Times, before: float) -> Points:
    known = np.flatnonzero(np.isfinite(stamps))
    time = stamps[known]
    steps = np.diff(time)
    index = (first + known).astype(np.float64)
    if len(steps) and np.median(steps) <= 0:
        changes = np.flatnonzero(np.diff(time, prepend=before if np.isfinite(before) else time[0]))
        # A change lies between two samples.
        return Points(index[changes] - 0.5, time[changes], first, len(stamps), coarse=True)
    multiples = _multiples(time)
    if multiples is not None:
        index = first + np.concatenate(([0.0], np.cumsum(multiples)))
    return Points(index, time, first, len(stamps), counted=multiples is not None)


def _multiples(time: Times) -> NDArray[np.float64] | None:
    """Intervals in each step, where samples lack at random on a grid; else None."""
    steps = np.diff(time)
    if len(steps) < ENOUGH or not np.all(steps > 0):
        return None
    interval = float(np.percentile(steps, SMALLEST))
    for _ in range(2):
        multiples: NDArray[np.float64] = np.maximum(np.round(steps / interval), 1)
        small = multiples <= 4
        interval = float(np.sum(steps[small]) / np.sum(multiples[small]))
    off_grid = np.percentile(np.abs(steps / interval - multiples), 99)
    scattered = np.count_nonzero(np.diff(multiples)) > SCATTERED * len(steps)
    falling = np.count_nonzero(multiples == 1) >= np.count_nonzero(multiples == 2)
    if not (scattered and falling and off_grid <= ON_GRID) or _rounded(time, interval):
        return None
    return multiples


def _rounded(time: Times, interval: float) -> bool:
    """Whether the steps only vary because even stamps are rounded."""
    even = fit_line(time)
    return even is not None and even.jitter / even.rate <= 1.5 * interval
