"""Roles of channels, ratings of the family, wirings in which it is connected, and its models."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from smartx96.errors import OptionError

ROLES = ("v1", "v2", "v3", "i1", "i2", "i3")
"""Channels of a four-wire three-phase system, in the order in which sources deliver them."""

LINE_ROLES = ("v12", "v23", "v31")
"""Line voltages L1-L2, L2-L3, L3-L1 of a three-wire system."""

EVERY_ROLE = (*ROLES, *LINE_ROLES)
"""Roles that a channel can have, in the order in which sources deliver them."""


NOMINAL_VOLTAGE = 230.0
"""Un, line to neutral on the secondary side [V]."""

NOMINAL_LINE_VOLTAGE = 400.0
"""Un, line to line on the secondary side [V]."""

OVERLOAD = 1.2
"""Largest continuous current over the nominal one (datasheet: 5(6) A, 120 % In)."""

CYCLES = {50: 10, 60: 12}
"""Cycles of a measurement window by nominal frequency [Hz] (IEC 61000-4-7, 4.4.1)."""

PULSE_PAUSE = 30
"""Shortest time between two pulses of an output [ms]."""

PULSE2_WIDTH = 60
"""Width of the pulses of output 2 [ms]."""

PULSE2_CONSTANT = 3200
"""Pulses of output 2 for 1 kWh on the secondary side."""

ROLL_OVER = 9_999_999.9
"""Energy after which the float registers and the display begin anew [kWh, kvarh, kVAh]."""

ROLL_OVER_HOURS = 4000
"""Hours at full load that the display must count without rolling over; else it shows MWh."""


class Wiring(StrEnum):
    """How the meter is connected; the values are those of options and JSON."""

    ONE_PHASE = "1p2w"
    """L1 and neutral."""
    THREE_WIRE = "3p3w"
    """Three lines without neutral: line voltages, and currents that sum to nothing."""
    FOUR_WIRE = "3p4w"
    """Three lines and neutral."""

    @property
    def phases(self) -> slice:
        """The phases that averages and sums go over."""
        return slice(0, 1) if self is Wiring.ONE_PHASE else slice(0, 3)

    @property
    def has_neutral(self) -> bool:
        """Whether phases have a voltage, a power and an energy of their own."""
        return self is not Wiring.THREE_WIRE

    @property
    def nominal_voltage(self) -> float:
        """Un on the secondary side [V]: between lines where there is no neutral."""
        return NOMINAL_VOLTAGE if self.has_neutral else NOMINAL_LINE_VOLTAGE

    def balanced_power(self, voltage: float, current: float) -> float:
        """Power of equal phases at power factor 1 [W].

        Parameters
        ----------
        voltage, current : float
            Of each phase, between lines where there is no neutral [V, A].
        """
        if self is Wiring.THREE_WIRE:
            return math.sqrt(3.0) * voltage * current
        return (1.0 if self is Wiring.ONE_PHASE else 3.0) * voltage * current


WIRINGS: dict[int, Wiring] = {1: Wiring.ONE_PHASE, 2: Wiring.THREE_WIRE, 3: Wiring.FOUR_WIRE}
"""Wirings by the value of the setting `system_type`."""

SYSTEM_TYPES: dict[Wiring, int] = {wiring: number for number, wiring in WIRINGS.items()}
"""Value of the setting `system_type` for each wiring."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the family: a selection from the tables.

    Parameters
    ----------
    name : str
    harmonics : bool
        Whether it has THD and harmonics.
    wirings : tuple of Wiring
    """

    name: str
    harmonics: bool
    wirings: tuple[Wiring, ...]

    def check(self, wiring: Wiring) -> None:
        """Raise an OptionError where the model cannot be connected so."""
        if wiring not in self.wirings:
            allowed = " or ".join(self.wirings)
            raise OptionError(f"model {self.name} has no wiring {wiring}: use {allowed}")


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("X96-5A", True, tuple(Wiring)),
        Model("X96-5E", False, (Wiring.ONE_PHASE, Wiring.FOUR_WIRE)),
    )
}
"""Models by name (datasheet)."""
