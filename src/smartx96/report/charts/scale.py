"""Scale: the range of an axis and where its ticks stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NICE = (1.0, 2.0, 5.0)
"""Steps of a decade that people count in."""
_PREFIXES = ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"))


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis.

    Parameters
    ----------
    low, high : float
        Ends of the axis, in the unit of the data.
    step : float
        Distance of the ticks.
    divisor : float
        What the numbers at the ticks are divided by.
    marked : tuple of float
        The ticks, where they are not the multiples of the step.
    """

    low: float
    high: float
    step: float
    divisor: float = 1.0
    marked: tuple[float, ...] = ()

    @property
    def ticks(self) -> list[float]:
        """Where numbers stand: as marked, else the multiples of the step within the axis."""
        if self.marked:
            return list(self.marked)
        hair = 1e-6
        first = math.ceil(self.low / self.step - hair)
        last = math.floor(self.high / self.step + hair)
        return [n * self.step for n in range(first, last + 1)]

    def text(self, tick: float) -> str:
        """The number at a tick, with as many decimals as tell the ticks apart."""
        step = self.step / self.divisor
        decimals = max(0, -math.floor(math.log10(step) + 1e-6))
        if round(step * 10**decimals, 6) % 1:
            decimals += 1
        return f"{tick / self.divisor:.{decimals}f}".replace("-", "\u2212")

    def share(self, values: Values | float) -> Values:
        """Place along the axis: 0 at its low end, 1 at its high end."""
        shares: Values = (np.asarray(values, np.float64) - self.low) / (self.high - self.low)
        return shares


def rounded_scale(low: float, high: float, least: float, *, zero: bool = False,
                  count: int = 4, divisor: float = 1.0) -> Scale:  # fmt: skip
    """A scale that ends on ticks.

    Parameters
    ----------
    low, high : float
        Range of the data.
    least : float
        Span below which differences are not worth magnifying.
    zero : bool
        Whether 0 is to be on it.
    count : int
        About how many steps it has.
    divisor : float
        As in `Scale`.
    """
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < least:
        missing = least - (high - low)
        up, down = (missing, 0.0) if zero and low == 0 else (missing / 2, missing / 2)
        low, high = low - down, high + up
    step = nice_step((high - low) / count)
    hair = 1e-9
    return Scale(
        math.floor(low / step + hair) * step, math.ceil(high / step - hair) * step, step, divisor
    )


def exact_scale(low: float, high: float, *, count: int = 6, divisor: float = 1.0,
                steps: Sequence[float] = ()) -> Scale:  # fmt: skip
    """A scale that ends where the data end; `steps` are those to choose from, largest last."""
    wanted = max((high - low) / count, 1e-12 * max(abs(low), abs(high), 1e-12))
    step = next((s for s in steps if s >= wanted), None) or nice_step(wanted)
    return Scale(low, max(high, low + step * 1e-3), step, divisor)


def nice_step(wanted: float) -> float:
    """The next step of 1, 2, 5, 10 ... that is not smaller."""
    decade = 10.0 ** math.floor(math.log10(wanted))
    return next((n * decade for n in NICE if n * decade >= wanted * (1 - 1e-9)), 10 * decade)


def prefix(largest: float) -> tuple[float, str]:
    """Divisor and SI prefix that keep the numbers at an axis short."""
    if not largest > 0:
        return 1.0, ""
    return next(
        ((d, p) for d, p in _PREFIXES if largest >= d * (10 if d > 1 else 0.1)), (1e-3, "m")
    )
