"""Meters of others as servers: pymodbus, and libmodbus, over TCP and on a line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from clients.documented_part import MAX_READ, UNIT, runs, writable
from clients.installed import require
from clients.pty_line import PtyLine

_DRIVERS = Path(__file__).parent / "drivers"


class Asked(NamedTuple):
    """A request: function, first address, number of registers; of other functions their fields."""

    function: int
    address: int
    count: int


class IndependentMeter:
    """A running server.

    Parameters
    ----------
    device : str
        Of the line on which it is asked; empty over TCP.
    port : int
    record : Path
    """

    def __init__(self, device: str, port: int, record: Path) -> None:
        self.device, self.port, self._record = device, port, record

    @property
    def options(self) -> list[str]:
        """Of a command that asks it."""
        where = ["--port", self.device] if self.device else ["--tcp", f"127.0.0.1:{self.port}"]
        return [*where, "--unit", str(UNIT)]

    def asked(self) -> list[Asked]:
        """Requests so far."""
        return [Asked(*json.loads(line)) for line in self._record.read_text().splitlines()]


@contextmanager
def independent_meter(server: str, folder: Path, line: bool = False) -> Iterator[IndependentMeter]:
    """Start a server, `pymodbus` or `libmodbus`, whose registers are the documented ones."""
    if server == "libmodbus":
        require("mbpoll")  # which brings it
    record, task = folder / "requests.jsonl", folder / "task.json"
    record.touch()
    with PtyLine() if line else nullcontext() as wires:
        near, far = wires.devices if wires else ("", "")
        task.write_text(json.dumps({
            "device": far, "unit": UNIT, "max_read": MAX_READ, "record": str(record),
            "holding": runs("holding"), "input": runs("input"), "writable": writable(),
        }))  # fmt: skip
        with subprocess.Popen(
            [sys.executable, str(_DRIVERS / f"{server}_meter.py"), str(task)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            try:
                said = process.stdout.readline().strip()
                if not said:
                    raise RuntimeError(f"{server} did not start")
                yield IndependentMeter(near, 0 if line else int(said), record)
            finally:
                process.kill()
