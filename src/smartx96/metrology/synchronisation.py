"""Synchronisation: the phase of the fundamental over time (IEC 61000-4-30, 5.1; 61000-4-7, 4.4.1).

The voltages are averaged down to about 800 samples a second. Every 10 ms (a *tick*) two kernels
give the complex fundamental of each phase: a short one at 55 Hz finds the frequency to some
30 mHz, then one on a 0.5 Hz grid, boxes of 1, 1, 2 and 2 cycles convolved, whose multiple nulls
lie on DC, the image and every harmonic, finds the phase. The advance from tick to tick is the
argument of the sum over the live phases of c[m] conj(c[m-1]): any live phase carries it, in either
rotation, and none is preferred. Boxes must be whole cycles; half cycles leak 30-fold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.errors import StreamError
from smartx96.metrology.buffer import Kept
from smartx96.metrology.kernels import Values, convolved_boxes, correlated, under_window
from smartx96.metrology.loops import COMPILED, fits

LOWEST, HIGHEST = 40.0, 70.0
"""Frequencies that are tracked [Hz]."""
LOWEST_RATE, HIGHEST_RATE = 400.0, 4e6
"""Sampling rates that are measured [1/s]."""

_AVERAGED_RATE = 800.0
_TICK_SECONDS = 0.010
_COARSE = 55.0
_GRID_STEP = 0.5
LIVE_SHARE = 0.02
"""A phase is live above this share of the largest (the meter's definition)."""
_SINUSOIDAL_SHARE = 0.5
"""Least part of a channel's power that the fundamental must hold: noise alone gives 0.04, and 0.5
once in a million."""
_NO_NOISE = 1e-18
"""Part of the power that must vary: below it is the rounding of a steady level."""
_FADING_SECONDS = 3600.0
"""Time after which the largest amplitude of the past counts a third: what is left on dead wires is
small against what was there."""
_STEADY = 0.01
"""Change of amplitude within a tick, of the largest, that halves a channel's weight."""

_HIDDEN_SHARE = 1e-4
"""Part of a kernel on missing samples up to which its phase is good to 1 mHz over a window."""
_HOLE_SHARE = 0.4
"""Part of an averaged sample that a hole must take (some 2 ms): what smaller ones do to the phase
as they enter a kernel, they undo as they leave it."""

_NOTHING = 1e-100
"""Amplitude below which a relative change says nothing [V, A]."""

Phasors = NDArray[np.complex128]


@dataclass(frozen=True)
class TrackingPlan:
    """What follows from the sampling rate: averaging, ticks, kernels.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    """

    rate: float

    def __post_init__(self) -> None:
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise StreamError(
                f"sampling rate {self.rate:g} 1/s: the engine measures "
                f"{LOWEST_RATE:g} to {HIGHEST_RATE:g} 1/s; give the true rate with --rate"
            )

    @cached_property
    def decimation(self) -> int:
        """Samples per averaged sample."""
        return max(1, round(self.rate / _AVERAGED_RATE))

    @cached_property
    def averaging(self) -> Values:
        """Weights of the average: boxes of D, D, D+1, D+2 samples convolved."""
        d = self.decimation
        weights = np.ones(1)
        for width in (d, d, d + 1, d + 2) if d > 1 else ():
            weights = np.convolve(weights, np.full(width, 1.0 / width))
        return weights

    @cached_property
    def tick(self) -> int:
        """Averaged samples per tick."""
        return max(1, round(_TICK_SECONDS * self.rate / self.decimation))

    @cached_property
    def tick_samples(self) -> int:
        """Samples per tick."""
        return self.tick * self.decimation

    @cached_property
    def tick_seconds(self) -> float:
        """Length of a tick [s]."""
        return self.tick_samples / self.rate

    @cached_property
    def half(self) -> int:
        """Averaged samples on each side of a tick that its kernel may need."""
        return math.ceil(3 / LOWEST * self.rate / self.decimation)

    @cached_property
    def width(self) -> int:
        """Averaged samples under a kernel."""
        return 2 * self.half + 1

    @cached_property
    def reach(self) -> int:
        """Samples under a kernel, from the first to the last."""
        return (self.width - 1) * self.decimation + len(self.averaging)

    @cached_property
    def centre(self) -> float:
        """Sample position of tick 0: an integer or a half."""
        return self.half * self.decimation + (len(self.averaging) - 1) / 2

    @cached_property
    def _times(self) -> Values:
        step = self.decimation / self.rate
        return np.arange(-self.half, self.half + 1, dtype=np.float64) * step

    def _kernel(self, frequency: float, cycles: tuple[float, ...]) -> Phasors:
        t = self._times
        envelope = convolved_boxes(t, tuple(c / frequency for c in cycles))
        demodulated: Phasors = envelope / envelope.sum() * np.exp(-2j * np.pi * frequency * t)
        return demodulated

    @cached_property
    def coarse(self) -> Values:
        """First pass: four boxes of one cycle at 55 Hz; real and imaginary part, (2, width)."""
        kernel = self._kernel(_COARSE, (1, 1, 1, 1))
        return np.stack([kernel.real, kernel.imag])

    @cached_property
    def window(self) -> Values:
        """Envelope of the first pass, for mean and power under it."""
        envelope: Values = np.hypot(*self.coarse)
        return envelope

    @cached_property
    def fine(self) -> Values:
        """Second pass: real and imaginary kernels for each grid frequency, (grid, 2, width)."""
        kernels = [self._kernel(f, (1, 1, 2, 2)) for f in self.grid]
        return np.stack([np.stack([k.real, k.imag]) for k in kernels])

    @cached_property
    def grid(self) -> Values:
        """Grid frequencies of the second pass [Hz]."""
        return np.arange(LOWEST, HIGHEST + _GRID_STEP / 2, _GRID_STEP)


@lru_cache(maxsize=8)
def tracking_plan(rate: float) -> TrackingPlan:
    """The plan of a rate; engines of one rate share it."""
    return TrackingPlan(rate)


def average(plan: TrackingPlan, samples: Samples, count: int) -> Samples:
    """Averaged samples, shape (channel, count), from samples beginning at the first's own."""
    d, weights = plan.decimation, plan.averaging
    if d == 1:
        return samples[:, :count]
    averaged: Samples = correlated(samples, weights[np.newaxis, np.newaxis], d, count)[0]
    return averaged


class Loudest:
    """Largest fundamental of a group of channels, squared, slowly fading from tick to tick."""

    def __init__(self, plan: TrackingPlan) -> None:
        self.fading = math.exp(-2 * plan.tick_seconds / _FADING_SECONDS)
        self.largest = 0.0

    def follow(self, sizes: Values, counts: NDArray[np.bool_] | None) -> Values:
        """The largest at each tick, of all so far that count."""
        found = []
        for n, size in enumerate(sizes.tolist()):
            if counts is None or counts[n]:
                self.largest = max(size, self.largest * self.fading)
            found.append(self.largest)
        return np.array(found)


def follow(plan: TrackingPlan, samples: Kept, ticks: int, loudest: Loudest,
           counts: NDArray[np.bool_] | None = None, *, by_lines: bool = False
           ) -> tuple[Values, NDArray[np.bool_]]:  # fmt: skip
    """Phase advance from tick to tick, from samples.

    Parameters
    ----------
    samples : ndarray, shape (3, n)
        From the first under the kernel of the first tick on.
    ticks : int
        How many; two more come before those of the result.
    loudest, counts
        As `advance` takes them.
    by_lines : bool
        Between the channels, instead of of each.

    Returns
    -------
    advance : ndarray, shape (ticks - 2,)
    live : ndarray of bool, shape (ticks - 2,)
        As `advance` gives them.
    """
    if COMPILED is not None and fits(samples):
        steps, live = np.empty(ticks - 2), np.empty(ticks - 2, np.bool_)
        loudest.largest = COMPILED.advance(
            samples, plan.averaging, plan.coarse, plan.window, plan.fine, plan.grid, steps, live,
            counts, plan.decimation, plan.tick, by_lines,
            (plan.tick_seconds, _COARSE, LIVE_SHARE, _SINUSOIDAL_SHARE, _NO_NOISE, _STEADY,
             _NOTHING, loudest.fading),
            loudest.largest,
        )  # fmt: skip
        return steps, live
    wide = samples.astype(np.float64)
    averaged = average(plan, wide, (ticks - 1) * plan.tick + plan.width)
    if by_lines:
        averaged = averaged - averaged[[1, 2, 0]]
    return advance(plan, averaged, loudest, counts)


def advance(
    plan: TrackingPlan,
    averaged: Samples,
    loudest: Loudest,
    counts: NDArray[np.bool_] | None = None,
) -> tuple[Values, NDArray[np.bool_]]:
    """Phase advance from tick to tick over all channels together.

    Parameters
    ----------
    averaged : ndarray, shape (channel, (ticks - 1) * plan.tick + plan.width)
        Averaged samples under the kernels of consecutive ticks.
    loudest : Loudest
        Of these channels; follows the ticks of the result.
    counts : ndarray of bool, shape (ticks - 2,), optional
        Ticks that `loudest` follows; None is all. Whether a tick counts must not depend on which
        others come with it.

    Returns
    -------
    advance : ndarray, shape (ticks - 2,)
        Cycles from tick m-1 to m, for m = 2 .. ticks-1: the first tick only leads the first pass.
    live : ndarray of bool, shape (ticks - 2,)
        Whether any channel was live at both ticks.
    """
    ticks = (averaged.shape[-1] - plan.width) // plan.tick + 1
    nearest = _coarse_grid(plan, averaged, ticks)
    averaged = averaged[:, plan.tick :]
    real, imaginary = correlated(averaged, plan.fine, plan.tick, ticks - 1, nearest)
    fundamental = real + 1j * imaginary
    sinusoidal, size = _sinusoidal(plan, averaged, fundamental)
    floor = LIVE_SHARE**2 * loudest.follow(np.where(sinusoidal, size, 0).max(axis=0)[1:], counts)
    alive = sinusoidal[:, 1:] & sinusoidal[:, :-1]
    both = alive & (size[:, 1:] > floor) & (size[:, :-1] > floor)
    turn = fundamental[:, 1:] * fundamental[:, :-1].conj()
    cross = (turn * np.where(both, _steadiness(fundamental), 0)).sum(axis=0)
    expected = plan.grid[nearest[1:]] * plan.tick_seconds
    turned = np.angle(cross * np.exp(-2j * np.pi * expected)) / (2 * np.pi)
    return expected + turned, np.logical_or.reduce(both, axis=0)


def hidden_steps(plan: TrackingPlan, missing: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Which of the steps that `advance` gives missing samples make worthless, shape (ticks - 2,).

    Parameters
    ----------
    missing : ndarray of bool, shape (n,)
        Of the samples that are averaged.
    count : int
        Averaged samples.
    """
    share = average(plan, missing[np.newaxis].astype(np.float64), count)
    ticks = (count - plan.width) // plan.tick + 1
    under = under_window(share, plan.width, plan.tick, ticks)[0]
    hidden = np.vecdot(under, plan.window) > _HIDDEN_SHARE
    hidden &= under.max(axis=-1) > _HOLE_SHARE
    either: NDArray[np.bool_] = hidden[2:] | hidden[1:-1]
    return either


def _steadiness(fundamental: Phasors) -> Values:
    """Weight of each channel's advance: little while its amplitude runs away from the others'.

    A step within a kernel uncovers the image, which turns the phase by a sixth of the change from
    tick to tick; where all channels change alike the weights cancel.
    """
    size = np.abs(fundamental)
    largest = size[:, 1:].max(axis=0)
    change = np.diff(size, axis=1) / np.where(largest > _NOTHING, largest, 1.0)
    return 1.0 / (1.0 + (change / _STEADY) ** 2)


def _coarse_grid(plan: TrackingPlan, averaged: Samples, ticks: int) -> NDArray[np.int64]:
    """Index of the grid frequency nearest to the first pass's, for every tick but the first."""
    real, imaginary = correlated(averaged, plan.coarse[np.newaxis], plan.tick, ticks)
    first = real + 1j * imaginary
    cross = (first[:, 1:] * first[:, :-1].conj()).sum(axis=0)
    expected = np.exp(-2j * np.pi * _COARSE * plan.tick_seconds)
    frequency = _COARSE + np.angle(cross * expected) / (2 * np.pi * plan.tick_seconds)
    steps = np.rint((np.clip(frequency, LOWEST, HIGHEST) - LOWEST) / _GRID_STEP)
    nearest: NDArray[np.int64] = steps.astype(np.int64)
    return nearest


def _sinusoidal(
    plan: TrackingPlan, averaged: Samples, fundamental: Phasors
) -> tuple[NDArray[np.bool_], Values]:
    """Whether the fundamental is what varies in each channel at each tick, and its size squared."""
    window, ticks = plan.window[np.newaxis, np.newaxis], fundamental.shape[1]
    power = correlated(averaged * averaged, window, plan.tick, ticks)[0]
    mean = correlated(averaged, window, plan.tick, ticks)[0]
    size: Values = fundamental.real**2 + fundamental.imag**2
    varying = power - mean * mean
    return (2 * size > _SINUSOIDAL_SHARE * varying) & (varying > _NO_NOISE * power), size
