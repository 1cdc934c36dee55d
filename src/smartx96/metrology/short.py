"""Short recordings: windows of a stream that ends before the tracking kernels reach one.

A trigger's few cycles are measured over the most whole cycles that there are. The fundamental is
fitted by least squares, and the samples are continued by the fitted periodic model a little beyond
both ends, so that the windows' edges and the resampling kernel find there what they need.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality, Samples
from smartx96.metrology.holes import mend
from smartx96.metrology.kernels import ResamplingKernel, Values
from smartx96.metrology.periodic import fit, fundamental_frequency
from smartx96.metrology.spectrum import CARRIED, Grid, harmonic_phasors, node_phases
from smartx96.metrology.sums import (
    STEP,
    boundary_sums,
    group_sums,
    has_residual,
    product_rows,
    products,
    window_sums,
)
from smartx96.metrology.synchronisation import LIVE_SHARE
from smartx96.metrology.timeline import CYCLE, Positions
from smartx96.metrology.windows import BORDER, SPECIFIED, Flag, Rest, Windows
from smartx96.models import CYCLES
from smartx96.quantities import HARMONIC_ORDERS

LEAST_CYCLES = 2
"""Fewer give no reading (the meter's definition)."""

_CYCLE_DOUBT = 0.005
"""Part of a cycle that may be lacking of a whole one: a recording of just so many cycles is one,
whatever doubt there is about the frequency."""
_KERNEL_ROOM = 64
"""Samples beyond a window that its resampling may need."""


def measure_short(samples: Samples, quality: NDArray[np.uint8], rate: float, begin: float,
                  nominal: int | None, group: int) -> list[Windows | Rest]:  # fmt: skip
    """Windows of a whole stream, and what lies outside them; nothing but a Rest below two cycles.

    Parameters
    ----------
    samples : ndarray, shape (6 or 7, n)
        Every sample of the stream; 0 where missing.
    quality : ndarray of uint8, shape (n,)
    rate, begin : float
        Sampling rate [1/s], time of sample 0 [s].
    nominal : {50, 60}, optional
        None: the fundamental decides.
    group : int
        Samples per group of the sums.
    """
    length = samples.shape[1]
    missing = np.flatnonzero(quality & Quality.MISSING)
    frequency = _frequency(samples, missing, rate)
    chosen = nominal or (60 if (frequency or 50.0) >= BORDER else 50)
    period = rate / (frequency or float(chosen))
    cycles = math.floor(length / period + _CYCLE_DOUBT)
    total = products(samples[:, np.newaxis])[:, 0]
    everything = Flag(int(np.bitwise_or.reduce(quality, initial=0)))
    measured = float(length - len(missing))
    if cycles < LEAST_CYCLES:
        return [Rest(rate, measured, total, everything, start=begin, end=begin + length / rate)]
    count = max(1, cycles // CYCLES[chosen])
    each = min(cycles, CYCLES[chosen])
    start = (length - count * each * period - 1) / 2
    windows = _windows(
        samples, quality, rate, group, start + each * period * np.arange(count + 1), each, begin,
        chosen, synchronised=frequency is not None,
    )  # fmt: skip
    left = Rest(
        rate=rate,
        measured=max(0.0, measured - float(windows.measured.sum())),
        sums=total - windows.sums.sum(axis=1),
        flags=everything,
        leads=True,
        start=begin,
        end=begin + start / rate,
    )
    return [left, windows]


def _frequency(samples: Samples, missing: NDArray[np.intp], rate: float) -> float | None:
    """Of the live voltages together, else of the currents."""
    for group in (samples[:3], samples[3:6]):
        size = np.sqrt(np.square(group).mean(axis=1)) if group.shape[1] else np.zeros(3)
        live = size > LIVE_SHARE * size.max()
        if live.any():
            found = fundamental_frequency(group[live], missing, rate)
            if found is not None:
                return found
    return None


def _windows(samples: Samples, quality: NDArray[np.uint8], rate: float, group: int, edges: Values,
             cycles: int, begin: float, nominal: int, *, synchronised: bool
             ) -> Windows:  # fmt: skip
    period = float(edges[1] - edges[0]) / cycles
    longer, base = _continued(samples, quality, period, group, synchronised)
    origin = np.floor(edges).astype(np.int64)
    at = Positions(origin, edges - origin)
    groups = np.empty((product_rows(len(longer)), longer.shape[1] // group))
    group_sums(longer, group, groups, None)
    sums = window_sums(
        groups, base // group, *boundary_sums(longer, base, group, at.origin, at.offset)
    )
    steps = np.arange(cycles)[:, np.newaxis] + node_phases() / CYCLE
    nodes = Positions(origin[:-1], at.offset[:-1, np.newaxis, np.newaxis] + period * steps)
    length = np.diff(edges)
    kernel = ResamplingKernel.design(min(HARMONIC_ORDERS / period, CARRIED))
    grid = Grid.of(nodes, length / cycles, kernel)
    phasors = harmonic_phasors(longer[:6], base, grid, kernel)
    missing, flags = _doubts(quality, edges)
    mend(phasors, missing, length)
    frequency = rate / period
    short = cycles < CYCLES[nominal]
    flags |= Flag.SHORT if short else 0
    flags |= 0 if SPECIFIED[0] <= frequency <= SPECIFIED[1] else Flag.FREQUENCY_OUT_OF_RANGE
    flags[np.isnan(phasors[:, 0, -1]) & (missing == 0)] |= Flag.ORDERS_LIMITED
    if not synchronised:
        flags |= Flag.UNSYNCHRONISED
        phasors[:] = np.nan
    flags[has_residual(sums, length - missing)] |= Flag.CURRENT_SUM
    return Windows(
        rate=rate,
        begin=begin,
        nominal=nominal,
        cycles=cycles,
        start=origin[:-1],
        offset=at.offset[:-1],
        length=length,
        measured=length - missing,
        sums=sums,
        phasors=phasors,
        flags=flags,
    )


def _continued(samples: Samples, quality: NDArray[np.uint8], period: float, group: int,
               periodic: bool) -> tuple[Samples, int]:  # fmt: skip
    """Samples with the periodic model before and after them, and the number of the first."""
    length = samples.shape[1]
    room = group * (math.ceil((_KERNEL_ROOM + STEP) / group) + 2)
    longer = np.zeros((len(samples), length + 2 * room))
    longer[:, room : room + length] = samples
    if periodic:
        missing = np.flatnonzero(quality & Quality.MISSING)
        orders = max(1, min(HARMONIC_ORDERS, int(CARRIED * period)))
        model = fit(samples, missing, 2 * np.pi / period, orders)
        longer[:, :room] = model(np.arange(-room, 0))
        longer[:, room + length :] = model(np.arange(length, length + room))
    return longer, -room


def _doubts(quality: NDArray[np.uint8], edges: Values) -> tuple[Values, NDArray[np.int64]]:
    """Missing samples and quality flags of each window."""
    inside = np.clip(np.rint(edges + 0.5), 0, len(quality)).astype(np.int64)
    missing, flags = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1, np.int64)
    for w in range(len(missing)):
        part = quality[inside[w] : inside[w + 1]]
        missing[w] = np.count_nonzero(part & Quality.MISSING)
        flags[w] = np.bitwise_or.reduce(part, initial=0)
    return missing, flags
