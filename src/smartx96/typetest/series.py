"""Series: a signal by its lines, from which its samples and its exact truth both come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from smartx96.models import NOMINAL_VOLTAGE, ROLES, Wiring
from smartx96.typetest.point import Point
from smartx96.typetest.waveform import Shape

Phasors = NDArray[np.complex128]
Values = NDArray[np.float64]

RATE = 12_800.0
"""Sampling rate of the meter under test [1/s]."""

_PHASES = 3


@dataclass(frozen=True, slots=True)
class Series:
    """Lines of the six channels.

    x(t) = sum over the lines of Im(sqrt(2) X exp(2 pi j f t)); a line at 0 Hz is Re(X).

    Parameters
    ----------
    frequencies : ndarray, shape (line,)
        Ascending [Hz].
    phasors : ndarray of complex, shape (6, line)
        Complex rms of v1, v2, v3, i1, i2, i3 [V, A].
    fundamental : float
        [Hz].
    """

    frequencies: Values
    phasors: Phasors
    fundamental: float

    @property
    def order(self) -> Values:
        """Of each line."""
        found: Values = self.frequencies / self.fundamental
        return found


def series_of(point: Point) -> Series:
    """The signal of a point."""
    voltage, current = point.waveform.voltage, point.waveform.current
    orders = sorted({*voltage, *current})
    turns = 2j * math.pi / _PHASES * np.arange(_PHASES) * (1 if point.reverse else -1)
    present = [phase not in point.interrupted for phase in range(1, _PHASES + 1)]
    amperes = point.multiple * point.rated_current * np.array(point.load.signs, float)
    lag = point.factor.lag + (math.pi if point.export else 0.0)
    phasors = np.zeros((len(ROLES), len(orders)), np.complex128)
    for place, order in enumerate(orders):
        # A phase, and a lag, is a delay in time: a line of order h turns h times as far.
        size, turn = (
            np.array(present) * NOMINAL_VOLTAGE * point.voltage,
            np.exp(turns * float(order)),
        )
        phasors[:3, place] = _line(voltage, order) * size * turn
        phasors[3:, place] = (
            _line(current, order) * amperes * turn * np.exp(-1j * lag * float(order))
        )
    if point.wiring is Wiring.ONE_PHASE:
        phasors[[1, 2, 4, 5]] = 0.0
    elif point.wiring is Wiring.THREE_WIRE:
        # Zero sequence currents, as those of orders 3, 6, 9 ..., have no way back.
        phasors[3:] -= phasors[3:].mean(axis=0)
    return Series(point.frequency * np.array(orders, float), phasors, point.frequency)


def _line(shape: Shape, order: Fraction) -> complex:
    return shape.get(order, 0j)
