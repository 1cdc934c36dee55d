"""What `make test` has put below build/release."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "release"


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the tools' programs."""
    if not (FOLDER / ".ready").exists():
        pytest.skip("the release tools are not installed; `make test` installs them")
    return FOLDER / "tools" / "bin"
