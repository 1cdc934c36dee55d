"""Manner: how somebody states a load, which later messages that say less go on from.

Voltage, active and reactive power often come in messages of their own. A power that was said as a
power stands until it is said anew, whatever the voltage becomes; who sends a current with a sign
says the direction by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from smartx96.samples.operating_point import Phase

_OTHERS = ("current", "power_factor", "phase_angle", "leading")
"""What makes a load without a power."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the load of one phase is stated.

    Parameters
    ----------
    active, reactive : float or None
        Powers that stand, as they were said [W, var].
    signed : bool
        Whether its currents carry the direction: a negative one has come.
    """

    active: float | None = None
    reactive: float | None = None
    signed: bool = False

    def completed(self, load: dict[str, Any], phase: Phase, voltage: float | None) -> Manner:
        """Add to a load what stands of what was said before.

        Parameters
        ----------
        load : dict
            What a message states, by the names of `Phase` and of powers; changed here.
        phase : Phase
            As it is before the message.
        voltage : float or None
            That the message states [V]; None where it states none.

        Returns
        -------
        Manner
            For the next message.
        """
        after = self._directed(load, phase)._after(load)
        if voltage == 0.0 or any(name in load for name in _OTHERS):
            return after
        for name, stands in (("active_power", after.active), ("reactive_power", after.reactive)):
            if stands is not None and (voltage is not None or load):
                load.setdefault(name, stands)
        return after

    def _directed(self, load: dict[str, Any], phase: Phase) -> Manner:
        """Take the sign of a current as its direction, where no power says it."""
        current = load.get("current")
        if not is_number(current) or not (self.signed or current < 0.0):
            return self
        load["current"] = abs(current)
        if not load.keys() & {"active_power", "reactive_power", "phase_angle"}:
            if "power_factor" not in load:
                load["power_factor"] = phase.active_share
                load.setdefault("leading", phase.lag < 0.0)
            if is_number(load["power_factor"]):
                load["power_factor"] = math.copysign(load["power_factor"], current)
        return replace(self, signed=True)

    def _after(self, load: dict[str, Any]) -> Manner:
        """The powers that stand after a load."""
        active, reactive = load.get("active_power"), load.get("reactive_power")
        if any(name in load for name in _OTHERS):
            # These make the reactive power, and without an active one that too.
            return replace(self, active=active, reactive=reactive)
        return replace(
            self,
            active=self.active if active is None else active,
            reactive=self.reactive if reactive is None else reactive,
        )


def is_number(value: object) -> TypeGuard[float]:
    """Whether a stated value is one."""
    return isinstance(value, int | float) and not isinstance(value, bool)
