"""Holes: what samples that are missing or doubtful do to the windows they lie in."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality
from smartx96.metrology.buffer import SampleBuffer
from smartx96.metrology.kernels import Values, raised_cosine_step
from smartx96.metrology.sums import STEP
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.timeline import Positions


def doubtful(samples: SampleBuffer, at: Positions) -> tuple[Values, NDArray[np.int64]]:
    """Missing samples of each window, weighted as the sums are, and its quality flags.

    Parameters
    ----------
    samples : SampleBuffer
    at : Positions, offset of shape (window + 1,)
        Boundaries of the windows.
    """
    count = len(at.origin) - 1
    missing, flags = np.zeros(count), np.zeros(count, np.int64)
    if samples.doubtful:
        before = [_missing_before(samples, at, n) for n in range(count + 1)]
        missing = np.diff(before)
        for w in range(count):
            quality = samples.quality(sample_after(at, w), sample_after(at, w + 1))
            flags[w] = np.bitwise_or.reduce(quality)
    return missing, flags


def _missing_before(samples: SampleBuffer, at: Positions, n: int) -> float:
    """Missing samples before a boundary, those around it by their part."""
    end = sample_after(at, n) + STEP
    missing = np.flatnonzero(samples.quality(samples.base, end) & Quality.MISSING)
    distance = at.origin[n] - samples.base - missing + at.offset[n]
    return float(raised_cosine_step(distance, STEP).sum())


def mend(phasors: Phasors, missing: Values, length: Values) -> None:
    """Windows with missing samples keep their fundamental, scaled up, and lose the other orders.

    Missing samples are zeros to the spectrum: they tear holes into the wave, which are no
    harmonics of the mains.
    """
    torn = missing > 0
    if not torn.any():
        return
    phasors[torn, :, 1:] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        phasors[torn, :, 0] *= (length / (length - missing))[torn, np.newaxis]


def sample_after(at: Positions, n: int) -> int:
    """Number of the first sample at or after a boundary."""
    return int(at.origin[n]) + math.ceil(float(at.offset[n]))


def part_before(at: Positions, n: int) -> float:
    """How far a boundary lies before the sample after it [samples]."""
    offset = float(at.offset[n])
    return math.ceil(offset) - offset
