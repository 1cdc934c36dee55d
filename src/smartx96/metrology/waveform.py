"""Waveform: one cycle of every channel at the end of a window, made when somebody looks at it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.metrology.buffer import Kept
from smartx96.metrology.kernels import Values
from smartx96.metrology.symmetry import common_turn, sequences
from smartx96.metrology.synchronisation import Phasors

POINTS = 256
"""Points of a cycle."""

_LOBES = 4
"""Zeros of the interpolating sinc to either side: the 63rd harmonic keeps its size to 1 % at 256
samples a cycle."""


class Waveform(Protocol):
    """One cycle of every channel; it begins where the fundamental of L1 rises through zero.

    L1 stands for the largest component of the voltages, without voltages of the currents, as it
    does for the angles of phasors.
    """

    @property
    def duration(self) -> float:
        """Length of the cycle [s]."""
        ...

    @property
    def synthesised(self) -> bool:
        """Whether it is made of harmonics, and not of samples."""
        ...

    def points(self) -> Values:
        """Values at `POINTS` equal steps, shape (6, POINTS) [V, A]."""
        ...


@dataclass(frozen=True, slots=True)
class SampledCycle:
    """A cycle among the last samples of a window.

    Parameters
    ----------
    samples : ndarray of float32, shape (6, n)
        The last two cycles, and what lies around them.
    start : float
        Where these cycles begin among the samples.
    length : float
        Of one cycle [samples].
    rate : float
        Sampling rate [1/s].
    fundamental : ndarray of complex, shape (6,)
        Complex rms with its angle at `start`; NaN where there is none.
    """

    samples: NDArray[np.float32] = field(repr=False)
    start: float
    length: float
    rate: float
    fundamental: Phasors
    synthesised: bool = field(default=False, init=False)

    @property
    def duration(self) -> float:
        """Length of the cycle [s]."""
        return self.length / self.rate

    def points(self) -> Values:
        """Values at equal steps, shape (6, POINTS) [V, A].

        Band limited where there are more samples than points, so that none is left out.
        """
        at = self.start + self.length * (rising(self.fundamental) + np.arange(POINTS) / POINTS)
        stretch = max(1.0, self.length / POINTS)
        reach = math.ceil(_LOBES * stretch)
        near = np.floor(at).astype(np.int64)[:, np.newaxis] + np.arange(1 - reach, reach + 1)
        distance = (at[:, np.newaxis] - near) / stretch
        weights = np.sinc(distance) * np.sinc(distance / _LOBES) * (np.abs(distance) < _LOBES)
        weights /= weights.sum(axis=1, keepdims=True)
        taken = self.samples[:, np.clip(near, 0, self.samples.shape[1] - 1)]
        found: Values = np.einsum("cpk,pk->cp", taken, weights)
        return found


def last_cycle(samples: Samples | Kept, base: int, start: float, length: float, cycles: int,
               rate: float, fundamental: Phasors) -> SampledCycle:  # fmt: skip
    """The last cycle of a window.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
        Sample 0 is number `base` of the stream.
    start, length : float
        Of the window [samples of the stream].
    cycles : int
        Of the window.
    rate : float
        [1/s]
    fundamental : ndarray of complex, shape (6,)
        Complex rms with its angle at the window's start.
    """
    one = length / cycles
    begin = start + (cycles - 2) * one - base
    around = math.ceil(_LOBES * max(1.0, one / POINTS)) + 1
    first = max(0, math.floor(begin) - around)
    last = math.ceil(begin + 2 * one) + around
    # Copied: the stream goes on in the same memory.
    kept = samples[: len(fundamental), first:last].astype(np.float32)
    return SampledCycle(kept, begin - first, one, rate, fundamental.copy())


@dataclass(frozen=True, slots=True)
class SynthesisedCycle:
    """A cycle made of phasors.

    Parameters
    ----------
    duration : float
        [s]
    phasors : callable
        Gives complex rms of an instant, shape (6, orders), and which orders they are; of sines, as
        sources have them.
    """

    duration: float
    phasors: Callable[[], tuple[Phasors, NDArray[np.int64]]] = field(repr=False)
    synthesised: bool = field(default=True, init=False)

    def points(self) -> Values:
        """Values at equal steps, shape (6, POINTS) [V, A]; orders that the points do not carry are
        left out.
        """
        of_sines, orders = self.phasors()
        given, carried = of_sines / 1j, orders < POINTS // 2
        turn = np.exp(2j * np.pi * rising(given[:, 0]) * orders[carried])
        lines = np.zeros((len(given), POINTS // 2 + 1), np.complex128)
        lines[:, orders[carried]] = np.nan_to_num(given[:, carried]) * turn
        found: Values = np.fft.irfft(lines, POINTS) * (POINTS / np.sqrt(2))
        return found


def rising(fundamental: Phasors) -> float:
    """Part of a cycle until the fundamental of L1 rises through zero, from where phasors of
    cosines have their angle; 0 where there is none.
    """
    six = np.nan_to_num(fundamental).reshape(1, 2, 3)
    lead = -np.angle(common_turn(six, sequences(six))[0])
    return float((-0.25 - lead / (2 * np.pi)) % 1.0) if six.any() else 0.0
