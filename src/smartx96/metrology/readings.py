"""Readings: the measured values of windows, from their sums and phasors.

`Readings` holds what is averaged over windows; what follows from those values (power factors,
angles, sequence, averages over the phases) is derived in `smartx96.metrology.derived`, by the same
functions for one window and for the mean of a million.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology import sums as rows
from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.windows import Flag, Rest, Windows

_ROTATION = np.exp(2j * np.pi / 3 * np.arange(3))
_SYMMETRICAL = np.stack([_ROTATION, _ROTATION.conj(), np.ones(3)]) / 3
"""Fortescue: positive, negative and zero sequence from the three phases."""

LEAST_MEASURED = 0.9
"""Share of a window that must be measured for it to have values."""

NEXT = (1, 2, 0)
"""The phase that follows each; a line voltage is a phase's less the next one's."""


class ApparentPower(Enum):
    """Ways to add apparent power over the phases (setting `apparent_power_method`)."""

    ARITHMETIC = 0
    """Sum of the phases' apparent powers."""
    VECTOR = 1
    """Root of active and fundamental reactive power squared."""
    EFFECTIVE = 2
    """3 Ve Ie (IEEE 1459-2010, 3.2.2.8)."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a reading depends on beside the samples.

    Parameters
    ----------
    present : ndarray of bool, shape (6,)
        Which of v1, v2, v3, i1, i2, i3 are connected.
    apparent_power : ApparentPower
    starting_current : float
        Current [A] at and below which a phase has no angle, power factor and current harmonics.
    keep_dc : bool
        Whether the mean of a window counts; a transformer meter removes it.
    """

    present: NDArray[np.bool_]
    apparent_power: ApparentPower = ApparentPower.ARITHMETIC
    starting_current: float = 0.0
    keep_dc: bool = False


@dataclass(frozen=True, slots=True)
class Readings:
    """Values of windows that are averaged; any leading shape, NaN where not available.

    Parameters
    ----------
    frequency : ndarray, shape (...)
        [Hz].
    voltage, current : ndarray, shape (..., 3)
        True rms [V, A].
    line_voltage : ndarray, shape (..., 3)
        L1-L2, L2-L3, L3-L1, true rms of the difference [V].
    neutral_current : ndarray, shape (...)
        True rms of the sum of the currents [A].
    active_power : ndarray, shape (..., 3)
        Mean of u*i, positive on import [W].
    exchanged_power : ndarray, shape (..., 2)
        Sum of the phases' active powers that are imported, and of those exported [W].
    fundamental_power : ndarray of complex, shape (..., 3)
        U1 conj(I1): its imaginary part is the reactive power, positive where current lags
        (IEC 62053-24).
    apparent_power : ndarray, shape (..., 3)
        U I [VA].
    total_apparent_power : ndarray, shape (...)
        As `Conditions.apparent_power` says [VA].
    voltage_sequence, current_sequence : ndarray, shape (..., 3)
        Positive, negative and zero sequence of the fundamental [V, A].
    voltage_least, current_least : ndarray, shape (...)
        Smallest phase's fundamental over the largest's.
    voltage_harmonics, current_harmonics : ndarray, shape (..., 3, 63)
        Orders 1..63 in % of the fundamental.
    voltage_thd, current_thd, line_thd : ndarray, shape (..., 3)
        Root of the sum of squares of orders 2..63 in % of the fundamental.
    """

    frequency: Values
    voltage: Values
    current: Values
    line_voltage: Values
    neutral_current: Values
    active_power: Values
    exchanged_power: Values
    fundamental_power: Phasors
    apparent_power: Values
    total_apparent_power: Values
    voltage_sequence: Values
    current_sequence: Values
    voltage_least: Values
    current_least: Values
    voltage_harmonics: Values
    current_harmonics: Values
    voltage_thd: Values
    current_thd: Values
    line_thd: Values


