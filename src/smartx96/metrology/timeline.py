"""Timeline: phase of the fundamental at ticks, and where on the sample clock a phase is reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.buffer import Columns
from smartx96.metrology.kernels import Values
from smartx96.metrology.loops import COMPILED
from smartx96.metrology.synchronisation import HIGHEST, LOWEST, TrackingPlan

CYCLE = 1 << 44
"""Phase is kept in integer ticks of 2^-44 cycle: sums are exact, so no cutting changes them."""

_LIVE, _CARRIED, _BRIDGED = range(3)

_ROOM = 512
"""Ticks that find room before older ones must make it."""

_BRIDGE_SECONDS = 0.4
"""Time over which missing samples are bridged by the last good frequency: the length of the
kernel and some 0.2 s."""
_HOLD_BACK_SECONDS = 0.15
"""A kernel's length: what was measured nearer to an outage already saw it."""


@dataclass(slots=True)
class Positions:
    """Points on the sample clock: `origin + offset`, the integer kept apart for precision.

    Parameters
    ----------
    origin : ndarray of int64, shape (window,)
    offset : ndarray, shape (window, ...)
        Samples after `origin`.
    """

    origin: NDArray[np.int64]
    offset: Values


def inverse_cubics(phase: NDArray[np.int64]) -> Values:
    """Ticks as a cubic of the phase after each tick but the outer ones, shape (3, ticks - 3).

    The cubic through the ticks before, at, after and beyond, without its constant.
    """
    steps = np.diff(phase).astype(np.float64)
    before, after, beyond = steps[:-2], steps[1:-1], steps[2:]
    slope = 1.0 / after
    bend = (slope - 1.0 / before) / (before + after)
    next_bend = (1.0 / beyond - slope) / (after + beyond)
    third = (next_bend - bend) / (before + after + beyond)
    second = bend + third * (before - after)
    first = slope - after * (bend + third * before)
    return np.stack([first, second, third])


