"""The fragments in `changes/` are what towncrier can read, and `CHANGELOG.md` has them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAGMENTS = sorted((ROOT / "changes").glob("*.*.md"))
OLDER = "## 0.0.9 (2026-01-31)\n\n### Fixed\n\n- Something old.\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the tool reads and writes."""
    for folder in ("changes", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in ("CHANGELOG.md", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path


def write(tree: Path, programs: Path, *date: str) -> subprocess.CompletedProcess[str]:
    command = [tree / "tools/changelog", programs / "towncrier", *date]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def changes(tree: Path) -> str:
    return (tree / "CHANGELOG.md").read_text("utf-8")


def date(text: str) -> list[str]:
    """The date of the newest version, as the tool takes it."""
    return re.findall(r"^## \S+ \((.*)\)$", text, flags=re.M)[:1]


def test_every_fragment_is_one_or_two_sentences():
    kinds = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
    assert FRAGMENTS
    for path in FRAGMENTS:
        assert re.fullmatch(rf"\+[a-z0-9-]+\.({'|'.join(kinds['fragment'])})\.md", path.name)
        text = path.read_text("utf-8")
        assert re.fullmatch(r"[^\n]+\.\n", text), f"{path.name}: not one line that ends with a stop"
        assert len(text) < 400, f"{path.name}: too long"


def test_the_changelog_has_every_fragment(tree: Path, programs: Path):
    written = write(tree, programs, *date(changes(ROOT)))
    assert written.returncode == 0, written.stderr
    assert changes(tree) == changes(ROOT), "run `make changelog`"
    for path in FRAGMENTS:
        assert f"- {path.read_text('utf-8')}" in changes(tree)


def test_a_new_fragment_joins_its_version_and_older_ones_stay(tree: Path, programs: Path):
    (tree / "CHANGELOG.md").write_text(f"{changes(tree)}\n{OLDER}", encoding="utf-8")
    (tree / "changes/+meter.fixed.md").write_text("It runs.\n", encoding="utf-8")
    assert write(tree, programs, "2027-01-31").returncode == 0
    newest, older = changes(tree).split("## 0.0.9")
    assert f"## 0.0.9{older}" == OLDER
    assert "(2027-01-31)" in newest
    fixed = newest.partition("### Fixed\n")[2].partition("###")[0]
    assert "\n- It runs.\n" in fixed
    assert newest.count("### Fixed") == 1
    assert newest.count("### Added") == 1


@pytest.mark.parametrize("name", ["+meter.mended.md", "meter.md"])
def test_a_fragment_of_no_known_kind_changes_nothing(tree: Path, programs: Path, name: str):
    (tree / "changes" / name).write_text("It runs.\n", encoding="utf-8")
    refused = write(tree, programs)
    assert refused.returncode != 0
    assert name in refused.stderr
    assert changes(tree) == changes(ROOT)
