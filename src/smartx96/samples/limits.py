"""Clipping: samples that stand at the limit of their converter.

A value equal to a limit proves nothing by itself: many recorders declare the extremes of the very
data as the range, and a quantised sine then touches them at each peak. So a limit that is a
converter's by its number (a power of two, a decimal full scale) counts from two equal samples in
a row, or more where the peak of a sine scaled to it has as many, and any other limit only when the
flat top is longer than any usual sine's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality
from smartx96.samples.cutting import Flags

FLAT_TOP = 1 / 16
"""Part of a cycle: a sine of 100 counts stays at its peak value for 1/31, one that is clipped at
98 % for 1/16."""

DECIMAL_SCALES = frozenset(10**n - less for n in range(5, 10) for less in (0, 1))
"""Full scales of text formats: 99999 in COMTRADE of 1991 and 1999, 1000000 in its followers."""


def is_full_scale(value: float) -> bool:
    """Whether the number is the end of a converter's range (2^n, 2^n - 1, 99999, 10^6...)."""
    size = abs(value)
    if not math.isfinite(size) or size < 127 or size != int(size):
        return False
    whole = int(size)
    return whole & (whole - 1) == 0 or whole & (whole + 1) == 0 or whole in DECIMAL_SCALES


def _least_run(low: float, high: float, cycle: float) -> int:
    """Samples at a limit that no unclipped sine has in a row."""
    if is_full_scale(low) and is_full_scale(high):
        # A sine of A counts stays within one of them for sqrt(2 / A) / pi of its cycle.
        return 2 + int(cycle * math.sqrt(2 / max(abs(low), abs(high))) / math.pi)
    return max(3, math.ceil(FLAT_TOP * cycle))


class ClipDetector:
    """Finds flat runs at the channels' limits in a stream of raw samples.

    Parameters
    ----------
    low, high : sequence of float
        Limits of each channel, in units of the raw samples; NaN where there is none.
    cycle : float
        Samples per cycle of the mains, for the length of a sine's peak.
    """

    def __init__(self, low: Sequence[float], high: Sequence[float], cycle: float = 256.0) -> None:
        self._low = np.array(low, dtype=np.float64)[:, np.newaxis]
        self._high = np.array(high, dtype=np.float64)[:, np.newaxis]
        self._least = [_least_run(a, b, cycle) for a, b in zip(low, high, strict=True)]
        self._carried = [0] * len(self._least)

    def mark(self, raw: NDArray[np.float64] | NDArray[np.integer]) -> Flags | None:
        """`Quality.CLIPPED` of each sample, None where there is none.

        Parameters
        ----------
        raw : ndarray, shape (channel, n)
            Raw samples that follow on the last ones.
        """
        if not self._reaches(raw):
            self._carried = [0] * len(self._least)
            return None
        reached = (raw <= self._low) | (raw >= self._high)
        clipped = np.zeros(raw.shape[1], dtype=bool)
        for channel, mask in enumerate(reached):
            self._mark_runs(channel, mask, clipped)
        return np.where(clipped, Quality.CLIPPED, 0).astype(np.uint8) if clipped.any() else None

    def _reaches(self, raw: NDArray[np.float64] | NDArray[np.integer]) -> bool:
        """Whether any sample stands at a limit; a missing one, that is none, hides nothing."""
        if not raw.size:
            return False
        low, high = (extreme.reduce(raw, axis=1, keepdims=True) for extreme in (np.fmin, np.fmax))
        return bool(((low <= self._low) | (high >= self._high)).any())

    def _mark_runs(self, channel: int, mask: NDArray[np.bool_], clipped: NDArray[np.bool_]) -> None:
        edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
        for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            before = self._carried[channel] if first == 0 else 0
            if stop - first + before >= self._least[channel]:
                clipped[first:stop] = True
        last = edges[-2:].tolist()
        at_end = bool(last) and last[1] == len(mask)
        whole = at_end and last[0] == 0
        ended = last[1] - last[0] if at_end else 0
        self._carried[channel] = ended + (self._carried[channel] if whole else 0)
