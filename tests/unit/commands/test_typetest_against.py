"""`x96 typetest --against` from the outside."""

from __future__ import annotations

import json
import subprocess
import sys

MAIN = "from smartx96.commands.main import main; main()"
MISSING = "import sys; sys.modules['pqopen.powersystem'] = None; "
SCOPE = ("--quick", "--class", "0.5S", "--clauses", "sequence,interruption", "--jobs", "1")


def x96(*arguments: str, code: str = MAIN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, "typetest", *SCOPE, *arguments], capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_summary_has_a_column_for_each_engine() -> None:
    done = x96("--against", "numpy")
    assert (done.returncode, done.stderr) == (0, "")
    heading = next(line for line in done.stdout.splitlines() if "smartx96  " in line)
    assert heading.split()[-2:] == ["smartx96", "numpy"]
    (lost,) = [line for line in done.stdout.splitlines() if "no reading, 3 outside" in line]
    assert "loss of one or two phases" in lost


def test_the_verdict_is_of_the_meter_alone() -> None:
    done = x96("--against", "numpy", "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["passed"]
    assert sum(row["results"][1]["failed"] for row in found["comparison"]) == 3


def test_wrong_names_and_missing_libraries_are_one_line() -> None:
    done = x96("--against", "numpy,matlab")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "x96: --against matlab: use numpy, pqopen\n"
    done = x96("--against", "pqopen", code=MISSING + MAIN)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "x96: engine pqopen needs pqopen-lib, which is not installed: pip install pqopen-lib\n"
    )


def test_without_asking_nothing_is_compared() -> None:
    done = x96("--json", code="import sys; sys.modules['pqopen'] = None; " + MAIN)
    assert json.loads(done.stdout)["comparison"] == []


def test_nothing_is_cut_on_a_narrow_terminal() -> None:
    narrow = "from smartx96.commands import contents_text as text; text._PIPE = 80; "
    done = x96(code=narrow + MAIN)
    lines = done.stdout.splitlines()
    assert "\u2026" not in done.stdout
    tables = lines[lines.index("Clauses") : lines.index("Datasheet")]
    assert max(map(len, tables)) <= 80
    assert any("limit there" in line for line in tables)
