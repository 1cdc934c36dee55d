"""Entities: what Home Assistant makes of each quantity, by its kind and unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from smartx96.outputs.mqtt.contents import key
from smartx96.outputs.mqtt.topics import Topic
from smartx96.quantities import BY_ID, HARMONICS, LINES, PHASES, TABLE, Kind, Quantity
from smartx96.status import Status

_MEASUREMENT, _INCREASING, _TOTAL = "measurement", "total_increasing", "total"

ORDERS = range(3, 16, 2)
"""Orders of harmonics that become entities, where harmonics are asked for; a topic has all."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How Home Assistant takes quantities of a unit.

    Parameters
    ----------
    device_class : str or None
        Home Assistant 2024.11 must know it: one that it does not know loses the whole entity.
        So it is with `reactive_energy`, which is new since.
    unit : str or None
        As Home Assistant writes it.
    state_class : str or None
        What its statistics are; None has none. Of angles a mean would be wrong.
    precision : int
        Decimals that are shown.
    """

    device_class: str | None
    unit: str | None
    state_class: str | None
    precision: int


_BY_UNIT = {
    "V": Traits("voltage", "V", _MEASUREMENT, 1),
    "A": Traits("current", "A", _MEASUREMENT, 3),
    "W": Traits("power", "W", _MEASUREMENT, 1),
    "VA": Traits("apparent_power", "VA", _MEASUREMENT, 1),
    "var": Traits("reactive_power", "var", _MEASUREMENT, 1),
    "Hz": Traits("frequency", "Hz", _MEASUREMENT, 3),
    "%": Traits(None, "%", _MEASUREMENT, 2),
    "deg": Traits(None, "°", None, 1),
    "kWh": Traits("energy", "kWh", _INCREASING, 3),
    "kvarh": Traits(None, "kvarh", _INCREASING, 3),
    "kVAh": Traits(None, "kVAh", _INCREASING, 3),
    "Ah": Traits(None, "Ah", _INCREASING, 3),
}
_POWER_FACTOR = Traits("power_factor", None, _MEASUREMENT, 3)

_TOPICS = {
    Kind.INSTANTANEOUS: Topic.READINGS,
    Kind.ENERGY: Topic.ENERGIES,
    Kind.DEMAND: Topic.DEMAND,
    Kind.HARMONIC: Topic.HARMONICS,
}

SHOWN = frozenset(
    {f"voltage_{place}" for place in (*PHASES, *LINES)}
    | {f"{id}_{phase}" for id in ("current", "active_power") for phase in PHASES}
    | {"current_n", "active_power", "apparent_power", "reactive_power", "power_factor"}
    | {"frequency", "voltage_thd_ln_average", "current_thd_average"}
    | {f"{kind}_energy_{way}" for kind in ("active", "reactive") for way in ("import", "export")}
    | {"active_energy_net", "active_power_demand", "active_power_demand_max"}
)
"""Quantities that Home Assistant shows by itself; the others wait there until somebody enables
them."""

_QUIET = frozenset({Status.WARMING_UP, Status.UNLOCKED})
"""Bits of the status that are no problem."""


def traits(quantity: Quantity) -> Traits | None:
    """How a quantity is taken; None where it is a code, or one that another says already."""
    if quantity.kind not in _TOPICS or quantity.id == "power_factor_inverted":
        return None
    if "power_factor" in quantity.id:
        return _POWER_FACTOR
    found = _BY_UNIT.get(quantity.unit)
    if found is not None and quantity.id.endswith("_net"):
        # What can fall is no count that begins anew.
        return Traits(found.device_class, found.unit, _TOTAL, found.precision)
    return found


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of Home Assistant.

    Parameters
    ----------
    id : str
        By which it is told from others of the meter.
    platform : str
        Sort of entity.
    topic : Topic
        Where its state comes from.
    configuration : mapping
        All of it that is the same for every meter.
    of : str
        The quantity that the meter must have; empty where every meter has the entity.
    """

    id: str
    platform: str
    topic: Topic
    configuration: dict[str, Any]
    of: str = ""


@cache
def entities() -> tuple[Entity, ...]:
    """Every entity that a meter of any wiring may have."""
    return (
        *(_sensor(quantity, found) for quantity in TABLE if (found := traits(quantity))),
        *(_order(quantity, order) for quantity in HARMONICS for order in ORDERS),
        *(_bit(bit) for bit in Status),
        _diagnostic("tariff", "Tariff"),
        _diagnostic("wiring", "Wiring"),
        _diagnostic("event_count", "Events logged"),
        _events(),
    )


def name(quantity: Quantity) -> str:
    """What people call a quantity, without what is only said of its definition."""
    text = re.sub(r" \(.*\)$", "", quantity.text)
    return text[0].upper() + text[1:]


def _sensor(quantity: Quantity, found: Traits) -> Entity:
    configuration = {
        "name": name(quantity),
        "value_template": f"{{{{ value_json.{quantity.id} }}}}",
        "suggested_display_precision": found.precision,
        "device_class": found.device_class,
        "unit_of_measurement": found.unit,
        "state_class": found.state_class,
        "enabled_by_default": None if quantity.id in SHOWN else False,
    }
    stated = {key: value for key, value in configuration.items() if value is not None}
    return Entity(quantity.id, "sensor", _TOPICS[quantity.kind], stated, quantity.id)


def _order(quantity: Quantity, order: int) -> Entity:
    found = _BY_UNIT[quantity.unit]
    return Entity(
        f"{quantity.id}_{order}",
        "sensor",
        Topic.HARMONICS,
        {
            "name": f"{name(quantity)} {order}",
            "value_template": f"{{{{ value_json.{quantity.id}[{order - 1}] }}}}",
            "suggested_display_precision": found.precision,
            "unit_of_measurement": found.unit,
            "state_class": found.state_class,
        },
        quantity.id,
    )


def _bit(bit: Status) -> Entity:
    configuration = {
        "name": bit.text[0].upper() + bit.text[1:],
        "value_template": f"{{{{ value_json.{key(bit)} }}}}",
        "payload_on": "True",
        "payload_off": "False",
        "entity_category": "diagnostic",
    }
    if bit not in _QUIET:
        configuration["device_class"] = "problem"
    return Entity(f"status_{key(bit)}", "binary_sensor", Topic.CONDITION, configuration)


def _diagnostic(id: str, text: str) -> Entity:
    configuration = {
        "name": text,
        "value_template": f"{{{{ value_json.{id} }}}}",
        "entity_category": "diagnostic",
    }
    return Entity(id, "sensor", Topic.CONDITION, configuration)


def _events() -> Entity:
    from smartx96.meter.events import EventKind

    configuration = {"name": "Events", "event_types": [str(kind) for kind in EventKind]}
    return Entity("events", "event", Topic.EVENTS, configuration)


if not BY_ID.keys() >= SHOWN:
    raise RuntimeError(f"entities: no such quantities: {sorted(SHOWN - BY_ID.keys())}")
