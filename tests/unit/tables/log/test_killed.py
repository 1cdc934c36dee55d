"""Logs whose writer is killed at any moment: what it said is kept is there, whole, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smartx96.tables.log.destination import stored_rows
from support import logs
from support.logs import FILES, LAYOUT, STEP, T0

pytest.importorskip("pyarrow.parquet")

KILLS = 40 if os.environ.get("SOAK") else 4


def killed(where: Path, seconds: float) -> int:
    """Have a process write, kill it; the last n that it said is kept, -1 for none."""
    environment = {**os.environ, "PYTHONPATH": str(Path(logs.__file__).parents[1])}
    command = [sys.executable, "-m", "support.logs", str(where)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
    whole = said[: said.rfind("\n") + 1].split()
    return int(whole[-1]) if whole else -1


@pytest.mark.parametrize("name", FILES)
def test_what_was_kept_is_there_once(name: str, tmp_path: Path) -> None:
    where, kept, chance = tmp_path / name, -1, random.Random(name)
    for _ in range(KILLS):
        kept = max(kept, killed(where, chance.uniform(0.005, 0.3)))
        rows = list(stored_rows(str(where), LAYOUT.ids))
        moments = [(each.meter, (each.time - T0) // STEP) for each in rows]
        assert len(set(moments)) == len(moments)
        last = max((n for _, n in moments), default=-1)
        assert last >= kept
        assert set(moments) == {(m, n) for m in ("hall", "yard") for n in range(last + 1)}
        for each in rows:
            n = (each.time - T0) // STEP
            fault = "no answer" if each.meter == "yard" and n % 3 == 0 else None
            assert each == logs.row(n, each.meter, fault)
    assert kept > 0
