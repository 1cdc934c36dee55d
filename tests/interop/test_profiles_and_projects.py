"""`x96 pull`, `diff`, `push` as processes, one meter or many; what they did pymodbus looks at."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusTcpClient

from clients.documented_part import SERIAL_NUMBER, UNIT
from clients.independent_meter import independent_meter
from smartx96 import simulate
from smartx96.configuration.project.pushing import MOST_AT_ONCE
from smartx96.simulation.simulated_meter import SimulatedMeter
from support.independent import settings
from support.running import X96

pytestmark = pytest.mark.interop

PASSWORD = {"X96_PASSWORD": "1000"}
MANY = 16


def x96(*arguments: object, code: int = 0, **environment: str) -> str:
    """Output of a command; of one that fails without a report, its one line."""
    found = subprocess.run(
        [*X96, *map(str, arguments)], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, env=os.environ | environment,
    )  # fmt: skip
    assert found.returncode == code, found
    assert found.stderr.count("\n") <= (code != 0), found.stderr
    return found.stderr or found.stdout


def started(*arguments: object, **more: Any) -> subprocess.Popen[bytes]:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": os.environ | PASSWORD}
    return subprocess.Popen([*X96, *map(str, arguments)], **(options | more))


@pytest.fixture
def meters() -> Iterator[tuple[str, int]]:
    """Two meters behind one port: the option, and the port."""
    with simulate(meters=2, tcp=True, settings={"scroll_time": 7}) as meter:
        yield f"127.0.0.1:{meter.tcp[1]}", meter.tcp[1]


def test_from_one_meter_to_another(meters, tmp_path):
    place, port = meters
    file = tmp_path / "feeder.toml"
    assert "36 settings of X96-5A, serial number 10000001" in x96(
        "pull", "--tcp", place, "-o", file
    )
    assert tomllib.loads(file.read_text())["meter"]["serial_number"] == 10_000_001
    assert "is there already" in x96("pull", "--tcp", place, "-o", file, code=2)
    assert "36 settings compared, no difference" in x96("diff", file, "--tcp", place)
    file.write_text(file.read_text().replace("ct_primary = 5", "ct_primary = 250"))
    said = x96("diff", file, "--tcp", place, "--unit", "2", code=1)
    assert "ct_primary: 250 A | 5 A" in said
    assert "--all counts it: unit_address: 1 | 2" in said

    before = settings(port, 2)
    said = x96("push", file, "--tcp", place, "--unit", 2, "--dry-run", **PASSWORD)
    assert "5 A -> 250 A" in said
    assert "unit_address left alone" in said
    assert settings(port, 2) == before
    assert "needs the password" in x96("push", file, "--tcp", place, "--unit", 2, code=2)
    assert settings(port, 2) == before
    x96("push", file, "--tcp", place, "--unit", 2, **PASSWORD)
    assert settings(port, 2) == before | {"ct_primary": 250}
    x96("diff", file, "--tcp", place, "--unit", 2)
    found = json.loads(x96("diff", "--tcp", place, "--other-unit", 2, "--json", code=1))
    assert [(row["id"], row["here"], row["there"]) for row in found["differences"]] == [
        ("ct_primary", 5, 250)
    ]


def test_two_files_and_wrong_uses(meters, tmp_path):
    place, _ = meters
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text("scroll_time = 7\n")
    two.write_text("scroll_time = 8\n")
    assert "scroll_time: 7 s | 8 s" in x96("diff", one, two, code=1)
    x96("diff", one, one)
    assert "two files are compared without a meter" in x96("diff", one, two, "--tcp", place, code=2)
    assert "more than two" in x96("diff", one, "--tcp", place, "--other-unit", 2, code=2)
    assert "compare with what?" in x96("diff", "--tcp", place, code=2)
    assert "is of one meter, no project" in x96("push", one, "--tcp", place, "--resume", code=2)
    one.write_text("scroll_time = 700\n")
    line = x96("push", one, "--tcp", place, code=1)
    assert f"{one}: line 1: scroll_time: 700 s is not allowed" in line


def project(folder: Path, port: int, count: int, more: str = "") -> Path:
    path = folder / "house.toml"
    path.write_text(
        f'[line.gateway]\ntcp = "127.0.0.1:{port}"\n'
        "[settings]\nct_primary = 200\ndemand_period = 15\nbacklight_time = 5\n"
        + "".join(f'[[meter]]\nname = "m{n}"\nunit = {n}\n' for n in range(1, count + 1))
        + more
    )
    return path


def done_lines(folder: Path) -> list[str]:
    """Meters that the journal calls done."""
    path = folder / "house.journal.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(each)["meter"] for each in lines if '"done"' in each and each.endswith("}")]


def is_set(meter: SimulatedMeter, unit: int) -> bool:
    """Whether a meter behind a port has all that the project says, by its own word."""
    wanted = {"ct_primary": 200, "demand_period": 15, "backlight_time": 5}
    return wanted.items() <= dict(meter.meters[unit - 1].settings).items()


def test_killed_half_way_it_is_resumed(tmp_path):
    """What the journal calls done is done; the rest is set by the next push, and nothing twice."""
    with simulate(meters=MANY, tcp=True, faults="late=30,seed=1") as meter:
        path = project(tmp_path, meter.tcp[1], MANY)
        with started("push", path) as process:
            until = time.monotonic() + 60
            while len(done_lines(tmp_path)) < 5:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        done = done_lines(tmp_path)
        assert 5 <= len(done) < MANY
        assert all(is_set(meter, int(name[1:])) for name in done)
        written = sum(is_set(meter, n) for n in range(1, MANY + 1))
        assert len(done) <= written <= len(done) + MOST_AT_ONCE
        # Those under way may be half set.
        found = json.loads(x96("push", path, "--resume", "--json", **PASSWORD))
        assert found["good"]
        results = {each["name"]: each["result"] for each in found["meters"]}
        assert {name for name, result in results.items() if result == "done before"} == set(done)
        assert set(results.values()) <= {"done", "done before", "as wanted"}
        assert all(is_set(meter, n) for n in range(1, MANY + 1))
        again = json.loads(x96("push", path, "--json", "-o", tmp_path / "r.json", **PASSWORD))
        assert {each["result"] for each in again["meters"]} == {"as wanted"}
        assert json.loads((tmp_path / "r.json").read_text()) == again


def test_a_report_that_cannot_be_written_is_told_before(tmp_path):
    with simulate(meters=MANY, tcp=True, faults="late=30,seed=1") as meter:
        path = project(tmp_path, meter.tcp[1], MANY)
        nowhere = tmp_path / "nowhere" / "r.json"
        assert "no folder that takes files" in x96("push", path, "-o", nowhere, code=2, **PASSWORD)
        assert not is_set(meter, 1)
        # It is gone while the meters are set: what became of them is told all the same.
        nowhere.parent.mkdir()
        with started("push", path, "--json", "-o", nowhere) as process:
            until = time.monotonic() + 60
            while not done_lines(tmp_path):
                assert time.monotonic() < until
                time.sleep(0.005)
            nowhere.parent.rmdir()
            out, err = process.communicate(timeout=60)
        assert {each["result"] for each in json.loads(out)["meters"]} == {"done"}
        assert (process.returncode, err.count(b"\n")) == (2, 1)


def test_ctrl_c_leaves_a_report(tmp_path):
    with simulate(meters=MANY, tcp=True, faults="late=30,seed=1") as meter:
        path = project(tmp_path, meter.tcp[1], MANY)
        with started("push", path, "--json") as process:
            until = time.monotonic() + 60
            while len(done_lines(tmp_path)) < 3:
                assert time.monotonic() < until
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (1, b"")
        found = json.loads(out)
        assert found["failure"] == "stopped before the end"
        done = [each["name"] for each in found["meters"] if each["result"] == "done"]
        assert sorted(done) == sorted(done_lines(tmp_path))
        assert 3 <= len(done) < MANY
        for n in range(1, MANY + 1):
            assert is_set(meter, n) == (f"m{n}" in done)


def test_through_lost_and_busy_answers(tmp_path):
    """Every meter ends done, or is told of; who is called done has all of it."""
    faults = "silent=0.03,busy=0.03,late=20,seed=5"
    with simulate(meters=8, tcp=True, faults=faults) as meter:
        path = project(tmp_path, meter.tcp[1], 8)
        path.write_text(f"timeout = 0.2\n{path.read_text()}")
        for _ in range(6):
            with started("push", path, "--resume", "--json") as process:
                report = json.loads(process.communicate(timeout=100)[0])
            assert process.returncode == (not report["good"])
            for each in report["meters"]:
                has = meter.meters[int(each["name"][1:]) - 1].settings
                if each["good"]:
                    assert (has["ct_primary"], has["demand_period"]) == (200, 15)
                for entry in (each["outcome"] or {}).get("settings", []):
                    if entry["state"] in ("written", "same"):
                        assert has[entry["id"]] == entry["wanted"]
            if report["good"]:
                break
        assert report["good"], report["statement"]


def test_lines_at_once_and_passwords_of_their_own(tmp_path):
    with simulate(meters=2, tcp=True, rtu=str(tmp_path / "line")) as one, simulate(tcp=True) as two:
        path = tmp_path / "house.toml"
        path.write_text(
            f'[settings]\nct_primary = 300\n[line.cellar]\nport = "{tmp_path / "line"}"\n'
            f'[line.roof]\ntcp = "127.0.0.1:{two.tcp[1]}"\n'
            '[[meter]]\nname = "a"\nline = "cellar"\nserial_number = 10000001\n'
            "settings.unit_address = 2\n"
            '[[meter]]\nname = "b"\nline = "cellar"\nunit = 2\nserial_number = 10000002\n'
            "settings.unit_address = 1\n"
            '[[meter]]\nname = "c"\nline = "roof"\npassword_variable = "X96_PASSWORD_ROOF"\n'
        )
        line = x96("push", path, code=2, **PASSWORD)
        assert "password_variable X96_PASSWORD_ROOF: it is not set" in line
        wrong = {"X96_PASSWORD_ROOF": "4711"}
        found = json.loads(x96("push", path, "--json", code=1, **PASSWORD, **wrong))
        assert [each["result"] for each in found["meters"]] == ["done", "done", "failed"]
        assert "the password is wrong" in found["meters"][2]["statement"]
        assert [meter.unit for meter in one.meters] == [2, 1]
        assert two.settings["ct_primary"] == 5
        right = {"X96_PASSWORD_ROOF": "1000"}
        x96("push", path, "--resume", **PASSWORD, **right)
        assert settings(two.tcp[1])["ct_primary"] == 300
        assert "4711" not in (tmp_path / "house.journal.jsonl").read_text()


@pytest.mark.parametrize("server", ["pymodbus", "libmodbus"])
def test_meters_of_others_beside_ours(server, tmp_path):
    with independent_meter(server, tmp_path) as other, simulate(tcp=True) as own:
        file, path = tmp_path / "other.toml", tmp_path / "house.toml"
        x96("pull", *other.options, "-o", file)
        stated = tomllib.loads(file.read_text())
        assert stated["meter"]["serial_number"] == SERIAL_NUMBER
        assert stated["unit_address"] == UNIT
        assert "ct_primary" not in stated
        x96("diff", file, *other.options)
        path.write_text(
            "settings.demand_period = 15\n"
            f'[[meter]]\nname = "ours"\ntcp = "127.0.0.1:{own.tcp[1]}"\n'
            f'[[meter]]\nname = "other"\ntcp = "127.0.0.1:{other.port}"\nunit = {UNIT}\n'
            f"serial_number = {SERIAL_NUMBER}\n"
        )
        assert "2 meters: 2 done" in x96("push", path, **PASSWORD)
        assert own.settings["demand_period"] == 15
        with ModbusTcpClient("127.0.0.1", port=other.port) as client:
            answer = client.read_holding_registers(0x0002, count=2, device_id=UNIT)
        assert struct.pack(">2H", *answer.registers) == struct.pack(">f", 15.0)
        path.write_text(path.read_text() + "settings.ct_primary = 200\n")
        assert "1 wrong; nothing was written" in x96("push", path, code=1, **PASSWORD)
        assert own.settings["ct_primary"] == 5


def test_a_project_says_where_itself(tmp_path):
    path = project(tmp_path, 1, 2)
    assert "--tcp: a project says it" in x96("push", path, "--tcp", "127.0.0.1", code=2)
    assert "--retries: a project says it" in x96("push", path, "--retries", 3, code=2)
    assert "no meter 'm7'" in x96("push", path, "--only", "m7", code=2)
    said = x96("push", path, "--only", "m2", "--dry-run", code=1)
    assert "not reached  m2 (127.0.0.1:1 unit 2): connection refused" in said
    assert "m1" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_the_password_is_asked_for_once_and_the_bar_makes_room(tmp_path):
    import pty

    with simulate(meters=2, tcp=True) as meter:
        path = project(tmp_path, meter.tcp[1], 2)
        near, far = pty.openpty()
        without = {key: value for key, value in os.environ.items() if key != "X96_PASSWORD"}
        own = {"stdin": far, "stderr": far, "env": without, "start_new_session": True}
        with started("push", path, **own) as process:
            os.close(far)
            asked = b""
            while b"not shown" not in asked:
                asked += os.read(near, 1000)
            os.write(near, b"1000\n")
            assert process.stdout is not None
            out = process.stdout.read()
        os.close(near)
        assert process.returncode == 0, (out, asked)
        assert b"2 meters: 2 done" in out
        assert asked.count(b"not shown") == 1
        assert all(each.settings["ct_primary"] == 200 for each in meter.meters)
