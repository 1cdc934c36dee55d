"""Drift: how fast a source's sample clock runs against the clock of this computer."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INTERVAL_SECONDS = 2.0
"""Of each interval the least delayed arrival counts: arrivals can be late, but not early."""

INTERVALS = 300
"""Intervals that the line goes through: the last ten minutes."""

LEAST_INTERVALS = 5

RESOLUTION = 50e-6
"""What the delay of an interval is not known better than [s]."""

_MOST_ALIKE = 0.95
_ROUNDS = 4
_LATE = 3.0

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DriftEstimate:
    """Drift with its uncertainty, both in parts per million.

    Parameters
    ----------
    ppm : float
        Positive where the sample clock runs fast.
    uncertainty : float
        Expanded uncertainty, coverage factor 2.
    """

    ppm: float
    uncertainty: float

    def __str__(self) -> str:
        return f"{self.ppm:+.1f} ± {self.uncertainty:.1f} ppm"


class Drift:
    """A line through the lower envelope of arrival delays, by least squares.

    Intervals in which everything came late are left out. Where the sample clock jumps by an amount
    that nobody knows to the sample, the line keeps its slope and begins at another height.
    """

    def __init__(self) -> None:
        self._points: deque[tuple[int, float, float]] = deque(maxlen=INTERVALS)
        self._segment = 0
        self._until = -math.inf
        self._least: tuple[float, float] | None = None
        self._estimate: DriftEstimate | None = None
        self._stale = False

    def arrived(self, time: float, now: float) -> None:
        """Note an arrival.

        Parameters
        ----------
        time : float
            End of the samples on their sample clock [s].
        now : float
            When they were there, on the computer's monotonic clock [s].
        """
        if now >= self._until:
            self._close()
            self._until = now + INTERVAL_SECONDS
        if self._least is None or now - time < self._least[1]:
            self._least = now, now - time

    def jumped(self) -> None:
        """The sample clock has jumped by a doubtful amount."""
        self._close()
        self._until = -math.inf
        self._segment += 1

    def _close(self) -> None:
        if self._least is not None:
            self._points.append((self._segment, *self._least))
            self._stale = True
        self._least = None

    def estimate(self) -> DriftEstimate | None:
        """Drift as far as it is known; None before there are enough arrivals."""
        if self._stale:
            self._stale, self._estimate = False, _fitted(np.array(self._points, dtype=np.float64))
        return self._estimate


def _fitted(points: Values) -> DriftEstimate | None:
    """The line through points of segment, time and delay, less those that came late."""
    for _ in range(_ROUNDS):
        time, delay, free = _centred(points)
        spread = float(time @ time)
        if free < LEAST_INTERVALS - 2 or spread <= 0:
            return None
        slope = float(time @ delay) / spread
        rest = delay - slope * time
        late = rest > _LATE * max(1.4826 * float(np.median(np.abs(rest))), RESOLUTION)
        if not late.any():
            break
        points = points[~late]
    deviation = max(math.sqrt(float(rest @ rest) / free), RESOLUTION)
    alike = min(max(_autocorrelation(rest), 0.0), _MOST_ALIKE)
    error = deviation / math.sqrt(spread) * math.sqrt((1 + alike) / (1 - alike))
    return DriftEstimate(-1e6 * slope, 2e6 * error)


def _centred(points: Values) -> tuple[Values, Values, int]:
    """Times and delays less the means of their segments, and the degrees of freedom of the rest."""
    segments, index = np.unique(points[:, 0], return_inverse=True)
    counts = np.bincount(index, minlength=len(segments))
    time, delay = (
        column - (np.bincount(index, column, len(segments)) / np.maximum(counts, 1))[index]
        for column in points.T[1:]
    )
    return time, delay, len(points) - len(segments) - 1


def _autocorrelation(rest: Values) -> float:
    """How alike neighbours are, 0 to 1: what varies slowly says less than its number."""
    total = float(rest @ rest)
    return float(rest[1:] @ rest[:-1]) / total if total > 0 else 0.0
