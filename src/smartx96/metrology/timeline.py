"""Timeline: phase of the fundamental at ticks, and where on the sample clock a phase is reached."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import HIGHEST, LOWEST, TrackingPlan

CYCLE = 1 << 44
"""Phase is kept in integer ticks of 2^-44 cycle: sums are exact, so no cutting changes them."""

_HOLD_BACK_SECONDS = 0.15
"""A kernel's length: what was measured nearer to an outage already saw it."""


@dataclass(frozen=True, slots=True)
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


@dataclass(slots=True)
class Timeline:
    """Phase at consecutive ticks, extended as the stream goes on.

    Parameters
    ----------
    plan : TrackingPlan
    first : int
        Number of the tick at which `phase` begins.
    phase : ndarray of int64
        Phase [CYCLE] at ticks `first`, `first + 1`, ...
    live, inside : ndarray of bool
        Of the step that ends at the tick: whether any channel carried it, and whether its
        frequency lay within what is tracked.
    """

    plan: TrackingPlan
    nominal: float
    first: int = 1
    phase: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    live: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, np.bool_))
    inside: NDArray[np.bool_] = field(default_factory=lambda: np.ones(1, np.bool_))
    _recent: list[float] = field(default_factory=list)
    _held: float | None = None

    @property
    def last(self) -> int:
        """Number of the last tick whose phase is known."""
        return self.first + len(self.phase) - 1

    def extend(self, advance: Values, live: NDArray[np.bool_]) -> None:
        """Add ticks: cycles from the tick before, and whether they were measured."""
        step = self.plan.tick_seconds
        inside = (advance >= LOWEST * step) & (advance <= HIGHEST * step)
        steps = self._with_held(advance, live & inside)
        ticks = np.rint(steps * CYCLE).astype(np.int64)
        self.phase = np.concatenate([self.phase, self.phase[-1] + np.cumsum(ticks)])
        self.live = np.concatenate([self.live, live])
        self.inside = np.concatenate([self.inside, inside | ~live])

    def _with_held(self, advance: Values, good: NDArray[np.bool_]) -> Values:
        """Advance with the steps that nothing carried replaced by the last good frequency."""
        back = max(1, round(_HOLD_BACK_SECONDS / self.plan.tick_seconds))
        steps = np.array(advance)
        if good.all():
            self._held = None
            self._recent = (self._recent + steps[-back:].tolist())[-back:]
            return steps
        for m, fine in enumerate(good):
            if fine:
                self._held = None
                self._recent = (self._recent + [float(steps[m])])[-back:]
            else:
                if self._held is None:
                    nominal = self.nominal * self.plan.tick_seconds
                    self._held = self._recent[0] if self._recent else nominal
                    self._recent = []
                steps[m] = self._held
        return steps

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
        at = phase[tick]
        x = (targets - at).astype(np.float64)
        before = (phase[tick - 1] - at).astype(np.float64)
        after = (phase[tick + 1] - at).astype(np.float64)
        beyond = (phase[tick + 2] - at).astype(np.float64)
        fraction = x * (
            -(x - after) * (x - beyond) / (before * (before - after) * (before - beyond))
            + (x - before) * (x - beyond) / (after * (after - before) * (after - beyond))
            + 2 * (x - before) * (x - after) / (beyond * (beyond - before) * (beyond - after))
        )
        base = np.searchsorted(phase, start, side="right") - 1
        whole = int(np.floor(self.plan.centre))
        origin = whole + (self.first + base) * samples
        aside = (slice(None), *(np.newaxis,) * (targets.ndim - 1))
        ticks = (tick - base[aside]) + fraction
        return Positions(origin, ticks * samples + (self.plan.centre - whole))

    def spans(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> tuple[slice | NDArray[np.intp], NDArray[np.intp]]:
        """Index of the first and after the last tick that lies within each span of phase."""
        return (
            np.searchsorted(self.phase, starts, side="left"),
            np.searchsorted(self.phase, ends, side="right"),
        )

    def drop_before(self, phase: int) -> None:
        """Forget ticks not needed for positions at or after `phase`, and count phase from there."""
        keep = int(np.searchsorted(self.phase, phase, side="right")) - 2
        keep = max(keep, 0)
        self.first += keep
        self.phase = self.phase[keep:] - phase
        self.live = self.live[keep:]
        self.inside = self.inside[keep:]
