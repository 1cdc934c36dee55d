"""Readings: the measured values of windows, from their sums and phasors.

`Readings` holds what is averaged over windows; what follows from those values (power factors,
angles, sequence, averages over the phases) is derived in `smartx96.metrology.derived`, by the same
functions for one window and for the mean of a million.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.conditions import Conditions
from smartx96.metrology.kernels import Values
from smartx96.metrology.loops import COMPILED
from smartx96.metrology.powers import (
    ROUNDING,
    MeanProducts,
    between_lines,
    exchanged_power,
    mean_products,
    total_apparent,
)
from smartx96.metrology.symmetry import LARGER, common_turn, least_share, sequences
from smartx96.metrology.synchronisation import LIVE_SHARE, Phasors
from smartx96.metrology.windows import Flag, Windows
from smartx96.models import Wiring
from smartx96.quantities import HARMONIC_ORDERS

LEAST_MEASURED = 0.9
"""Share of a window that must be measured for it to have values."""

_V, _I, _LINE = slice(0, 3), slice(3, 6), slice(6, 9)
"""Voltages, currents and line voltages among the rows of a spectrum."""

_FUNDAMENTAL = np.ones(1, np.int64)
"""The orders of a model without harmonics."""


class _Tabled:
    """Values that lie in a table, taken from it when they are asked for."""

    __slots__ = ("table",)
    table: Values

    def lie_in(self, table: Values) -> None:
        """Take fields from a table, shape (window, columns), as the compiled loop fills it."""
        self.table = table

    def __getattr__(self, name: str) -> Any:
        """A field that was not given, shape (window, ...)."""
        if name == "table" or name not in columns():
            raise AttributeError(name)
        values = columns()[name].of(self.table)
        setattr(self, name, values)
        return values

    def as_table(self) -> Values:
        """All fields side by side, shape (window, columns)."""
        if hasattr(self, "table"):
            return self.table
        return np.concatenate([c.row(getattr(self, name)) for name, c in columns().items()], axis=1)


@dataclass(slots=True)
class Readings(_Tabled):
    """Values of windows that are averaged; any leading shape, NaN where not available.

    Parameters
    ----------
    wiring : Wiring
    frequency : ndarray, shape (...)
        [Hz].
    voltage, current : ndarray, shape (..., 3)
        True rms [V, A].
    line_voltage : ndarray, shape (..., 3)
        L1-L2, L2-L3, L3-L1, true rms of the difference [V].
    neutral_current : ndarray, shape (...)
        True rms of the sum of the currents [A].
    active_power : ndarray, shape (..., 3)
        Mean of u*i, positive on import [W]; without a neutral against the star point, so that only
        the sum means anything.
    exchanged_power : ndarray, shape (..., 2)
        Active power imported and exported as `Conditions.netting` says [W].
    fundamental_power : ndarray of complex, shape (..., 3)
        U1 conj(I1): its imaginary part is the reactive power, positive where current lags
        (IEC 62053-24).
    apparent_power : ndarray, shape (..., 3)
        U I [VA].
    total_apparent_power : ndarray, shape (...)
        As `Conditions.apparent_power` says [VA].
    voltage_phasor, current_phasor : ndarray of complex, shape (..., 3)
        Complex rms of the fundamental [V, A]; the largest symmetrical component of the voltages,
        without voltages of the currents, has the angle 0 on L1.
    voltage_sequence, current_sequence : ndarray, shape (..., 3)
        Positive, negative and zero sequence of the fundamental [V, A].
    voltage_least, current_least : ndarray, shape (...)
        Smallest fundamental of the wiring's phases (voltages without a neutral: lines) over the
        largest.
    voltage_harmonics, current_harmonics : ndarray, shape (..., 3, 63)
        Orders 1..63 in % of the fundamental; without a neutral those of the line voltages.
    voltage_thd, current_thd, line_thd : ndarray, shape (..., 3)
        Root of the sum of squares of orders 2..63 in % of the fundamental.
    """

    wiring: Wiring
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
    voltage_phasor: Phasors
    current_phasor: Phasors
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
    if COMPILED is not None and windows.beside is None:
        return _compiled(windows, conditions)
    with np.errstate(divide="ignore", invalid="ignore"):
        products = mean_products(windows, conditions)
        scarce = ~(windows.measured > LEAST_MEASURED * windows.length)
        if scarce.any():
            for values in products:
                values[..., scarce] = np.nan
        phasors = known_phasors(windows.phasors, conditions, scarce)
        frequency = np.where(windows.flags & Flag.UNSYNCHRONISED, np.nan, windows.frequency)
        return readings_from(products, phasors, frequency, conditions, beside=windows.beside)


_COMPLEX = ("fundamental_power", "voltage_phasor", "current_phasor")
_SHAPES: dict[str, tuple[int, ...]] = {
    "frequency": (), "neutral_current": (), "exchanged_power": (2,), "total_apparent_power": (),
    "voltage_least": (), "current_least": (), "voltage_harmonics": (3, HARMONIC_ORDERS),
    "current_harmonics": (3, HARMONIC_ORDERS),
}  # fmt: skip
"""Of fields that are not of three phases or lines."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field lies in the table of readings.

    Parameters
    ----------
    place : slice
    shape : tuple of int
        Of the field's values, without the window.
    dtype : type
        float or complex, which takes two columns for each.
    """

    place: slice
    shape: tuple[int, ...]
    dtype: type

    def of(self, table: Values) -> NDArray[Any]:
        """The field, shape (window, ...), from the table."""
        return table[:, self.place].view(self.dtype).reshape(len(table), *self.shape)

    def row(self, values: NDArray[Any]) -> Values:
        """The field's part of the table, from its values of shape (window, ...)."""
        every: NDArray[Any] = np.ascontiguousarray(values, self.dtype)
        row: Values = every.reshape(len(values), -1).view(np.float64)
        return row


