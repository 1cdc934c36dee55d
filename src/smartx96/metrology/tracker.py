"""Tracker: follows the fundamental through a stream, and says how well it was followed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality
from smartx96.metrology.buffer import SampleBuffer
from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import (
    Loudest,
    TrackingPlan,
    follow,
    hidden_steps,
)
from smartx96.metrology.timeline import CYCLE, Timeline
from smartx96.metrology.windows import Flag, out_of_range

_VOLTAGES, _CURRENTS = slice(0, 3), slice(3, 6)


class Tracker:
    """Extends the timeline by the voltages, and where none is live by the currents.

    Parameters
    ----------
    plan : TrackingPlan
    nominal : {50, 60}
        Frequency until one is known [Hz].
    by_lines : bool
        Follow the line voltages: without a neutral the loss of one line leaves one of them as it
        was, and none of those against the star point.

    Attributes
    ----------
    timeline : Timeline
    """

    def __init__(self, plan: TrackingPlan, nominal: int, *, by_lines: bool = False) -> None:
        self.timeline = Timeline(plan, nominal)
        self._plan, self._by_lines = plan, by_lines
        self._voltages, self._currents = Loudest(plan), Loudest(plan)

    def follow(self, buffer: SampleBuffer) -> None:
        """Extend the timeline as far as the samples reach."""
        plan, line = self._plan, self.timeline
        last = (buffer.end - plan.reach) // plan.tick_samples
        if last <= line.last:
            return
        lead = line.last - 1
        samples, ticks = buffer.view(lead * plan.tick_samples), last - lead + 1
        steps, live = follow(plan, samples[_VOLTAGES], ticks, self._voltages,
                             by_lines=self._by_lines)  # fmt: skip
        if not buffer.doubtful and line.extend_steadily(steps, live):
            return
        if not live.all():
            by_current, live_current = follow(
                plan, samples[_CURRENTS], ticks, self._currents, ~live
            )
            steps = np.where(live, steps, by_current)
            live = live | live_current
        count = (ticks - 1) * plan.tick + plan.width
        line.extend(steps, live, self._hidden(buffer, lead * plan.tick_samples, count))

    def flags(self, start: int, cycles: int, frequency: Values) -> NDArray[np.int64]:
        """What the following of consecutive windows has to tell.

        Parameters
        ----------
        start : int
            Phase at which the first one begins [CYCLE].
        cycles : int
            Of each.
        frequency : ndarray, shape (window,)
            [Hz].
        """
        line, count = self.timeline, len(frequency)
        flags = np.where(out_of_range(frequency), int(Flag.FREQUENCY_OUT_OF_RANGE), 0)
        if line.steady:
            return flags
        starts = start + np.arange(count + 1, dtype=np.int64) * (cycles * CYCLE)
        tick = np.searchsorted(line.phase, starts, side="left")
        live, carried, bridged = line.live, line.carried, line.bridged
        for w in range(count):
            span = slice(tick[w], tick[w + 1] + 1)
            if not carried[span].all():
                flags[w] = Flag.UNSYNCHRONISED
            if live[span].all() and not carried[span].any():
                flags[w] |= Flag.FREQUENCY_OUT_OF_RANGE
            if bridged[span].any():
                flags[w] |= Flag.MISSING
        return flags

    def _hidden(self, buffer: SampleBuffer, start: int, count: int) -> NDArray[np.bool_] | None:
        """Steps that missing samples make worthless; None where none is missing."""
        if not buffer.doubtful:
            return None
        missing = (buffer.quality(start, buffer.end) & Quality.MISSING) > 0
        return hidden_steps(self._plan, missing, count) if missing.any() else None
