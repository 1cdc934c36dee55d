"""`x96 log` with running meters: every kind of log, gaps, restarts, kills, two at once."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import smartx96
from smartx96.errors import LogError
from support.logs import FILES, read_by_others
from support.ports import free_port
from support.postgresql import Server, programs
from support.running import X96, rest

pytestmark = pytest.mark.interop
pytest.importorskip("pyarrow.parquet")

SERIAL = 4711
EVERY = "800ms"
"""A machine at work may be late by half of it."""


@pytest.fixture
def meter() -> Iterator[smartx96.simulation.SimulatedMeter]:
    with smartx96.simulate(voltage=229.3, serial_number=SERIAL) as found:
        yield found


def arguments(port: int, where: object, *more: str) -> list[str]:
    return [*X96, "log", "--tcp", f"127.0.0.1:{port}", "--timeout", "0.7", "--retries", "0",
            "--name", "hall", "--every", EVERY, "-o", str(where), *more]  # fmt: skip


def started(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def logged(port: int, where: object, *more: str) -> dict[str, Any]:
    """What a log says of itself that has ended well."""
    found = subprocess.run([*arguments(port, where, *more), "--json"], capture_output=True,
                           text=True, check=False, timeout=60)  # fmt: skip
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(line for line in file if line.endswith("\n")))


def at(text: object) -> float:
    return datetime.fromisoformat(str(text)).timestamp()


@pytest.mark.parametrize("name", FILES)
def test_values_of_a_meter_at_whole_moments(name: str, tmp_path: Path, meter: Any) -> None:
    where = tmp_path / name
    told = logged(meter.tcp[1], where, "--count", "3")
    rows = read_by_others(where)
    assert told["rows_written"] == len(rows) == 3
    assert told["meters"] == [{"meter": "hall", "serial_number": SERIAL, "answered": 3,
                               "faults": {}}]  # fmt: skip
    for row in rows:
        assert float(str(row["voltage_l1"])) == pytest.approx(meter["voltage_l1"], rel=1e-6)
        assert int(str(row["serial_number"])) == SERIAL
        assert round(at(row["time"]) * 1000) % 800 == 0
        assert 0 <= at(row["answered"]) - at(row["time"]) < 0.8
        assert row["fault"] is None
    steps = [at(b["time"]) - at(a["time"]) for a, b in itertools.pairwise(rows)]
    assert steps == pytest.approx([0.8, 0.8], abs=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_a_second_run_goes_on_and_shows_the_gap(name: str, tmp_path: Path, meter: Any) -> None:
    where = tmp_path / name
    logged(meter.tcp[1], where, "--count", "2")
    time.sleep(1.6)
    told = logged(meter.tcp[1], where, "--count", "2")
    rows = read_by_others(where)
    assert told["meters"][0]["answered"] == 2
    assert [row["fault"] for row in rows] == [None, None, "missed", None, None]
    assert rows[2]["voltage_l1"] is None
    assert at(rows[2]["time"]) - at(rows[1]["time"]) == pytest.approx(0.8, abs=1e-5)
    assert len({row["time"] for row in rows}) == 5


def test_a_meter_that_goes_off_leaves_a_gap(tmp_path: Path, meter: Any) -> None:
    where = tmp_path / "log.csv"
    with started(*arguments(meter.tcp[1], where)) as process:
        until(lambda: len(lines(where)) >= 2)
        meter.power_off()
        until(lambda: lines(where)[-1]["fault"])
        until(lambda: sum(bool(row["fault"]) for row in lines(where)) >= 3)
        meter.power_on()
        until(lambda: not lines(where)[-1]["fault"])
        process.send_signal(signal.SIGTERM)
        out, err = rest(process)
    assert (process.returncode, out) == (0, ""), err
    rows = lines(where)
    off = [row for row in rows if row["fault"]]
    assert {row["voltage_l1"] for row in off} == {""}
    assert {row["fault"] for row in off} <= {"no answer", "missed", "connection lost"}
    assert all(float(row["voltage_l1"]) for row in rows if not row["fault"])
    said = err.splitlines()
    assert sum("gaps from" in line for line in said) == 2, err
    assert any("hall: answers again at" in line for line in said)
    assert said[-1] == f"{len(rows)} rows written, {len(off)} of them gaps"


def test_what_is_written_survives_a_kill(tmp_path: Path, meter: Any) -> None:
    for name in FILES:
        where = tmp_path / name
        with started(*arguments(meter.tcp[1], where)) as process:
            until(where.exists)
            time.sleep(2.0)
            process.kill()
        before = _stored(where)
        assert len(before) >= 2
        told = logged(meter.tcp[1], where, "--count", "1")
        after = _stored(where)
        assert after[: len(before)] == before
        *gap, last = (row.fault for row in after[len(before) :])
        assert last is None
        assert gap in ([], ["missed"]), "none where the next moment was not over yet"
        assert len({row.time for row in after}) == len(after)
        assert told["rows_written"] == len(after) - len(before)


def _begun(where: Path) -> bool:
    """Whether a log has a row; none is there before its table is."""
    with contextlib.suppress(LogError):
        return where.exists() and bool(_stored(where))
    return False


def _stored(where: Path) -> list[Any]:
    from smartx96.tables.log.destination import stored_rows

    return list(stored_rows(str(where), ["voltage_l1"]))


def test_who_ends_it_twice_loses_nothing(tmp_path: Path, meter: Any) -> None:
    """As `timeout` of coreutils does, and people in a hurry."""
    where = tmp_path / "log.db"
    with started(*arguments(meter.tcp[1], where), "--json") as process:
        until(lambda: _begun(where))
        with contextlib.closing(sqlite3.connect(where, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(1.9)
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                time.sleep(0.3)
        out, err = process.communicate(timeout=30)
    told = json.loads(out)
    assert (process.returncode, told["rows_lost"]) == (0, 0), err
    assert told["rows_written"] == told["meters"][0]["answered"] == len(_stored(where)) >= 3


def test_two_at_once_are_refused(tmp_path: Path, meter: Any) -> None:
    for name in FILES:
        where = tmp_path / name
        with started(*arguments(meter.tcp[1], where)) as process:
            until(where.exists)
            time.sleep(0.3)
            second = subprocess.run(arguments(meter.tcp[1], where, "--count", "1"), check=False,
                                    capture_output=True, text=True, timeout=60)  # fmt: skip
            process.terminate()
            rest(process)
        assert second.returncode == 1
        (line,) = second.stderr.splitlines()
        assert f"is being written by process {process.pid}" in line


def test_rows_as_lines_of_json(meter: Any) -> None:
    command = arguments(meter.tcp[1], "-", "--count", "2", "--ids", "frequency,tariff_active")
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    assert [row["frequency"] for row in rows] == pytest.approx([50.0, 50.0])
    assert [row["tariff_active"] for row in rows] == [1, 1]
    assert list(rows[0])[:3] == ["time", "meter", "serial_number"]
    assert "2 values in 2 requests" in found.stderr


def test_nobody_reads_the_lines_any_more(meter: Any) -> None:
    with started(*arguments(meter.tcp[1], "-")) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 1
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


PROJECT = """\
timeout = 0.7
retries = 0

