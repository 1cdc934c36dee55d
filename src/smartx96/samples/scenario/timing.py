"""Instants and edges: where in time a formula is evaluated, and what an event does there.

Times in a scenario are decimal numbers. They are kept as fractions until they meet the sample
grid, so that an edge falls on the sample that its decimal says, days after the start as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = float | NDArray[np.float64]
"""One value for all instants, or one for each."""


def exact(value: float) -> Fraction:
    """The shortest decimal that reads back as `value`, as a fraction: 0.1 is 1/10."""
    return Fraction(repr(float(value)))


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """Positions on the sample clock, `base + offset` [samples].

    Whole and small parts are kept apart: differences to an edge stay exact at any distance from
    sample 0.
    """

    base: int
    offset: NDArray[np.float64]
    low: float
    high: float

    @classmethod
    def samples(cls, start: int, n: int) -> Instants:
        """Sample `start` and the n - 1 that follow."""
        return cls(start, np.arange(n, dtype=np.float64), 0.0, float(n - 1))

    @classmethod
    def at(cls, times: ArrayLike, rate: float) -> Instants:
        """Any times [s] after sample 0."""
        # Rounded to a millionth of a sample: 0.3 s at 12 800/s is sample 3840, not just before it.
        offset = np.round(np.atleast_1d(np.asarray(times, dtype=np.float64)) * rate, 6)
        if not offset.size:
            return cls(0, offset, 0.0, 0.0)
        return cls(0, offset, float(offset.min()), float(offset.max()))


@dataclass(frozen=True, slots=True)
class Edge:
    """0 before an instant, 1 after a ramp that begins there, linear in between.

    Parameters
    ----------
    first : int
        First sample at or after the instant.
    lead : float
        From the instant to that sample [samples], 0 to below 1.
    length : float
        Duration of the ramp [samples]; 0 is a step, 1 from the instant on.
    """

    first: int
    lead: float
    length: float

    @classmethod
    def of(cls, at: Fraction, ramp: Fraction, rate: Fraction) -> Edge:
        """Edge at `at` [s] with a ramp of `ramp` [s] on a clock of `rate` [1/s]."""
        position = at * rate
        first = -(-position.numerator // position.denominator)
        return cls(first, float(first - position), float(ramp * rate))

    def __call__(self, at: Instants) -> Values:
        """Value at each instant, a plain 0.0 or 1.0 where it is the same at all of them."""
        distance = float(at.base - self.first)
        if at.low + distance + self.lead >= self.length:
            return 1.0
        if at.high + distance + self.lead < 0:
            return 0.0
        after = (at.offset + distance) + self.lead
        if self.length == 0:
            return (after >= 0).astype(np.float64)
        return np.clip(after / self.length, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Weight:
    """How much of an event is in force, 0 to 1: a trapezoid, or an edge that stays.

    It rises over `ramp` from `at` on and falls over the same time from `at + duration` on, so
    that its width at half height is `duration`.
    """

    rise: Edge
    fall: Edge | None

    @classmethod
    def of(cls, at: float, duration: float | None, ramp: float, rate: float) -> Weight:
        """From times [s] on a clock of `rate` [1/s]; a duration of None never ends."""
        begin, slope, clock = exact(at), exact(ramp), exact(rate)
        rise = Edge.of(begin, slope, clock)
        if duration is None:
            return cls(rise, None)
        return cls(rise, Edge.of(begin + exact(duration), slope, clock))

    def __call__(self, at: Instants) -> Values:
        """Value at each instant, a plain float where it is the same at all of them."""
        rise = self.rise(at)
        return rise if self.fall is None else rise - self.fall(at)


def idle(weight: Values) -> bool:
    """Whether an event with this weight changes nothing at any of the instants."""
    return isinstance(weight, float) and weight == 0.0


def blend(before: Values, weight: Values, target: float) -> Values:
    """`before` at weight 0, `target` at weight 1, linear in between; exact at both ends."""
    return before if idle(weight) else (1.0 - weight) * before + weight * target
