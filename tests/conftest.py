"""What every test starts with."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _state_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory):
    """No test goes on where another one, or the user's own meter, has stopped."""
    monkeypatch.setenv("X96_STATE", str(tmp_path_factory.mktemp("state") / "folder"))
