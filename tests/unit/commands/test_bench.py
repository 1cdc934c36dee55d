"""`x96 bench` from the outside."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MAIN = "from smartx96.commands.main import main; main()"
MISSING = "import sys; sys.modules['pqopen.powersystem'] = None; "
SHORT = ("--seconds", "2", "--rounds", "2")


def bench(*arguments: str, code: str = MAIN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, "bench", *SHORT, *arguments],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_all_of_it_as_json() -> None:
    pytest.importorskip("pqopen")
    done = bench("--against", "numpy,pqopen", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found["speed"]) == ["batch", "live", "whole_meter", "numpy", "pqopen"]
    for speed in found["speed"].values():
        times = speed["times_real_time"]
        assert 0.0 < times["min"] <= times["median"] <= times["max"]
        window = 1e3 * 10 / 50.02 / times["median"]
        assert speed["milliseconds_per_window"]["median"] == pytest.approx(window, rel=0.5)
    assert list(found["ratios"]) == ["numpy", "pqopen"]
    assert found["ratios"]["pqopen"]["median"] > found["ratios"]["numpy"]["median"]
    assert set(found["stages"]["live"]) == {"windows", "readings", "quantities"}
    rows = {row["quantity"]: row["largest_error"] for row in found["accuracy"]}
    assert set(rows["harmonic_63"]) == {"smartx96", "numpy", "pqopen"}
    assert rows["line_voltage"]["pqopen"] is None
    assert found["machine"]["versions"]["numpy"].startswith("numpy ")


def test_people_get_a_line_for_each_and_a_table() -> None:
    done = bench("--against", "NumPy")
    assert (done.returncode, done.stderr) == (0, "")
    head, table = done.stdout.split("\n\n")
    assert [line.rpartition("  ")[2].partition(" ")[0] for line in head.splitlines()[1:5]] == [
        "engine,", "engine,", "whole", "a"
    ]  # fmt: skip
    assert head.splitlines()[5].startswith("engine, batch, over numpy: ")
    assert table.split()[:4] == ["largest", "error", "smartx96", "numpy"]
    assert "frequency [mHz]" in table


def test_nothing_of_others_is_needed_for_the_engine() -> None:
    done = bench("--json", code=MISSING + MAIN)
    assert done.returncode == 0
    assert json.loads(done.stdout)["ratios"] == {}


def test_wrong_names_and_missing_libraries_are_one_line() -> None:
    done = bench("--against", "numpy,matlab")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "x96: --against matlab: use numpy, pqopen\n"
    done = bench("--against", "pqopen", code=MISSING + MAIN)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "x96: engine pqopen needs pqopen-lib, which is not installed: pip install pqopen-lib\n"
    )


def test_a_signal_without_windows_is_refused() -> None:
    done = bench("--seconds", "0.5")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
