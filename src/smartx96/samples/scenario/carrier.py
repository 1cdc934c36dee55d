"""Carrier: the phase of the fundamental, exact at any sample.

A frequency that is linear by pieces has a phase that is a quadratic by pieces. Its coefficients
are fractions, and a sample's phase is computed modulo 2**64 in ticks of 2**-64 cycle: whole
cycles drop out of the integer arithmetic and nothing is lost to them after days. Only what is
below one tick goes through float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.scenario.timing import exact

_CYCLE = 1 << 64
_LONGEST_BEND = 1 << 28
"""Samples over which the part of a quadratic below one tick stays good to a few ticks."""


class Course(NamedTuple):
    """A stretch of linear frequency: from `begin` [s] `frequency` [Hz] + `slope` [Hz/s] * t."""

    begin: Fraction
    frequency: Fraction
    slope: Fraction


@dataclass(frozen=True, slots=True)
class Wander:
    """A slow sinusoidal deviation of the frequency.

    `hertz * sin(2 pi t / period + angle)`, t from sample 0.

    Parameters
    ----------
    hertz : float
        Largest deviation [Hz].
    period : float
        Period [s].
    angle : float
        Phase at sample 0 [degrees].
    """

    hertz: float
    period: float
    angle: float = 0.0


class _Stretch(NamedTuple):
    """Phase of sample `first + m`: cycles + step * m + bend * m**2 [cycles]."""

    first: int
    cycles: Fraction
    step: Fraction
    bend: Fraction

    def ahead(self, m: int) -> _Stretch:
        """The same quadratic, counted from m samples later."""
        cycles = self.cycles + self.step * m + self.bend * m * m
        return _Stretch(self.first + m, cycles, self.step + 2 * self.bend * m, self.bend)


def _ticks(value: Fraction) -> tuple[np.uint64, float]:
    """A number of cycles as whole ticks modulo one cycle, and the rest of a tick."""
    scaled = value * _CYCLE
    whole = scaled.numerator // scaled.denominator
    return np.uint64(whole % _CYCLE), float(scaled - whole)


class Turns:
    """A phase that is quadratic by pieces, modulo one cycle.

    Parameters
    ----------
    courses : sequence of Course
        The frequency, in order of time, the first from 0 s on and the last without end.
    rate : Fraction
        Sampling rate [1/s].
    origin : Fraction
        Phase at sample 0 [cycles].
    """

    def __init__(
        self, courses: Sequence[Course], rate: Fraction, origin: Fraction = Fraction(0)
    ) -> None:
        stretches = _divided(_stretches(courses, rate, origin))
        self._first = np.array([stretch.first for stretch in stretches], dtype=np.int64)
        self._coefficients = [tuple(map(_ticks, stretch[1:])) for stretch in stretches]

    def __call__(self, start: int, n: int) -> NDArray[np.float64]:
        """Phase of n samples from `start` on, shape (n,) [cycles, 0 to below 1]."""
        turns = np.empty(n)
        begin = max(0, int(np.searchsorted(self._first, start, side="right")) - 1)
        position = start
        for index in range(begin, len(self._first)):
            last = index + 1 == len(self._first)
            end = start + n if last else min(start + n, int(self._first[index + 1]))
            if end > position:
                turns[position - start : end - start] = self._stretch(index, position, end)
                position = end
            if position == start + n:
                break
        return turns

    def _stretch(self, index: int, begin: int, end: int) -> NDArray[np.float64]:
        (cycles, _), (step, step_rest), (bend, bend_rest) = self._coefficients[index]
        first = int(self._first[index])
        m = np.arange(begin - first, end - first, dtype=np.int64)
        real = m.astype(np.float64)
        below = (real * (step_rest + real * bend_rest)).astype(np.int64).astype(np.uint64)
        whole = m.astype(np.uint64)
        ticks = cycles + whole * (step + whole * bend) + below
        return (ticks >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _stretches(courses: Sequence[Course], rate: Fraction, origin: Fraction) -> Iterable[_Stretch]:
    """Integrate the frequency exactly; each stretch counted from its first own sample."""
    cycles = origin
    for index, course in enumerate(courses):
        position = course.begin * rate
        first = -(-position.numerator // position.denominator)
        step, bend = course.frequency / rate, course.slope / (2 * rate * rate)
        lead = first - position
        yield _Stretch(
            first, cycles + step * lead + bend * lead * lead, step + 2 * bend * lead, bend
        )
        if index + 1 < len(courses):
            seconds = courses[index + 1].begin - course.begin
            cycles += (course.frequency + course.slope * seconds / 2) * seconds


def _divided(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Drop stretches that hold no sample, cut long quadratics."""
    held: list[_Stretch] = []
    for stretch in stretches:
        while held and held[-1].bend and stretch.first - held[-1].first > _LONGEST_BEND:
            held.append(held[-1].ahead(_LONGEST_BEND))
        if held and held[-1].first == stretch.first:
            held.pop()
        held.append(stretch)
    return held


class Carrier:
    """Phase of a sinusoid whose frequency follows courses and wanders.

    Parameters
    ----------
    courses : sequence of Course
        The frequency without wander.
    wander : sequence of Wander
        Added to it.
    rate : float
        Sampling rate [1/s].
    order : float, optional
        Factor to frequency and phase: the carrier of an interharmonic.
    origin : Fraction, optional
        Time of sample 0 on the clock on which every phase is 0 [s].
    """

    def __init__(
        self,
        courses: Sequence[Course],
        wander: Sequence[Wander],
        rate: float,
        order: float = 1.0,
        origin: Fraction = Fraction(0),
    ) -> None:
        clock, factor = exact(rate), exact(order)
        scaled = [Course(c.begin, c.frequency * factor, c.slope * factor) for c in courses]
        self._turns = Turns(scaled, clock, scaled[0].frequency * origin)
        self._wander = []
        for wave in wander:
            pace = 1 / exact(wave.period)
            phase = exact(wave.angle) / 360
            own = Turns([Course(Fraction(0), pace, Fraction(0))], clock, pace * origin + phase)
            size = float(factor) * wave.hertz * wave.period / (2 * np.pi)
            self._wander.append((own, size, float(np.cos(2 * np.pi * float(phase % 1)))))

    def turns(self, start: int, n: int) -> NDArray[np.float64]:
        """Phase of n samples from `start` on, shape (n,) [cycles, whole ones mostly removed]."""
        turns = self._turns(start, n)
        for own, size, rest in self._wander:
            turns += size * (rest - np.cos(2 * np.pi * own(start, n)))
        return turns


def phasor(turns: NDArray[np.float64]) -> NDArray[np.complex128]:
    """`exp(2j pi turns)`, whole cycles removed first for the sake of accuracy."""
    angle = (2 * np.pi) * (turns - np.rint(turns))
    result = np.empty(turns.shape, dtype=np.complex128)
    np.cos(angle, out=result.real)
    np.sin(angle, out=result.imag)
    return result
