"""Spectrum: orders 1..63 of each window, from samples resampled to whole points per cycle.

Each window is resampled to N points per cycle, N the nearest whole number of samples, its cycles
are added up, and one DFT over N points gives the lines at the harmonics (IEC 61000-4-7, 4.4.1,
with the lines between them left out). Resampling is a Kaiser-Bessel kernel whose transform is
divided out afterwards. Positions and kernel are evaluated at a few Chebyshev points of each cycle
and carried to all samples by a small matrix product.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.metrology.kernels import ResamplingKernel, Values
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.timeline import CYCLE, Positions
from smartx96.quantities import HARMONIC_ORDERS

CARRIED = 0.45
"""Highest frequency that a sampling rate carries, as a share of it."""

_NODES = 7
"""Points per cycle: polynomials of degree 6 carry the kernel to 1e-7."""


@lru_cache(maxsize=1)
def node_phases() -> NDArray[np.int64]:
    """Chebyshev points of a cycle [CYCLE], shape (nodes,)."""
    k = np.arange(_NODES)
    nodes = 0.5 - 0.5 * np.cos((2 * k + 1) * np.pi / (2 * _NODES))
    return np.rint(nodes * CYCLE).astype(np.int64)


@lru_cache(maxsize=64)
def _interpolation(points: int) -> Values:
    """Lagrange polynomials of the nodes at k / points, shape (nodes, points)."""
    nodes = node_phases() / CYCLE
    u = np.arange(points) / points
    rows = []
    for r, node in enumerate(nodes):
        others = np.delete(nodes, r)
        rows.append(np.prod((u[:, np.newaxis] - others) / (node - others), axis=1))
    return np.stack(rows)


def carried_orders(samples_per_cycle: Values) -> NDArray[np.int64]:
    """Highest order, up to 63, below 0.45 of the sampling rate."""
    return np.minimum(np.floor(CARRIED * samples_per_cycle), HARMONIC_ORDERS).astype(np.int64)


def harmonic_phasors(samples: Samples, base: int, at: Positions, kernel: ResamplingKernel,
                     samples_per_cycle: Values) -> Phasors:  # fmt: skip
    """Complex rms of orders 1..63 of every channel and window.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
        Sample 0 is number `base` of the stream.
    at : Positions, offset of shape (window, cycle, node)
        Where each cycle's nodes lie.
    kernel : ResamplingKernel
    samples_per_cycle : ndarray, shape (window,)

    Returns
    -------
    ndarray of complex, shape (window, channel, 63)
        Phase is relative to the start of the window; orders that the rate does not carry are NaN.
    """
    found = np.full((len(at.origin), len(samples), HARMONIC_ORDERS), np.nan, np.complex128)
    points = np.rint(samples_per_cycle).astype(np.int64)
    for n in np.unique(points):
        chosen = np.flatnonzero(points == n)
        cycle = _folded(samples, base, at.origin[chosen], at.offset[chosen], int(n), kernel)
        orders = int(carried_orders(np.array([n * 1.0]))[0])
        found[chosen, :, :orders] = _transformed(cycle, orders, at.offset.shape[1])
    orders = np.arange(1, HARMONIC_ORDERS + 1)
    frequency = orders / samples_per_cycle[:, np.newaxis]
    gain = kernel.transform(np.minimum(frequency, CARRIED))
    gain[frequency > CARRIED] = np.nan
    return found / gain[:, np.newaxis, :]


def _folded(samples: Samples, base: int, origin: NDArray[np.int64], offset: Values, points: int,
            kernel: ResamplingKernel) -> Samples:  # fmt: skip
    """Sum of each window's cycles, resampled: shape (window, channel, points)."""
    deviation = offset - node_phases() * (points / CYCLE)
    middle = (deviation.min(axis=-1) + deviation.max(axis=-1)) / 2
    start = np.rint(middle)
    deviation = deviation - start[..., np.newaxis]
    taps = np.arange(-kernel.half_width, kernel.half_width + 1)
    at_nodes = kernel(deviation - taps[:, np.newaxis, np.newaxis, np.newaxis])
    weights = at_nodes @ _interpolation(points)
    first = origin[:, np.newaxis] + start.astype(np.int64) - (kernel.half_width + base)
    cycles = sliding_window_view(samples, points + len(taps) - 1, axis=-1)[:, first]
    total = np.zeros((len(origin), len(samples), points))
    for tap, weight in enumerate(weights):
        total += np.einsum("wck,awck->wak", weight, cycles[..., tap : tap + points])
    return total


def _transformed(cycle: Samples, orders: int, cycles: int) -> Phasors:
    lines = np.fft.rfft(cycle)[..., 1 : orders + 1]
    phasors: Phasors = np.sqrt(2) / (cycles * cycle.shape[-1]) * lines
    return phasors