class Timeline:
    """Phase at consecutive ticks, extended as the stream goes on.

    Parameters
    ----------
    plan : TrackingPlan
    nominal : float
        Frequency of the steps that nothing carries, until one is known [Hz].
    """

    def __init__(self, plan: TrackingPlan, nominal: float) -> None:
        self.plan = plan
        # Numbered from 1: a first tick only leads.
        self._phase = Columns(None, np.int64, _ROOM, base=1)
        self._steps = Columns(3, np.bool_, _ROOM, base=1)
        for columns in (self._phase, self._steps):
            columns.add(1)[:] = 0
        self._unsteady_until = self._phase.end
        self._bridge = 0.0
        self._recent: list[float] = []
        self._back = max(1, round(_HOLD_BACK_SECONDS / plan.tick_seconds))
        self._trusted = nominal * plan.tick_seconds

    @property
    def first(self) -> int:
        """Number of the tick at which `phase` begins."""
        return self._phase.base

    @property
    def last(self) -> int:
        """Number of the last tick whose phase is known."""
        return self._phase.end - 1

    @property
    def phase(self) -> NDArray[np.int64]:
        """Phase [CYCLE] at ticks `first`, `first + 1`, ..."""
        return self._phase.view(self._phase.base)

    @property
    def live(self) -> NDArray[np.bool_]:
        """Whether any channel was live in the step that ends at the tick."""
        return self._kept(_LIVE)

    @property
    def carried(self) -> NDArray[np.bool_]:
        """Live steps whose frequency lay within what is tracked too, so that they are measured
        ones, and those that are bridged."""
        return self._kept(_CARRIED)

    @property
    def bridged(self) -> NDArray[np.bool_]:
        """Whether missing samples hid the step, and the last good frequency stands for it."""
        return self._kept(_BRIDGED)

    def _kept(self, row: int) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self._steps.view(self._steps.base)[row]
        return found

    @property
    def steady(self) -> bool:
        """Whether all steps that are kept are measured ones."""
        return self._phase.base >= self._unsteady_until

    def extend(
        self,
        advance: Values,
        live: NDArray[np.bool_],
        hidden: NDArray[np.bool_] | None = None,
    ) -> None:
        """Add ticks: cycles from the tick before, whether they were measured, and hidden."""
        step, count = self.plan.tick_seconds, len(advance)
        good = live & (advance >= LOWEST * step) & (advance <= HIGHEST * step)
        good = good if hidden is None else good & ~hidden
        new = self._steps.add(count)
        new[_LIVE] = live
        new[_BRIDGED] = self._bridged(good, hidden)
        new[_CARRIED] = good | new[_BRIDGED]
        phase = self._phase.add(count)
        np.cumsum(np.rint(self._with_held(advance, good) * CYCLE).astype(np.int64), out=phase)
        phase += self._phase.view(self.last - count, self.last - count + 1)
        if not good.all():
            self._unsteady_until = self._phase.end

    def extend_steadily(self, advance: Values, live: NDArray[np.bool_]) -> bool:
        """Add ticks as `extend` does, if all are measured ones; gives whether they were.

        What the compiled loop is for; without it nothing is added.
        """
        step, count = self.plan.tick_seconds, len(advance)
        if COMPILED is None or count < self._back:
            return False
        kept = self._steps.add(count)
        self._phase.add(count)
        phase = self._phase.view(self._phase.end - count - 1)
        if not COMPILED.extend(
            advance, live, phase, kept, LOWEST * step, HIGHEST * step, float(CYCLE)
        ):
            self._steps.drop_after(count)
            self._phase.drop_after(count)
            return False
        self._bridge = _BRIDGE_SECONDS
        self._recent = [*self._recent, *advance[-self._back - 1 :].tolist()]
        self._trust(self._back)
        return True

    def _bridged(
        self, good: NDArray[np.bool_], hidden: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_]:
        """Hidden steps for which the last good frequency may stand: a few after a good one."""
        bridged = np.zeros(len(good), np.bool_)
        if hidden is None:
            self._bridge = _BRIDGE_SECONDS if good[-1] else 0.0
            return bridged
        for m, (fine, unseen) in enumerate(zip(good.tolist(), hidden.tolist(), strict=True)):
            if fine:
                self._bridge = _BRIDGE_SECONDS
            elif not unseen:
                self._bridge = 0.0
            else:
                self._bridge -= self.plan.tick_seconds
                bridged[m] = self._bridge > 0.0
        return bridged

    def _with_held(self, advance: Values, good: NDArray[np.bool_]) -> Values:
        """Advance with the steps that nothing carried replaced by the last good frequency."""
        back, steps = self._back, advance.copy()
        if good.all() and len(steps) >= back:
            self._recent = [*self._recent, *steps[-back - 1 :].tolist()]
            self._trust(back)
            return steps
        for m, fine in enumerate(good):
            if fine:
                self._recent.append(float(steps[m]))
                self._trust(back)
            else:
                self._recent.clear()
                steps[m] = self._trusted
        return steps

    def _trust(self, back: int) -> None:
        """Trust what lies a kernel's length back, all good since: no outage reached into it."""
        self._recent = self._recent[-back - 1 :]
        if len(self._recent) > back:
            self._trusted = self._recent[0]

    def positions(self, targets: NDArray[np.int64], start: NDArray[np.int64]) -> Positions:
        """Sample positions at which the phase is reached.

        Inverse interpolation with the cubic through the four ticks around each point: exact for a
        steady frequency, and to 1e-6 sample for 1 Hz/s.

        Parameters
        ----------
        targets : ndarray of int64, shape (window, ...)
            Phases [CYCLE], between the second and the last but two of the known ticks.
        start : ndarray of int64, shape (window,)
            Phase at which each window starts; its tick gives the window's origin.

        Returns
        -------
        Positions
        """
        phase, samples = self.phase, self.plan.tick_samples
        tick = np.searchsorted(phase, targets, side="right") - 1
        x = (targets - phase[tick]).astype(np.float64)
        first, second, third = inverse_cubics(phase)[:, tick - 1]
        fraction = x * (first + x * (second + x * third))
        base = np.searchsorted(phase, start, side="right") - 1
        whole = int(np.floor(self.plan.centre))
        origin = whole + (self.first + base) * samples
        aside = (slice(None), *(np.newaxis,) * (targets.ndim - 1))
        ticks = (tick - base[aside]) + fraction
        return Positions(origin, ticks * samples + (self.plan.centre - whole))

    def drop_before(self, tick: int) -> None:
        """Forget ticks not needed for positions at or after tick number `tick`."""
        for columns in (self._phase, self._steps):
            columns.drop_before(tick - 1)

    def count_from(self, phase: int) -> None:
        """Count phase from here."""
        self.phase[:] -= phase
