"""Powers: mean squares and products of windows, and what they add up to over the phases."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology import sums as rows
from smartx96.metrology.conditions import ApparentPower, Conditions
from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.windows import Rest, Windows
from smartx96.models import Wiring

NEXT = (1, 2, 0)
"""The phase that follows each; a line voltage is a phase's less the next one's."""

N = TypeVar("N", bound=np.generic)


def between_lines(phases: NDArray[N], axis: int = 0) -> NDArray[N]:
    """Voltages L1-L2, L2-L3, L3-L1 of those of the phases, which stand along an axis."""
    found: NDArray[N] = phases - np.take(phases, NEXT, axis=axis)
    return found


class MeanProducts(NamedTuple):
    """Mean squares and powers of windows, NaN where a channel is not connected.

    Parameters
    ----------
    square : ndarray, shape (6, window)
        Of voltages and currents [V², A²].
    power : ndarray, shape (3, window)
        Of the phases [W].
    line : ndarray, shape (3, window)
        Squares of the line voltages [V²].
    neutral : ndarray, shape (window,)
        Square of the sum of the currents [A²].
    """

    square: Values
    power: Values
    line: Values
    neutral: Values

    @classmethod
    def of(cls, square: Values, power: Values, lines: Values, currents: Values,
           present: NDArray[np.bool_]) -> MeanProducts:  # fmt: skip
        """From means of products.

        Parameters
        ----------
        square : ndarray, shape (6, window)
        power : ndarray, shape (3, window)
            u*i of each phase [W].
        lines, currents : ndarray, shape (3, window)
            u1*u2, u2*u3, u3*u1 and the like of currents [V², A²].
        present : ndarray of bool, shape (6,)
            Which channels are connected.
        """
        square = np.maximum(square, 0.0)
        if not present.all():
            square[~present] = np.nan
            both = present[:3] & present[3:]
            power = np.where(both[:, np.newaxis], power, np.nan)
        sides, together = square[:3] + square[NEXT, :], square[3:].sum(axis=0)
        line = _beyond_rounding(sides - 2 * lines, sides)
        neutral = _beyond_rounding(together + 2 * currents.sum(axis=0), together)
        return cls(square, power, line, neutral)


ROUNDING = 1e-14
"""Share of what is subtracted, below which a difference of squares is rounding."""


def _beyond_rounding(difference: Values, of: Values) -> Values:
    return np.where(difference < ROUNDING * of, 0.0, difference)


def levels(windows: Windows, conditions: Conditions) -> Values:
    """What counts as direct voltage and current of each channel, shape (6, window) [V, A].

    The mean of a window; 0 where it is kept, and of cycles with holes, whose mean is no direct
    voltage.
    """
    whole = windows.measured > windows.length * (1 - 1e-9)
    taken = whole & (not conditions.keep_dc)
    return np.where(taken, windows.sums[rows.MEAN] / windows.measured, 0.0)


def mean_products(windows: Windows, conditions: Conditions) -> MeanProducts:
    """Mean squares and powers of windows, less what counts as direct voltage and current."""
    mean = windows.sums / windows.measured
    level = levels(windows, conditions)
    u, i = level[:3], level[3:]
    return MeanProducts.of(
        mean[rows.SQUARE] - level**2,
        mean[rows.POWER] - u * i,
        mean[rows.LINE] - u * u[NEXT, :],
        mean[rows.CURRENTS] - i * i[NEXT, :],
        conditions.present,
    )


def exchanged_power(power: Values, conditions: Conditions) -> Values:
    """Imported and exported power, shape (window, 2), of phases' powers, (3, window)."""
    parts = power[conditions.wiring.phases]
    if conditions.netted_by_sum:
        parts = parts.sum(axis=0, keepdims=True)
    return np.stack(
        [np.maximum(parts, 0.0).sum(axis=0), np.maximum(-parts, 0.0).sum(axis=0)], axis=-1
    )


def total_apparent(conditions: Conditions, square: Values, line: Values, neutral: Values,
                   power: Values, fundamental: Phasors, apparent: Values) -> Values:  # fmt: skip
    """Total apparent power of windows [VA] as `Conditions.apparent_power` says, shape (window,)."""
    method, phases = conditions.apparent_power, conditions.wiring.phases
    if method is ApparentPower.EFFECTIVE and conditions.wiring is Wiring.ONE_PHASE:
        method = ApparentPower.ARITHMETIC
    if method is ApparentPower.EFFECTIVE or not conditions.wiring.has_neutral:
        voltage = (3 * square[:3].sum(axis=0) + line.sum(axis=0)) / 18
        current = (square[3:].sum(axis=0) + neutral) / 3
        effective: Values = 3 * np.sqrt(voltage * current)
        return effective
    if method is ApparentPower.VECTOR:
        active, reactive = power[phases].sum(axis=0), fundamental.imag[..., phases].sum(axis=-1)
        vector: Values = np.hypot(active, reactive)
        return vector
    total: Values = apparent[..., phases].sum(axis=-1)
    return total


def counted(windows: Windows, conditions: Conditions) -> tuple[Values, Values, Values, Values]:
    """What counts as energy, also where a window has too few samples for a reading.

    Parameters
    ----------
    windows : Windows
    conditions : Conditions

    Returns
    -------
    active, reactive : ndarray, shape (window, 3)
        Of each phase [W, var]; reactive power of the fundamental, as far as the samples tell it.
    apparent : ndarray, shape (window,)
        Total apparent power [VA].
    current : ndarray, shape (4, window)
        True rms of the phase currents and of their sum [A].
    """
    fundamental = windows.phasors[:, :3, 0] * windows.phasors[:, 3:, 0].conj()
    with np.errstate(divide="ignore", invalid="ignore"):
        square, power, line, neutral = mean_products(windows, conditions)
        rms = np.sqrt(square)
        apparent = total_apparent(
            conditions, square, line, neutral, power, fundamental, (rms[:3] * rms[3:]).T
        )
    current = np.concatenate([rms[3:], np.sqrt(neutral)[np.newaxis]])
    reactive = np.where(np.isnan(power.T), np.nan, fundamental.imag)
    for values in (power.T, reactive, apparent, current.T):
        values[windows.measured < 1.0] = 0.0
    return power.T, reactive, apparent, current


def rest_power(rest: Rest, level: Values) -> Values:
    """Active power [W] of each phase over samples outside windows, shape (3,).

    Parameters
    ----------
    rest : Rest
    level : ndarray, shape (6,)
        What counts as direct voltage and current, from the window beside them: part of a cycle has
        a mean of its own [V, A].
    """
    mean = rest.sums / rest.measured
    offset, u, i = mean[rows.MEAN], level[:3], level[3:]
    power: Values = mean[rows.POWER] - u * offset[3:] - i * offset[:3] + u * i
    return power
