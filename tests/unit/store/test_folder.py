from pathlib import Path

import platformdirs
import pytest

from smartx96.store.folder import StateFolder, default_folder, is_name


def test_named_by_the_environment(monkeypatch):
    monkeypatch.setenv("X96_STATE", "/somewhere/else")
    assert default_folder() == Path("/somewhere/else")


@pytest.mark.parametrize("value", [None, ""])
def test_in_the_users_data(monkeypatch, value):
    if value is None:
        monkeypatch.delenv("X96_STATE", raising=False)
    else:
        monkeypatch.setenv("X96_STATE", value)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_folder() == Path(platformdirs.user_data_dir("smartx96", False)) / "state"


@pytest.mark.parametrize(
    ("text", "right"),
    [("a", True), ("Meter-1_b.c", True), ("x" * 64, True), ("x" * 65, False), (".a", False),
     ("", False), ("a b", False), ("a\0", False), ("a~", False), ("٣", False)],
)  # fmt: skip
def test_names(text, right):
    assert is_name(text) is right


def test_twins_of_names_only(tmp_path):
    folder = StateFolder(tmp_path / "below" / "state")
    assert list(folder.twin_names()) == []
    folder.make()
    for name in ("b", "a", "a~", ".hidden"):
        (folder.twins / name).touch()
    assert list(folder.twin_names()) == ["a", "b"]
