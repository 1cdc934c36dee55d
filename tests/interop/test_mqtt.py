"""`x96 run --mqtt`: what a broker of others (mosquitto) makes of it, and clients there hear."""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest

from smartx96.modbus.registers import BY_ID
from support.at_broker import ENERGIES, LOAD, READINGS, published, told, value, waits
from support.broker import Broker, Ear, encrypted, program
from support.ports import free_port
from support.running import Registers, Running

pytestmark = pytest.mark.interop


@pytest.fixture
def broker(tmp_path):
    found = Broker(tmp_path)
    yield found
    found.stop()


def test_readings_are_those_of_the_registers(broker):
    """Of a load that stands still, over the other road that leads out of the meter."""
    with Ear(broker) as ear, published(broker, *LOAD) as run:
        said = ear.next(READINGS)
        with Registers(run.port) as registers:
            ids = [id for id, value in said.items() if id in BY_ID and value is not None]
            assert len(ids) > 40
            for id in ids:
                assert said[id] == pytest.approx(value(registers, id), rel=2e-3, abs=0.2), id


def test_energies_follow_the_registers(broker):
    with Ear(broker) as ear, published(broker, *LOAD) as run:
        with Registers(run.port) as registers:
            before = registers.exact()
            said = ear.next(ENERGIES)
            after = registers.exact()
        assert before / 1e9 - 1e-6 <= said["active_energy_import"] <= after / 1e9 + 1e-6
        later = ear.next(ENERGIES)
    assert later["active_energy_import"] > said["active_energy_import"]


def test_who_comes_later_is_told_everything_at_once(broker):
    """And is not told events that are past."""
    with Ear(broker) as first, published(broker, "--mqtt-interval", "600"):
        first.waits(lambda: first.of(READINGS) and first.of("x96/meter/events"))
        with Ear(broker) as later:
            later.waits(lambda: len(later.heard) >= 8, 3.0)
            kept = {topic for topic, _, retained in later.heard if retained}
    (config,) = {topic for topic in kept if topic.startswith("homeassistant/device/x96_")}
    assert kept - {config} == {
        "x96/status", "x96/connection", "x96/meter/status", "x96/meter/condition",
        READINGS, ENERGIES, "x96/meter/demand",
    }  # fmt: skip
    assert config.endswith("/config")


def test_old_readings_are_not_kept(broker):
    with published(broker) as run:
        with Ear(broker) as ear:
            ear.waits(lambda: ear.of(READINGS))
        run.process.kill()
    time.sleep(4.5)
    with Ear(broker) as later:
        later.waits(lambda: later.of(ENERGIES))
        assert not later.of(READINGS), "three intervals are over"


def test_one_that_vanishes_is_offline_at_once(broker):
    with published(broker) as run, Ear(broker) as ear:
        ear.waits(lambda: ear.of("x96/status") == ["online"])
        run.process.kill()
        ear.waits(lambda: ear.of("x96/status") == ["online", "offline"], 5.0)


def test_at_the_end_everything_is_said_once_more(broker, tmp_path):
    state = str(tmp_path / "state")
    with Ear(broker) as ear:
        with published(broker, "--state", state, "--mqtt-interval", "600") as run:
            ear.waits(lambda: ear.of(READINGS))
            with Registers(run.port) as registers:
                waits(lambda: registers.exact() > 300_000)
                exact = registers.exact()
        ear.waits(lambda: ear.of("x96/status")[-1] == "offline")
        # To the last of its decimals.
        assert ear.documents(ENERGIES)[-1]["active_energy_import"] >= exact / 1e9 - 1e-6
        assert ear.of("x96/meter/status")[-1] == "offline"
        assert "power_down" in [e["event_type"] for e in ear.documents("x96/meter/events")]
        (config,) = {topic for topic, *_ in ear.heard if topic.endswith("/config")}
        assert all(ear.of(config)), "a meter that is kept stays known"


def test_a_meter_of_which_nothing_is_kept_is_forgotten(broker):
    with Ear(broker) as ear:
        with published(broker):
            ear.waits(lambda: ear.of(READINGS))
        (config,) = {topic for topic, *_ in ear.heard if topic.endswith("/config")}
        ear.waits(lambda: ear.of(config)[-1] == "")


def test_user_and_password(tmp_path, monkeypatch):
    passwords = tmp_path / "passwords"
    passwords.write_text("meter:correct horse\n")
    import subprocess

    subprocess.run([program("mosquitto_passwd"), "-U", str(passwords)], check=True)
    passwords.chmod(0o644)
    broker = Broker(tmp_path, "allow_anonymous false", f"password_file {passwords}")
    try:
        monkeypatch.setenv("X96_MQTT_PASSWORD", "wrong")
        with published(broker, user="meter") as run:
            time.sleep(2.0)
        assert "refuses us: Not authorized; check the user and X96_MQTT_PASSWORD" in told(run)
        assert "correct" not in told(run)
        file = tmp_path / "password"
        file.write_text("correct horse\n")
        file.chmod(0o600)
        options = ("--mqtt-password", str(file))
        login = ("-u", "meter", "-P", "correct horse")
        with Ear(broker, *login) as ear, published(broker, *options, user="meter"):
            ear.waits(lambda: ear.of(READINGS))
    finally:
        broker.stop()


