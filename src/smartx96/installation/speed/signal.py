"""Signal: samples by their components, and what is true of them by closed form."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from smartx96.block import Samples
from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import Phasors
from smartx96.quantities import HARMONIC_ORDERS, LINES, PHASES

RATE = 12_800.0
FREQUENCY = 50.02
PERIOD = 50.0
"""After so long the samples repeat: a whole number of them, and of cycles [s]."""

ORDERS = (3, 5, 7, 9, 11, 13, 17, 19, 23, 25, 29, 31, 35, 37, 41, 43, 47, 49, 63)
SHARE = 0.01
"""Of each of the orders, in every channel."""

_SIZES = (230.0, 227.0, 233.0, 5.0, 4.2, 5.6)
_LAG = 0.45
_NEXT = [1, 2, 0]


class Signal:
    """Six channels at 12.8 kS/s, 50.02 Hz, with 19 harmonics of 1 % up to the 63rd, unbalanced.

    Attributes
    ----------
    phasors : ndarray of complex, shape (6, 63)
        Complex rms of v1, v2, v3 [V], i1, i2, i3 [A] by order.
    """

    def __init__(self) -> None:
        turn = -2 * np.pi / 3 * (np.arange(6) % 3) - _LAG * (np.arange(6) // 3)
        orders = np.array([1, *ORDERS])
        self.phasors: Phasors = np.zeros((6, HARMONIC_ORDERS), np.complex128)
        self.phasors[:, orders - 1] = np.exp(1j * orders * turn[:, np.newaxis])
        self.phasors[:, orders[1:] - 1] *= SHARE
        self.phasors *= np.array(_SIZES)[:, np.newaxis]

    def samples(self, seconds: float) -> Samples:
        """Samples from time 0, shape (6, n): the sum of sqrt(2) |X| sin(h w t + arg X)."""
        count = round(seconds * RATE)
        whole = self._period
        repeats = -(-count // whole.shape[1])
        return (whole if repeats <= 1 else np.tile(whole, repeats))[:, :count]

    @cached_property
    def _period(self) -> Samples:
        """One period, by one inverse transform: every order stands on a line of it."""
        count = round(PERIOD * RATE)
        lines = np.zeros((6, count // 2 + 1), np.complex128)
        cycles = round(PERIOD * FREQUENCY)
        orders = np.arange(1, HARMONIC_ORDERS + 1)
        lines[:, cycles * orders] = self.phasors * (-1j * np.sqrt(2) * count / 2)
        return np.fft.irfft(lines, count, axis=1)

    @cached_property
    def apparent_power(self) -> Values:
        """U I of each phase [VA]."""
        rms = _rms(self.phasors)
        return rms[:3] * rms[3:]

    def truth(self) -> dict[str, Values]:
        """True values by id of the quantity: of one shape (), of harmonics (63,) [%]."""
        u, i = self.phasors[:3], self.phasors[3:]
        complex_power = u * i.conj()
        power, reactive = complex_power.real.sum(axis=1), complex_power[:, 0].imag
        found: dict[str, Any] = {"frequency": FREQUENCY, "current_n": _rms(i.sum(axis=0))}
        found |= _each("voltage_{}", _rms(u)) | _each("current_{}", _rms(i))
        found |= _each("voltage_{}", _rms(u - u[_NEXT]), LINES)
        found |= _each("active_power_{}", power) | _each("reactive_power_{}", reactive)
        found |= _each("apparent_power_{}", self.apparent_power)
        found |= _each("power_factor_{}", power / self.apparent_power)
        found |= {"active_power": power.sum(), "reactive_power": reactive.sum(),
                  "apparent_power": self.apparent_power.sum()}  # fmt: skip
        found |= _each("phase_angle_{}", np.degrees(np.angle(complex_power[:, 0])))
        found |= _unbalance(u[:, 0])
        found |= _each("voltage_harmonic_{}", _percent(u))
        found |= _each("current_harmonic_{}", _percent(i))
        return {id: np.asarray(x, np.float64) for id, x in found.items()}

    def distortion(self, highest: int) -> dict[str, Values]:
        """True THD by id, over the orders from 2 to the highest [%]."""
        percent = _percent(self.phasors)[:, 1:highest]
        thd = np.sqrt((percent**2).sum(axis=1))
        return _each("voltage_thd_{}", thd[:3]) | _each("current_thd_{}", thd[3:])


def _rms(phasors: Phasors) -> Values:
    total: Values = np.sqrt((np.abs(phasors) ** 2).sum(axis=-1))
    return total


def _unbalance(fundamental: Phasors) -> dict[str, Values]:
    """Negative and zero over positive sequence [%]."""
    turn = np.exp(2j * np.pi / 3 * np.arange(3))
    positive, negative, zero = (abs(fundamental @ turn**n) for n in (1, -1, 0))
    return {"voltage_unbalance_negative": 100 * negative / positive,
            "voltage_unbalance_zero": 100 * zero / positive}  # fmt: skip


def _percent(phasors: Phasors) -> Values:
    percent: Values = 100 * np.abs(phasors) / np.abs(phasors[:, :1])
    return percent


def _each(id: str, values: Values, places: tuple[str, ...] = PHASES) -> dict[str, Values]:
    return {id.format(place): value for place, value in zip(places, values, strict=True)}
