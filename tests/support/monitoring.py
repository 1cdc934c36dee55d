"""Prometheus, InfluxDB and Schemathesis, as `tools/monitoring` brings them, or of the system."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

_FOLDER = Path(__file__).parents[2] / "build/monitoring"
PATIENCE = 60.0


def program(name: str) -> str:
    """Path of a program; skips the test where it is not installed."""
    for folder in ("prometheus/usr/bin", "influxdb/usr/bin", "schemathesis/bin"):
        found = _FOLDER / folder / name
        if found.is_file():
            return str(found)
    other = shutil.which(name)
    if other is None:
        pytest.skip(f"{name} is not installed")
    return other


class Started:
    """A server of others: killed when the test is over."""

    def __init__(self, command: Sequence[str], ready: str, log: Path) -> None:
        self._command, self._ready, self._log = command, ready, log
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Started:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, self._log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(self._ready, trust_env=False).is_success
        except httpx.HTTPError:
            return False
