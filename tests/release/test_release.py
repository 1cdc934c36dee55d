"""What `make release` makes, looked at with programs of others."""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAME = f"smartx96-{PROJECT['version']}"
LOOPS = "smartx96/metrology/_loops.abi3.so"
"""Compiled on the way."""
NOT_SHIPPED = (".ci/", ".gitignore")
"""Of the tree: what only a clone needs."""


def release(
    programs: Path, folder: Path, umask: int = 0o022, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [programs / "python", ROOT / "tools/release.py", folder],
        env=os.environ | variables, umask=umask, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def dist(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: a release is made of what git has")
    folder = tmp_path_factory.mktemp("release") / "dist"
    made = release(programs, folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> zipfile.ZipFile:
    (found,) = dist.glob("*.whl")
    return zipfile.ZipFile(found)


@pytest.fixture(scope="module")
def materials(dist: Path) -> dict:
    return json.loads((dist / f"{NAME}.cdx.json").read_text("utf-8"))


def tree() -> set[str]:
    """Files that git has or would take."""
    command = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split(
        "\0"
    )
    return {name for name in names if name and (ROOT / name).is_file()}


def test_four_files_and_their_sums(dist: Path):
    (wheel,) = dist.glob("*.whl")
    assert re.fullmatch(rf"{NAME}-cp311-abi3-(manylinux\w+\.?)+\.whl", wheel.name)
    names = {f"{NAME}.tar.gz", wheel.name, f"{NAME}.cdx.json"}
    assert {path.name for path in dist.iterdir()} == {*names, "SHA256SUMS"}
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=dist, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert {line.split(":")[0] for line in checked.stdout.splitlines()} == names


def test_the_same_tree_gives_the_same_bytes(dist: Path, programs: Path, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    again = release(
        programs, tmp_path / "dist", 0o077, TZ="Pacific/Chatham", LC_ALL="C", HOME=str(tmp_path),
        TMPDIR=str(tmp_path / "elsewhere"),
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    for path in dist.iterdir():
        assert path.read_bytes() == (tmp_path / "dist" / path.name).read_bytes(), path.name


def test_the_sdist_is_the_tree(dist: Path):
    with tarfile.open(dist / f"{NAME}.tar.gz") as archive:
        members = archive.getmembers()
    assert {(each.uid, each.gid, each.uname) for each in members} == {(0, 0, "")}
    assert {each.mode for each in members} == {0o644, 0o755}
    shipped = {each.name.removeprefix(f"{NAME}/") for each in members}
    made = {name for name in shipped if name.startswith("src/smartx96.egg-info/")}
    assert shipped - made == {"PKG-INFO", "setup.cfg"} | {
        name for name in tree() if not name.startswith(NOT_SHIPPED)
    }


def test_the_wheel_is_the_package(wheel: zipfile.ZipFile):
    shipped = {name for name in wheel.namelist() if not name.startswith(f"{NAME}.dist-info/")}
    own = {name.removeprefix("src/") for name in tree() if name.startswith("src/")}
    assert {name for name in shipped if not name.endswith("/")} == own | {LOOPS}
    assert "Tag: cp311-abi3-manylinux" in wheel.read(f"{NAME}.dist-info/WHEEL").decode()


def test_the_metadata_is_what_is_declared(wheel: zipfile.ZipFile, programs: Path):
    said = email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))
    assert said["License-Expression"] == "MIT"
    assert said["Requires-Python"] == PROJECT["requires-python"]
    assert said.get_payload(decode=True) == (ROOT / "README.md").read_bytes()
    assert set(said.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])
    known = "import sys, trove_classifiers as t; sys.exit(not set(sys.argv[1:]) <= t.classifiers)"
    assert subprocess.call([programs / "python", "-c", known, *said.get_all("Classifier")]) == 0


def test_the_bill_has_what_is_locked(materials: dict):
    locked = [
        line for line in (ROOT / "requirements/run.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]  # fmt: skip
    listed = [f"{each['name']}=={each['version']}" for each in materials["components"]]
    assert sorted(listed, key=str.lower) == sorted(locked, key=str.lower)
    for each in materials["components"]:
        assert each["licenses"], each["name"]
        assert each["purl"].startswith("pkg:pypi/"), each["name"]


def test_the_bill_tells_who_needs_what(materials: dict):
    root = materials["metadata"]["component"]
    assert (root["name"], root["version"]) == ("smartx96", PROJECT["version"])
    needed = {each["ref"]: each.get("dependsOn", []) for each in materials["dependencies"]}
    assert len(needed[root["bom-ref"]]) == len(PROJECT["dependencies"])
    reached, ahead = set(), [root["bom-ref"]]
    while ahead:
        reached.add(ref := ahead.pop())
        ahead += set(needed[ref]) - reached
    assert reached == {root["bom-ref"], *(each["bom-ref"] for each in materials["components"])}


def test_the_bill_tells_nothing_of_the_machine(materials: dict, dist: Path):
    text = json.dumps(materials)
    assert "file:" not in text
    for place in (ROOT, Path.home(), dist.parents[1]):
        assert str(place) not in text


def test_what_fails_leaves_nothing(programs: Path, tmp_path: Path):
    refused = release(programs, tmp_path / "dist", SOURCE_DATE_EPOCH="yesterday")
    assert refused.returncode == 1
    assert "release: " in refused.stderr
    assert "yesterday" in refused.stderr
    assert not (tmp_path / "dist").exists()
