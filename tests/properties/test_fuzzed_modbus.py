"""What coverage-guided fuzzing of the Modbus server found, and needed to go every way."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.exercise_modbus import TARGETS
from support.fuzzed import CORPUS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("target", TARGETS)
def test_kept_inputs(target: str) -> None:
    kept = sorted((CORPUS / target).iterdir())
    outcomes = set()
    for path in kept:
        try:
            outcomes.add(TARGETS[target](path.read_bytes()))
        except Exception as error:
            error.add_note(f"input {path.relative_to(CORPUS)}")
            raise
    assert len(outcomes) > 2, "the corpus is one-sided"


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="part of make soak")
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs Atheris")
@pytest.mark.parametrize("target", TARGETS)
def test_fuzzing_for_a_minute(target: str, tmp_path: Path) -> None:
    command = [
        sys.executable, str(ROOT / "fuzz/modbus.py"), target, str(tmp_path),
        str(CORPUS / target), f"-dict={ROOT / 'fuzz/dictionaries/modbus.dict'}",
        "-max_total_time=60", f"-artifact_prefix={tmp_path}/",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