@cache
def columns() -> dict[str, Column]:
    """Columns of the fields of readings in the table of the compiled loop."""
    found, end = {}, 0
    for name in (f.name for f in fields(Readings) if f.name != "wiring"):
        shape = _SHAPES.get(name, (3,))
        dtype = complex if name in _COMPLEX else float
        begin, end = end, end + math.prod(shape) * (2 if dtype is complex else 1)
        found[name] = Column(slice(begin, end), shape, dtype)
    return found


@cache
def width_of_all() -> int:
    """Columns of the table of readings."""
    return max(int(column.place.stop) for column in columns().values())


def _compiled(windows: Windows, conditions: Conditions) -> Readings:
    """What `read` gives, by the compiled loop."""
    assert COMPILED is not None
    readings, wiring = object.__new__(Readings), conditions.wiring
    readings.wiring = wiring
    readings.lie_in(table := np.empty((len(windows.length), width_of_all())))
    COMPILED.read(
        windows.sums, windows.measured, windows.length, windows.flags, windows.phasors,
        conditions.present, table,
        (windows.cycles * windows.rate, conditions.starting_current, LEAST_MEASURED, LIVE_SHARE,
         ROUNDING, LARGER, conditions.harmonics, conditions.keep_dc, wiring.phases.stop,
         wiring.has_neutral, conditions.netted_by_sum, conditions.apparent_power.value,
         Flag.UNSYNCHRONISED.value),
    )  # fmt: skip
    return readings


