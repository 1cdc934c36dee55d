"""Phasors: those of a meter whose registers have none, and what cannot be known of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartx96.metrology.foreign_phasors import phasors_of
from smartx96.metrology.powers import between_lines
from smartx96.metrology.symmetry import sequences
from smartx96.metrology.synchronisation import Phasors
from smartx96.models import Wiring
from smartx96.quantities import LINES, PHASES

_METHOD = (
    "Angles are reckoned, since no register has them: those between voltages from line voltages, "
    "those of currents from active and reactive power."
)
_METHOD_OF_LINES = (
    "Angles are reckoned, since no register has them: line voltages make a triangle, and so do the "
    "currents; total active and reactive power say how they stand to each other."
)
_METHOD_OF_ONE = "The angle is reckoned from active and reactive power."


@dataclass(frozen=True, slots=True)
class ReckonedPhasors:
    """Fundamentals of a meter, as far as its readings tell them.

    Parameters
    ----------
    voltage, current : ndarray of complex, shape (3,)
        Against the star point where there is no neutral; NaN where not known.
    wiring : Wiring
    notes : tuple of str
        How they came about, and what is not known.
    """

    voltage: Phasors
    current: Phasors
    wiring: Wiring
    notes: tuple[str, ...]

    @classmethod
    def of(cls, values: Mapping[str, float], wiring: Wiring) -> ReckonedPhasors:
        """From values by id, those that are available."""
        return cls(*phasors_of(values, wiring), wiring, tuple(_notes(values, wiring)))

    @property
    def unbalance(self) -> float | None:
        """Sequence voltage against the supply's turn over that with it [%] (IEC 61000-4-30, 5.7).

        None where a voltage or its angle is not known.
        """
        against, along = sorted(np.abs(sequences(self.voltage))[:2].tolist())
        return 100 * against / along if along > 0 else None

    def document(self) -> dict[str, Any]:
        """For programs and drawings: rms and angle of what is known, the first voltage at 0."""
        voltage, places = self.voltage, PHASES
        if not self.wiring.has_neutral:
            voltage, places = between_lines(self.voltage), LINES
        return {
            "voltage": list(_listed("U", places, voltage)),
            "current": list(_listed("I", PHASES, self.current)),
            "notes": list(self.notes),
        }


def _listed(symbol: str, places: tuple[str, ...], three: Phasors) -> Iterator[dict[str, Any]]:
    for place, value in zip(places, three.tolist(), strict=True):
        if abs(value) > 0:
            yield {
                "name": symbol + place.replace("l", "").replace("_", ""),
                "place": place,
                "rms": float(f"{abs(value):.6g}"),
                "angle": round(math.degrees(math.atan2(value.imag, value.real)), 2) + 0.0,
            }


def _notes(values: Mapping[str, float], wiring: Wiring) -> Iterator[str]:
    if wiring is Wiring.ONE_PHASE:
        yield _METHOD_OF_ONE
        return
    yield _METHOD if wiring.has_neutral else _METHOD_OF_LINES
    if not all(values.get(f"voltage_{line}") for line in LINES):
        yield "Voltages between lines are not told: they are taken to be 120° apart."
    if values.get("voltage_sequence", 0.0) not in (1.0, 2.0):
        yield "The sequence is not told: L1-L2-L3 is drawn, and may be the other."
    powers = ["active_power", "reactive_power"]
    if wiring.has_neutral:
        powers = [f"{power}_{phase}" for power in powers for phase in PHASES]
    if not all(power in values for power in powers):
        yield "Powers are not told: currents whose angle is not known are left out."
