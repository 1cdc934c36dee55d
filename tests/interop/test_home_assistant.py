"""A real Home Assistant and a real broker (mosquitto) find a meter without being told of it."""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import dataclass

import pytest

from smartx96.meter.meter import Meter
from smartx96.modbus.registers import BY_ID
from smartx96.models import MODELS, SYSTEM_TYPES
from smartx96.outputs.mqtt.discovery import discovery
from smartx96.outputs.mqtt.entities import SHOWN, entities, name
from smartx96.outputs.mqtt.topics import Topic, Topics
from smartx96.quantities import BY_ID as QUANTITIES
from support.broker import Broker, Ear
from support.home_assistant import HomeAssistant, validated
from support.meters import Rig, configured
from support.running import Registers, Running

pytestmark = pytest.mark.interop

SOON = 10.0
PAUSE = 10.0
"""After which Home Assistant connects anew (`RECONNECT_INTERVAL_SECONDS` of its integration)."""
IMPORT = "sensor.smart_x96_meter_total_import_active_energy"
EXPORT = "sensor.smart_x96_meter_total_export_active_energy"
POWER = "sensor.smart_x96_meter_total_active_power"
GONE = ("unknown", "unavailable", "")


def test_its_own_validation_takes_every_entity():
    """Of every model and wiring, with harmonics; and refuses what it does not know."""
    payloads = []
    for model in MODELS.values():
        for wiring in model.wirings:
            rig = Rig(configuration=configured({"system_type": SYSTEM_TYPES[wiring]}, model=model))
            topics = Topics("x96", 10.0)
            message = discovery("homeassistant", Place(rig.meter), topics, "1.0", harmonics=True)
            payloads.append(message.content)
    wrong = deepcopy(payloads[0])
    wrong["components"]["active_power"]["device_class"] = "strength"
    *right, refused = validated([*payloads, wrong])
    assert right == [[]] * len(payloads)
    assert [key for key, _ in refused] == ["active_power"]


@dataclass
class Place:
    """A meter in no installation."""

    meter: Meter
    name: str = "meter"
    silent: bool = False
    gone: bool = False

    @property
    def configuration(self):
        return self.meter.configuration

    def snapshot(self):
        raise NotImplementedError


class House:
    """A broker, Home Assistant and a meter that is kept."""

    def __init__(self, folder) -> None:
        self.broker = Broker(folder)
        self.state = str(folder / "state")
        self.home = HomeAssistant(folder / "home", self.broker.port)
        self.start()

    def start(self, *arguments: str) -> None:
        self.running = Running(
            "--mqtt", self.broker.url(), "--source", "examples/balanced-feeder.toml",
            "--state", self.state, *arguments,
        )  # fmt: skip

    def close(self) -> None:
        self.running.stop()
        self.home.stop()
        self.broker.stop()

    def known(self) -> dict[str, dict]:
        """Entities, once each of them that is enabled has a state."""
        return self.home.waits(lambda: self._all())

    def _all(self) -> dict[str, dict] | None:
        found = self.home.states()
        lacking = [id for id, state in found.items() if state["state"] in GONE
                   and not id.startswith("event.")]  # fmt: skip
        return found if len(found) > len(SHOWN) and not lacking else None


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    found = House(tmp_path_factory.mktemp("house"))
    yield found
    found.close()


def entity_id(quantity: str) -> str:
    words = name(QUANTITIES[quantity]).lower().replace("-", "_").replace(" ", "_")
    return f"sensor.smart_x96_meter_{words}"


def test_it_is_found_with_its_units_and_classes(house):
    found = house.known()
    assert set(map(entity_id, SHOWN)) <= found.keys()
    expected = {
        "voltage_l1": ("V", "voltage", "measurement"),
        "current_n": ("A", "current", "measurement"),
        "active_power": ("W", "power", "measurement"),
        "apparent_power": ("VA", "apparent_power", "measurement"),
        "reactive_power": ("var", "reactive_power", "measurement"),
        "power_factor": (None, "power_factor", "measurement"),
        "frequency": ("Hz", "frequency", "measurement"),
        "voltage_thd_ln_average": ("%", None, "measurement"),
        "active_energy_import": ("kWh", "energy", "total_increasing"),
        "active_energy_export": ("kWh", "energy", "total_increasing"),
        "active_energy_net": ("kWh", "energy", "total"),
        "reactive_energy_import": ("kvarh", None, "total_increasing"),
        "active_power_demand_max": ("W", "power", "measurement"),
    }
    for id, traits in expected.items():
        attributes = found[entity_id(id)]["attributes"]
        keys = ("unit_of_measurement", "device_class", "state_class")
        assert tuple(attributes.get(key) for key in keys) == traits, id
    assert found["binary_sensor.smart_x96_meter_phase_missing"]["state"] == "off"
    assert found["binary_sensor.smart_x96_meter_warming_up"]["state"] == "on"
    assert found["event.smart_x96_meter_events"]["attributes"]["event_types"]
    assert not house.home.complaints


def test_its_values_are_those_of_the_registers(house):
    found = house.known()
    with Registers(house.running.port) as registers:
        for id in ("voltage_l1", "voltage_l3_l1", "active_power", "frequency", "power_factor"):
            state = float(found[entity_id(id)]["state"])
            assert state == pytest.approx(registers.value(BY_ID[id].address), rel=2e-3), id


