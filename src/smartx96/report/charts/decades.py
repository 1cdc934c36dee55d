"""Decades: a logarithmic axis, for currents that reach from a hundredth to the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from smartx96.report.charts.scale import NICE, Scale, Values

_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Decades(Scale):
    """A logarithmic axis; both ends are above 0, and `step` has no meaning."""

    @property
    def ticks(self) -> list[float]:
        """Where numbers stand: as marked, else 1, 2 and 5 of every decade."""
        if self.marked:
            return list(self.marked)
        first, last = (math.floor(math.log10(end)) for end in (self.low, self.high))
        every = [n * 10.0**power for power in range(first, last + 1) for n in NICE]
        low, high = self.low * (1 - _HAIR), self.high * (1 + _HAIR)
        return [tick for tick in every if low <= tick <= high]

    def text(self, tick: float) -> str:
        """The number at a tick, with the digits that it has."""
        return f"{tick / self.divisor:.6g}"

    def share(self, values: Values | float) -> Values:
        """Place along the axis: 0 at its low end, 1 at its high end."""
        shares: Values = np.log(np.asarray(values, np.float64) / self.low)
        return shares / math.log(self.high / self.low)
