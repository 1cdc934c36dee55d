"""Readings made straight from phasors, where no waveform is asked for.

The definitions are those of `smartx96.metrology.readings.read`: rms is the root of the sum of
squares and active power the sum over all orders (Parseval), and from there on both ways run through
the same function. What stands on no harmonic is not in phasors: interharmonics, noise, direct
voltage and current. No sampling rate limits the orders: those that are not given are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from smartx96.metrology.conditions import Conditions
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import NEXT, MeanProducts
from smartx96.metrology.quadrature import Quadrature
from smartx96.metrology.readings import Readings, known_phasors, readings_from
from smartx96.metrology.synchronisation import Phasors
from smartx96.quantities import HARMONIC_ORDERS

_SQUARE, _POWER, _LINES, _CURRENTS = slice(0, 6), slice(6, 9), slice(9, 12), slice(12, 15)
"""Columns of products."""

_ROUNDING = 1e-12
"""Share of the whole that is left where there is nothing: phasors end in the 16th digit."""


def readings_of_phasors(phasors: Phasors, frequency: Values, conditions: Conditions, *,
                        orders: Sequence[int] | None = None,
                        over: Quadrature | None = None) -> Readings:  # fmt: skip
    """Measured values of windows whose phasors are known.

    One window of a thousand meters and a thousand windows of one meter cost the same: leading axes
    are as you like.

    Parameters
    ----------
    phasors : ndarray of complex, shape (..., 6, orders)
        Complex rms of v1, v2, v3, i1, i2, i3 on the primary side [V, A]; voltages against neutral,
        without one against the lines' own star point.
    frequency : ndarray, shape (...)
        [Hz]; NaN where nothing carries the window: then it has rms and active power alone.
    conditions : Conditions
        `keep_dc` is without effect.
    orders : sequence of int, optional
        Which the phasors are, ascending from 1; all other orders are 0. None is 1, 2, 3, ...
        Those above 63 count in rms and power only.
    over : Quadrature, optional
        The phasors are not those of windows, but of instants within them, shape
        (instant, 6, orders); frequency has the shape (window,).

    Returns
    -------
    Readings
        Of the shape of `frequency`. Nothing is raised: what cannot be had is NaN.
    """
    held = np.arange(1, phasors.shape[-1] + 1) if orders is None else np.asarray(orders)
    shown = int(np.searchsorted(held, HARMONIC_ORDERS, side="right"))
    flat = np.ascontiguousarray(phasors).reshape(-1, *phasors.shape[-2:])
    products, spectrum = _products(flat), flat[..., :shown]
    if over is not None:
        products, spectrum = over.mean(products), over.mean(spectrum)
    rows, cycles = np.ascontiguousarray(products.T), frequency.ravel()
    apparent = np.sqrt(rows[:3] * rows[3:6])
    rows[_POWER] = _exact(rows[_POWER], apparent)
    with np.errstate(divide="ignore", invalid="ignore"):
        readings = readings_from(
            MeanProducts.of(
                rows[_SQUARE], rows[_POWER], rows[_LINES], rows[_CURRENTS], conditions.present
            ),
            known_phasors(spectrum, conditions, np.isnan(cycles)),
            cycles,
            conditions,
            orders=held[:shown],
        )
    readings = _without_rounding(readings, apparent.T)
    return readings if frequency.ndim == 1 else _reshaped(readings, frequency.shape)


def _without_rounding(readings: Readings, apparent: Values) -> Readings:
    """The readings with 0 where a power or a symmetrical component is but rounding."""
    power = readings.fundamental_power.copy()
    power.real, power.imag = _exact(power.real, apparent), _exact(power.imag, apparent)
    voltage, current = readings.voltage_sequence, readings.current_sequence
    return replace(
        readings,
        fundamental_power=power,
        voltage_sequence=_exact(voltage, voltage.max(axis=-1, keepdims=True)),
        current_sequence=_exact(current, current.max(axis=-1, keepdims=True)),
    )


def _exact(values: Values, whole: Values) -> Values:
    """Values, those that are but rounding of what they are part of 0."""
    rounding = (np.abs(values) < _ROUNDING * whole) & np.isfinite(whole)
    found: Values = np.where(rounding, 0.0, values)
    return found


def _products(phasors: Phasors) -> Values:
    """Products over all orders, shape (instant, 15): the real parts of x conj(y)."""
    x = phasors.view(np.float64)
    found = np.empty((len(x), _CURRENTS.stop))
    np.einsum("ick,ick->ic", x[:, :6], x[:, :6], out=found[:, _SQUARE])
    np.einsum("ick,ick->ic", x[:, :3], x[:, 3:6], out=found[:, _POWER])
    for columns, first in ((_LINES, 0), (_CURRENTS, 3)):
        for phase, following in enumerate(NEXT):
            one, other = x[:, first + phase], x[:, first + following]
            np.einsum("ik,ik->i", one, other, out=found[:, columns.start + phase])
    return found


def _reshaped(readings: Readings, shape: tuple[int, ...]) -> Readings:
    """The readings with other leading axes."""
    values = {f.name: getattr(readings, f.name) for f in fields(readings) if f.name != "wiring"}
    return replace(
        readings,
        **{name: array.reshape((*shape, *array.shape[1:])) for name, array in values.items()},
    )
