"""Straight lines through the points of a time column: where its rate changes on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from smartx96.samples.stamps.clock import SNAP, StampFit, Times, fit_points, run_edges
from smartx96.samples.stamps.points import Points

WINDOW = 8
"""Points whose own line tells how far single stamps scatter."""

BEYOND_SCATTER = 3.0
"""A line that strays by so many times the scatter of its points is several lines."""

FEWEST = 16
"""Points of a line, unless each is known to be good to a sample: fewer show no scatter."""

EXACT = 0.05
"""Samples; a line that strays by less is one."""

GAIN = 1.5
"""Two lines must fit the points better than one by this factor."""

MOST_LINES, MOST_RUNS = 128, 64
"""Lines of a stretch without gap, and such stretches of a piece, that are told apart."""

COARSE = 0.5
"""Samples by which a change of a coarse stamp may be off."""


@dataclass(frozen=True, slots=True)
class Line:
    """A uniform clock through `count` points: their first, their mean index and mean time [s].

    `extent` is the samples between the first and the last point, `error` how far a point may be
    off, in samples; `coarse` and `counted` as in `Points`.
    """

    first: float
    index: float
    time: float
    count: int
    extent: float
    error: float
    fit: StampFit
    coarse: bool
    counted: bool

    @property
    def within(self) -> float:
        """Sum of the squared distances of the indices from their mean."""
        return self.count * self.extent**2 / 12 * (self.count + 1) / max(1, self.count - 1)


def line_through(points: Points, part: slice) -> Line | None:
    """The line through some of the points; None where they do not increase.

    Its doubt is three standard deviations of the slope, the errors of the points being even, and
    never above what the errors' bounds allow.
    """
    index, time = points.index[part], points.time[part]
    fit = fit_points(index, time)
    if fit is None:
        return None
    error = max(fit.jitter, COARSE) if points.coarse else fit.jitter
    extent = float(index[-1] - index[0])
    doubt = min(3.0, 6 / len(time) ** 0.5) * error / extent + SNAP
    jitter = max(fit.jitter, _run_length(index) / 2) if points.coarse else fit.jitter
    known = StampFit(fit.rate, jitter, doubt)
    return Line(
        float(index[0]), float(index.mean()), float(time.mean()), len(time), extent, error, known,
        points.coarse, points.counted,
    )  # fmt: skip


def _run_length(index: Times) -> float:
    """Samples that share a stamp, in the longest such run but for gaps."""
    runs = np.diff(index)
    return float(runs[runs <= 1.5 * np.median(runs)].max(initial=0.0))


def lines_through(points: Points) -> Iterator[Line]:
    """The straight lines of a piece of the column, in order; short remains are left out."""
    if len(points.time) < 2:
        return
    runs = list(pairwise(run_edges(points.time).tolist()))
    shortest = sorted((stop - first for first, stop in runs), reverse=True)[:MOST_RUNS][-1]
    for first, stop in runs:
        if stop - first >= max(shortest, 2):
            yield from _split(points, first, stop)


def _split(points: Points, first: int, stop: int) -> Iterator[Line]:
    """Lines from point `first` to `stop`, each as long as it fits the points."""
    scatter = _scatter(points.index[first:stop], points.time[first:stop])
    waiting, found = [(first, stop)], 0
    while waiting:
        low, high = waiting.pop()
        middle = None
        if found + len(waiting) < MOST_LINES:
            middle = _bend(points.index[low:high], points.time[low:high], scatter)
        if middle is not None:
            waiting += [(low + middle, high), (low, low + middle)]
            continue
        line = line_through(points, slice(low, high))
        if line is not None and (line.coarse or line.count >= FEWEST):
            found += 1
            yield line


def _scatter(index: Times, time: Times) -> float:
    """Distance of single points from a short line through them, root mean square [s]."""
    windows = len(time) // WINDOW
    if windows < 2:
        return np.inf
    x = index[: windows * WINDOW].reshape(windows, WINDOW)
    t = time[: windows * WINDOW].reshape(windows, WINDOW)
    x = x - x.mean(axis=1, keepdims=True)
    t = t - t.mean(axis=1, keepdims=True)
    slopes = np.sum(x * t, axis=1, keepdims=True) / np.sum(x * x, axis=1, keepdims=True)
    return float(np.median(np.sqrt(np.mean((t - slopes * x) ** 2, axis=1))))


def _bend(index: Times, time: Times, scatter: float) -> int | None:
    """The point from which on another line runs; None where one line is enough."""
    if len(time) < 2 * WINDOW:
        return None
    x = (index - index.mean()) / (index[-1] - index[0])
    slope, offset = np.polyfit(x, time, 1)
    strays = time - slope * x - offset
    step = abs(slope) / (index[-1] - index[0])
    one = float(np.sqrt(np.mean(strays**2)))
    if one <= max(BEYOND_SCATTER * scatter, EXACT * step):
        return None
    two = _errors(x, strays)[:-1] + _errors(x[::-1], strays[::-1])[-2::-1]
    inner = two[WINDOW - 1 : len(two) - WINDOW + 1]
    best = int(np.argmin(inner)) + WINDOW
    return best if one > GAIN * np.sqrt(two[best - 1] / len(time)) else None


def _errors(x: Times, y: Times) -> Times:
    """Sum of the squared errors of the line through the first 1, 2, ... n points."""
    count = np.arange(1, len(x) + 1)
    sum_x, sum_y = np.cumsum(x), np.cumsum(y)
    xx = np.cumsum(x * x) - sum_x**2 / count
    xy = np.cumsum(x * y) - sum_x * sum_y / count
    yy = np.cumsum(y * y) - sum_y**2 / count
    explained = np.divide(xy**2, xx, out=np.zeros_like(xx), where=xx > 0)
    return np.maximum(yy - explained, 0)
