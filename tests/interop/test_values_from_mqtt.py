"""`x96 run --source values:mqtt:`: values that a broker (mosquitto) passes on, in the registers."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from contextlib import contextmanager

import pytest

from support.at_broker import value, waits
from support.broker import Broker, encrypted, program, say
from support.running import Registers, Running

pytestmark = pytest.mark.interop

USER, PASSWORD = "feeder", "correct horse"
TOPIC = "grid/values"
COUNT = 20


@pytest.fixture
def broker(tmp_path, monkeypatch):
    """One that lets nobody in without a password."""
    passwords = tmp_path / "passwords"
    passwords.write_text(f"{USER}:{PASSWORD}\n")
    subprocess.run([program("mosquitto_passwd"), "-U", str(passwords)], check=True)
    passwords.chmod(0o644)
    found = Broker(tmp_path, "allow_anonymous false", f"password_file {passwords}")
    monkeypatch.setenv("X96_MQTT_PASSWORD", PASSWORD)
    yield found
    found.stop()


@contextmanager
def fed(broker, *arguments: str, scheme: str = "mqtt"):
    source = f"values:{broker.url(USER, scheme=scheme)}/{TOPIC}"
    running = Running("--source", source, "--web", "off", *arguments)
    try:
        yield running
    finally:
        running.said = "".join(running.stop())


@contextmanager
def sender(broker):
    """A client that stays connected, as what knows a power does."""
    mqtt = pytest.importorskip("paho.mqtt.client")
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(USER, PASSWORD)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        yield lambda **values: client.publish(TOPIC, json.dumps(values))
    finally:
        client.disconnect()
        client.loop_stop()


def until_it_has(registers, power: float, send, seconds: float = 10.0) -> float:
    """Say a power again and again until the register has it; how long that took [s]."""
    begun = time.monotonic()
    while abs(value(registers, "active_power") - power) > 0.01:
        assert time.monotonic() - begun < seconds
        send()
        time.sleep(0.1)
    return time.monotonic() - begun


def test_a_value_is_in_the_registers_soon_after_it_was_published(broker):
    with (
        fed(broker, "--stale", "hold") as run,
        Registers(run.port) as registers,
        sender(broker) as send,
    ):
        until_it_has(registers, 500.0, lambda: send(voltage=230, active_power=500))
        found = []
        for n in range(COUNT):
            power = 1000.0 + 10 * n
            send(active_power=power)
            found.append(
                waits(lambda due=power: abs(value(registers, "active_power") - due) < 0.01)
            )
            time.sleep(0.05 + 0.007 * n)
    print(f"\nfrom the message to the register: median {1e3 * statistics.median(found):.0f} ms, "
          f"slowest of {COUNT} {1e3 * max(found):.0f} ms")  # fmt: skip
    assert statistics.median(found) < 0.1


def test_after_a_restart_of_the_broker_values_come_again(broker):
    login = ("-u", USER, "-P", PASSWORD)
    with fed(broker, "--stale", "hold") as run, Registers(run.port) as registers:
        until_it_has(registers, 700.0, lambda: say(broker, TOPIC, '{"active_power": 700}', *login))
        broker.stop()
        time.sleep(1.0)
        assert value(registers, "active_power") == pytest.approx(700), "it holds"
        broker.start()
        again = '{"active_power": -300}'
        took = until_it_has(registers, -300.0, lambda: say(broker, TOPIC, again, *login))
    print(f"\nvalues come again {took:.1f} s after the broker")
    assert took < 10.0


def test_a_message_that_the_broker_had_kept_is_passed_over(broker):
    """It may be of last year; the meter would tell an inverter that it is of now."""
    login = ("-u", USER, "-P", PASSWORD)
    say(broker, TOPIC, '{"active_power": 4000}', "-r", *login)
    with fed(broker, "--stale", "hold") as run, Registers(run.port) as registers:
        time.sleep(1.0)
        assert value(registers, "active_power") == 0.0
        assert registers.lost
        until_it_has(registers, 900.0, lambda: say(broker, TOPIC, '{"active_power": 900}', *login))
        assert not registers.lost
    assert "no good message yet" in run.said
    assert "has kept a message" in run.said


def test_why_nothing_comes_is_told(broker, monkeypatch):
    monkeypatch.setenv("X96_MQTT_PASSWORD", "wrong battery")
    with fed(broker, "--stale-after", "0.5") as run:
        time.sleep(2.0)
    assert "refuses us: Not authorized; check the user and X96_MQTT_PASSWORD" in run.said
    assert "battery" not in run.said
    broker.stop()
    with fed(broker, "--stale-after", "0.5") as run:
        time.sleep(1.5)
    assert "no good message yet; the broker cannot be reached" in run.said
    broker.start()


def test_encrypted(tmp_path):
    """Each knows the other by a certificate; from whom nobody vouches for nothing comes."""
    broker, mine, login = encrypted(tmp_path)
    own = ("--values-tls", mine, "--stale", "hold")
    try:
        with fed(broker, *own, scheme="mqtts") as run, Registers(run.port) as registers:
            power = '{"active_power": 600}'
            until_it_has(registers, 600.0, lambda: say(broker, TOPIC, power, *login))
        with fed(broker, "--stale-after", "0.5", scheme="mqtts") as run:
            time.sleep(2.0)
        assert "the broker cannot be reached: its certificate is not trusted: " in run.said
    finally:
        broker.stop()
