"""Discovery: by which Home Assistant finds a meter as one device with all of its entities.

The payload is that of a device (`homeassistant/device/ID/config`), which Home Assistant takes from
2024.11 on.
"""

from __future__ import annotations

from typing import Any

from smartx96.outputs.mqtt.entities import Entity, entities
from smartx96.outputs.mqtt.held import Held, held
from smartx96.outputs.mqtt.subject import Subject
from smartx96.outputs.mqtt.topics import Message, Topic, Topics

_MEASURED = frozenset({Topic.READINGS, Topic.HARMONICS})
"""What is not available while a meter has nothing to measure; its registers stand."""

_OUTAGES = "mqtt_outages"


def device_id(subject: Subject) -> str:
    """By which Home Assistant knows a meter, wherever it is published."""
    return f"x96_{subject.meter.serial_number}"


def topic(prefix: str, subject: Subject) -> str:
    """Where a meter's payload goes."""
    return f"{prefix}/device/{device_id(subject)}/config"


def birth_topic(prefix: str) -> str:
    """Where Home Assistant says that it has started."""
    return f"{prefix}/status"


def discovery(
    prefix: str, subject: Subject, topics: Topics, version: str, *, harmonics: bool = False
) -> Message:
    """The payload of a meter.

    Parameters
    ----------
    prefix : str
        Where Home Assistant looks for devices.
    subject : Subject
    topics : Topics
        Of its messages.
    version : str
        Of the program.
    harmonics : bool
        Whether its harmonics are published.
    """
    has, id = held(subject.configuration), device_id(subject)
    components = {
        entity.id: _component(entity, id, topics, subject)
        if _is_there(entity, has, harmonics=harmonics)
        # By its platform alone Home Assistant takes an entity away that it may know.
        else {"platform": entity.platform}
        for entity in entities()
    }
    content = {
        "device": _device(subject, id, version),
        "origin": {"name": "smartx96", "sw_version": version},
        "availability": _availability(topics, subject.name),
        "availability_mode": "all",
        "components": components | {_OUTAGES: _outages(id, topics)},
    }
    return Message(topic(prefix, subject), content)


def _device(subject: Subject, id: str, version: str) -> dict[str, Any]:
    return {
        "identifiers": [id],
        "name": f"SMART X96 {subject.name}",
        "model": "SMART X96",
        "model_id": subject.configuration.model.name,
        "serial_number": str(subject.meter.serial_number),
        "sw_version": version,
    }


def _availability(topics: Topics, meter: str) -> list[dict[str, str]]:
    return [{"topic": topics.status}, {"topic": topics.of(meter, Topic.STATUS)}]


def _is_there(entity: Entity, has: Held, *, harmonics: bool) -> bool:
    if entity.topic is Topic.HARMONICS:
        return harmonics and entity.of in has.harmonics
    return not entity.of or entity.of in (*has.readings, *has.energies, *has.demands)


def _component(entity: Entity, id: str, topics: Topics, subject: Subject) -> dict[str, Any]:
    found = {
        "platform": entity.platform,
        "unique_id": f"{id}_{entity.id}",
        "state_topic": topics.of(subject.name, entity.topic),
        **entity.configuration,
    }
    if entity.topic in _MEASURED:
        fed = {
            "topic": topics.of(subject.name, Topic.CONDITION),
            "value_template": "{{ 'online' if value_json.fed else 'offline' }}",
        }
        found["availability"] = [*_availability(topics, subject.name), fed]
    return found


def _outages(id: str, topics: Topics) -> dict[str, Any]:
    """How often the broker was away; what was lost is in the attributes."""
    return {
        "platform": "sensor",
        "unique_id": f"{id}_{_OUTAGES}",
        "state_topic": topics.connection,
        "json_attributes_topic": topics.connection,
        "name": "MQTT outages",
        "value_template": "{{ value_json.outages }}",
        "entity_category": "diagnostic",
    }
