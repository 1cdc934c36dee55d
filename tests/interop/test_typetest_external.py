"""A running meter as the meter under test, behind Modbus, with a source that a command sets.

Its front end has a known gain and phase error, so that its errors are known in closed form.
"""

from __future__ import annotations

import csv
import json
import math
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.programmable_source import RATE, ProgrammableSource
from support.running import X96, Running

pytestmark = pytest.mark.interop

SCOPE = ("--quick", "--class", "0.5S", "--clauses", "intrinsic")
GAIN, MINUTES = 0.3, 12.0
MOST = 2.0
"""The ends of two rectangles lie 1.2 times U from the middle, those of four 1.7 times. So short a
time at registers or pulses proves the way, not the accuracy, which readings of power do."""
UNITY = "3p4w In 5 A, 1.2 In, cos 1, balanced, import"
LAGGING = "3p4w In 5 A, 1.2 In, cos 0.5 ind, balanced, import"
OUTWARDS = "3p4w In 5 A, 1.2 In, cos 0.5 ind, balanced, export"


def x96(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*X96, "typetest", *SCOPE, *map(str, arguments)], capture_output=True, text=True,
        check=False, timeout=100,
    )  # fmt: skip


def closed_form(factor: float) -> float:
    """A secondary current that leads by the phase error makes a lagging load look less so."""
    lag = math.acos(factor)
    return 100 * ((1 + GAIN / 100) * math.cos(lag - math.radians(MINUTES / 60)) / factor - 1)


