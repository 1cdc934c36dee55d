"""What a phase carries: the parts of a voltage or current as the scenario states them."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Harmonic:
    """`percent` of the fundamental at a whole multiple of its frequency.

    `sin(order * p + angle)`, p the phase of this channel's own fundamental: the same harmonic in
    three phases rotates by `order * -120` degrees from phase to phase.

    Parameters
    ----------
    order : int
        From 2.
    percent : float
        Of the fundamental's rms [%].
    angle : float
        [degrees].
    """

    order: int
    percent: float
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Interharmonic:
    """`percent` of the fundamental at any multiple of its frequency, or at a fixed one.

    Parameters
    ----------
    percent : float
        Of the fundamental's rms [%].
    order : float, optional
        Multiple of the fundamental's frequency, whose phase it follows as a harmonic does.
    hertz : float, optional
        Fixed frequency [Hz], of the same phase in all channels; takes the place of `order`.
    angle : float
        [degrees].
    """

    percent: float
    order: float | None = None
    hertz: float | None = None
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Wave:
    """Voltage or current of one phase.

    Parameters
    ----------
    rms : float
        Of the fundamental [V or A].
    angle : float
        Voltage: lead on the phase's place in the sequence (0, -120, 120). Current: lag behind
        the voltage of its phase, so that 0..90 is an inductive import [degrees].
    harmonics : tuple of Harmonic
    interharmonics : tuple of Interharmonic
    dc : float
        Constant offset [V or A].
    noise : float
        Standard deviation of white noise [% of the fundamental's peak before any event].
    """

    rms: float
    angle: float = 0.0
    harmonics: tuple[Harmonic, ...] = ()
    interharmonics: tuple[Interharmonic, ...] = ()
    dc: float = 0.0
    noise: float = 0.0


Phases = tuple[Wave, Wave, Wave]


def three(wave: Wave) -> Phases:
    """The same wave in L1, L2, L3."""
    return (wave, wave, wave)


def place(phase: int) -> float:
    """Place of a phase, 0 to 2, in the normal sequence [cycles]."""
    return (0.0, -1 / 3, 1 / 3)[phase]


def unbalanced(waves: Phases, negative: complex, zero: complex, reverse: bool = False) -> Phases:
    """Add a negative and a zero sequence component to the fundamentals.

    Parameters
    ----------
    waves : tuple of Wave
        L1, L2, L3; harmonics and the rest stay as they are.
    negative, zero : complex
        Component at L1 as a part of the mean rms.
    reverse : bool
        The phases follow each other L1, L3, L2: `negative` is then what turns the other way.
    """
    mean = sum(wave.rms for wave in waves) / 3
    shifted = []
    for phase, wave in enumerate(waves):
        turn = cmath.rect(1.0, 2 * math.pi * place(phase) * (-1 if reverse else 1))
        own = cmath.rect(wave.rms, math.radians(wave.angle))
        # Seen from the phase's own place: the negative component stands there twice turned back.
        total = own + mean * (negative * turn.conjugate() ** 2 + zero * turn.conjugate())
        angle = math.degrees(cmath.phase(total))
        shifted.append(replace(wave, rms=abs(total), angle=angle))
    return (shifted[0], shifted[1], shifted[2])


def lag(power_factor: float, leading: bool = False) -> float:
    """Lag of a current whose displacement power factor is given [degrees].

    Negative power factors export: 0.9 is 25.8 degrees, -0.9 is 154.2, leading the same below 0.
    """
    angle = math.degrees(math.acos(power_factor))
    return -angle if leading else angle


def highest_order(waves: Sequence[Wave]) -> int:
    """Highest harmonic of several waves, 1 where there is none."""
    return max((h.order for wave in waves for h in wave.harmonics), default=1)
