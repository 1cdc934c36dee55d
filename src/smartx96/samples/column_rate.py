"""The sampling rate that a whole column of time stamps holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from smartx96.samples.clock import SNAP, StampFit, Times, fit_line, snapped

UNEVEN = 1.0
"""Samples by which stamps may stray from a uniform clock before a note says so."""


DRIFT = 1e-2
"""Relative change of rate that a clock's drift can be; a piece further off is faulty."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Fit through a piece of the column: its middle's index and time, its size."""

    index: float
    time: float
    count: int
    fit: StampFit


@dataclass(frozen=True, slots=True)
class ColumnRate:
    """Rate [1/s] and jitter as in `StampFit`, and a note where something had to be decided."""

    rate: float
    jitter: float
    note: str = ""


def column_rate(pieces: Iterable[tuple[int, Times]]) -> ColumnRate | None:
    """Fit a uniform clock through pieces of a time column.

    Each piece gives a rate; their median stands against gaps and faulty stretches. Where all
    pieces lie on one clock, first and last give the rate; where the clock drifts, its mean.

    Parameters
    ----------
    pieces : iterable of (int, ndarray)
        Index of the first stamp of each piece in the column, and its stamps [s].

    Returns
    -------
    ColumnRate or None
        None where no stamps increase.
    """
    fitted = [found for first, stamps in pieces if (found := _fitted(first, stamps))]
    if not fitted:
        return None
    rates = np.array([piece.fit.rate for piece in fitted])
    jitters = np.array([piece.fit.jitter for piece in fitted])
    jitter = float(np.max(jitters[jitters <= 4 * np.median(jitters) + 0.5]))
    rate, doubt, note = _joined(fitted, rates)
    if not note and jitter > UNEVEN:
        note = f"time stamps stray by up to {jitter:.3g} samples; the rate is fitted through all"
    return ColumnRate(snapped(rate, doubt), jitter, note)


def _fitted(first: int, stamps: Times) -> _Piece | None:
    known = stamps[np.isfinite(stamps)]
    fit = fit_line(known)
    if fit is None:
        return None
    middle = first + (len(stamps) - 1) / 2
    return _Piece(middle, float(known.mean()), len(stamps), fit)


def _joined(pieces: list[_Piece], rates: Times) -> tuple[float, float, str]:
    """Rate of the column, its relative uncertainty, and a note."""
    typical = float(np.median(rates))
    one = min(pieces, key=lambda piece: abs(piece.fit.rate - typical))
    whole = _least_squares(pieces)
    if len(pieces) == 1 or not whole > 0:
        return typical, one.fit.doubt, ""
    count = pieces[-1].index - pieces[0].index + one.count
    doubt = max(piece.fit.doubt for piece in pieces)
    alike = rates[np.abs(rates / typical - 1) <= DRIFT]
    low, high = float(alike.min()), float(alike.max())
    if abs(whole / typical - 1) <= doubt + SNAP:
        # Three standard deviations of the line's slope, the stamps' errors being even.
        return whole, 6 * one.fit.jitter / count**1.5 + SNAP, ""
    if high / low - 1 > 2 * doubt and low <= whole <= high:
        note = f"the time column drifts from {low:.6f} to {high:.6f} S/s; the mean is taken"
        return whole, 0.0, note
    return typical, one.fit.doubt, ""  # samples are lacking between the pieces


def _least_squares(pieces: list[_Piece]) -> float:
    """Rate of the line through all stamps of all pieces, put together from the pieces' own."""
    counts = np.array([piece.count for piece in pieces], dtype=np.float64)
    index = np.array([piece.index for piece in pieces])
    time = np.array([piece.time for piece in pieces])
    steps = np.array([1 / piece.fit.rate for piece in pieces])
    index -= np.average(index, weights=counts)
    time -= np.average(time, weights=counts)
    within = counts * (counts**2 - 1) / 12
    slope = (counts * index) @ time + within @ steps
    return float((counts * index @ index + within.sum()) / slope) if slope else 0.0
