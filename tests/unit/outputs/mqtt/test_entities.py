"""What Home Assistant is told of a meter, by its own documentation of classes and units."""

from __future__ import annotations

import json

import pytest

from smartx96.models import MODELS, SYSTEM_TYPES
from smartx96.outputs.mqtt.discovery import discovery
from smartx96.outputs.mqtt.entities import SHOWN, entities, traits
from smartx96.outputs.mqtt.topics import Topics
from smartx96.quantities import BY_ID, TABLE, Kind
from support.meters import Rig, configured

UNITS = {
    "apparent_power": {"VA"}, "current": {"A", "mA"}, "energy": {"kWh", "Wh", "MWh"},
    "frequency": {"Hz"}, "power": {"W", "kW"}, "power_factor": {None, "%"},
    "reactive_power": {"var"}, "voltage": {"V", "mV"},
}  # fmt: skip
"""Of device classes, from developers.home-assistant.io, "Sensor entity"."""


class Place:
    """A meter in no installation."""

    name, silent, gone = "meter", False, False

    def __init__(self, **more) -> None:
        self.meter = Rig(configuration=configured(**more)).meter
        self.configuration = self.meter.configuration


def payload(**more):
    terms = more.pop("terms", {})
    return discovery("homeassistant", Place(**more), Topics("x96", 10.0), "1.0", **terms).content


def test_each_class_has_a_unit_that_it_may_have():
    found = [found for quantity in TABLE if (found := traits(quantity))]
    assert len(found) > 130
    for each in found:
        if each.device_class is not None:
            assert each.unit in UNITS[each.device_class]


def test_energies_can_be_counted():
    for quantity in TABLE:
        if quantity.unit == "kWh" and quantity.kind is Kind.ENERGY:
            found = traits(quantity)
            assert (found.device_class, found.unit) == ("energy", "kWh")
            net = quantity.id.endswith("_net")
            assert found.state_class == ("total" if net else "total_increasing"), quantity.id


def test_nothing_is_told_of_codes_and_exact_duplicates():
    for quantity in TABLE:
        if quantity.kind not in (Kind.INSTANTANEOUS, Kind.ENERGY, Kind.DEMAND):
            assert traits(quantity) is None, quantity.id
    assert traits(BY_ID["power_factor_inverted"]) is None


def test_angles_have_no_mean():
    angles = [traits(quantity) for quantity in TABLE if quantity.unit == "deg"]
    assert angles
    assert all(found is None or found.state_class is None for found in angles)


def test_ids_and_names_are_one_of_a_kind():
    ids = [entity.id for entity in entities()]
    names = [entity.configuration["name"] for entity in entities()]
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_payloads_of_every_wiring(model):
    for wiring in model.wirings:
        settings = {"system_type": SYSTEM_TYPES[wiring]}
        found = payload(settings=settings, model=model, terms={"harmonics": True})
        assert len(json.dumps(found, allow_nan=False)) < 200_000
        parts = {id: part for id, part in found["components"].items() if len(part) > 1}
        unique = [part["unique_id"] for part in parts.values()]
        assert len(set(unique)) == len(unique)
        assert all(part["state_topic"].startswith("x96/") for part in parts.values())
        assert ("voltage_l1" in parts) is wiring.has_neutral
        waiting = {id for id, part in parts.items() if part.get("enabled_by_default") is False}
        assert not waiting & SHOWN
        # Harmonics are many, and asked for.
        assert ("current_harmonic_l1_3" in parts) is model.harmonics


def test_without_harmonics_an_entity_that_is_known_is_taken_away():
    found = payload()["components"]["voltage_harmonic_l1_3"]
    assert found == {"platform": "sensor"}


def test_a_meter_is_one_device_by_its_serial_number():
    place = Place()
    message = discovery("homeassistant", place, Topics("x96", 10.0), "1.0")
    number = place.meter.serial_number
    assert message.topic == f"homeassistant/device/x96_{number}/config"
    assert message.retain
    assert message.content["device"]["serial_number"] == str(number)
    assert message.content["availability"] == [
        {"topic": "x96/status"}, {"topic": "x96/meter/status"}
    ]  # fmt: skip
