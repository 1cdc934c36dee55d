"""InputWatch: whether a live input still gives samples, what it has lost, how its clock drifts."""

from __future__ import annotations

from enum import IntEnum

from smartx96.installation.reception import Arrival, Reception
from smartx96.meter.snapshot import InputState
from smartx96.metrology.drift import Drift

DRY_SECONDS = 0.5
"""Without samples for so long an input is dry [s]."""

UNAVAILABLE_SECONDS = 1.0
"""Without samples for so long readings are not available any more [s]."""

DOUBTFUL_JUMP = 0.1
"""A longer jump of the sample clock may be known by the wall clock only [s]."""


class Flow(IntEnum):
    """How far an input has dried up."""

    FLOWING = 0
    DRY = 1
    UNAVAILABLE = 2


class InputWatch:
    """Follows the arrivals of a live input.

    Parameters
    ----------
    reception : Reception
    now : float
        Monotonic time [s].

    Attributes
    ----------
    flow : Flow
    samples : int
        Samples per channel that have come.
    time : float
        End of the last of them on the sample clock [s].
    """

    def __init__(self, reception: Reception, now: float) -> None:
        self.flow = Flow.FLOWING
        self.samples = 0
        self.time = 0.0
        self._reception = reception
        self._drift = Drift()
        self._last = now
        self._end: int | None = None
        self._outages = self._gaps = self._lost = 0

    def arrived(self, arrival: Arrival) -> None:
        """Note an arrival."""
        block = arrival.block
        gap = 0 if self._end is None else block.start - self._end
        if gap > 0:
            self._gaps += 1
            self._lost += gap
            if gap > DOUBTFUL_JUMP * block.rate:
                self._drift.jumped()
        self.flow, self._last, self._end = Flow.FLOWING, arrival.time, block.end
        self.samples += block.length
        self.time = block.end / block.rate
        self._drift.arrived(self.time, arrival.time)

    def waited(self, now: float) -> bool:
        """Note that nothing has come; whether the flow is another for it."""
        silent, before = now - self._last, self.flow
        if silent >= UNAVAILABLE_SECONDS:
            self.flow = Flow.UNAVAILABLE
        elif silent >= DRY_SECONDS:
            self.flow = Flow.DRY
        self._outages += before is Flow.FLOWING and self.flow > before
        return self.flow is not before

    def state(self) -> InputState:
        """All of it, as snapshots carry it."""
        return InputState(
            dry=self.flow > Flow.FLOWING,
            outages=self._outages,
            gaps=self._gaps,
            lost_samples=self._lost,
            dropped_blocks=self._reception.dropped,
            drift=self._drift.estimate(),
        )
