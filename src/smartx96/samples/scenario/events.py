"""Events: what changes while a scenario runs, and how several compose.

Every event has a weight over time, 0 before and 1 in force, linear over its ramp (`Weight`).
Quantities take the events of their kind like this, in order of their beginning:

- a value that is set (`Change`): `value = (1 - w) * value + w * new`;
- factors (`Scale`, `Export`): `amplitude = value * product of (1 + w * (factor - 1))`;
- angles (`Shift`): added, `w * degrees`; sequence (`Reversal`): the places of L2 and L3 are
  multiplied by `1 - 2 w`, so that two reversals at once cancel;
- spectra (`Distortion`): each order's complex share blends like a value that is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import ScenarioError
from smartx96.samples.scenario.carrier import Course
from smartx96.samples.scenario.model import Harmonic
from smartx96.samples.scenario.timing import Weight, exact

Kind = Literal["voltage", "current"]
KINDS: tuple[Kind, ...] = ("voltage", "current")
PHASES = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """When and where.

    Parameters
    ----------
    at : float
        Beginning [s].
    duration : float, optional
        From the beginning to where the return begins [s]; None stays.
    ramp : float
        Time of the transition, there and back alike [s]; 0 is a step.
    phases : tuple of int
        1, 2, 3.
    """

    at: float
    duration: float | None = None
    ramp: float = 0.0
    phases: tuple[int, ...] = PHASES

    def weight(self, rate: float) -> Weight:
        """Weight on a sample clock of `rate` [1/s]."""
        return Weight.of(self.at, self.duration, self.ramp, rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Event):
    """Set the rms of voltage [V] or current [A], or the angle of the current [degrees of lag]."""

    quantity: Literal["voltage", "current", "angle"]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyChange(Event):
    """Set the frequency [Hz], for all phases. The ramps of two may not overlap."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(Event):
    """Multiply: a dip (0.6), a swell (1.1), a loss (0). Offset and noise stay."""

    factor: float
    of: tuple[Kind, ...] = ("voltage",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Event):
    """Multiply the current by -1: import becomes export and the reverse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift(Event):
    """Turn the voltage by `degrees` (positive leads), the current of its phase with it."""

    degrees: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal(Event):
    """L2 and L3 change places in the sequence, with their currents. All phases, always a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortion(Event):
    """Put these harmonics in place of all that the voltage or current had."""

    of: Kind
    harmonics: tuple[Harmonic, ...]


def in_order(events: Sequence[Event]) -> list[Event]:
    """By beginning; those that begin together stay in the order in which they are stated."""
    return sorted(events, key=lambda event: event.at)


def edges(events: Sequence[Event]) -> NDArray[np.float64]:
    """Instants at which events set in, are in force, begin to leave off and have left [s]."""
    found: set[Fraction] = set()
    for event in events:
        begins = [exact(event.at)]
        if event.duration is not None:
            begins.append(begins[0] + exact(event.duration))
        found.update(begins, (begin + exact(event.ramp) for begin in begins))
    return np.array(sorted(found), dtype=np.float64)


def frequency_courses(base: float, events: Sequence[FrequencyChange]) -> list[Course]:
    """The frequency as exact linear pieces.

    Raises
    ------
    ScenarioError
        Two transitions overlap, so that the frequency would not be linear in between.
    """
    spans = [_spans(event) for event in events]
    _refuse_overlap([span for pair in spans for span in pair])
    breaks = sorted({Fraction(0), *(t for pair in spans for span in pair for t in span)})
    values = [exact(event.value) for event in events]
    courses = []
    for index, begin in enumerate(breaks):
        end = breaks[index + 1] if index + 1 < len(breaks) else begin + 1
        # Two points inside the piece: at its ends a step would leave open which side is meant.
        third = (end - begin) / 3
        low, high = (
            _frequency(exact(base), spans, values, begin + part) for part in (third, 2 * third)
        )
        slope = (high - low) / third
        courses.append(Course(begin, low - slope * third, slope))
    return courses


_Span = tuple[Fraction, Fraction]


def _spans(event: FrequencyChange) -> list[_Span]:
    """Begin and end of the way there and of the way back."""
    at, ramp = exact(event.at), exact(event.ramp)
    spans = [(at, at + ramp)]
    if event.duration is not None:
        back = at + exact(event.duration)
        spans.append((back, back + ramp))
    return spans


def _refuse_overlap(spans: list[_Span]) -> None:
    ordered = sorted(span for span in spans if span[1] > span[0])
    for before, after in pairwise(ordered):
        if after[0] < before[1]:
            raise ScenarioError(
                f"frequency ramp at {float(after[0]):g} s begins before the one from "
                f"{float(before[0]):g} s ends at {float(before[1]):g} s; "
                "frequency ramps may not overlap"
            )


def _frequency(
    base: Fraction, spans: list[list[_Span]], values: list[Fraction], t: Fraction
) -> Fraction:
    frequency = base
    for pair, value in zip(spans, values, strict=True):
        weight = _risen(pair[0], t) - (_risen(pair[1], t) if len(pair) > 1 else 0)
        if weight:
            frequency += weight * (value - frequency)
    return frequency


def _risen(span: _Span, t: Fraction) -> Fraction:
    if t <= span[0]:
        return Fraction(0)
    return Fraction(1) if t >= span[1] else (t - span[0]) / (span[1] - span[0])