def read(windows: Windows, conditions: Conditions) -> Readings:
    """Measured values of each window.

    Raises nothing: what cannot be had is NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _read(windows, conditions)


def _read(windows: Windows, conditions: Conditions) -> Readings:
    square, power, line, neutral = _means(windows, conditions)
    scarce = ~(windows.measured > LEAST_MEASURED * windows.length)
    if scarce.any():
        for values in (square, power, line, neutral):
            values[..., scarce] = np.nan
    rms = np.sqrt(square)
    voltage, current = rms[:3].T, rms[3:].T
    phasors = windows.phasors
    if scarce.any() or not conditions.present.all():
        phasors = phasors.copy()
        phasors[:, ~conditions.present] = np.nan
        phasors[scarce] = np.nan
    u, i = phasors[:, :3], phasors[:, 3:]
    idle = ~(current > conditions.starting_current)
    fundamental_power = u[..., 0] * i[..., 0].conj()
    line_voltage, neutral_current = np.sqrt(line.T), np.sqrt(neutral)
    percent = 100 * np.abs(phasors) / np.abs(phasors[..., :1])
    percent[:, 3:][idle] = np.nan
    distortion = _distortion(percent)
    apparent = voltage * current
    return Readings(
        frequency=np.where(windows.flags & Flag.UNSYNCHRONISED, np.nan, windows.frequency),
        voltage=voltage,
        current=current,
        line_voltage=line_voltage,
        neutral_current=neutral_current,
        active_power=power.T,
        exchanged_power=np.stack(
            [np.maximum(power, 0.0).sum(axis=0), np.maximum(-power, 0.0).sum(axis=0)], axis=-1
        ),
        fundamental_power=fundamental_power,
        apparent_power=apparent,
        total_apparent_power=_total_apparent(
            conditions.apparent_power, square, line, neutral, power, fundamental_power, apparent
        ),
        voltage_sequence=_sequences(u[..., 0]),
        current_sequence=_sequences(i[..., 0]),
        voltage_least=_least(u[..., 0]),
        current_least=_least(i[..., 0]),
        voltage_harmonics=percent[:, :3],
        current_harmonics=percent[:, 3:],
        voltage_thd=distortion[:, :3],
        current_thd=distortion[:, 3:],
        line_thd=_line_distortion(u),
    )


def mean_power(windows: Windows, conditions: Conditions) -> Values:
    """Active power [W] of each phase over whatever was measured, shape (window, 3); 0 if nothing.

    What counts as energy, also where a window has too few samples for a reading.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        power = _means(windows, conditions)[1].T
    return np.where(windows.measured[:, np.newaxis] < 1.0, 0.0, power)


def levels(windows: Windows, conditions: Conditions) -> Values:
    """What counts as direct voltage and current of each channel, shape (6, window) [V, A].

    The mean of a window; 0 where it is kept, and of cycles with holes, whose mean is no direct
    voltage.
    """
    whole = windows.measured > windows.length * (1 - 1e-9)
    taken = whole & (not conditions.keep_dc)
    return np.where(taken, windows.sums[rows.MEAN] / windows.measured, 0.0)


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


def _means(windows: Windows, conditions: Conditions) -> tuple[Values, Values, Values, Values]:
    """Mean squares (6, w), powers (3, w), squares of line voltages (3, w) and of neutral (w,)."""
    mean = windows.sums / windows.measured
    level = levels(windows, conditions)
    square = np.maximum(mean[rows.SQUARE] - level**2, 0.0)
    if not conditions.present.all():
        square[~conditions.present] = np.nan
    u, i = level[:3], level[3:]
    power = mean[rows.POWER] - u * i
    if not conditions.present.all():
        power[~(conditions.present[:3] & conditions.present[3:])] = np.nan
    crossed = mean[rows.LINE] - u * u[NEXT, :]
    line = np.maximum(square[:3] + square[NEXT, :] - 2 * crossed, 0.0)
    crossed = mean[rows.CURRENTS] - i * i[NEXT, :]
    neutral = np.maximum(square[3:].sum(axis=0) + 2 * crossed.sum(axis=0), 0.0)
    return square, power, line, neutral


def _total_apparent(method: ApparentPower, square: Values, line: Values, neutral: Values,
                    power: Values, fundamental: Phasors, apparent: Values) -> Values:  # fmt: skip
    total: Values = apparent.sum(axis=-1)
    if method is ApparentPower.VECTOR:
        total = np.hypot(power.sum(axis=0), fundamental.imag.sum(axis=-1))
    elif method is ApparentPower.EFFECTIVE:
        voltage = (3 * square[:3].sum(axis=0) + line.sum(axis=0)) / 18
        current = (square[3:].sum(axis=0) + neutral) / 3
        total = 3 * np.sqrt(voltage * current)
    return total


def _sequences(fundamental: Phasors) -> Values:
    """Positive, negative and zero sequence; row by row, so that a window stands for itself."""
    sizes: Values = np.abs(np.vecdot(_SYMMETRICAL.conj(), fundamental[..., np.newaxis, :]))
    return sizes


def _least(fundamental: Phasors) -> Values:
    size = np.abs(fundamental)
    least: Values = size.min(axis=-1) / size.max(axis=-1)
    return least


def _distortion(percent: Values) -> Values:
    """THD [%] over the orders that there are; NaN where there is none."""
    orders = percent[..., 1:]
    known = np.where(np.isnan(orders), 0.0, orders)
    total = np.sqrt(np.vecdot(known, known))
    return np.where(np.isnan(percent[..., 0]) | np.isnan(orders[..., 0]), np.nan, total)


def _line_distortion(u: Phasors) -> Values:
    difference = u - u[:, NEXT, :]
    return _distortion(100 * np.abs(difference) / np.abs(difference[..., :1]))