def readings_from(products: MeanProducts, phasors: Phasors, frequency: Values,
                  conditions: Conditions, *, orders: NDArray[np.int64] | None = None,
                  beside: Phasors | None = None) -> Readings:  # fmt: skip
    """Measured values of each window, from whatever way its products and phasors were found.

    Parameters
    ----------
    products : MeanProducts
    phasors : ndarray of complex, shape (window, 6, orders)
        Complex rms [V, A], NaN where not known.
    frequency : ndarray, shape (window,)
        [Hz].
    conditions : Conditions
    orders : ndarray of int, shape (orders,), optional
        Which the phasors are, ascending from 1, none above 63; there are no others. None is 1..63.
    beside : ndarray of complex, shape (window, 2, 6, 63), optional
        Lines below and above each order, where subgroups are asked for.
    """
    wiring = conditions.wiring
    square, power, line, neutral = products
    rms = np.sqrt(square)
    voltage, current = rms[_V].T, rms[_I].T
    idle = ~(current > conditions.starting_current)
    if not conditions.harmonics:
        phasors, orders, beside = phasors[..., :1], _FUNDAMENTAL, None
    size = _sizes(phasors, beside)
    percent, distortion = _spectra(size)
    if not conditions.harmonics:
        distortion[:] = np.nan
    for part, dead in ((_V, _dead(size[:, _V, 0])), (_I, idle), (_LINE, _dead(size[:, _LINE, 0]))):
        percent[:, part][dead] = np.nan
        distortion[:, part][dead] = np.nan
    fundamental = phasors[..., 0].reshape(-1, 2, 3)
    components = sequences(fundamental)
    turned = fundamental * common_turn(fundamental, components)[:, np.newaxis, np.newaxis]
    fundamental_power = fundamental[:, 0] * fundamental[:, 1].conj()
    apparent = voltage * current
    total = total_apparent(conditions, square, line, neutral, power, fundamental_power, apparent)
    shown = _V if wiring.has_neutral else _LINE
    least = size[:, shown, 0][:, wiring.phases]
    if not wiring.has_neutral:
        voltage, apparent, neutral = (np.full_like(x, np.nan) for x in (voltage, apparent, neutral))
    component_size = np.abs(components)
    absent = 0.0 if conditions.harmonics else np.nan
    return Readings(
        wiring=wiring,
        frequency=frequency,
        voltage=voltage,
        current=current,
        line_voltage=np.sqrt(line.T),
        neutral_current=np.sqrt(neutral),
        active_power=power.T,
        exchanged_power=exchanged_power(power, conditions),
        fundamental_power=fundamental_power,
        apparent_power=apparent,
        total_apparent_power=total,
        voltage_phasor=turned[:, 0],
        current_phasor=turned[:, 1],
        voltage_sequence=component_size[:, 0],
        current_sequence=component_size[:, 1],
        voltage_least=least_share(least),
        current_least=least_share(size[:, _I, 0]),
        voltage_harmonics=_every_order(percent[:, shown], orders, absent),
        current_harmonics=_every_order(percent[:, _I], orders, absent),
        voltage_thd=distortion[:, shown],
        current_thd=distortion[:, _I],
        line_thd=distortion[:, _LINE],
    )


def known_phasors(phasors: Phasors, conditions: Conditions, unknown: NDArray[np.bool_]) -> Phasors:
    """Phasors of windows, NaN where there are none to be had."""
    if unknown.any() or not conditions.present.all():
        phasors = phasors.copy()
        phasors[:, ~conditions.present] = np.nan
        phasors[unknown] = np.nan
    return phasors


def _sizes(phasors: Phasors, beside: Phasors | None) -> Values:
    """Sizes of orders 1..63 of voltages, currents and line voltages, shape (window, 9, 63).

    With the lines beside the orders they are subgroups (IEC 61000-4-7, 3.3.2, 5.5.2).
    """
    size = _with_lines(phasors)
    if beside is None:
        return size
    sides = [_with_lines(beside[:, n]) for n in (0, 1)]
    together: Values = np.sqrt(size**2 + sides[0] ** 2 + sides[1] ** 2)
    return together


def _with_lines(phasors: Phasors) -> Values:
    u = phasors[:, _V]
    size: Values = np.abs(np.concatenate([phasors, between_lines(u, axis=1)], axis=1))
    return size


def _dead(fundamental: Values) -> NDArray[np.bool_]:
    """Voltages that are not live beside the largest: their spectrum is that of noise."""
    dead: NDArray[np.bool_] = fundamental <= LIVE_SHARE * np.fmax.reduce(
        fundamental, axis=1, keepdims=True
    )
    return dead


def _spectra(size: Values) -> tuple[Values, Values]:
    """Orders 1..63 in % of the fundamental, and THD over the orders that there are [%]."""
    percent: Values = 100 * size / size[..., :1]
    orders = percent[..., 1:]
    unknown = np.isnan(orders)
    known = np.where(unknown, 0.0, orders) if unknown.any() else orders
    total = np.sqrt(np.vecdot(known, known))
    total[np.isnan(percent[..., 0]) | unknown[..., :1].any(axis=-1)] = np.nan
    return percent, total


def _every_order(percent: Values, orders: NDArray[np.int64] | None, absent: float) -> Values:
    """Orders 1..63 from those that there are; the others are `absent` where the first is known."""
    if orders is None:
        return percent
    every = np.full((*percent.shape[:-1], HARMONIC_ORDERS), absent)
    every[..., orders - 1] = percent
    every[np.isnan(percent[..., 0])] = np.nan
    return every
