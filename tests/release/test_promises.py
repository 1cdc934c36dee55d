"""What a version has promised to its users, the present program keeps.

Where this fails, a user's client, file, script or program would too. Before a version is out, its
file may be made anew (`tests/support/promised.py`); afterwards a line goes only as
docs/explanation/versions.md tells it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support.promised import promised

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "data" / "promised"


def version() -> str:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return ".".join(declared.split(".")[:2])


def test_the_version_being_made_has_its_file():
    assert (FOLDER / f"{version()}.txt").is_file()


@pytest.fixture(scope="module")
def kept() -> set[str]:
    return promised()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_what_was_promised_is_kept(path: Path, kept: set[str]):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) > 1000
    broken = [line for line in lines if line not in kept]
    assert not broken, f"promised by {path.stem}: " + "; ".join(broken[:10])
