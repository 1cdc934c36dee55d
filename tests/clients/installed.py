"""Where `make test` has put the clients, and which of them this machine cannot have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "build" / "clients"


def _missing() -> dict[str, str]:
    """Reasons by name, as the installation has written them down."""
    lines = (FOLDER / "missing").read_text("utf-8").splitlines()
    return {name: reason for name, _, reason in (line.partition(": ") for line in lines)}


def require(name: str) -> None:
    """Skip where the clients are not installed, or this one cannot be; what else lacks, fails."""
    if not (FOLDER / ".ready").exists():
        pytest.skip("the Modbus clients are not installed; `make test` installs them")
    if name in (missing := _missing()):
        pytest.skip(f"{name}: {missing[name]}")


def python_of(name: str) -> str:
    """The interpreter of a client's own virtual environment."""
    require(name)
    return str(FOLDER / name / "bin" / "python")


def program(name: str) -> str:
    """A program of the system."""
    require(name)
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is neither installed nor said to be missing")
    return found


def unpacked(name: str) -> Path:
    """The folder of a package or modules below the clients' own."""
    require(name)
    return FOLDER / name
