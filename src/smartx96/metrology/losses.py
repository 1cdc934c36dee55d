"""Losses: stretches of a stream that have no samples, and how long they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality

LISTED = 100
"""Gaps that are kept one by one; of more, only number, sum and longest."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without samples: start on the stream's clock, and length [s]."""

    start: float
    length: float

    @property
    def end(self) -> float:
        """Time at which samples come again [s]."""
        return self.start + self.length


@dataclass(slots=True)
class Losses:
    """Stretches without samples, in the order of time.

    Attributes
    ----------
    gaps : int
        Stretches; one that blocks cut is one.
    time : float
        Their length together [s].
    longest : float
        Length of the longest [s].
    listed : list of Gap
        The first hundred of them.
    """

    gaps: int = 0
    time: float = 0.0
    longest: float = 0.0
    listed: list[Gap] = field(default_factory=list)
    _last: Gap | None = None

    def samples(self, begin: float, rate: float, first: int, quality: NDArray[np.uint8]) -> None:
        """Note the missing of consecutive samples.

        Parameters
        ----------
        begin, rate : float
            Time of sample 0 [s], samples per second.
        first : int
            Number of the first sample.
        quality : ndarray of uint8, shape (n,)
            `Quality` bits.
        """
        missing = (quality & Quality.MISSING) > 0
        if not missing.any():
            return
        edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
        for start, end in edges.reshape(-1, 2).tolist():
            self.gap(begin + (first + start) / rate, (end - start) / rate, 0.5 / rate)

    def gap(self, start: float, length: float, hair: float = 0.0) -> None:
        """Note a stretch; one that begins within a hair of the last one's end continues it [s]."""
        last = self._last
        if last is not None and start - last.end <= hair:
            length_before, start = last.length, last.start
            if len(self.listed) == self.gaps:
                self.listed.pop()
            self.gaps -= 1
            self.time -= length_before
            length += length_before
        self._last = Gap(start, length)
        self.gaps += 1
        self.time += length
        self.longest = max(self.longest, length)
        if len(self.listed) < LISTED:
            self.listed.append(self._last)
