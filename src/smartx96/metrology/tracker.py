"""Tracker: follows the fundamental through a stream, and says how well it was followed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality
from smartx96.metrology.buffer import SampleBuffer
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import between_lines
from smartx96.metrology.synchronisation import (
    Loudest,
    TrackingPlan,
    advance,
    average,
    hidden_steps,
)
from smartx96.metrology.timeline import Timeline
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
        samples = buffer.view(lead * plan.tick_samples)
        count = (last - lead) * plan.tick + plan.width
        averaged = average(plan, samples[_VOLTAGES], count)
        if self._by_lines:
            averaged = between_lines(averaged)
        steps, live = advance(plan, averaged, self._voltages)
        if not live.all():
            currents = average(plan, samples[_CURRENTS], count)
            by_current, live_current = advance(plan, currents, self._currents, ~live)
            steps = np.where(live, steps, by_current)
            live = live | live_current
        line.extend(steps, live, self._hidden(buffer, lead * plan.tick_samples, count))

    def flags(self, starts: NDArray[np.int64], frequency: Values) -> NDArray[np.int64]:
        """What the following of each window has to tell.

        Parameters
        ----------
        starts : ndarray of int64, shape (window + 1,)
            Phases at which they begin, and at which the last one ends [CYCLE].
        frequency : ndarray, shape (window,)
            [Hz].
        """
        line = self.timeline
        tick = np.searchsorted(line.phase, starts, side="left")
        flags = np.zeros(len(starts) - 1, np.int64)
        flags[out_of_range(frequency)] |= Flag.FREQUENCY_OUT_OF_RANGE
        if not line.carried.all():
            for w in range(len(flags)):
                span = slice(tick[w], tick[w + 1] + 1)
                if not line.carried[span].all():
                    flags[w] = Flag.UNSYNCHRONISED
                if line.live[span].all() and not line.carried[span].any():
                    flags[w] |= Flag.FREQUENCY_OUT_OF_RANGE
        if line.bridged.any():
            for w in range(len(flags)):
                if line.bridged[tick[w] : tick[w + 1] + 1].any():
                    flags[w] |= Flag.MISSING
        return flags

    def _hidden(self, buffer: SampleBuffer, start: int, count: int) -> NDArray[np.bool_] | None:
        """Steps that missing samples make worthless; None where none is missing."""
        if not buffer.doubtful:
            return None
        missing = (buffer.quality(start, buffer.end) & Quality.MISSING) > 0
        return hidden_steps(self._plan, missing, count) if missing.any() else None
