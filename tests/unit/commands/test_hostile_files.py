"""Files that lie about themselves, through the commands: readings, or one line and exit code 1.

All commands run in processes whose memory is limited to half a gigabyte beyond the libraries, with
20 s for each; none leaves a file that could be taken for a result.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.hostile_files import FAMILIES, write

pytest.importorskip("soundfile")
pytest.importorskip("h5py")
pytest.importorskip("pyarrow")

ENVIRONMENT = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1",
               "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "error",
               "PYTHONPATH": str(Path(__file__).resolve().parents[2])}  # fmt: skip


@dataclass
class Outcome:
    code: int
    out: str
    err: str
    seconds: float
    left: list[str]


def results(commands: list[list[str]], folder: Path) -> list[dict]:
    """What the commands gave; those after one that ended the process are missing."""
    listed = folder / "commands.json"
    listed.write_text(json.dumps(commands))
    done = subprocess.run([sys.executable, "-m", "support.confined", str(listed)], env=ENVIRONMENT,
                          capture_output=True, text=True, timeout=500, check=False)  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if len(lines) < len(commands):
        raise AssertionError(f"{commands[len(lines)]} ended the process: {done.stderr[-2000:]}")
    return lines


def outcomes(family: str, folder: Path, *arguments: str) -> list[tuple[str, Outcome]]:
    """Every file of a family with the line that is due and what came of it."""
    cases = list(FAMILIES[family]())
    folders = [folder / f"{n:02}" for n in range(len(cases))]
    commands = []
    for (name, files, _), place in zip(cases, folders, strict=True):
        write(files, place)
        filled = [word.replace("IN", str(place / name)).replace("OUT", str(place / "out"))
                  for word in arguments]  # fmt: skip
        commands.append(filled)
    found = []
    for (_, files, line), place, result in zip(
        cases, folders, results(commands, folder), strict=True
    ):
        left = sorted({path.name for path in place.iterdir()} - set(files))
        found.append((line, Outcome(left=left, **result)))
    return found


def refused(outcome: Outcome, line: str) -> bool:
    """Whether one line says what is due and nothing else was printed or left."""
    return (
        outcome.code in (1, 2)
        and outcome.out == ""
        and outcome.err.startswith("x96: ")
        and outcome.err.count("\n") == 1
        and outcome.err.rstrip("\n").isprintable()
        and "unexpected" not in outcome.err
        and "out of memory" not in outcome.err
        and re.search(line, outcome.err) is not None
        and outcome.left == []
    )


MEASURE = ("measure", "IN", "--json", "--channels", "v1=1", "--readings", "OUT.csv",
           "--report", "OUT.html")  # fmt: skip
RATED = ("npy",)
"""Formats without a sampling rate."""


@pytest.mark.parametrize("family", FAMILIES)
def test_measure_gives_readings_or_one_line(family: str, tmp_path: Path) -> None:
    arguments = [*MEASURE, *(("--rate", "1000") if family in RATED else ())]
    if family == "toml":
        del arguments[3:5]
    if family == "captures":
        arguments[4] = "v1=5"  # after the four currents
    wrong = []
    for n, (line, outcome) in enumerate(outcomes(family, tmp_path, *arguments)):
        if line:
            good = refused(outcome, line)
        else:
            good = (
                outcome.code == 0 and outcome.err == "" and outcome.left == ["out.csv", "out.html"]
            )
            good = good and bool(json.loads(outcome.out)["quantities"])
        if not good:
            wrong.append(
                (n, line, outcome.code, outcome.out[:80], outcome.err[-300:], outcome.left)
            )
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "toml"])
def test_convert_writes_a_whole_file_or_none(family: str, tmp_path: Path) -> None:
    arguments = ["convert", "IN", "OUT.npz", *(("--rate", "1000") if family in RATED else ())]
    wrong = []
    for n, (line, outcome) in enumerate(outcomes(family, tmp_path, *arguments)):
        good = outcome.left == ["out.npz"] if outcome.code == 0 else refused(outcome, "")
        if not good:
            wrong.append(
                (n, line, outcome.code, outcome.out[:80], outcome.err[-300:], outcome.left)
            )
    assert not wrong, "\n".join(map(str, wrong))
