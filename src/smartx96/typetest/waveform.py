"""Waveform: the test signals of the standards as series that end, so that nothing is aliased.

A shape is the relative rms of its lines, the full sine being 1, with the phase of each against a
sine that begins where the fundamental's voltage crosses zero upwards. What is generated and what is
true come from the same lines, so that cutting the series costs no accuracy.
"""

from __future__ import annotations

import math
from enum import StrEnum
from fractions import Fraction

import numpy as np

HIGHEST = 63
"""Order at which the series of a waveform ends: the last one that the meter tells."""

_BURST = 4
"""Cycles of a burst and its pause together."""

Shape = dict[Fraction, complex]
"""Lines by their order; order 0 is direct."""

SINE_SHAPE: Shape = {Fraction(1): 1.0 + 0j}


class Waveform(StrEnum):
    """Which of them is applied."""

    SINE = "sine"
    FIFTH = "5th harmonic"
    PHASE_FIRED = "phase-fired"
    BURST = "burst"
    HALF_WAVE = "half wave"
    EVERY_ORDER = "orders 2 to 63"

    @property
    def voltage(self) -> Shape:
        """Lines of the voltage."""
        return _VOLTAGES.get(self, SINE_SHAPE)

    @property
    def current(self) -> Shape:
        """Lines of the current."""
        return _CURRENTS.get(self, SINE_SHAPE)


def _fifth(share: float) -> Shape:
    return {**SINE_SHAPE, Fraction(5): share + 0j}


def _phase_fired() -> Shape:
    """A sine that conducts from 90 to 180 and from 270 to 360 degrees (IEC 62053-21, A.2).

    P = U I / 2, Q1 = U I / pi.
    """
    shape: Shape = {Fraction(1): complex(0.5, -1 / math.pi)}
    for h in range(3, HIGHEST + 1, 2):
        below, above = h - 1, h + 1
        turn = math.pi / 2
        # 2/pi times the integrals of sin(x) sin(hx) and sin(x) cos(hx) from pi/2 to pi.
        sine = (math.sin(above * turn) / above - math.sin(below * turn) / below) / math.pi
        cosine = (
            (math.cos(above * turn) - 1) / above - (math.cos(below * turn) - 1) / below
        ) / math.pi
        shape[Fraction(h)] = complex(sine, cosine)
    return shape


def _burst() -> Shape:
    """Two cycles on, two off (IEC 62053-21, A.3): lines at odd quarters of the fundamental.

    P = U I / 2.
    """
    shape: Shape = {Fraction(1): 0.5 + 0j}
    for k in range(1, _BURST * 20, 2):
        order = Fraction(k, _BURST)
        # The gate's Fourier integral; cos lines only, since the burst is odd about its middle.
        shape[order] = complex(0.0, 1 / (math.pi * _BURST / 2 * (1 - float(order) ** 2)))
    return shape


def _half_wave() -> Shape:
    """A sine that conducts in its upper half waves (IEC 62053-21, A.1).

    P = U I / 2; the direct part is sqrt(2) / pi.
    """
    shape: Shape = {Fraction(0): complex(math.sqrt(2) / math.pi), Fraction(1): 0.5 + 0j}
    for h in range(2, HIGHEST, 2):
        shape[Fraction(h)] = complex(0.0, 2 / (math.pi * (1 - h * h)))
    return shape


def _every_order(thd: float) -> Shape:
    """Orders 2 to 63, falling with the order, all together a given THD."""
    orders = np.arange(2, HIGHEST + 1)
    share = thd / math.sqrt(float((1.0 / orders**2).sum()))
    lines = {Fraction(int(h)): share / h * np.exp(0.7j * h * h) for h in orders}
    return {**SINE_SHAPE, **{order: complex(line) for order, line in lines.items()}}


_VOLTAGES = {Waveform.FIFTH: _fifth(0.10), Waveform.EVERY_ORDER: _every_order(0.08)}
_CURRENTS = {
    Waveform.FIFTH: _fifth(0.40),
    Waveform.PHASE_FIRED: _phase_fired(),
    Waveform.BURST: _burst(),
    Waveform.HALF_WAVE: _half_wave(),
    Waveform.EVERY_ORDER: _every_order(0.3),
}
"""The fifth harmonic is that of IEC 62053-22, 8.2.1: U5 = 10 %, I5 = 40 %, in phase."""
