"""What a user is told of voltages that do not feed a meter, and of samples that do not come."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from smartx96.commands import hints
from smartx96.commands.hints import too_low
from smartx96.installation.live import LiveMeter
from smartx96.meter.clock import Clock
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.samples.given.source import GivenValues
from smartx96.settings import Settings

START = datetime(2026, 3, 2, tzinfo=UTC)
X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*X96, "run", "--state", "off", "--tcp", "off", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """A network of 120 V."""
    path = tmp_path / "street.toml"
    path.write_text("duration = 60\nfrequency = 60\n[voltage]\nrms = 120\n")
    return path


@pytest.mark.parametrize("speed", ["1", "max"])
def test_a_meter_that_its_voltages_do_not_feed_says_once_what_to_do(
    street: Path, speed: str
) -> None:
    done = run("--source", street, "--for", 2, "--speed", speed)
    assert done.returncode == 0
    (note,) = done.stderr.splitlines()
    assert note.startswith("note: the largest voltage is 120 V, 52 % of Un (230 V): ")
    assert "--supply auxiliary" in note
    assert "check --scale" in note


@pytest.mark.parametrize("more", [("--supply", "auxiliary"), ("--source", "mains")])
def test_nothing_is_said_of_a_meter_that_is_on(street: Path, more: tuple[str, ...]) -> None:
    source = () if "--source" in more else ("--source", street)
    assert run(*source, *more, "--for", 1, "--speed", "max").stderr == ""


def test_measure_tells_that_a_running_meter_would_be_off(street: Path) -> None:
    command = [*X96, "measure", str(street)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "note: the largest voltage is 120 V, 52 % of Un (230 V)" in done.stdout


@pytest.mark.parametrize(
    ("settings", "volts", "share"),
    [
        ({}, 172.4, "75 %"),
        ({}, 172.6, None),
        ({"vt_ratio": 20}, 3400.0, "74 % of Un (4600 V)"),
        ({"vt_ratio": 20}, 3500.0, None),
        ({"system_type": 2}, 299.0, "of Un (400 V)"),
        ({"system_type": 2}, 301.0, None),
    ],
)
def test_the_limit_is_that_of_the_supply(settings: dict, volts: float, share: str | None) -> None:
    values = {"voltage_l2": volts, "voltage_l2_l3": volts}
    found = too_low(values.get, Configuration(Settings(settings)))
    assert (found is None) is (share is None)
    assert share is None or share in str(found)


def test_without_voltages_nobody_knows() -> None:
    assert too_low({}.get, Configuration()) is None


def test_a_sender_that_is_not_there_is_told_with_the_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    source = f"tcp:127.0.0.1:{port}"
    done = run("--source", source, "--rate", 8000, "--scale", "v=500,i=20", "--for", 1)
    assert done.returncode == 0
    why = f"{source}: connection refused; start the sender, or correct HOST:PORT"
    (note,) = done.stderr.splitlines()
    assert note.startswith(f"note: {why}")
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"no samples came: {why}")
    assert not [line for line in done.stdout.splitlines() if line.strip() == "source:"]


def test_what_is_wrong_with_stated_values_is_told_now_and_then(monkeypatch) -> None:
    """A sender that contradicts itself anew with each message, day and night."""
    source, now, told = GivenValues(START), 0.0, list[str]()
    live = LiveMeter(source, Meter(Configuration(), clock=Clock.of(START)), phasors=True)
    monkeypatch.setattr(hints, "notify", told.append)
    monkeypatch.setattr(hints, "time", SimpleNamespace(monotonic=lambda: now))
    tell = hints.Hints(live)
    for n in range(601):
        now = n / 2
        source.post(b'{"voltage": 230, "current": 1, "active_power_l1": %d}' % (1000 + n))
        source.take(live.configuration.wiring)
        source.grow_old()
        tell(live.snapshot())
    assert len(told) == 6
    assert all("contradicts the powers" in line for line in told)
    now += hints.PAUSE
    source.post(b"nonsense")
    source.take(live.configuration.wiring)
    source.grow_old()
    tell(live.snapshot())
    assert "no JSON" in told[-1]
    now += hints.PAUSE
    source.post(b'{"voltage": 230, "current": 2, "active_power_l1": 1000}')
    source.take(live.configuration.wiring)
    source.grow_old()
    tell(live.snapshot())
    assert "a current of 2 A contradicts" in told[-1], "the refusal is over"
    assert len(told) == 8


def test_a_refusal_is_told_beside_what_else_is_wrong(monkeypatch) -> None:
    """Each kind has a minute of its own."""
    source, told = GivenValues(START), list[str]()
    live = LiveMeter(source, Meter(Configuration(), clock=Clock.of(START)), phasors=True)
    monkeypatch.setattr(hints, "notify", told.append)
    tell = hints.Hints(live)
    contradicting = b'{"voltage": 230, "current": 1, "active_power_l1": 1000}'
    for message in (contradicting, b'{"active_power": 4, "house": 3}', b"nonsense", b"nonsense"):
        source.post(message)
        source.take(live.configuration.wiring)
        source.grow_old()
        tell(live.snapshot())
    assert [line.split(": ")[2] for line in told] == ["L1", "'house'", "no JSON"]
