"""`x96 scan` as a process: our meters on lines and TCP, a meter of others, noise, Ctrl-C."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from clients.rtu_reference import rtu_reference
from clients.speed_line import SpeedLine
from support.ports import free_port
from support.running import X96

pytestmark = pytest.mark.interop

WRITES = {"5", "6", "15", "16", "22", "23"}


@contextmanager
def meters(folder, *arguments, addresses=(1,), settings=""):
    """`x96 run` with meters at addresses; gives the file in which it notes every request."""
    config = folder / "street.toml"
    config.write_text("".join(
        f'[[meter]]\nname = "m{n}"\nsettings = {{ unit_address = {n}, ct_primary = {100 + n}'
        f'{settings} }}\n' for n in addresses
    ))  # fmt: skip
    trace = folder / "trace.csv"
    process = subprocess.Popen(
        [*X96, "run", str(config), "--signal", "phasors", "--state", "off", "--web", "off",
         "--trace", str(trace), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert any("listens" in line for line in process.stdout)
        yield trace
    finally:
        process.terminate()
        process.communicate(timeout=20)


def scan(*arguments, timeout=100):
    found = subprocess.run(
        [*X96, "scan", *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )
    assert "Traceback" not in found.stderr
    return found


def documents(*arguments):
    found = scan(*arguments, "--json")
    return found.returncode, json.loads(found.stdout)


def asked(trace):
    with trace.open() as lines:
        return list(csv.DictReader(lines))


def test_several_meters_on_one_line(tmp_path):
    line = tmp_path / "line"
    with meters(tmp_path, "--tcp", "off", "--rtu", f"pty:{line}", addresses=(1, 3, 20)) as trace:
        code, found = documents("--port", str(line), "--units", "1-24")
        requests = asked(trace)
    assert code == 0
    assert [each["unit"] for each in found["found"]] == [1, 3, 20]
    assert [each["ct_primary"] for each in found["found"]] == [101, 103, 120]
    assert {each["member"] for each in found["found"]} == {"X96-5A"}
    assert {each["wiring"] for each in found["found"]} == {"3P4W"}
    assert all(each["ours"] and each["state"] == "meter" for each in found["found"])
    assert len({each["serial_number"] for each in found["found"]}) == 3
    assert found["found"][1]["options"] == f"--port {line} --unit 3"
    assert requests
    assert not WRITES & {each["function"] for each in requests}


def test_the_speed_of_a_line_is_found(tmp_path):
    with SpeedLine() as line:
        near, far = line.devices
        with meters(tmp_path, "--tcp", "off", "--rtu", far,
                    settings=', baud_rate = "19200"'):  # fmt: skip
            code, found = documents("--port", near, "--units", "1-4")
        assert line.lost
    assert code == 0
    (meter,) = found["found"]
    assert meter["line"]["baud_rate"] == 19200
    assert "--baud 19200" in meter["options"]


def test_unit_ids_of_one_host(tmp_path):
    port = free_port()
    with meters(tmp_path, "--tcp", f"127.0.0.1:{port}", addresses=(2, 5)) as trace:
        code, found = documents("--tcp", f"127.0.0.1:{port}")
        requests = asked(trace)
    assert code == 0
    assert [(each["unit"], each["also_units"]) for each in found["found"]] == [
        (2, [0, 255]), (5, []),
    ]  # fmt: skip
    assert not WRITES & {each["function"] for each in requests}


def test_a_meter_with_faults_is_found_all_the_same(tmp_path):
    line = tmp_path / "line"
    with meters(tmp_path, "--tcp", "off", "--rtu", f"pty:{line}",
                "--faults", "late=150,crc=0.05,silent=0.04,noise=0.2,busy=0.05,seed=4",
                addresses=(1, 6)):  # fmt: skip
        code, found = documents("--port", str(line), "--units", "1-8")
    assert code == 0
    assert [(each["unit"], each["state"]) for each in found["found"]] == [
        (1, "meter"), (6, "meter"),
    ]  # fmt: skip


def test_something_else_on_a_line_is_told_as_such():
    with rtu_reference(7) as line:
        code, found = documents("--port", line.device, "--units", "7", "--timeout", "1")
    assert code == 0
    (other,) = found["found"]
    assert (other["state"], other["unit"]) == ("other", 7)
    assert "no meter of this register map" in other["remarks"][0]


def test_a_line_on_which_nobody_is():
    with SpeedLine() as line:
        found = scan("--port", line.devices[0], "--units", "1-2", "--baud", "9600")
    assert found.returncode == 1
    assert found.stdout == ""
    assert "nobody answers: has the meter power, are A and B swapped" in found.stderr


def test_ctrl_c_ends_it_with_what_was_found(tmp_path):
    line = tmp_path / "line"
    with meters(tmp_path, "--tcp", "off", "--rtu", f"pty:{line}") as trace:
        process = subprocess.Popen(
            [*X96, "scan", "--port", str(line), "--json"], stdout=subprocess.PIPE, text=True
        )
        end = time.monotonic() + 20
        while time.monotonic() < end and not any(e["function"] == "43" for e in asked(trace)):
            time.sleep(0.1)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    found = json.loads(out)
    assert process.returncode == 0
    assert found["stopped"]
    assert [each["unit"] for each in found["found"]] == [1]


def test_a_table_and_what_to_do_next(tmp_path):
    port = free_port()
    with meters(tmp_path, "--tcp", f"127.0.0.1:{port}", settings=", ct_secondary = 5"):
        found = scan("--tcp", f"127.0.0.1:{port}", "--units", "1")
    assert found.returncode == 0
    heading, row = found.stdout.splitlines()[:2]
    assert heading.split() == [
        "meter",
        "serial",
        "number",
        "version",
        "wiring",
        "CT",
        "found",
        "at",
    ]
    assert row.startswith('X96-5A "m1"')
    assert f"101/5 A  --tcp 127.0.0.1:{port} --unit 1" in row
