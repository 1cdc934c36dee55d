"""Pace: where the sample clock stands by the wall clock, and what an outage has cost."""

from __future__ import annotations

import math
from collections import deque

BUCKET_SECONDS, BUCKETS = 5.0, 4
"""The smallest delay of the last 15 to 20 s rules: long against the scheduling of a computer, short
against the drift of a crystal (4 ms at 200 ppm)."""

LEAST_LOSS = 0.05
"""Less than this is arrival jitter, no loss [s]."""


class Pace:
    """Follows how late samples arrive.

    Arrivals can be late, by transmission and scheduling, but not early: the smallest delay of late
    is that of the samples' way. What stands below it after an outage is missing.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._least: deque[float] = deque(maxlen=BUCKETS)
        self._until = -math.inf

    def arrived(self, end: int, now: float) -> None:
        """Note that every sample before `end` was there at time `now` [s]."""
        delay = now - end / self._rate
        if now >= self._until:
            self._until = now + BUCKET_SECONDS
            self._least.append(delay)
        elif delay < self._least[-1]:
            self._least[-1] = delay

    def lost(self, end: int, now: float) -> int:
        """Samples that should have come by `now` beyond `end`; 0 for what jitter explains."""
        if not self._least:
            return 0
        due = (now - min(self._least)) * self._rate
        missing = round(due) - end
        return missing if missing >= LEAST_LOSS * self._rate else 0
