"""The sampling rate that a whole column of time stamps holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from smartx96.samples.clock import SNAP, Times, longest_run, snapped
from smartx96.samples.stamp_points import Points, gathered
from smartx96.samples.straight_lines import Line, line_through, lines_through

UNEVEN = 1.0
"""Samples by which stamps may stray from a uniform clock before a note says so."""

DRIFT = 1e-2
"""Relative change of rate that a clock's drift can be; a piece further off is faulty."""

CHANGE = 1e-3
"""Relative difference between lines that follow on, from which the rate is another one."""

MOST_STRETCHES = 64
FEWEST_ROWS = 500
"""Rows of a stretch at a rate of its own, on average; less is no change of rate but disorder."""

SURE = 2e-5
"""Relative uncertainty up to which coarse stamps tell the rate."""

USUAL = (1000, 256, 100, 60)
"""Usual rates are multiples of these, sought in this order."""


@dataclass(frozen=True, slots=True)
class RateStretch:
    """From row `first` of a column on, the rate [1/s]."""

    first: int
    rate: float


@dataclass(frozen=True, slots=True)
class ColumnRate:
    """Rate [1/s] and jitter as in `StampFit`, and a note where something had to be decided.

    `doubt` is the rate's relative uncertainty where the stamps are coarser than the samples, else
    0. `stretches` are those of a column whose rate changes on the way; there are none where it is
    one throughout.
    """

    rate: float
    jitter: float
    note: str = ""
    doubt: float = 0.0
    stretches: tuple[RateStretch, ...] = ()


def column_rate(pieces: Iterable[tuple[int, Times]]) -> ColumnRate | None:
    """Fit a uniform clock through pieces of a time column.

    Each piece gives a rate; their median stands against gaps and faulty stretches. Where all
    pieces lie on one clock, first and last give the rate; where the clock drifts, its mean. Where
    the rate is another one from some row on, each stretch has its own.

    Parameters
    ----------
    pieces : iterable of (int, ndarray)
        Index of the first stamp of each piece in the column, and its stamps [s].

    Returns
    -------
    ColumnRate or None
        None where no stamps increase.
    """
    fitted: list[Line] = []
    lines: list[Line] = []
    lone: Points | None = None
    forward, last = True, -np.inf
    for points in gathered(pieces):
        if len(points.time):
            forward = forward and last <= points.time[0] and bool(np.all(np.diff(points.time) >= 0))
            last = float(points.time[-1])
        line = line_through(points, longest_run(points.time)) if len(points.time) > 1 else None
        if line is None:
            lone = points if len(points.time) else lone
            continue
        fitted.append(line)
        lines += lines_through(points)
    if not fitted:
        return None if lone is None else _guessed(lone)
    return (_changing(lines) if forward else None) or _one(fitted)


def _guessed(points: Points) -> ColumnRate | None:
    """From stamps that change once: hardly anything."""
    return ColumnRate(float(points.rows), points.rows / 2, doubt=1.0) if points.coarse else None


def _one(fitted: Sequence[Line]) -> ColumnRate:
    """One rate throughout."""
    jitters = np.array([line.fit.jitter for line in fitted])
    jitter = float(np.max(jitters[jitters <= 4 * np.median(jitters) + 0.5]))
    rate, doubt, note = _joined(fitted)
    if not note and jitter > UNEVEN:
        note = f"time stamps stray by up to {jitter:.3g} samples; the rate is fitted through all"
    return ColumnRate(snapped(rate, doubt), jitter, note)