[line.gateway]
tcp = "127.0.0.1:{port}"

[[meter]]
name = "hall"
unit = 3
serial_number = 4711

[[meter]]
name = "yard"
unit = 4

[[meter]]
name = "away"
unit = 9

[[meter]]
name = "elsewhere"
tcp = "127.0.0.1:{nobody}"
"""


def test_the_meters_of_a_project(tmp_path: Path) -> None:
    project, where = tmp_path / "site.toml", tmp_path / "site.db"
    with smartx96.simulate(unit=[3, 4], serial_number=SERIAL) as both:
        project.write_text(PROJECT.format(port=both.tcp[1], nobody=free_port()))
        command = [*X96, "log", "--project", str(project), "--every", "1s", "--count", "2", "-o",
                   str(where), "--groups", "energy", "--json"]  # fmt: skip
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr
    meters = {each["meter"]: each for each in json.loads(found.stdout)["meters"]}
    assert [meters[name]["answered"] for name in ("hall", "yard", "away", "elsewhere")] == [
        2, 2, 0, 0,
    ]  # fmt: skip
    assert meters["yard"]["serial_number"] == SERIAL + 1
    rows = read_by_others(where)
    assert len(rows) == 8
    assert {row["fault"] for row in rows if row["meter"] == "elsewhere"} == {"not connected"}
    away = {row["fault"] for row in rows if row["meter"] == "away"}
    assert away
    assert None not in away
    only = subprocess.run([*command[:-1], "--only", "shed"], capture_output=True, text=True,
                          check=False, timeout=60)  # fmt: skip
    assert only.returncode == 2
    assert "no meter 'shed'" in only.stderr


def test_on_a_line(tmp_path: Path) -> None:
    with smartx96.simulate(rtu=True, unit=[1, 2], serial_number=SERIAL) as both:
        device = both.rtu
        command = [*X96, "log", "--port", device, "--unit", "1-2", "--every", "500ms", "--count",
                   "2", "-o", str(tmp_path / "log.csv"), "--json"]  # fmt: skip
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr
    rows = lines(tmp_path / "log.csv")
    assert {(row["meter"], row["serial_number"]) for row in rows if not row["fault"]} == {
        (f"{device}/1", "4711"), (f"{device}/2", "4712"),
    }  # fmt: skip
    assert len(rows) >= 4


def test_whatever_the_line_does_a_row_is_right_or_a_gap(tmp_path: Path) -> None:
    faults = "crc=0.2,silent=0.15,noise=0.2,busy=0.1,seed=5"
    with smartx96.simulate(rtu=True, voltage=229.3, serial_number=SERIAL, faults=faults) as noisy:
        device, truth = noisy.rtu, noisy["voltage_l1"]
        command = [*X96, "log", "--port", device, "--every", "400ms", "--count", "25", "--json",
                   "-o", str(tmp_path / "log.csv"), "--timeout", "0.1",
                   "--retries", "0"]  # fmt: skip
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr
    rows = lines(tmp_path / "log.csv")
    good = [row for row in rows if not row["fault"]]
    assert [float(row["voltage_l1"]) for row in good] == pytest.approx(
        [truth] * len(good), rel=1e-6
    )
    assert {row["serial_number"] for row in good} <= {"", "4711"}
    assert {row["voltage_l1"] for row in rows if row["fault"]} == {""}
    kinds = {row["fault"] for row in rows} - {""}
    assert {"no answer", "damaged answer", "exception 06"} & kinds
    (told,) = json.loads(found.stdout)["meters"]
    assert told["answered"] == len(good)
    assert sum(told["faults"].values()) == len(rows) - len(good)


def test_a_meter_of_others(tmp_path: Path) -> None:
    pytest.importorskip("pymodbus.simulator")
    from support.documented_meter import documented_meter

    values = {"voltage_l1": 229.3, "active_power": 1234.5, "frequency": 49.98}

    async def whole() -> dict[str, Any]:
        async with documented_meter(values) as place:
            more = ("--count", "2", "--groups", "instantaneous,exact")
            return await asyncio.to_thread(logged, place.port, tmp_path / "log.csv", *more)

    assert asyncio.run(whole())["meters"][0]["answered"] == 2
    for row in lines(tmp_path / "log.csv"):
        assert {id: float(row[id]) for id in values} == pytest.approx(values, rel=1e-6)
        assert row["active_energy_import_exact"] == "", "nothing documents it for this meter"


@pytest.mark.skipif(programs() is None, reason="the server of PostgreSQL is not installed")
def test_a_database_that_goes_down_gets_everything_later(tmp_path: Path, meter: Any) -> None:
    pytest.importorskip("psycopg")
    said = tmp_path / "said"
    with (
        Server() as server,
        said.open("w") as file,
        subprocess.Popen(arguments(meter.tcp[1], server.url), stdout=subprocess.PIPE, stderr=file,
                         text=True) as process,
    ):  # fmt: skip
        try:
            until(lambda: _there(server) and _count(server) >= 2)
            server.stop()
            begun = time.time()
            time.sleep(2.5)
            ended = time.time()
            server.start()
            until(lambda: "takes rows again" in said.read_text())
        finally:
            process.terminate()
            out, _ = rest(process)
        err = said.read_text()
        assert (process.returncode, out) == (0, ""), err
        assert "rows wait in memory, and it is tried again" in err
        assert "s3cret" not in err
        meanwhile = server.psql(
            "SELECT count(*) FROM meter_log WHERE voltage_l1 > 200 AND "
            f"time BETWEEN to_timestamp({begun}) AND to_timestamp({ended})"
        )
        assert int(meanwhile[0][0]) >= 3
        again = logged(meter.tcp[1], server.url, "--count", "1")
        assert again["log"] == server.name
        assert again["meters"][0]["answered"] == 1


def _there(server: Server) -> bool:
    return server.psql("SELECT count(*) FROM pg_tables WHERE tablename = 'meter_log'") == [["1"]]


def _count(server: Server) -> int:
    with contextlib.suppress(AssertionError):
        return int(server.psql("SELECT count(*) FROM meter_log")[0][0])
    return 0


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["--tcp", "127.0.0.1:1"], 2, "where to? give -o FILE.csv"),
        (["--tcp", "127.0.0.1:1", "-o", "a.txt"], 2, "-o a.txt: cannot be written; give FILE.csv"),
        (["-o", "a.csv"], 2, "where is the meter? give --tcp HOST"),
        (["--tcp", "h", "-o", "a.csv", "--every", "1m"], 2, "'1m': give a time such as"),
        (["--tcp", "h", "-o", "a.csv", "--unit", "1-300"], 2, "give numbers 0 to 255"),
        (["--tcp", "h", "-o", "a.csv", "--unit", "1,2", "--name", "x"], 2, "for a single meter"),
        (["--tcp", "h", "-o", "a.csv", "--ids", "clock"], 2, "clock: is no number"),
        (["--tcp", "h", "-o", "-", "--json"], 2, "give one of them"),
        (["--tcp", "h", "-o", "a.db", "--table", "a b"], 2, "--table a b: give letters"),
        (["--tcp", "h", "-o", "a.csv", "--only", "x"], 2, "for the meters of a --project"),
        (["--project", "none.toml", "-o", "a.csv"], 1, "none.toml"),
        (["plot", "none.csv", "-o", "a.html"], 1, "none.csv: there is none"),
        (["plot", "none.csv", "-o", "a.pdf"], 2, "cannot write .pdf; use .html or .svg"),
    ],
)
def test_wrong_use_is_one_line(given: list[str], code: int, said: str, tmp_path: Path) -> None:
    found = subprocess.run([*X96, "log", *given], capture_output=True, text=True, check=False,
                           cwd=tmp_path, timeout=60)  # fmt: skip
    (line,) = found.stderr.splitlines()
    assert said in line
    assert (found.returncode, found.stdout) == (code, "")
    assert not list(tmp_path.iterdir())


def test_nobody_answers(tmp_path: Path) -> None:
    found = subprocess.run(arguments(free_port(), tmp_path / "a.csv", "--count", "2"), text=True,
                           capture_output=True, check=False, timeout=60)  # fmt: skip
    assert found.returncode == 1
    assert [row["fault"] for row in lines(tmp_path / "a.csv")] == ["not connected"] * 2
    assert "connection refused" in found.stderr
    assert found.stderr.endswith("2 rows written, 2 of them gaps\n")


def test_the_line_on_a_terminal(tmp_path: Path, meter: Any) -> None:
    parent, child = os.openpty()
    with subprocess.Popen(arguments(meter.tcp[1], tmp_path / "a.csv", "--count", "5"),
                          stdout=subprocess.PIPE, stderr=child) as process:  # fmt: skip
        os.close(child)
        said = b""
        with contextlib.suppress(OSError):
            while data := os.read(parent, 4096):
                said += data
    os.close(parent)
    assert b"1 of 1 answered" in said
    assert process.returncode == 0
