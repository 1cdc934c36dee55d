"""OperatingPoint: three phases and their frequency, and how one comes from another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError
from smartx96.models import Wiring
from smartx96.samples.operating_point.given import Limits, number, percentages, spread, truth
from smartx96.samples.operating_point.phase import Phase, Shares
from smartx96.samples.scenario.model import place
from smartx96.settings.setting import nearest

Spread = float | Sequence[float | None]
"""One number for all phases, or one for each; None stays as it is."""

Harmonics = Mapping[int, float | tuple[float, float]]
"""Percent of the fundamental by order, or percent and angle [degrees]."""


class Changes(TypedDict, total=False):
    """What can be set of an operating point, by the names of the quantities that show it."""

    voltage: Spread
    voltage_angle: Spread
    voltage_harmonics: Harmonics | Sequence[Harmonics | None]
    voltage_thd: Spread
    current: Spread
    current_harmonics: Harmonics | Sequence[Harmonics | None]
    current_thd: Spread
    power_factor: Spread
    leading: bool | Sequence[bool | None]
    phase_angle: Spread
    active_power: Spread
    reactive_power: Spread
    frequency: float
    reverse: bool


LIMITS: dict[str, Limits] = {
    "voltage": Limits("V", 0.0, 1e6),
    "voltage_angle": Limits("degrees", -180.0, 180.0),
    "voltage_thd": Limits("%", 0.0, 1000.0),
    "current": Limits("A", 0.0, 1e5),
    "current_thd": Limits("%", 0.0, 1000.0),
    "power_factor": Limits("", -1.0, 1.0),
    "phase_angle": Limits("degrees", -180.0, 180.0),
    "active_power": Limits("W", -1e11, 1e11, total=True),
    "reactive_power": Limits("var", -1e11, 1e11, total=True),
    "frequency": Limits("Hz", 40.0, 70.0),
}
"""What numbers may be: the frequencies are those that the meter tracks."""

_OF_ALL = ("frequency", "reverse")
_OF_PHASES = tuple(name for name in Changes.__annotations__ if name not in _OF_ALL)
_WAVES = {"voltage", "voltage_angle", "voltage_harmonics", "current", "current_harmonics"}
"""What goes into a `Phase` as it is."""

_USUAL_THD_ORDER = 5
"""Where a THD is, of a wave without harmonics."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Voltages and currents as they stand.

    Parameters
    ----------
    phases : tuple of Phase
        L1, L2, L3; voltages against neutral, without one against the lines' star point.
    frequency : float
        [Hz].
    reverse : bool
        The phases follow each other L1, L3, L2.
    """

    phases: tuple[Phase, Phase, Phase] = (Phase(), Phase(), Phase())
    frequency: float = 50.0
    reverse: bool = False

    @property
    def orders(self) -> tuple[int, ...]:
        """Harmonic orders that are there, ascending from 1."""
        found = {1}
        for phase in self.phases:
            found |= phase.voltage_harmonics.keys() | phase.current_harmonics.keys()
        return tuple(sorted(found))

    @property
    def apparent_power(self) -> float:
        """Of all phases together [VA]."""
        return math.fsum(phase.voltage * phase.current for phase in self.phases)

    def changed(self, changes: Mapping[str, Any], wiring: Wiring) -> OperatingPoint:
        """The point with changes, all of them.

        Parameters
        ----------
        changes : mapping
            `Changes`; a power stated as one number is that of all phases together, and divided
            over them.
        wiring : Wiring
            In 3p3w a voltage is that between lines; in 1p2w L2 and L3 stay as they are.

        Raises
        ------
        OptionError
            A value is not allowed, or cannot be had together with the others; names it.
        """
        for name in changes:
            if name not in Changes.__annotations__:
                raise OptionError(f"{name}: {_hint(name)}")
        given: list[dict[str, Any]] = [{} for _ in range(wiring.phases.stop)]
        for name in _OF_PHASES:
            values = spread(name, changes.get(name), wiring, LIMITS.get(name))
            for own, value in zip(given, values, strict=True):
                if value is not None:
                    own[name] = _checked(name, value, wiring)
        phases = list(self.phases)
        for n, own in enumerate(given):
            phases[n] = _phase(self.phases[n], own, f"L{n + 1}" if len(given) > 1 else "")
        return OperatingPoint(
            (phases[0], phases[1], phases[2]),
            number("frequency", changes.get("frequency", self.frequency), LIMITS["frequency"]),
            truth("reverse", changes.get("reverse", self.reverse)),
        )

    def phasors(self, orders: Sequence[int]) -> NDArray[np.complex128]:
        """Complex rms of v1, v2, v3, i1, i2, i3, shape (6, orders) [V, A]."""
        turn = -1.0 if self.reverse else 1.0
        found = np.stack([p.phasors(turn * place(n), orders) for n, p in enumerate(self.phases)])
        return np.concatenate([found[:, 0], found[:, 1]])


def _hint(name: str) -> str:
    base, _, phase = name.rpartition("_l")
    if base in _OF_PHASES and phase in ("1", "2", "3"):
        values = ", ".join("..." if phase == n else "None" for n in "123")
        return f"give {base}=[{values}]"
    return f"cannot be set; {nearest(name, Changes.__annotations__)}"


def _checked(name: str, value: object, wiring: Wiring) -> Any:
    """The value of one phase as `Phase` has it."""
    if name == "leading":
        return truth(name, value)
    if name.endswith("harmonics"):
        shares = percentages(name, value)
        zero = [order for order in shares if order % 3 == 0]
        if zero and not wiring.has_neutral:
            raise OptionError(f"{name}[{zero[0]}]: three wires carry no multiples of order 3")
        return shares
    found = number(name, value, LIMITS[name])
    return found / math.sqrt(3.0) if name == "voltage" and not wiring.has_neutral else found


def _phase(before: Phase, given: Mapping[str, Any], where: str) -> Phase:
    """A phase with what is given of it, one after the other: wave forms, then the load."""
    try:
        waves = {n: given[n] for n in given.keys() & _WAVES}
        for kind in ("voltage", "current"):
            harmonics = f"{kind}_harmonics"
            if f"{kind}_thd" in given:
                shares = waves.get(harmonics, getattr(before, harmonics))
                waves[harmonics] = _scaled(shares, given[f"{kind}_thd"])
        phase = replace(before, **waves)
        phase = _loaded(phase, given)
        phase.lag  # noqa: B018 - refuses a power factor that the harmonics do not allow
    except OptionError as error:
        raise OptionError(f"{where}: {error}" if where else str(error)) from None
    return phase


def _scaled(shares: Shares, percent: float) -> dict[int, complex]:
    """Harmonics of a THD, in the proportions that they have."""
    if not percent:
        return {}
    whole = math.sqrt(math.fsum(abs(share) ** 2 for share in shares.values()))
    if not whole:
        return {_USUAL_THD_ORDER: complex(percent / 100.0)}
    return {order: share * (percent / 100.0 / whole) for order, share in shares.items()}


def _loaded(phase: Phase, given: Mapping[str, Any]) -> Phase:
    """A phase under the load that is given: two of current, direction and powers, or fewer."""
    directed = [name for name in ("power_factor", "phase_angle") if name in given]
    if len(directed) == 2:
        raise OptionError("power_factor and phase_angle say the same: leave one out")
    active, reactive = given.get("active_power"), given.get("reactive_power")
    fixed = [name for name in ("current", *directed, "leading") if name in given]
    if reactive is not None:
        if fixed:
            raise OptionError(f"reactive_power makes current and angle: leave out {fixed[0]}")
        return phase.with_powers(phase.active_power if active is None else active, reactive)
    phase = _directed(phase, given)
    if active is None:
        return phase
    if "current" not in given:
        return phase.with_active_power(active, stated=bool(directed))
    if directed:
        raise OptionError(f"active_power and current make the angle: leave out {directed[0]}")
    apparent = phase.voltage * phase.current
    if abs(active) > apparent:
        raise OptionError(f"active_power {active:g} W: above the apparent power, {apparent:g} VA")
    return replace(phase, power_factor=active / apparent) if apparent else phase


def _directed(phase: Phase, given: Mapping[str, Any]) -> Phase:
    """A phase with the power factor or angle that is given."""
    if "phase_angle" in given:
        if "leading" in given:
            raise OptionError("leading goes with power_factor: the sign of phase_angle says it")
        return replace(phase, power_factor=None, phase_angle=given["phase_angle"])
    leading = given.get("leading", phase.leading)
    if "power_factor" in given:
        # The current lags unless this call, or an earlier one that still stands, says otherwise.
        return replace(phase, power_factor=given["power_factor"], leading=leading)
    if "leading" in given and phase.power_factor is None:
        raise OptionError("leading goes with power_factor: give it too, or phase_angle alone")
    return replace(phase, leading=leading)
