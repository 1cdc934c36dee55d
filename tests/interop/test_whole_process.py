"""`x96 measure` as a process: threads change nothing but time, memory and cost are as promised."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from smartx96.samples.outgoing.writing import write_recording

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "whole_process.py"
X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
JOBS = (1, 2, 3)
INTERRUPTED = 130


@pytest.fixture(scope="module")
def whole_process() -> ModuleType:
    spec = importlib.util.spec_from_file_location("whole_process", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for themselves
    spec.loader.exec_module(module)
    return module


def recording(whole_process: ModuleType, path: Path, seconds: float, channels: int = 6,
              data_format: str | None = None) -> Path:  # fmt: skip
    write_recording(path, whole_process.Repeated(seconds, channels), data_format=data_format)
    return path


def measured(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*X96, "measure", *map(str, arguments)], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("name", "data_format"),
    [("a.cfg", "FLOAT32"), ("a.cfg", "ASCII"), ("a.wav", "S24"), ("a.csv", None), ("a.npz", None)],
)
def test_threads_change_no_byte(
    whole_process: ModuleType, tmp_path: Path, name: str, data_format: str | None
) -> None:
    path = recording(whole_process, tmp_path / name, 13.0, data_format=data_format)
    found = []
    for jobs in JOBS:
        rows, pulses, report = (tmp_path / f"{jobs}.{kind}" for kind in ("npz", "vcd", "html"))
        done = measured(path, "--json", "--jobs", jobs, "--readings", rows.with_suffix(".csv"),
                        "--pulses", pulses, "--report", report)  # fmt: skip
        assert done.returncode == 0, done.stderr
        files = (rows.with_suffix(".csv"), pulses, report)
        found.append((done.stdout, [file.read_bytes() for file in files]))
    assert all(len(content) > 100 for content in found[0][1])
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_error_of_reading_is_the_same_line(whole_process: ModuleType, tmp_path: Path) -> None:
    path = recording(whole_process, tmp_path / "a.csv", 12.0)
    lines = path.read_text().splitlines(keepends=True)
    lines[150_000] = "not,a,row\n"
    path.write_text("".join(lines))
    rows = tmp_path / "rows.csv"
    one, *others = [measured(path, "--jobs", jobs, "--readings", rows) for jobs in JOBS]
    assert one.returncode == 1
    assert b"line 150001" in one.stderr
    assert one.stderr.count(b"\n") == 1
    assert [(done.returncode, done.stderr) for done in others] == 2 * [(1, one.stderr)]
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("jobs", JOBS)
def test_interrupt_ends_it(whole_process: ModuleType, tmp_path: Path, jobs: int) -> None:
    path = recording(whole_process, tmp_path / "a.wav", 600.0, data_format="F32")
    rows = tmp_path / "rows.csv"
    process = subprocess.Popen(
        [*X96, "measure", str(path), "--jobs", str(jobs), "--readings", str(rows)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    begun = time.monotonic()
    while not list(tmp_path.glob(".rows.csv.*")) and time.monotonic() < begun + 30:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED, said
    assert b"Traceback" not in said
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("name", "data_format"), [("a.cfg", "FLOAT32"), ("a.wav", "F32")])
def test_memory_does_not_grow_with_the_length(
    whole_process: ModuleType, tmp_path: Path, name: str, data_format: str
) -> None:
    short, long = (
        recording(whole_process, tmp_path / f"{n}-{name}", 60.0 * n, data_format=data_format)
        for n in (2, 20)
    )
    for jobs in ("1", "2"):
        few, many = (
            whole_process.cost("measure", str(path), "--json", "--jobs", jobs).memory
            for path in (short, long)
        )
        assert many < few + 16
        assert many < 250


@pytest.mark.speed
def test_cost_is_linear_in_the_length(whole_process: ModuleType, tmp_path: Path) -> None:
    """Beyond the start, three times the length is three times the work."""
    paths = [
        recording(whole_process, tmp_path / f"{seconds}.wav", seconds, data_format="F32")
        for seconds in (2.0, 200.0, 600.0)
    ]
    costs = whole_process.interleaved([(str(path),) for path in paths], 3)
    start, short, long = (min(cost.cpu for cost in found) for found in costs)
    assert 2.0 < (long - start) / (short - start) < 4.5
