"""Which recordings files, folders and patterns name."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartx96.archive.finding import files_of, find, is_archive
from smartx96.errors import OptionError


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = ["a.cfg", "a.dat", "a.hdr", "b.wav", "notes.md", ".hidden.wav", "deep/er/C.WAV",
             "deep/d.parquet", ".cache/e.wav", "deep/table.parquet", "deep/lone.dat"]  # fmt: skip
    for name in names:
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


TABLE = Path("site/deep/table.parquet")


def found(*texts: str) -> list[str]:
    return [str(path) for path in find(texts, TABLE)]


def test_a_folder_gives_each_recording_once(site: Path) -> None:
    assert found("site") == ["site/a.cfg", "site/b.wav", "site/deep/d.parquet",
                             "site/deep/er/C.WAV", "site/deep/lone.dat"]  # fmt: skip


@pytest.mark.parametrize(("pattern", "names"), [
    ("site/*", ["a.cfg", "b.wav", "deep/d.parquet", "deep/er/C.WAV", "deep/lone.dat"]),
    ("site/*.*", ["a.cfg", "b.wav"]),
    ("site/**/*.wav", ["b.wav"]),
    ("site/**/*.[Ww][Aa][Vv]", ["b.wav", "deep/er/C.WAV"]),
    ("site/a.d*", ["a.cfg"]),
])  # fmt: skip
def test_a_pattern(site: Path, pattern: str, names: list[str]) -> None:
    assert found(pattern) == [f"site/{name}" for name in names]


def test_what_is_named_twice_counts_once(site: Path) -> None:
    Path("again").symlink_to("site")
    assert found("site/a.dat", "site/a.cfg", "site/a.hdr", "again/a.cfg") == ["site/a.cfg"]
    assert files_of(Path("site/a.cfg")) == [Path("site/a.cfg"), Path("site/a.dat")]


@pytest.mark.parametrize(("text", "said"), [
    ("nothing.wav", "nothing.wav: no such file or folder"),
    ("site/*.flac", r"site/\*.flac: matches no recording"),
    ("-", "-: "),
    ("mains", "mains: "),
])  # fmt: skip
def test_what_is_refused(site: Path, text: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        found("site/b.wav", text)


def test_an_empty_folder_and_the_table_alone(site: Path) -> None:
    Path("empty").mkdir()
    with pytest.raises(OptionError, match=r"empty: no recording in it; they end in \.cfg"):
        found("empty")
    with pytest.raises(OptionError, match="no recording in it"):
        find(["empty"], Path("empty/table.parquet"))


def test_what_needs_a_table(site: Path) -> None:
    Path("odd[1].wav").touch()
    assert [is_archive(text) for text in ("site", "site/*.wav", "site/b.wav", "odd[1].wav")] == [
        True, True, False, False,
    ]  # fmt: skip