@pytest.fixture
def meter(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Meters on samples that come over UDP; `front` is what stands in their front end's file."""
    running: list[Running] = []

    def start(front: str = "", *arguments: str) -> Running:
        if front:
            (tmp_path / "front.toml").write_text(front)
            arguments = ("--frontend", str(tmp_path / "front.toml"), *arguments)
        source = ("--source", "udp:0", "--rate", str(RATE), "--format", "f32le")
        running.append(Running(*source, *arguments))
        return running[-1]

    yield start
    for each in running:
        if each.process.poll() is None:
            each.stop()
        else:
            each.process.communicate()


FRONT = f"""
[current_transformer]
ratio_error = [[100, {GAIN}]]
phase_error = [[100, {MINUTES}]]
"""


@pytest.fixture
def points(tmp_path: Path) -> Callable[..., Path]:
    """A file of some points."""

    def listed(*names: str) -> Path:
        path = tmp_path / "points.csv"
        done = x96("--list", path)
        assert done.returncode == 0, done.stderr
        rows = list(csv.reader(path.read_text().splitlines()))
        chosen = [row for row in rows if row[1] in ("point", *names)]
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(chosen)
        return path

    return listed


def filled(path: Path) -> list[dict[str, str]]:
    rows = list(csv.DictReader(path.read_text().splitlines()))
    return [row for row in rows if row["true_power_w"]]


def test_errors_by_power_are_those_of_the_front_end(meter, points, tmp_path: Path) -> None:
    tested, path = meter(FRONT), points(UNITY, LAGGING, OUTWARDS)
    with ProgrammableSource(tested.source_port) as source:
        done = x96(
            "--points", path, "--meter", f"tcp:127.0.0.1:{tested.port}", "--settle", 1.5,
            "--set-command", source.command(tmp_path), "--by", "power", "--seconds", 0.5,
            "--repeat", 2, "--reference-uncertainty", 0.002, "--json",
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    external = found["external"]
    assert [x["action"] for x in source.heard] == ["set", "set", "set", "off"]
    errors = {p["at"]: (p["error"], p["expanded_uncertainty"]) for p in external["points"]}
    for at, factor in ((UNITY, 1.0), (LAGGING, 0.5), (OUTWARDS, 0.5)):
        error, spread = errors[at]
        assert spread < 0.003
        assert error == pytest.approx(closed_form(factor), abs=spread)
    assert closed_form(0.5) > 0.6 > closed_form(1.0)  # so that the limits tell them apart
    verdicts = {c["limit"]: c["passed"] for c in found["checks"] if c["limit"] is not None}
    assert verdicts == {0.5: True, 0.6: False}
    assert external["meter"].startswith("SMART X96 X96-5A, type code 0079, serial number ")
    assert external["reference"] == "what the source was set to"
    assert "front_end" not in found
    assert external["current_ratio"] == [1.0]


def test_registers_against_a_reference_meter(meter, points, tmp_path: Path) -> None:
    tested, reference = meter(FRONT), meter()
    path = points(UNITY)
    with ProgrammableSource(tested.source_port, reference.source_port) as source:
        done = x96(
            "--points", path, "--meter", f"tcp:127.0.0.1:{tested.port}", "--settle", 1.5,
            "--reference", f"tcp:127.0.0.1:{reference.port}", "--json", "--seconds", 2,
            "--set-command", source.command(tmp_path), "--repeat", 3,
            "--reference-uncertainty", 0.05,
        )  # fmt: skip
    external = json.loads(done.stdout)["external"]
    (point,) = external["points"]
    assert len(point["errors"]) == 3
    assert abs(point["error"] - closed_form(1.0)) < MOST * point["expanded_uncertainty"] < 60
    assert external["reference"].startswith("SMART X96 X96-5A")
    assert external["reference"] != external["meter"]
    (row,) = filled(path)
    true = [float(x) for x in row["true_power_w"].split()]
    assert sum(true) / 3 == pytest.approx(4140, rel=0.05)
    assert true != [4140.0] * 3  # what the reference saw, not what was set
    # Each time begins where the last one ended.
    assert row["register_before_kwh"].split()[1:] == row["register_after_kwh"].split()[:-1]


def test_a_meter_on_a_line(points, tmp_path: Path) -> None:
    (tmp_path / "six.toml").write_text("[current]\nrms = 6\n")
    line, path = tmp_path / "line", points(UNITY)
    command = [*X96, "run", "--source", str(tmp_path / "six.toml"), "--state", "off", "--tcp",
               "off", "--rtu", f"pty:{line}"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            while not line.exists():
                time.sleep(0.05)
            done = x96("--points", path, "--meter", f"rtu:{line}", "--set-command", "true",
                       "--settle", 1, "--seconds", 4, "--repeat", 2, "--json")  # fmt: skip
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=10)
    (point,) = json.loads(done.stdout)["external"]["points"]
    assert abs(point["error"]) < MOST * point["expanded_uncertainty"] < 60


def test_pulses_of_a_file(meter, points, tmp_path: Path) -> None:
    pulses = tmp_path / "pulses.csv"
    tested, path = meter(FRONT, "--pulses", str(pulses)), points(UNITY)
    with ProgrammableSource(tested.source_port) as source:
        done = x96(
            "--points", path, "--pulses", pulses, "--by", "pulses", "--settle", 1.5, "--json",
            "--seconds", 3, "--repeat", 3, "--device", "a meter without Modbus",
            "--set-command", source.command(tmp_path), "--reference-uncertainty", 0.05,
        )  # fmt: skip
    external = json.loads(done.stdout)["external"]
    (point,) = external["points"]
    assert abs(point["error"] - closed_form(1.0)) < MOST * point["expanded_uncertainty"] < 60
    assert external["meter"] == "a meter without Modbus"
    (row,) = filled(path)
    assert 20 <= sum(map(int, row["pulses"].split())) <= 60


def test_a_source_that_fails_stops_and_a_second_start_goes_on(meter, points, tmp_path) -> None:
    tested, path = meter(), points(UNITY, LAGGING, OUTWARDS)
    arguments = ("--points", path, "--meter", f"tcp:127.0.0.1:{tested.port}", "--by", "power",
                 "--settle", 1.2, "--seconds", 0.3, "--repeat", 2)  # fmt: skip
    with ProgrammableSource(tested.source_port, refuses=1) as source:
        done = x96(*arguments, "--set-command", source.command(tmp_path))
        assert [x["action"] for x in source.heard] == ["set", "set", "off"]
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert last.endswith(f"fuse of L2 blown; {path} keeps 1 row: start again to go on")
    first = filled(path)
    assert [row["point"] for row in first] == [UNITY]
    assert not list(tmp_path.glob(".*partial"))
    with ProgrammableSource(tested.source_port) as source:
        done = x96(*arguments, "--set-command", source.command(tmp_path))
        assert [x.get("point") for x in source.heard] == [LAGGING, OUTWARDS, None]
    assert done.returncode == 1, done.stderr
    assert "Incomplete: 3 of 100 checks made, all within limits" in done.stdout
    assert filled(path)[0] == first[0]
    assert len(filled(path)) == 3


def test_a_meter_that_falls_silent_leaves_the_file(meter, points, tmp_path: Path) -> None:
    tested, path = meter(), points(UNITY, LAGGING)
    with ProgrammableSource(tested.source_port) as source:
        running = subprocess.Popen(
            [*X96, "typetest", *SCOPE, "--points", str(path), "--by", "power", "--settle", "1.2",
             "--meter", f"tcp:127.0.0.1:{tested.port}", "--seconds", "0.3", "--repeat", "2",
             "--timeout", "0.3", "--set-command", source.command(tmp_path)],
            stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not filled(path):
            time.sleep(0.05)
            assert running.poll() is None
        tested.process.send_signal(signal.SIGKILL)
        said = running.communicate(timeout=30)[1]
        assert source.heard[-1] == {"action": "off"}
    assert running.returncode == 1
    last = said.splitlines()[-1]
    assert re.match(r"x96: point \d+: 127\.0\.0\.1:", last)
    assert last.endswith("keeps 1 row: start again to go on")
    assert len(filled(path)) == 1


def test_another_meter_is_not_put_into_the_same_file(meter, points, tmp_path: Path) -> None:
    tested, path = meter(), points(UNITY, LAGGING)
    text = path.read_text().splitlines()
    names = next(csv.reader(text))
    (row,) = csv.reader(text[1:2])
    row[names.index("power_w")], row[names.index("meter")] = "4140", "another"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, row, *csv.reader(text[2:])])
    with ProgrammableSource(tested.source_port) as source:
        done = x96("--points", path, "--meter", f"tcp:127.0.0.1:{tested.port}", "--settle", 1.2,
                   "--set-command", source.command(tmp_path), "--timeout", 0.3)  # fmt: skip
    assert done.returncode == 1
    assert "row 2 is of 'another', this is 'SMART X96" in done.stderr


def test_a_person_sets_the_points(meter, points, tmp_path: Path) -> None:
    tested, path = meter(), points(UNITY, LAGGING)
    with ProgrammableSource(tested.source_port) as source:
        asked = subprocess.run(
            [*X96, "typetest", *SCOPE, "--points", str(path), "--by", "power", "--settle", "0",
             "--meter", f"tcp:127.0.0.1:{tested.port}", "--timeout", "0.2"],
            input="s\nq\n", capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert not source.heard
    assert "L2   230.000 V -120.00 deg    6.0000 A -120.00 deg" in asked.stderr
    assert "keeps 0 rows: start again to go on" in asked.stderr
    assert "nothing of this part of the plan was measured" in asked.stderr.splitlines()[-1]
    assert "switch the source off" in asked.stderr


def test_nobody_at_the_terminal_is_told(points, tmp_path: Path) -> None:
    done = subprocess.run(
        [*X96, "typetest", *SCOPE, "--points", str(points(UNITY)), "--meter", "tcp:127.0.0.1:1"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "give --set-command" in done.stderr.splitlines()[-1]
