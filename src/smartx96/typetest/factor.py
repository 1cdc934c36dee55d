"""Factor: how the current stands to the voltage, as the standards write it."""

from __future__ import annotations

import math
from dataclasses import dataclass

FUNCTIONS = ("cos", "sin")
SIDES = ("", "ind", "cap")


@dataclass(frozen=True, slots=True)
class Factor:
    """`cos 0.5 ind`, `sin 0.25 cap` ...

    Parameters
    ----------
    function : {'cos', 'sin'}
        Of the phase angle: cos for active, sin for reactive energy.
    value : float
        0 < value <= 1.
    side : {'', 'ind', 'cap'}
        Inductive is current that lags.
    """

    function: str
    value: float
    side: str = ""

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS or self.side not in SIDES or not 0 < self.value <= 1:
            raise ValueError(f"no factor: {self}")

    @classmethod
    def of(cls, text: str) -> Factor:
        """The factor of a text such as `cos 0.8 cap`; `ValueError` where there is none such."""
        function, value, *side = text.split()
        return cls(function, float(value), *side)

    @property
    def reactive(self) -> bool:
        """Whether reactive energy is tested."""
        return self.function == "sin"

    @property
    def lag(self) -> float:
        """Angle of the voltage less that of the current [rad]."""
        angle = math.acos(self.value) if self.function == "cos" else math.asin(self.value)
        return -angle if self.side == "cap" else angle

    def __str__(self) -> str:
        return f"{self.function} {self.value:g} {self.side}".rstrip()


UNITY = Factor("cos", 1.0)
HALF = Factor("cos", 0.5, "ind")

ACTIVE = tuple(
    Factor.of(text)
    for text in ("cos 1", "cos 0.5 ind", "cos 0.8 cap", "cos 0.25 ind", "cos 0.5 cap")
)
"""Factors of active energy."""

REACTIVE = tuple(
    Factor("sin", value, side) for value in (1.0, 0.5, 0.25) for side in ("ind", "cap")
)
"""Factors of reactive energy; import and export of each are the four quadrants."""
