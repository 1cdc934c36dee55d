"""`x96 measure ... -o TABLE.parquet` from the outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.archives import RATE, cut, loaded, save

pq = pytest.importorskip("pyarrow.parquet")

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]


def x96(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*X96, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cut(tmp_path / "site", loaded(3.0), [3200, 6500])
    return tmp_path


def test_for_people(folder: Path) -> None:
    done = x96("measure", "site", "-o", "t.parquet", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    head, heading, chain = done.stdout.splitlines()
    assert head == "t.parquet  3 recordings, 11 windows, 3.000 s measured"
    assert heading.split()[:4] == ["chain", "from", "recordings", "begins"]
    assert chain.split()[:5] == ["0", "site/0.npz", "3", "2026-11-03T23:59:50Z", "3.000"]
    again = x96("measure", "site", "-o", "t.parquet", "--jobs", "0", cwd=folder)
    assert again.stdout.splitlines()[0].startswith("t.parquet  3 recordings, 3 of an earlier run")


def test_for_programs(folder: Path) -> None:
    save(folder / "site/later.npz", loaded(1.0), at=100.0)
    (folder / "site/bad.wav").write_bytes(b"bad")
    done = x96("measure", "site/*.npz", "site/bad.wav", "-o", ".", "--json", "--jobs", "2",
               cwd=folder)  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert list(told) == ["table", "recordings", "done", "resumed", "failed", "rows", "windows",
                          "measured_time", "chains", "seconds"]  # fmt: skip
    assert (told["table"], told["recordings"], told["done"]) == ("readings.parquet", 5, 4)
    assert told["failed"][0]["recording"] == "site/bad.wav"
    first, later = told["chains"]
    assert first["recordings"] == [f"site/{n}.npz" for n in range(3)]
    assert later["start"] == "2026-11-04T00:01:30Z"
    assert first["energies"]["active_energy_import"] > later["energies"]["active_energy_import"] > 0
    assert pq.read_metadata(folder / "readings.parquet").num_rows == told["rows"]
    failing = x96("measure", "site", "-o", "readings.parquet", cwd=folder)
    assert failing.returncode == 1
    assert failing.stdout.splitlines()[-1].startswith("failed: site/bad.wav: ")


def test_options_are_those_of_one_recording(folder: Path) -> None:
    one = json.loads(x96("measure", "site/0.npz", "--json", "--ct", "200/5", "--from", "0.1",
                         "--wiring", "1p2w", cwd=folder).stdout)  # fmt: skip
    told = json.loads(x96("measure", "site/0.npz", "--json", "--ct", "200/5", "--from", "0.1",
                          "--wiring", "1p2w", "-o", "t.parquet", cwd=folder).stdout)  # fmt: skip
    energies = told["chains"][0]["energies"]
    assert energies["active_energy_import"] == one["quantities"]["active_energy_import"] > 0
    assert energies["active_energy_net"] == one["quantities"]["active_energy_net"]
    assert told["measured_time"] == one["measured_time"]
    assert told["chains"][0]["start"] == "2026-11-03T23:59:50.100Z"


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (("site",), 2, "several recordings make a table: say where, such as -o table.parquet"),
    (("site/0.npz", "site/1.npz"), 2, "several recordings make a table"),
    (("site/*.npz",), 2, "several recordings make a table"),
    (("site", "-o", "t.csv"), 2, "-o t.csv: give the name of a .parquet file"),
    (("site", "-o", "t.parquet", "--report", "a.html"), 2, "--report is for one recording"),
    (("site", "-o", "t.parquet", "--start", "2026-01-01"), 2, "--start is for one recording"),
    (("site", "-o", "no/t.parquet"), 2, "no is no folder that takes files"),
    (("site", "-o", "t.parquet", "--cluster", "x", "--jobs", "2"), 2, "give one of them"),
    (("site", "-o", "t.parquet", "--cluster", "x"), 1, "give the scheduler's address, such as"),
    (("site", "-o", "t.parquet", "--scale", "v=0"), 1, "not written: none of 3 could be measured"),
    (("site/0.npz", "--cluster", "x"), 2, "--cluster is for many recordings, with -o"),
    (("nowhere/*.npz", "-o", "t.parquet"), 2, "nowhere/*.npz: matches no recording"),
])  # fmt: skip
def test_one_clear_line(folder: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = x96("measure", *arguments, cwd=folder)
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(folder.glob("*.parquet"))
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("jobs", [1, 2])
def test_stopped_in_the_middle_and_started_again(
    tmp_path: Path, number: signal.Signals, jobs: int
) -> None:
    # Enough that it is not done before it is stopped.
    cut(tmp_path / "site", loaded(120.0), [n * round(RATE) for n in range(1, 120)])
    command = [*X96, "measure", "site", "-o", "t.parquet", "--jobs", str(jobs)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    parts = tmp_path / ".t.parquet.parts"
    until = time.monotonic() + 60
    while len(list(parts.glob("*.json"))) < 3:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == {2: 130, 15: 143, 9: -9}[number]
    if number == signal.SIGINT:
        assert "of 120 recordings are done; the same command goes on" in said
        assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "t.parquet").exists()
    _gone(f"{tmp_path}")
    left = len(list(parts.glob("*.json")))
    told = json.loads(x96("measure", "site", "-o", "t.parquet", "--json", cwd=tmp_path).stdout)
    assert told["resumed"] >= min(3, left)
    assert told["resumed"] + told["done"] == 120
    assert len(told["chains"]) == 1
    assert not list(tmp_path.glob(".*"))


def _gone(folder: str) -> None:
    """No process works in a folder any more."""
    until = time.monotonic() + 20
    while True:
        working = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdecimal() and os.readlink(process / "cwd") == folder:
                    working.append(process.name)
            except OSError:
                continue
        if not working:
            return
        assert time.monotonic() < until, working
        time.sleep(0.05)