def test_a_topic_that_the_broker_does_not_take(tmp_path):
    rights = tmp_path / "rights"
    rights.write_text("topic readwrite x96/#\ntopic read homeassistant/#\n")
    broker = Broker(tmp_path, "allow_anonymous true", f"acl_file {rights}")
    try:
        with Ear(broker) as ear, published(broker) as run:
            ear.waits(lambda: len(ear.of(READINGS)) > 2)
    finally:
        broker.stop()
    assert told(run).count("does not take homeassistant/device/x96_") == 1


def test_encrypted(tmp_path):
    """Each knows the other by a certificate; a broker that nobody vouches for gets nothing."""
    broker, mine, login = encrypted(tmp_path)
    try:
        with Ear(broker, *login) as ear, published(broker, "--mqtt-tls", mine, scheme="mqtts"):
            ear.waits(lambda: ear.of(READINGS))
            count = len(ear.heard)
            with published(broker, scheme="mqtts") as run:
                time.sleep(1.5)
            assert "its certificate is not trusted: " in told(run)
            assert not any(topic == "x96/status" for topic, *_ in ear.heard[count:])
    finally:
        broker.stop()


class Old(threading.Thread):
    """In front of a broker, as one that knows MQTT 3.1.1 and nothing newer."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(daemon=True)
        self.broker, self.refused = broker, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.start()

    def url(self, *arguments: str, scheme: str = "mqtt") -> str:
        return f"{scheme}://127.0.0.1:{self.port}"

    def run(self) -> None:
        while True:
            taken, _ = self._listener.accept()
            connect = taken.recv(4096)
            level = connect[connect.index(b"MQTT") + 4]
            if level > 4:
                # Connection refused, unacceptable protocol version (MQTT 3.1.1, 3.2.2.3).
                taken.sendall(b"\x20\x02\x00\x01")
                taken.close()
                self.refused += 1
                continue
            beyond = socket.create_connection(("127.0.0.1", self.broker.port))
            beyond.sendall(connect)
            for pair in ((taken, beyond), (beyond, taken)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, drain: socket.socket) -> None:
        while data := source.recv(65536):
            drain.sendall(data)
        drain.shutdown(socket.SHUT_WR)


def test_an_older_broker(broker):
    old = Old(broker)
    with Ear(broker) as ear, published(old):
        ear.waits(lambda: len(ear.of(READINGS)) > 1)
        assert old.refused == 1
    with Ear(broker) as later:
        later.waits(lambda: later.of(ENERGIES))
        assert not later.of(READINGS), "it would keep them for ever"


def test_a_meter_without_supply_is_offline(broker, tmp_path):
    pipe = tmp_path / "values"
    os.mkfifo(pipe)
    options = ("--source", f"values:{pipe}", "--stale", "silent", "--stale-after", "1.5")
    with Ear(broker) as ear, published(broker, *options):
        sending = os.open(pipe, os.O_WRONLY)
        os.write(sending, b'{"voltage": 230, "current": 2}\n')
        ear.waits(lambda: ear.of("x96/meter/status")[-1:] == ["online"])
        assert ear.waits(lambda: ear.documents(READINGS))[0]["age"] < 3.0
        ear.waits(lambda: ear.of("x96/meter/status")[-1] == "offline")
        count = len(ear.of(READINGS))
        time.sleep(2.0)
        assert len(ear.of(READINGS)) == count, "it answers nobody"
        os.write(sending, b'{"voltage": 231, "current": 2}\n')
        ear.waits(lambda: ear.of("x96/meter/status")[-1] == "online")
        os.close(sending)


def test_several_meters_of_a_file(broker, tmp_path):
    plan = tmp_path / "house.toml"
    plan.write_text(
        f"""
        [mqtt]
        broker = "{broker.url(prefix="house/meters")}"
        interval = 1
        discovery = "off"
        harmonics = true
        [[meter]]
        name = "kitchen"
        [[meter]]
        name = "cellar"
        wiring = "1p2w"
        settings = {{ unit_address = 2 }}
        """
    )
    port = free_port()
    with Ear(broker) as ear:
        running = Running(str(plan), "--tcp", f"127.0.0.1:{port}")
        try:
            said = {
                name: ear.next(f"house/meters/{name}/harmonics") for name in ("kitchen", "cellar")
            }
            assert "voltage_l2" not in ear.next("house/meters/cellar/readings")
            assert "voltage_l2" in ear.next("house/meters/kitchen/readings")
        finally:
            running.stop()
        assert said["kitchen"]["voltage_harmonic_l3"][0] == pytest.approx(100.0)
        assert len(said["cellar"]["current_harmonic_l1"]) == 63
        assert not [topic for topic, *_ in ear.heard if topic.startswith("homeassistant")]
