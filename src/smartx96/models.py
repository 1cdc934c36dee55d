"""Roles of channels, wirings in which the meter is connected, and the models of the family."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smartx96.errors import OptionError

ROLES = ("v1", "v2", "v3", "i1", "i2", "i3")
"""Channels of a four-wire three-phase system, in the order in which sources deliver them."""

LINE_ROLES = ("v12", "v23", "v31")
"""Line voltages L1-L2, L2-L3, L3-L1 of a three-wire system."""

EVERY_ROLE = (*ROLES, *LINE_ROLES)
"""Roles that a channel can have, in the order in which sources deliver them."""


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
