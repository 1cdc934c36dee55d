"""A broker that goes, stalls or never comes: measuring goes on, and what was not sent is told."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from support.at_broker import LOAD, QUICK, READINGS, published, told, value, waits
from support.broker import Broker, Ear
from support.ports import free_port
from support.running import Registers, Running, rest

pytestmark = pytest.mark.interop

SOAK = bool(os.environ.get("SOAK"))
AWAY = 3600.0 if SOAK else 4.0
"""How long the broker is away [s]."""


@pytest.fixture
def broker(tmp_path):
    found = Broker(tmp_path)
    yield found
    found.stop()


def test_while_the_broker_is_away_no_window_is_lost(broker, tmp_path):
    """Its registers are in the end those of a meter that has no MQTT; an hour with SOAK=1."""
    seconds = ("--for", str(AWAY + 8.0))
    with published(broker, *LOAD, *seconds, "--state", str(tmp_path / "published")) as run:
        with Ear(broker) as ear:
            ear.waits(lambda: ear.of(READINGS))
        broker.stop()
        with Registers(run.port) as registers:
            slowest = slowest_answer(registers, AWAY)
        broker.start()
        begun = time.monotonic()
        with Ear(broker) as ear:
            ear.waits(lambda: ear.of(READINGS) and ear.of("x96/status")[-1:] == ["online"])
            back = time.monotonic() - begun
            outage = ear.waits(lambda: ear.documents("x96/connection"))[-1]
            run.process.wait(30.0)
    print(f"\naway {AWAY:g} s, slowest answer {1e3 * slowest:.0f} ms; "
          f"back {back:.1f} s after the broker")  # fmt: skip
    assert slowest < 0.5
    alone = Running(*LOAD, *seconds, "--speed", "max", "--signal", "waveform",
                    "--state", str(tmp_path / "alone"))  # fmt: skip
    rest(alone.process, 600.0)
    assert energies(tmp_path / "published") == approx(energies(tmp_path / "alone"))
    assert outage["outages"] == 1
    assert outage["last_outage"]["seconds"] >= AWAY - 0.1
    # One each second, and those until it is back.
    assert AWAY - 1 <= outage["last_outage"]["readings_missed"] <= AWAY + 8
    assert "gone: " in told(run)
    assert "there after" in told(run)
    assert "readings not sent" in told(run)


def test_an_hour_of_measuring_without_the_broker(tmp_path):
    """In 6 s, in which it tries again and again: the registers are those without any MQTT."""
    hour = (*LOAD, "--signal", "phasors", "--for", "3600", "--web", "off")
    absent = f"mqtt://127.0.0.1:{free_port()}"
    runs = {
        "alone": Running(*hour, "--speed", "max", "--state", str(tmp_path / "alone")),
        "published": Running(*hour, "--speed", "600", "--state", str(tmp_path / "published"),
                             "--mqtt", absent, *QUICK),
    }  # fmt: skip
    said = {name: "".join(run.end()) for name, run in runs.items()}
    assert said["published"].count("refused; measuring goes on") == 1
    assert energies(tmp_path / "published") == approx(energies(tmp_path / "alone"))


def slowest_answer(registers: Registers, seconds: float) -> float:
    """Of a meter that goes on counting, asked again and again [s]."""
    begun, exact, slowest = time.monotonic(), registers.exact(), 0.0
    while time.monotonic() - begun < seconds:
        asked = time.monotonic()
        registers.exact()
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.05)
    assert registers.exact() > exact
    return slowest


def approx(registers: dict[str, int]):
    """To the last digits, which are of the order of adding; a window of an hour is 6e-5 of it."""
    assert registers["active_energy_import_sum"] > 0
    return pytest.approx(registers, rel=1e-12)


def energies(state) -> dict[str, int]:
    """Exact registers as they are kept."""
    with closing(sqlite3.connect(next(state.rglob("state.sqlite")))) as database:
        rows = [str(row) for row in database.execute("SELECT * FROM records")]
    newest = max(rows, key=lambda row: int(re.search(r'"sequence":(\d+)', row)[1]))
    return json.loads(re.search(r'"monotone":(\{[^}]*\})', newest)[1])


def test_without_a_broker_at_first(broker):
    broker.stop()
    with published(broker) as run:
        with Registers(run.port) as registers:
            waits(lambda: value(registers, "voltage_l1") > 200)
            time.sleep(1.5)
        broker.start()
        with Ear(broker) as ear:
            ear.waits(lambda: ear.of(READINGS))
            outage = ear.waits(lambda: ear.documents("x96/connection"))[-1]
            assert outage["last_outage"]["events_late"] >= 1
    assert told(run).count("refused; measuring goes on") == 1, "once, and not at each attempt"


def test_events_of_an_outage_come_late(broker, tmp_path):
    pipe = tmp_path / "values"
    os.mkfifo(pipe)
    options = ("--source", f"values:{pipe}", "--stale", "hold", "--supply", "auxiliary")
    with published(broker, *options) as run:
        sending = os.open(pipe, os.O_WRONLY)
        os.write(sending, b'{"voltage": 230, "current": 2}\n')
        with Ear(broker) as ear:
            ear.waits(lambda: ear.of(READINGS))
        broker.stop()
        os.write(sending, b'{"voltage": [230, 0, 230]}\n')
        with Registers(run.port) as registers:
            waits(lambda: value(registers, "voltage_l2") < 1)
        time.sleep(2.0)
        broker.configuration.write_text(broker.configuration.read_text() + "\n")
        broker.start()
        with Ear(broker, "-i", "ear") as ear:
            ear.waits(lambda: ear.documents("x96/connection"))
            late = ear.documents("x96/connection")[-1]["last_outage"]["events_late"]
        os.close(sending)
    assert late >= 1
    assert f"{late} event" in told(run)


def test_a_broker_that_stalls_keeps_nobody_waiting(broker):
    """Its connection stands, it takes nothing: only the newest readings are worth sending."""
    with published(broker) as run, Ear(broker) as ear, Registers(run.port) as registers:
        ear.waits(lambda: ear.of(READINGS))
        broker.freeze()
        slowest = slowest_answer(registers, 5.0)
        broker.thaw()
        skipped = ear.waits(
            lambda: [d for d in ear.documents("x96/connection") if d["readings_skipped"] > 2]
        )
        assert skipped[-1]["outages"] == 0
    assert slowest < 0.5


def test_one_that_is_stopped_while_its_broker_hangs_ends_soon(broker):
    with published(broker) as run:
        with Ear(broker) as ear:
            ear.waits(lambda: ear.of(READINGS))
        broker.freeze()
        begun = time.monotonic()
        run.process.send_signal(signal.SIGTERM)
        run.process.wait(10.0)
        took = time.monotonic() - begun
        broker.thaw()
    assert took < 6.0
