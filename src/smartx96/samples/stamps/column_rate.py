"""The sampling rate that a whole column of time stamps holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from smartx96.samples.stamps.clock import SNAP, Times, longest_run, snapped
from smartx96.samples.stamps.points import Points, gathered
from smartx96.samples.stamps.straight_lines import Line, line_through, lines_through

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
    if fitted[0].coarse and doubt > SURE:
        rate = usual(rate, doubt)
        note = (
            f"the time stamps are so coarse that they tell the sampling rate to {doubt:.1g} only; "
            f"{rate:.9g} S/s is taken, --rate HZ settles it"
        )
        return ColumnRate(rate, jitter, note, doubt)
    if any(line.counted for line in fitted):
        note = "samples are lacking throughout by the time stamps, which lie on an even grid"
    elif not note and jitter > UNEVEN:
        note = f"time stamps stray by up to {jitter:.3g} samples; the rate is fitted through all"
    return ColumnRate(snapped(rate, doubt), jitter, note)


def usual(rate: float, doubt: float) -> float:
    """A usual rate within the relative uncertainty, else a whole one, else the rate."""
    for multiple in USUAL:
        near = multiple * float(round(rate / multiple))
        if near > 0 and abs(near - rate) <= doubt * rate:
            return near
    return snapped(rate, doubt)


def _changing(lines: Sequence[Line]) -> ColumnRate | None:
    """Several rates, each from a row on; None where it is one, or a disorder of them."""
    sure = [line for line in lines if line.fit.doubt < CHANGE / 4]
    groups: list[list[Line]] = []
    for line in sure:
        near = groups and abs(line.fit.rate / groups[-1][-1].fit.rate - 1) <= CHANGE
        if near:
            groups[-1].append(line)
        else:
            groups.append([line])
    rows = sure[-1].first + sure[-1].extent - sure[0].first if sure else 0
    if not 1 < len(groups) <= min(MOST_STRETCHES, rows / FEWEST_ROWS):
        return None
    firsts = [0, *(int(np.ceil(group[0].first)) for group in groups[1:])]
    rates = [snapped(*_joined(group)[:2]) for group in groups]
    stretches = tuple(map(RateStretch, firsts, rates))
    shown = ", ".join(f"{s.rate:.9g} S/s from row {s.first + 1}" for s in stretches[:4])
    more = f" and {len(stretches) - 4} changes more" if len(stretches) > 4 else ""
    note = f"the sampling rate changes on the way: {shown}{more}; --rate HZ makes it one"
    jitter = max(line.fit.jitter for line in sure)
    return ColumnRate(rates[0], jitter, note, stretches=stretches)


def _joined(lines: Sequence[Line]) -> tuple[float, float, str]:
    """Rate of the column, its relative uncertainty, and a note."""
    rates = np.array([line.fit.rate for line in lines])
    typical = _typical(lines, rates)
    one = min(lines, key=lambda line: abs(line.fit.rate - typical))
    whole = 0.0 if any(line.counted for line in lines) else _least_squares(lines)
    if len(lines) == 1 or not whole > 0:
        return typical, one.fit.doubt, ""
    doubt = max(line.fit.doubt for line in lines)
    alike = rates[np.abs(rates / typical - 1) <= DRIFT]
    low, high = float(alike.min()), float(alike.max())
    if abs(whole / typical - 1) <= doubt + SNAP:
        return whole, _whole_doubt(lines, one), ""
    if high / low - 1 > 2 * doubt and low <= whole <= high:
        note = f"the time column drifts from {low:.6f} to {high:.6f} S/s; the mean is taken"
        return whole, 0.0, note
    return typical, one.fit.doubt, ""  # samples are lacking between the pieces


def _typical(lines: Sequence[Line], rates: Times) -> float:
    """Rate of one of the lines: the median, each of them counting by its samples."""
    order = np.argsort(rates)
    extents = np.cumsum([lines[n].extent for n in order])
    return float(rates[order[np.searchsorted(extents, extents[-1] / 2)]])


def _whole_doubt(lines: Sequence[Line], one: Line) -> float:
    """Relative uncertainty of the line through all: three standard deviations of its slope."""
    extent = lines[-1].first + lines[-1].extent - lines[0].first
    count = one.count / one.extent * extent
    return float(6 * one.error / (extent * count**0.5) + SNAP)


def _least_squares(lines: Sequence[Line]) -> float:
    """Rate of the line through all points of all lines, put together from the lines' own."""
    counts = np.array([line.count for line in lines], dtype=np.float64)
    index = np.array([line.index for line in lines])
    time = np.array([line.time for line in lines])
    steps = np.array([1 / line.fit.rate for line in lines])
    index -= np.average(index, weights=counts)
    time -= np.average(time, weights=counts)
    within = np.array([line.within for line in lines])
    slope = (counts * index) @ time + within @ steps
    return float((counts * index @ index + within.sum()) / slope) if slope else 0.0
