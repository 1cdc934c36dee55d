"""Timeline: phase of the fundamental at ticks, and where on the sample clock a phase is reached."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import HIGHEST, LOWEST, TrackingPlan

CYCLE = 1 << 44
"""Phase is kept in integer ticks of 2^-44 cycle: sums are exact, so no cutting changes them."""

_BRIDGE_SECONDS = 0.4
"""Time over which missing samples are bridged by the last good frequency: the length of the
kernel and some 0.2 s."""
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


@dataclass(slots=True)
class Timeline:
    """Phase at consecutive ticks, extended as the stream goes on.

    Parameters
    ----------
    plan : TrackingPlan
    nominal : float
        Frequency of the steps that nothing carries, until one is known [Hz].
    first : int
        Number of the tick at which `phase` begins.
    phase : ndarray of int64
        Phase [CYCLE] at ticks `first`, `first + 1`, ...
    live, carried : ndarray of bool
        Of the step that ends at the tick: whether any channel was live, and whether its frequency
        lay within what is tracked too, so that the step is a measured one, or bridged.
    bridged : ndarray of bool
        Whether missing samples hid the step, and the last good frequency stands for it.
    """

    plan: TrackingPlan
    nominal: float
    first: int = 1
    phase: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    live: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, np.bool_))
    carried: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, np.bool_))
    bridged: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, np.bool_))
    _bridge: float = 0.0
    _recent: list[float] = field(default_factory=list)
    _trusted: float = 0.0
    _inverse: Values = field(default_factory=lambda: np.empty((3, 0)))

    def __post_init__(self) -> None:
        self._trusted = self.nominal * self.plan.tick_seconds

    @property
    def last(self) -> int:
        """Number of the last tick whose phase is known."""
        return self.first + len(self.phase) - 1

    def extend(
        self,
        advance: Values,
        live: NDArray[np.bool_],
        hidden: NDArray[np.bool_] | None = None,
    ) -> None:
        """Add ticks: cycles from the tick before, whether they were measured, and hidden."""
        step = self.plan.tick_seconds
        good = live & (advance >= LOWEST * step) & (advance <= HIGHEST * step)
        good = good if hidden is None else good & ~hidden
        bridged = self._bridged(good, hidden)
        steps = self._with_held(advance, good)
        ticks = np.rint(steps * CYCLE).astype(np.int64)
        self.phase = np.concatenate([self.phase, self.phase[-1] + np.cumsum(ticks)])
        self._inverse = inverse_cubics(self.phase)
        self.live = np.concatenate([self.live, live])
        self.carried = np.concatenate([self.carried, good | bridged])
        self.bridged = np.concatenate([self.bridged, bridged])

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
        back = max(1, round(_HOLD_BACK_SECONDS / self.plan.tick_seconds))
        steps = np.array(advance)
        if good.all() and len(steps) >= back:
            self._recent = [*self._recent, *steps[-back - 1 :].tolist()][-back - 1 :]
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
        first, second, third = self._inverse[:, tick - 1]
        fraction = x * (first + x * (second + x * third))
        base = np.searchsorted(phase, start, side="right") - 1
        whole = int(np.floor(self.plan.centre))
        origin = whole + (self.first + base) * samples
        aside = (slice(None), *(np.newaxis,) * (targets.ndim - 1))
        ticks = (tick - base[aside]) + fraction
        return Positions(origin, ticks * samples + (self.plan.centre - whole))

    def drop_before(self, phase: int) -> None:
        """Forget ticks not needed for positions at or after `phase`, and count phase from there."""
        keep = int(np.searchsorted(self.phase, phase, side="right")) - 2
        keep = max(keep, 0)
        self.first += keep
        self.phase = self.phase[keep:] - phase
        self._inverse = self._inverse[:, keep:]
        self.live = self.live[keep:]
        self.carried = self.carried[keep:]
        self.bridged = self.bridged[keep:]
