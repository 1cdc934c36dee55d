"""Sums of products of samples over windows.

Sums run over groups of samples on a fixed grid (one group a tick), so that any cutting of the
stream gives the same sums. Where windows meet, a raised-cosine step of 16 samples divides every
sample between them: nothing is counted twice or lost, and the sums of the windows and of what
lies before and after them add up to the sum over every sample.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.metrology.buffer import Columns, Kept
from smartx96.metrology.kernels import Values, raised_cosine_step, under_window
from smartx96.metrology.loops import COMPILED, NEW, fits

LARGEST = 1e12
"""Above it a sample is no voltage or current [V, A], and its square would soon be infinite."""

STEP = 16
"""Samples over which windows hand over."""

PRODUCTS = 21
"""Rows of the sums: 6 means, 6 squares, 3 u*i, 3 u*u and 3 i*i of neighbouring phases."""

MEAN = slice(0, 6)
SQUARE = slice(6, 12)
POWER = slice(12, 15)
LINE = slice(15, 18)
"""u1*u2, u2*u3, u3*u1."""
CURRENTS = slice(18, 21)
"""i1*i2, i2*i3, i3*i1."""
RESIDUAL = slice(PRODUCTS, PRODUCTS + 2)
"""Mean and square of a seventh channel, where there is one: currents that ought to sum to nothing.
"""

RESIDUAL_SHARE = 0.01
"""Sum of three-wire currents over the largest of them, above which it is told (the meter's
definition)."""


def products(x: Samples | Kept, weight: Values | None = None) -> Values:
    """Sums over the last axis of all products that the quantities need.

    Parameters
    ----------
    x : ndarray, shape (6 or 7, ..., n)
        Voltages and currents [V, A], and a residual; each row of n samples is one group.
    weight : ndarray, shape (..., n), optional
        Weights of the samples; None is 1 for all.

    Returns
    -------
    ndarray, shape (21 or 23, ...)
        As `MEAN`, `SQUARE`, `POWER`, `LINE`, `CURRENTS` and `RESIDUAL` say.
    """
    total = np.empty((product_rows(len(x)), *x.shape[1:-1]))
    w = x if weight is None else x * weight
    ones = np.ones(x.shape[-1])
    np.vecdot(w[:6], ones, out=total[MEAN])
    np.vecdot(w[:6], x[:6], out=total[SQUARE])
    np.vecdot(w[:3], x[3:6], out=total[POWER])
    for rows, first in ((LINE, 0), (CURRENTS, 3)):
        np.vecdot(w[first : first + 2], x[first + 1 : first + 3], out=total[rows][:2])
        np.vecdot(w[first + 2], x[first], out=total[rows][2])
    if len(x) > 6:
        np.vecdot(w[6], ones, out=total[RESIDUAL][0])
        np.vecdot(w[6], x[6], out=total[RESIDUAL][1])
    return total


def product_rows(channels: int) -> int:
    """Rows of the sums for 6 channels, or 7 with a residual."""
    return PRODUCTS + 2 * (channels - 6)


def has_residual(sums: Values, measured: Values) -> NDArray[np.bool_]:
    """Windows in which three-wire currents sum to more than 1 % of the largest, shape (window,)."""
    if len(sums) == PRODUCTS:
        return np.zeros(sums.shape[1], np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (sums[SQUARE][3:] - sums[MEAN][3:] ** 2 / measured).max(axis=0)
        mean, residual = sums[RESIDUAL]
        large: NDArray[np.bool_] = residual - mean**2 / measured > RESIDUAL_SHARE**2 * square
    return large


_ROOM = 96
"""Groups that find room before older ones must make it."""


class GroupSums:
    """Sums of the products of each group, as samples come.

    Parameters
    ----------
    channels : {6, 7}
    length : int
        Samples per group.

    Attributes
    ----------
    columns : Columns
        Of the groups that are whole, shape (rows, group).
    """

    def __init__(self, channels: int, length: int) -> None:
        self.columns = Columns(product_rows(channels), room=_ROOM)
        self._part, self._count = np.empty((channels, length)), 0

    def take(self, samples: Samples | Kept, kept: Kept, *, sound: bool = False) -> bool:
        """Take samples, and put them where they are kept.

        Parameters
        ----------
        samples : ndarray of float64 or float32, shape (channel, n)
        kept : ndarray of float32, shape (channel, n)
        sound : bool
            They are known to be.

        Returns
        -------
        bool
            Whether they were taken: every one is surely below `LARGEST`, or known to be sound.
        """
        length, columns, count = self._part.shape[1], self.columns, self._count
        end, first = columns.end, True
        lead = min(length - count, samples.shape[1]) if count else 0
        if lead:
            self._part[:, count : count + lead] = samples[:, :lead]
            kept[:, :lead] = samples[:, :lead]
            joined = self._part[:, : count + lead]
            whole = columns.add((count + lead) // length)
            first = group_sums(joined, length, whole, None)
        rest = samples[:, lead:]
        groups = rest.shape[1] // length
        last = group_sums(rest, length, columns.add(groups), kept[:, lead:])
        if not (sound or (first and last)):
            columns.drop_after(columns.end - end)
            return False
        left = rest[:, groups * length :]
        if count + lead == length or not count:
            count = lead = 0
            self._part[:, : left.shape[1]] = left
        self._count = count + lead + left.shape[1]
        return True

    def remainder(self) -> Values:
        """Sums of the samples after the last whole group, shape (rows,)."""
        return products(self._part[:, np.newaxis, : self._count])[:, 0]


def group_sums(samples: Samples | Kept, length: int, found: Values, kept: Kept | None) -> bool:
    """Products of whole groups, in double precision.

    Parameters
    ----------
    samples : ndarray of float64 or float32, shape (channel, n)
    length : int
        Samples per group.
    found : ndarray, shape (rows, n // length)
        Takes them.
    kept : ndarray of float32, shape (channel, n), optional
        Takes the samples.

    Returns
    -------
    bool
        Whether every sample, also those after the last group, is surely below `LARGEST`: sums of
        squares are below its square.
    """
    groups = found.shape[1]
    if COMPILED is not None and fits(samples, *NEW):
        sound: bool = COMPILED.products(samples, length, LARGEST, found, kept)
        return sound
    with np.errstate(over="ignore", invalid="ignore"):
        if kept is not None:
            kept[:] = samples
        samples = samples.astype(np.float64, copy=False)
        found[:] = products(samples[:, : groups * length].reshape(samples.shape[0], groups, length))
    # Also false for NaN; a sum below the limit's square holds no sample above the limit.
    below = (found[SQUARE] < LARGEST**2).all() and (found[RESIDUAL][1:] < LARGEST**2).all()
    return bool(below and (np.abs(samples[:, groups * length :]) < LARGEST).all())


def boundary_sums(samples: Samples | Kept, base: int, length: int, origin: NDArray[np.int64],
                  offset: Values) -> tuple[NDArray[np.int64], Values]:  # fmt: skip
    """What each boundary adds to the sum over the groups before it.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
        Sample 0 is number `base` of the stream.
    length : int
        Samples per group.
    origin, offset : ndarray, shape (boundary,)
        Sample positions of the boundaries.

    Returns
    -------
    group : ndarray of int64, shape (boundary,)
        Number of the first group that the boundary touches; all before it lie before the boundary.
    sums : ndarray, shape (rows, boundary)
        Products of the samples from that group on, each weighted by its part before the boundary.
    """
    whole = np.floor(offset).astype(np.int64)
    group = (origin + whole - STEP // 2) // length
    width = length + STEP + 1
    first = group * length - base
    n = np.arange(width) + (group * length - origin)[:, np.newaxis]
    weight = raised_cosine_step(offset[:, np.newaxis] - n, STEP)
    every = under_window(samples, width, 1, samples.shape[-1] - width + 1)
    return group, products(every[:, first], weight)


def window_sums(groups: Values, first: int, group: NDArray[np.int64], boundary: Values) -> Values:
    """Sums between consecutive boundaries.

    Parameters
    ----------
    groups : ndarray, shape (rows, groups)
        Sums of groups `first`, `first + 1`, ...
    group, boundary
        As `boundary_sums` gives them, for n boundaries.

    Returns
    -------
    ndarray, shape (rows, n - 1)
    """
    between = np.add.reduceat(groups[:, : group[-1] - first], group[:-1] - first, axis=-1)
    return between + boundary[:, 1:] - boundary[:, :-1]
