"""A password of a broker is in nothing that is printed, answered, kept or published."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.error
import urllib.request

import pytest

from support.broker import Broker, Ear, program
from support.running import X96, Running

pytestmark = pytest.mark.interop

SECRET = "hunter2-battery"


def refused(*arguments: str, **variables: str) -> str:
    """What a command says that ends at once with a usual error."""
    done = subprocess.run([*X96, *arguments], capture_output=True, text=True, timeout=20,
                          env={**os.environ, **variables}, check=False)  # fmt: skip
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def said(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return f"{answer.headers}{answer.read().decode('latin-1')}"
    except urllib.error.HTTPError as error:
        return f"{error.headers}{error.read().decode('latin-1')}"


def documents(page: str) -> dict[str, str]:
    """Everything of the interface for programs that can be had with a plain GET."""
    description = json.loads(said(f"{page}/openapi.json").partition("\n\n")[2])
    paths = [path for path, item in description["paths"].items() if "get" in item]
    usual = [re.sub(r"\{meter\}|\{id\}|\{name\}", "meter", path) for path in paths]
    return {path: said(f"{page}{path}") for path in usual
            if "event" not in path.rpartition("/")[2]}  # fmt: skip


def test_of_a_meter_that_is_published(tmp_path, monkeypatch):
    passwords = tmp_path / "passwords"
    passwords.write_text(f"meter:{SECRET}\n")
    subprocess.run([program("mosquitto_passwd"), "-U", str(passwords)], check=True)
    passwords.chmod(0o644)
    broker = Broker(tmp_path, "allow_anonymous false", f"password_file {passwords}")
    monkeypatch.setenv("X96_MQTT_PASSWORD", SECRET)
    state = tmp_path / "state"
    try:
        with Ear(broker, "-u", "meter", "-P", SECRET) as ear:
            running = Running("--mqtt", broker.url("meter"), "--state", str(state),
                              "--web", "127.0.0.1:0")  # fmt: skip
            try:
                found = documents(running.page)
                ear.waits(lambda: ear.of("x96/meter/readings"))
            finally:
                printed = running.stop()
            assert "connected" in printed[1]
    finally:
        broker.stop()
    assert sum('"time"' in text for text in found.values()) > 3, found.keys()
    kept = [path.read_bytes() for path in state.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path, text in found.items() if SECRET in text]
    assert SECRET not in "".join(printed)
    assert not [topic for topic, payload, _ in ear.heard if SECRET in payload]
    assert not [data for data in kept if SECRET.encode() in data]


def test_of_whoever_puts_it_in_the_wrong_place(tmp_path):
    address = f"mqtt://meter:{SECRET}@127.0.0.1"
    file = tmp_path / "house.toml"
    file.write_text(f'[mqtt]\nbroker = "{address}"\n')
    source = tmp_path / "source.toml"
    source.write_text(f'source = "values:{address}/grid"\n')
    told = [
        refused("run", "--mqtt", address),
        refused("run", "--source", f"values:{address}/grid"),
        refused("run", str(file)),
        refused("run", str(source)),
        refused("run", X96_RUN_MQTT=address),
    ]
    for text in told:
        assert SECRET not in text, text
        assert "password" in text, text
