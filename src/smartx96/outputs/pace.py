"""Pace: the meter's clock on the computer's, a constant latency behind."""

from __future__ import annotations

from collections import deque

LATENCY = 1_500_000
"""From a pulse on the sample clock to its edge on the wire [us]: a bit over a commit's second."""

_COMMITS = 30
"""The least delayed of so many commits tells how the two clocks stand to each other."""

_SETTLING = 1_000_000_000
"""A difference is made up at this time constant [us]: 0.1 s of jitter moves an edge by 0.1 ms a
second, and a sample clock that is 200 ppm off is followed 0.2 s behind."""

_STEP = 500_000
"""A difference above this [us] is none of jitter or drift: a clock was set, or the meter stood."""

_SECOND = 1_000_000


class Pace:
    """When a time of the meter's clock is due on the computer's.

    Parameters
    ----------
    latency : int
        [us].
    """

    def __init__(self, latency: int = LATENCY) -> None:
        self.latency = latency
        self._lags: deque[int] = deque(maxlen=_COMMITS)
        self._offset = 0.0
        self._until: int | None = None
        self._now = 0

    def observe(self, now: int, until: int) -> None:
        """Learn from a commit.

        Parameters
        ----------
        now : int
            Of the computer's clock, which is never set [us].
        until : int
            The meter's clock as far as the commit goes [us].
        """
        if until == self._until:  # the meter stands: nothing is to be learned
            return
        if self._until is not None and until < self._until:
            self._lags.clear()  # its clock was set back: what was learned is void
        self._lags.append(now - until)
        difference = min(self._lags) - self._offset
        if self._until is None or abs(difference) > _STEP:
            self._offset += difference
        else:
            self._offset += difference * min(now - self._now, _SECOND) / _SETTLING
        self._until, self._now = until, now

    def due(self, time: int) -> int:
        """When a time of the meter's clock is due, by the computer's [us]."""
        return round(time + self._offset) + self.latency
