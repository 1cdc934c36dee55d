"""The page of the speed is written by its benchmark, between its marks, and nothing else of it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from smartx96.installation.speed import growth
from smartx96.installation.speed.bench import bench

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def benchmark_of_speed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("speed", ROOT / "benchmarks" / "speed.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_only_the_tables_change(
    benchmark_of_speed: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page, made = tmp_path / "speed.md", benchmark_of_speed
    text = made.PAGE.read_text(encoding="utf-8")
    before, after = text.partition(made.BEGIN)[0], text.partition(made.END)[2]
    page.write_text(f"{before}{made.BEGIN}\nold\n{made.END}{after}", encoding="utf-8")
    for name, value in (("LENGTHS", (10.0,)), ("METERS", (1,)), ("_METERS_SECONDS", 1.0),
                        ("_CHANNELS_SECONDS", 2.0)):  # fmt: skip
        monkeypatch.setattr(growth, name, value)

    def measured(*options: str, native: bool = True) -> dict[str, Any]:
        found = bench(2.0, 1, ["numpy"]) | {"growth": growth.growth(1)}
        found["machine"]["compiled_loops"] = native
        return found

    monkeypatch.setattr(made, "measured", measured)
    monkeypatch.setattr(made, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["speed.py", "--write"])
    made.main()
    written = page.read_text(encoding="utf-8")
    assert written.startswith(f"{before}{made.BEGIN}\nRun of ")
    assert written.endswith(f"{made.END}{after}")
    titles = [line for line in written[len(before) :].splitlines() if line.startswith("### ")]
    assert titles[:7] == [
        "### Speed", "### Beside others", "### Accuracy on the same samples",
        "### How the time splits", "### Growth with the length", "### Growth with the channels",
        "### Growth with the meters",
    ]  # fmt: skip
    assert "| engine, live (blocks of 200 ms) |" in written
    assert "old" not in written[len(before) : -len(after)].splitlines()
