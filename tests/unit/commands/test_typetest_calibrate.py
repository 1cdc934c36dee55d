"""`x96 typetest --calibrate` from the outside: verdict, report, and the settings file at work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from smartx96.configuration.settings_file import read_settings
from smartx96.settings import BY_ID, Group

MAIN = "from smartx96.commands.main import main; main()"
FILES = ["calibration.toml", "typetest.html", "typetest.json", "typetest.pdf"]
SCOPE = ("--class", "0.5S", "--clauses", "intrinsic", "--wiring", "1p2w")
BARE = 'preset = "x96"\ncalibration = false\n'


def x96(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, arguments)], capture_output=True, text=True,
        cwd=cwd, check=False, timeout=120, env={**os.environ, "COLUMNS": "160"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibrate")
    (path / "bare.toml").write_text(BARE)
    return path


@pytest.fixture(scope="module")
def done(folder: Path) -> subprocess.CompletedProcess[str]:
    return x96("typetest", *SCOPE, "--frontend", "bare.toml", "--calibrate", "-o", "report",
               "--jobs", 2, cwd=folder)  # fmt: skip


@pytest.fixture(scope="module")
def document(done: subprocess.CompletedProcess[str], folder: Path) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "report" / "typetest.json").read_text())


def test_without_it_the_front_end_fails(folder: Path) -> None:
    found = x96("typetest", *SCOPE, "--frontend", "bare.toml", cwd=folder)
    assert found.returncode == 1
    assert "Fail: 2 of 128 checks outside limits." in found.stdout


def test_with_it_the_meter_passes_and_says_what_was_before(done, document, folder) -> None:
    assert done.stderr == ""
    assert sorted(path.name for path in (folder / "report").iterdir()) == FILES
    assert "Before the calibration 2 of 128 checks were outside limits." in done.stdout
    assert "Pass: 128 checks within limits." in done.stdout
    assert document["calibration"]["passed_before"] is False
    before, after = (s[0]["worst"]["value"] for s in
                     (document["calibration"]["before"], document["summary"]))  # fmt: skip
    assert before > 1.0
    assert abs(after) < 0.4


def test_the_page_shows_settings_and_both_curves(document, folder) -> None:
    text = (folder / "report" / "typetest.html").read_text().partition("\n")[2]
    root = ElementTree.fromstring(text)
    (section,) = [s for s in root.iter("section") if s.get("class") == "calibration"]
    words = " ".join("".join(section.itertext()).split())
    for id, values in document["calibration"]["corrections"].items():
        assert id.replace("_", " ") in words
        for value in values:
            assert f"{value:+.3f}".replace("-", "\u2212") in words
    titles = [figure.findtext("h4") for figure in section.iter("figure")]
    assert titles == ["cos 1, before", "cos 1, after",
                      "cos 0.5 ind, before", "cos 0.5 ind, after"]  # fmt: skip
    cells = [cell.get("class") for cell in section.iter("td")]
    assert "fail" in cells
    assert "pass" in cells


def test_the_settings_file_is_taken_by_the_meter(document, folder) -> None:
    path = folder / "report" / "calibration.toml"
    stated = read_settings(path)
    assert stated == document["calibration"]["settings"]
    assert {BY_ID[id].group for id in stated} == {Group.CALIBRATION}
    assert len(stated) == 9
    (folder / "load.toml").write_text("[current]\nrms = 5.0\nangle = 60.0\n")
    run = ("run", "--source", "load.toml", "--tcp", "off", "--state", "off", "--speed", "max",
           "--for", "360", "--once")  # fmt: skip
    energies = []
    for more in ((), ("--frontend", "bare.toml"),
                 ("--frontend", "bare.toml", "--settings", "report/calibration.toml")):  # fmt: skip
        found = x96(*run, *more, cwd=folder)
        assert found.returncode == 0, found.stderr
        energies.append(float(found.stdout.rpartition("import ")[2].split()[0]))
    true, before, after = energies
    assert abs(before / true - 1) > 0.002
    assert abs(after / true - 1) < 0.0002


def test_the_same_again_gives_the_same_bytes(done, folder) -> None:
    found = x96("typetest", *SCOPE, "--frontend", "bare.toml", "--calibrate", "-o", "again",
                "--jobs", 1, cwd=folder)  # fmt: skip
    assert found.returncode == 0, found.stderr
    for name in FILES:
        one, two = (folder / place / name for place in ("report", "again"))
        assert one.read_bytes() == two.read_bytes(), name


def test_without_it_an_older_settings_file_does_not_stay(tmp_path: Path) -> None:
    """It would be taken for one of these results; what is somebody else's stays."""
    for name in ("calibration.toml", "typetest.pdf", "mine.toml"):
        (tmp_path / name).write_text("older")
    scope = ("--quick", "--class", "0.5S", "--clauses", "sequence")
    failed = x96("typetest", *scope, "--against", "nobody", "-o", ".", cwd=tmp_path)
    assert failed.returncode == 2
    assert (tmp_path / "calibration.toml").read_text() == "older"
    found = x96("typetest", *scope, "-o", ".", "--no-pdf", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["mine.toml", "typetest.html", "typetest.json"]


def test_an_error_that_no_setting_reaches_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "wild.toml").write_text('preset = "x96"\n[divider]\nratio_error = 9\n')
    found = x96("typetest", *SCOPE, "--frontend", "wild.toml", "--calibrate", "-o", "out",
                cwd=tmp_path)  # fmt: skip
    assert found.returncode == 2
    assert found.stdout == ""
    assert len(found.stderr.splitlines()) == 1
    assert found.stderr.startswith("x96: L1 voltage gain of -")
    assert not (tmp_path / "out").exists()


def test_without_the_option_there_is_no_such_key(folder: Path) -> None:
    found = x96("typetest", "--quick", "--class", "0.5S", "--clauses", "sequence", "--json")
    assert "calibration" not in json.loads(found.stdout)
