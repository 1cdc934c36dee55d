"""From a search to a project, its records and its clocks: several meters behind one TCP port."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pymodbus.client import ModbusTcpClient

from smartx96 import simulate
from smartx96.simulation.simulated_meter import SimulatedMeter
from support.independent import settings
from support.running import X96

pytestmark = pytest.mark.interop

PASSWORD = {"X96_PASSWORD": "1000"}


def x96(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    found = subprocess.run(
        [*X96, *map(str, arguments)], capture_output=True, text=True, timeout=90,
        stdin=subprocess.DEVNULL, env=os.environ | PASSWORD,
    )  # fmt: skip
    assert found.returncode == code, found
    assert "Traceback" not in found.stderr
    return found


@pytest.fixture
def gateway() -> Iterator[SimulatedMeter]:
    with simulate(meters=3, tcp=True, current=[2, 2, 2], start=datetime.now(UTC)) as meter:
        yield meter


@pytest.fixture
def site(gateway, tmp_path):
    """A project as the search writes it, with a fourth meter that is not there."""
    path = tmp_path / "site.toml"
    x96("scan", "--tcp", f"127.0.0.1:{gateway.tcp[1]}", "--units", "1-3", "-o", path)
    text = path.read_text().replace("[line.", "timeout = 0.3\nretries = 0\n[line.", 1)
    path.write_text(text + '\n[[meter]]\nname = "gone"\nline = "127-0-0-1-'
                    f'{gateway.tcp[1]}"\nunit = 9\n')  # fmt: skip
    return path


def test_what_is_found_is_a_project_that_push_takes(gateway, tmp_path):
    place, path = f"127.0.0.1:{gateway.tcp[1]}", tmp_path / "site.toml"
    before = [settings(gateway.tcp[1], unit) for unit in (1, 2, 3)]
    said = x96("scan", "--tcp", place, "--units", "1-5", "-o", path)
    assert said.stdout.splitlines()[-1] == f"{path}: 3 meters"
    data = tomllib.loads(path.read_text())
    assert [line["tcp"] for line in data["line"].values()] == [place]
    # Names and numbers are those of another client.
    with ModbusTcpClient("127.0.0.1", port=gateway.tcp[1]) as client:
        for unit, meter in enumerate(data["meter"], 1):
            told = client.read_device_information(read_code=2, device_id=unit).information
            assert meter["name"].encode() in told.values()
            assert (meter["unit"], meter["serial_number"]) == (unit, 10_000_000 + unit)
    said = x96("push", path, "--dry-run")
    assert f"{path}: 3 meters: 3 as wanted" in said.stdout
    assert [settings(gateway.tcp[1], unit) for unit in (1, 2, 3)] == before

    # What is there stays, unless it is meant.
    text = path.read_text()
    path.write_text(f"{text}\n# mine\n")
    assert "is there already" in x96("scan", "--tcp", place, "-o", path, code=2).stderr
    assert path.read_text().endswith("# mine\n")
    again = ("--units", "1-3", "-o", path, "--force", "--json")
    found = json.loads(x96("scan", "--tcp", place, *again).stdout)
    assert len(found["found"]) == 3
    assert path.read_text() == text
    # Nobody there: no file.
    other = tmp_path / "other.toml"
    x96("scan", "--tcp", place, "--units", "7", "--timeout", "0.2", "-o", other, code=1)
    assert [each.name for each in tmp_path.iterdir()] == ["site.toml"]


def test_a_search_that_is_stopped_says_so_in_the_project(tmp_path):
    path, line = tmp_path / "site.toml", tmp_path / "line"
    with simulate(unit=[1, 2], tcp=False, rtu=str(line)):
        command = [*X96, "scan", "--port", str(line), "--baud", "9600", "-o", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(6)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert process.returncode == 0, (out, err)
    assert b"stopped: there may be others" in err
    assert "# The search was stopped before its end" in path.read_text()
    assert 1 <= len(tomllib.loads(path.read_text())["meter"]) <= 2


def test_a_record_of_each_meter(gateway, site, tmp_path):
    # One has reversed currents; one is not set as the project says.
    gateway.meters[1].set(phase_angle=[180, 0, 0])
    text = site.read_text()
    first = text.index("serial_number = 10000001")
    site.write_text(text[:first] + "settings = { ct_primary = 200, ct_secondary = 5 }\n"
                    + text[first:])  # fmt: skip
    folder = tmp_path / "records"
    before = [settings(gateway.tcp[1], unit) for unit in (1, 2, 3)]
    said = x96("commission", "--project", site, "--seconds", 1, "-o", folder, "--format", "json",
               "--format", "html", "--by", "M. Weber", code=1)  # fmt: skip
    lines = said.stdout.splitlines()
    assert [line.split(" (")[0] for line in lines[:4]] == [
        "fail         meter1", "fail         meter2", "pass         meter3", "not reached  gone",
    ]  # fmt: skip
    assert "set to 5/5 A, the transformers are 200/5 A" in lines[0]
    assert "current L1 is reversed" in lines[1]
    assert lines[4:] == [
        f"{site}: 4 meters: 2 fail, 1 pass, 1 not reached", f"written: 6 records in {folder}",
    ]  # fmt: skip
    assert sorted(each.name for each in folder.iterdir()) == [
        f"meter{n}.{kind}" for n in (1, 2, 3) for kind in ("html", "json")
    ]
    for n in (1, 2, 3):
        record = json.loads((folder / f"meter{n}.json").read_text())
        assert record["meter"]["serial_number"] == 10_000_000 + n
        assert (record["by"], record["passed"]) == ("M. Weber", n == 3)
    assert [settings(gateway.tcp[1], unit) for unit in (1, 2, 3)] == before
    # All that were asked pass: only then it is 0.
    only = ("--only", "meter3", "--seconds", "1")
    found = json.loads(x96("commission", "--project", site, *only, "--json").stdout)
    assert (found["good"], [each["name"] for each in found["meters"]]) == (True, ["meter3"])
    assert found["meters"][0]["record"]["passed"]
    x96("commission", "--project", site, *only, "--only", "gone", code=1)


def test_ctrl_c_leaves_the_records_of_those_that_were_looked_at(gateway, site, tmp_path):
    folder = tmp_path / "records"
    command = [*X96, "commission", "--project", site, "--seconds", "1", "-o", folder]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not list(folder.glob("meter1.html")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "4 meters: 1 pass, 3 not asked; stopped before the end" in out
    assert [each.name for each in folder.iterdir()] == ["meter1.html"]


def clock(port: int, unit: int) -> datetime:
    """What a meter shows, by another client: BCD bytes ss mm hh weekday DD MM YY century."""
    with ModbusTcpClient("127.0.0.1", port=port) as client:
        answer = client.read_holding_registers(0xF000, count=4, device_id=unit)
    second, minute, hour, _, day, month, year, century = (
        int(f"{byte:02x}") for byte in struct.pack(">4H", *answer.registers)
    )
    return datetime(100 * century + year, month, day, hour, minute, second, tzinfo=UTC)


def off(port: int, unit: int) -> float:
    return abs((clock(port, unit) - datetime.now(UTC)).total_seconds())


def test_clocks_are_told_and_set(gateway, site):
    port = gateway.tcp[1]
    gateway.advance(hours=2)
    said = x96("clock", "--project", site, code=1).stdout.splitlines()
    assert [line.split(" (")[0] for line in said[:4]] == [
        "read         meter1", "read         meter2", "read         meter3", "not reached  gone",
    ]  # fmt: skip
    for unit in (1, 2, 3):
        assert f"unit {unit}): {clock(port, unit):%Y-%m-%d %H:%M:%S} (UTC), 7" in said[unit - 1]
    assert said[4:] == [f"{site}: 4 meters: 3 read, 1 not reached"]
    names = [part for name in ("meter1", "meter3") for part in ("--only", name)]
    said = x96("clock", "--project", site, "--set", "--dry-run", *names).stdout
    assert "nothing was written" in said
    assert all(off(port, unit) > 7000 for unit in (1, 2, 3))
    said = x96("clock", "--project", site, "--set", *names).stdout
    assert f"{site}: 2 meters: 2 set" in said
    assert [off(port, unit) < 60 for unit in (1, 2, 3)] == [True, False, True]
    rest = ("--only", "meter2", "--only", "gone", "--json")
    found = json.loads(x96("clock", "--project", site, "--set", *rest, code=1).stdout)
    assert [each["result"] for each in found["meters"]] == ["set", "not reached"]
    assert abs(found["meters"][0]["difference"]) > 7000
    assert abs(found["meters"][0]["set"]["difference"]) < 60
    assert off(port, 2) < 60


def test_ctrl_c_ends_with_the_clock_under_way(gateway, site):
    """The clock of whoever was begun is set and told; no other is begun."""
    port = gateway.tcp[1]
    gateway.advance(hours=2)
    with subprocess.Popen([*X96, "clock", "--project", str(site), "--set"], text=True,
                          stdout=subprocess.PIPE) as process:  # fmt: skip
        until = time.monotonic() + 60
        while off(port, 1) > 60:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "4 meters: 1 set, 3 not asked; stopped before the end" in out
    assert [off(port, unit) < 60 for unit in (1, 2, 3)] == [True, False, False]
