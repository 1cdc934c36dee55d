"""A real InfluxDB takes the lines of a running meter, goes down and comes back: nothing is lost."""

from __future__ import annotations

import json
import re
import subprocess
import time
from datetime import datetime
from itertools import pairwise

import httpx
import pytest

from smartx96.quantities import INSTANTANEOUS
from support.monitoring import Started, program
from support.ports import free_port
from support.running import X96, Running

pytestmark = pytest.mark.interop

CONFIGURATION = """
reporting-disabled = true
bind-address = "127.0.0.1:{control}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[http]
bind-address = "127.0.0.1:{port}"
auth-enabled = {auth}
flux-enabled = false
"""
USER, PASSWORD = "writer", "s3cret"


class Influx(Started):
    """An InfluxDB of a test's own."""

    def __init__(self, folder, auth: bool) -> None:
        self.port = free_port()
        file = folder / "influx.toml"
        file.write_text(CONFIGURATION.format(
            folder=folder, port=self.port, control=free_port(), auth=str(auth).lower()
        ))  # fmt: skip
        self._auth = (USER, PASSWORD) if auth else None
        ping = f"http://127.0.0.1:{self.port}/ping"
        super().__init__([program("influxd"), "-config", str(file)], ping, folder / "log")

    def query(self, text: str) -> list[list]:
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/query", params={"db": "meters", "epoch": "ns"},
            data={"q": text}, auth=self._auth, trust_env=False,
        ).json()["results"][0]  # fmt: skip
        assert "error" not in answer, answer
        return answer["series"][0]["values"] if "series" in answer else []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}?db=meters"


@pytest.fixture(params=[False, True], ids=["open", "with a password"])
def influx(request, tmp_path):
    with Influx(tmp_path, request.param) as found:
        if request.param:
            found.query(f"CREATE USER {USER} WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES")
        found.query("CREATE DATABASE meters")
        yield found


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def test_readings_arrive_and_an_outage_of_the_database_costs_none(influx, monkeypatch):
    monkeypatch.setenv("X96_INFLUX_TOKEN", f"{USER}:{PASSWORD}")
    running = Running("--web", "off", "--influx", influx.url, "--influx-interval", "0.4",
                      "--influx-harmonics")  # fmt: skip
    until(lambda: len(influx.query("SELECT voltage_l1 FROM x96_readings")) > 3)
    influx.stop()
    time.sleep(2.5)
    influx.start()
    before = len(influx.query("SELECT voltage_l1 FROM x96_readings"))
    until(lambda: len(influx.query("SELECT voltage_l1 FROM x96_readings")) > before + 6)
    _, told = running.stop()
    assert "lines wait, and go when it works again" in told
    assert "lines go again" in told
    assert "lost" not in told
    times = [row[0] for row in influx.query("SELECT voltage_l1 FROM x96_readings")]
    steps = {round((b - a) / 2e8) for a, b in pairwise(times)}
    assert steps <= {1, 2, 3}, "a line for each interval, also of those in which nobody took any"
    assert abs(times[-1] / 1e9 - time.time()) < 60
    keys = {row[0] for row in influx.query("SHOW FIELD KEYS FROM x96_readings")}
    assert keys <= set(INSTANTANEOUS)
    assert {"voltage_l1", "active_power", "frequency", "voltage_thd_l1"} <= keys
    ((_, volts, hertz),) = influx.query(
        "SELECT mean(voltage_l1), mean(frequency) FROM x96_readings"
    )
    assert (volts, hertz) == (pytest.approx(231, abs=8), pytest.approx(50, abs=0.2))
    rows = influx.query("SHOW TAG VALUES FROM x96_harmonics WITH KEY = quantity")
    assert len(rows) == 6
    ((_, imported),) = influx.query(
        "SELECT last(active_energy_import_exact) FROM x96_exact_energies"
    )
    assert imported > 0
    ((_, powered),) = influx.query("SELECT last(powered) FROM x96_state")
    assert powered is True


def test_a_wrong_database_is_told_and_the_meter_goes_on(influx, monkeypatch):
    monkeypatch.setenv("X96_INFLUX_TOKEN", f"{USER}:{PASSWORD}")
    running = Running("--web", "off", "--influx", influx.url.replace("meters", "nothing"),
                      "--influx-interval", "0.2", "--for", "4")  # fmt: skip
    output, told = running.end()
    assert running.process.returncode == 0
    assert "database not found" in told
    assert re.search(r"\d+ lines lost", told)
    assert " V " in output


def test_the_standard_output_is_the_lines_own():
    command = [*X96, "run", "--state", "off", "--tcp", "off", "--web", "off", "--for", "2",
               "--influx", "-", "--influx-interval", "1"]  # fmt: skip
    found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    lines = found.stdout.splitlines()
    assert lines
    assert all(re.fullmatch(r"x96_\w+,\S+ \S+ \d{19}", line) for line in lines)
    assert "SMART X96" in found.stderr


def test_a_secret_in_a_url_is_refused_and_not_repeated():
    command = [*X96, "run", "--influx", "http://me:s3cret@db?db=x"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == 2
    assert "X96_INFLUX_TOKEN" in found.stderr
    assert "s3cret" not in found.stderr
    assert found.stderr.count("\n") == 1


def test_an_installation_file_states_it(tmp_path):
    file = tmp_path / "meter.toml"
    file.write_text('web = "off"\ntcp = "off"\n[influx]\nto = "lines.lp"\ninterval = 1\n')
    command = [*X96, "run", str(file), "--state", "off", "--for", "2.5"]
    subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    lines = (tmp_path / "lines.lp").read_text().splitlines()
    times = sorted({int(line.rsplit(" ", 1)[1]) for line in lines[1:]})
    assert len(times) >= 2
    assert all(datetime.fromtimestamp(time / 1e9).year > 2020 for time in times)
    file.write_text('[influx]\nto = "http://db"\n')
    found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == 1
    assert "influx.to" in found.stderr
    assert "bucket" in found.stderr
    assert json.dumps(found.stderr).count("\\n") == 1