def test_every_entity_is_registered_and_the_rest_waits(house):
    house.known()
    entries = [e for e in house.home.ask({"type": "config/entity_registry/list"})[0]
               if e["platform"] == "mqtt"]  # fmt: skip
    listed = {entry["unique_id"].split("_", 2)[2]: entry for entry in entries}
    expected = {e.id for e in entities() if e.topic is not Topic.HARMONICS} | {"mqtt_outages"}
    assert listed.keys() == expected
    waiting = {id for id, entry in listed.items() if entry["disabled_by"] == "integration"}
    assert waiting == {e.of for e in entities() if e.of and e.id in expected} - SHOWN
    (device,) = house.home.ask({"type": "config/device_registry/list"})[0]
    assert (device["name"], device["model_id"]) == ("SMART X96 meter", "X96-5A")


def test_the_energy_panel_takes_it(house):
    """Its own validation finds nothing to say against the energies as sources of the grid."""
    house.known()
    grid = {
        "type": "grid", "cost_adjustment_day": 0.0,
        "flow_from": [{"stat_energy_from": IMPORT, "stat_cost": None, "entity_energy_price": None,
                       "number_energy_price": None}],
        "flow_to": [{"stat_energy_to": EXPORT, "stat_compensation": None,
                     "entity_energy_price": None, "number_energy_price": None}],
    }  # fmt: skip
    saved, found = house.home.ask(
        {"type": "energy/save_prefs", "energy_sources": [grid]}, {"type": "energy/validate"}
    )
    assert saved["energy_sources"] == [grid]
    # Statistics come with the next five minutes; whatever else it finds is a fault.
    issues = [issue for source in found["energy_sources"] for issue in source
              if issue["type"] != "statistics_not_defined"]  # fmt: skip
    assert issues == []
    assert len(found["energy_sources"]) == 1


def test_the_energy_panel_would_refuse_what_it_cannot_count(house):
    """So that the test before this one can fail."""
    grid = {
        "type": "grid", "cost_adjustment_day": 0.0, "flow_to": [],
        "flow_from": [{"stat_energy_from": POWER, "stat_cost": None, "entity_energy_price": None,
                       "number_energy_price": None}],
    }  # fmt: skip
    _, found = house.home.ask(
        {"type": "energy/save_prefs", "energy_sources": [grid]}, {"type": "energy/validate"}
    )
    assert {issue["type"] for issue in found["energy_sources"][0]} > {"statistics_not_defined"}


def test_after_a_restart_of_the_broker_everything_is_back(house):
    """The meter at once; Home Assistant, which tries anew after a pause of its own, from then."""
    house.known()
    house.broker.stop()
    house.home.waits(lambda: house.home.state(POWER) == "unavailable")
    house.broker.start()
    begun = time.monotonic()
    with Ear(house.broker) as ear:
        ear.waits(lambda: ear.of("x96/status")[-1:] == ["online"], SOON)
        meter = time.monotonic() - begun
    house.home.waits(lambda: house.broker.knows_another(), PAUSE + SOON)
    home = time.monotonic() - begun
    house.known()
    took = time.monotonic() - begun
    print(f"\nafter the broker: meter {meter:.1f} s, Home Assistant connected {home:.1f} s, "
          f"everything in it {took:.1f} s")  # fmt: skip
    assert meter < SOON
    assert took - home < SOON / 2, "of what it does not itself wait"
    outages = house.home.states("mqtt_outages")["sensor.smart_x96_meter_mqtt_outages"]
    assert outages["state"] == "1"
    assert outages["attributes"]["last_outage"]["seconds"] > 0


def test_after_a_restart_of_home_assistant_everything_is_back(house):
    house.known()
    house.home.stop()
    house.home.start()
    begun = time.monotonic()
    house.known()
    took = time.monotonic() - begun
    print(f"\nback {took:.1f} s after Home Assistant listens")
    assert took < SOON
    assert not house.home.complaints


def test_without_retained_messages_its_birth_is_enough(house):
    """A broker that has forgotten everything: Home Assistant asks by its birth, and is told."""
    house.known()
    house.home.stop()
    with Ear(house.broker, "--remove-retained", "-W", "1") as ear:
        ear.process.wait(10.0)
    house.home.start()
    begun = time.monotonic()
    house.known()
    assert time.monotonic() - begun < SOON


def test_another_wiring_takes_entities_away(house):
    house.known()
    house.running.stop()
    house.start("--wiring", "3p3w")
    found = house.home.waits(
        lambda: (
            (s := house.home.states())
            and entity_id("voltage_l1") not in s
            and s[POWER]["state"] not in GONE
            and s
        )
    )
    assert entity_id("voltage_l1_l2") in found
    house.running.stop()
    house.start("--wiring", "3p4w")
    house.home.waits(lambda: entity_id("voltage_l1") in house.home.states())


def test_a_meter_that_vanishes_is_unavailable(house):
    house.known()
    house.running.process.kill()
    house.home.waits(lambda: house.home.state(POWER) == "unavailable", SOON)
    house.running.stop()
    house.start()
    house.home.waits(lambda: house.home.state(POWER) not in GONE, SOON)
    events = "event.smart_x96_meter_events"
    house.home.waits(
        lambda: house.home.states()[events]["attributes"]["event_type"] == "power_up", SOON
    )
