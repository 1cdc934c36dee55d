"""Agreement: values that somebody has measured say more than they need, and not quite the same.

Of voltage, current, power factor and powers of a phase, three make the rest. What is stated beyond
is left out in this order: the power factor, the current. A power is never bent: who feeds a meter
with powers wants to see these in its registers. A power factor has the sign of its power: many
meters show it without one. What a message does not say goes on as it was said before (`Manner`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from smartx96.models import Wiring
from smartx96.samples.given.manner import Manner, is_number
from smartx96.samples.operating_point import OperatingPoint, Phase
from smartx96.samples.operating_point.given import spread
from smartx96.samples.operating_point.point import LIMITS

_ALONG = 1e-9
"""A power factor below this carries no active power."""

_FAR = 0.05
"""A current that is farther than this share from the one that the powers make is told of."""

_LOAD = ("current", "power_factor", "phase_angle", "leading", "active_power", "reactive_power")


class Agreed(NamedTuple):
    """Values that go together.

    Parameters
    ----------
    changes : dict
        As `OperatingPoint.changed` takes them.
    note : str
        What was left out and contradicts the rest; empty where nothing does.
    loads : tuple of int
        Phases whose load is stated, from 0.
    manners : tuple of Manner
        Of each phase, for the next message.
    """

    changes: dict[str, Any]
    note: str
    loads: tuple[int, ...]
    manners: tuple[Manner, ...]


def agreed(stated: Mapping[str, Any], point: OperatingPoint, wiring: Wiring,
           manners: Sequence[Manner] = (Manner(),) * 3) -> Agreed:  # fmt: skip
    """Of what is stated, as much as there is room for.

    Parameters
    ----------
    stated : mapping
        As a `Message` has it.
    point : OperatingPoint
        From which what is not stated stays.
    wiring : Wiring
    manners : sequence of Manner
        Of each phase, from the messages before.

    Raises
    ------
    OptionError
        There are not as many values as phases, or one of all phases is beyond its limits.
    """
    given = {name: value for name, value in stated.items() if name not in _LOAD}
    loads = _loads(stated, wiring)
    stating = tuple(n for n, load in enumerate(loads) if load)
    after = list(manners)
    voltages = spread("voltage", stated.get("voltage"), wiring, LIMITS["voltage"])
    share = 1.0 if wiring.has_neutral else 1.0 / math.sqrt(3.0)
    notes = []
    for n, load in enumerate(loads):
        phase, voltage = point.phases[n], voltages[n]
        if voltage is not None and not is_number(voltage):
            # Refused, with its name, where it is set.
            continue
        after[n] = manners[n].completed(load, phase, voltage)
        note = _settled(load, phase, phase.voltage if voltage is None else voltage * share)
        if note:
            notes.append(f"L{n + 1}: {note}" if len(loads) > 1 else note)
    for name in _LOAD:
        values = [load.get(name) for load in loads]
        if any(value is not None for value in values):
            given[name] = values if wiring.has_neutral else _alike(name, values)
    return Agreed(given, "; ".join(notes), stating, tuple(after))


def _loads(stated: Mapping[str, Any], wiring: Wiring) -> list[dict[str, Any]]:
    """What is stated of the load of each phase."""
    found: list[dict[str, Any]] = [{} for _ in range(wiring.phases.stop)]
    for name in _LOAD:
        values = spread(name, stated.get(name), wiring, LIMITS.get(name))
        for load, value in zip(found, values, strict=True):
            if value is not None:
                load[name] = value
    return found


def _alike(name: str, values: list[Any]) -> Any:
    """One value for phases that are alike."""
    return math.fsum(values) if name in LIMITS and LIMITS[name].total else values[0]


def _settled(load: dict[str, Any], phase: Phase, voltage: float) -> str:
    """Leave out what there is no room for; a line where it contradicts the rest."""
    active, reactive = load.get("active_power"), load.get("reactive_power")
    if not all(x is None or is_number(x) for x in (active, reactive)) or voltage == 0.0:
        return ""
    if reactive is not None:
        for name in ("power_factor", "phase_angle", "leading"):
            load.pop(name, None)
        current = load.pop("current", None)
        return _far(current, math.hypot(active or 0.0, reactive) / voltage) if active else ""
    if not active:
        return ""
    if not is_number(load.get("current")):
        return _directed(load, phase, active)
    for name in ("power_factor", "phase_angle"):
        load.pop(name, None)
    if abs(active) <= voltage * load["current"]:
        return ""
    # More power than the current carries: the power stands, at a power factor of 1.
    current = load.pop("current")
    load["power_factor"] = math.copysign(1.0, active)
    return _far(current, abs(active) / voltage)


def _directed(load: dict[str, Any], phase: Phase, active: float) -> str:
    """Make a direction one that carries an active power."""
    note = ""
    if is_number(load.get("power_factor")):
        load["power_factor"] = math.copysign(load["power_factor"], active)
    for name, along in (("power_factor", float), ("phase_angle", _cosine)):
        value: Any = load.get(name)
        if is_number(value) and along(value) * math.copysign(1.0, active) < _ALONG:
            del load[name]
            note = f"a {name} of {value:g} contradicts an active power of {active:g} W"
    if not load.keys() & {"power_factor", "phase_angle"} and abs(phase.active_share) < _ALONG:
        # Where only reactive power flowed it goes on to: its angle carries no active one.
        load.pop("leading", None)
        load["reactive_power"] = phase.reactive_power
    return note


def _cosine(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def _far(stated: Any, made: float) -> str:
    if not is_number(stated) or abs(stated - made) <= _FAR * max(made, stated):
        return ""
    return f"a current of {stated:g} A contradicts the powers, which make {made:.4g} A"
