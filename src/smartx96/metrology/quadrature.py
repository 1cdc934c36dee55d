"""Quadrature: means over windows of what is known at any instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values

NODES = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)
"""Of Gauss and Legendre, two on a piece of length 1, each with half of its weight: exact for
polynomials of the third degree, so for products of phasors that are linear in between."""

SLIVER = 1e-6
"""What is shorter is no piece and no window of its own: a break that should fall on an edge [s]."""

_Numbers = TypeVar("_Numbers", np.float64, np.complex128)


@dataclass(frozen=True, slots=True)
class Quadrature:
    """Instants at which windows are evaluated, two in every piece without bend or step.

    Parameters
    ----------
    times : ndarray, shape (instant,)
        [s], a piece's two beside each other.
    weight : ndarray, shape (piece,)
        Of each of a piece's instants in the mean of its window.
    first : ndarray of int, shape (window,)
        First piece of each window.
    """

    times: Values
    weight: Values
    first: NDArray[np.intp]

    def mean(self, values: NDArray[_Numbers]) -> NDArray[_Numbers]:
        """Means over the windows, shape (window, ...), of values of shape (instant, ...)."""
        pairs: NDArray[_Numbers] = values[0::2] + values[1::2]
        pairs *= self.weight.reshape(-1, *(1,) * (values.ndim - 1))
        means: NDArray[_Numbers] = np.add.reduceat(pairs, self.first, axis=0)
        return means

    def all(self, values: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether all of each window are true, shape (window,), of shape (instant,)."""
        together: NDArray[np.bool_] = np.logical_and.reduceat(
            values[0::2] & values[1::2], self.first
        )
        return together


def quadrature(edges: Values, breaks: Values) -> Quadrature:
    """Instants of consecutive windows.

    Parameters
    ----------
    edges : ndarray, shape (window + 1,)
        Where the windows meet, ascending [s].
    breaks : ndarray, shape (k,)
        Bends and steps between the first edge and the last [s].
    """
    begin, length = edges[:-1], edges[1:] - edges[:-1]
    weight, first = np.full(len(begin), 0.5), np.arange(len(begin))
    if len(breaks):
        ends = np.sort(np.concatenate([edges, breaks]))
        length = ends[1:] - ends[:-1]
        real = length > SLIVER
        begin, length = ends[:-1][real], length[real]
        first = np.searchsorted(begin, edges[:-1] - SLIVER / 2)
        whole = np.add.reduceat(length, first)
        window = np.searchsorted(first, np.arange(len(length)), side="right") - 1
        weight = 0.5 * length / whole[window]
    times = begin[:, np.newaxis] + length[:, np.newaxis] * NODES
    return Quadrature(times.ravel(), weight, first)
