"""What the command line says of MQTT, alone and over an installation file."""

from __future__ import annotations

import pytest

from smartx96.assembly.installation_file import read_installation
from smartx96.assembly.plan import InstallationPlan
from smartx96.commands.mqtt_options import MQTT, with_mqtt
from smartx96.errors import ConfigurationError, OptionError
from smartx96.outputs.mqtt.terms import Broker

FILE = """
[mqtt]
broker = "mqtts://meter@broker/house"
interval = 5
discovery = "off"
password_file = "secret"
tls = ["ca.pem"]
"""


@pytest.fixture
def planned(tmp_path):
    path = tmp_path / "house.toml"
    path.write_text(FILE)
    return read_installation(path)


def stated(plan, **given):
    options = dict.fromkeys(MQTT) | given
    return with_mqtt(plan, options, set(given)).mqtt


def test_the_file_alone(planned, tmp_path):
    terms = stated(planned)
    assert terms.broker == Broker("broker", 8883, tls=True, user="meter", prefix="house")
    assert (terms.interval, terms.discovery) == (5.0, None)
    assert terms.password_file == tmp_path / "secret"
    assert terms.tls.authority == tmp_path / "ca.pem"


def test_options_over_a_file_change_what_they_name(planned):
    terms = stated(planned, mqtt="mqtt://other", mqtt_interval=2.0, mqtt_discovery="ha")
    assert terms.broker == Broker("other", 1883)
    assert (terms.interval, terms.discovery) == (2.0, "ha")
    assert stated(planned, mqtt="off") is None


def test_options_alone():
    empty = InstallationPlan(())
    assert stated(empty) is None
    terms = stated(empty, mqtt="mqtt://broker", mqtt_harmonics=True)
    assert terms.harmonics
    assert terms.discovery == "homeassistant"
    with pytest.raises(OptionError, match=r"--mqtt-interval: name the broker with --mqtt"):
        stated(empty, mqtt_interval=2.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('broker = "broker"', "must be mqtt://"),
        ("interval = 5", "mqtt.broker: missing"),
        ('broker = "mqtt://b"\ninterval = 0.5', "interval = 0.5"),
        ('broker = "mqtt://b"\ndiscovery = "a/#"', "must be parts of a topic"),
        ('broker = "mqtt://b"\ntls = ["ca.pem", "c.pem"]', "give the key"),
        ('broker = "mqtt://b"\npassword = "hunter2"', "mqtt.password: unknown key"),
        ('broker = "mqtt://u:hunter2@b"', "no password here"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_line(tmp_path, text, said):
    path = tmp_path / "house.toml"
    path.write_text(f"[mqtt]\n{text}\n")
    with pytest.raises(ConfigurationError) as raised:
        read_installation(path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "hunter2" not in str(raised.value)
