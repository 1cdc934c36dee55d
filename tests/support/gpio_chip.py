"""A GPIO chip that the kernel simulates (gpio-sim), where it can."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CONFIGFS = Path("/sys/kernel/config")


class SimulatedChip:
    """A chip of a few lines: `path` of its device, and what its lines are driven to."""

    def __init__(self, path: Path, lines: Path) -> None:
        self.path = path
        self._lines = lines

    def value(self, line: int) -> int:
        return int((self._lines / f"sim_gpio{line}/value").read_text())


def _made_ready() -> None:
    if os.geteuid() != 0:
        pytest.skip("a simulated GPIO chip needs root")
    if shutil.which("modprobe"):
        subprocess.run(["modprobe", "-q", "gpio-sim"], check=False, timeout=20)
    if not CONFIGFS.is_dir():
        pytest.skip("this kernel has no configfs, and so no simulated GPIO chip")
    if not (CONFIGFS / "gpio-sim").is_dir() and shutil.which("mount"):
        command = ["mount", "-t", "configfs", "none", str(CONFIGFS)]
        subprocess.run(command, check=False, timeout=20, stderr=subprocess.DEVNULL)
    if not (CONFIGFS / "gpio-sim").is_dir():
        pytest.skip("this kernel has no gpio-sim")


@contextlib.contextmanager
def simulated_chip(lines: int = 8) -> Iterator[SimulatedChip]:
    _made_ready()
    device = CONFIGFS / "gpio-sim" / f"smartx96-{os.getpid()}"
    bank = device / "bank0"
    bank.mkdir(parents=True)
    try:
        (bank / "num_lines").write_text(str(lines))
        (device / "live").write_text("1")
        name = (bank / "chip_name").read_text().strip()
        platform = (device / "dev_name").read_text().strip()
        yield SimulatedChip(Path("/dev") / name, Path("/sys/devices/platform") / platform / name)
    finally:
        with contextlib.suppress(OSError):
            (device / "live").write_text("0")
        bank.rmdir()
        device.rmdir()
