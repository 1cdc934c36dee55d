"""`x96 measure --report` from the outside: a page, one clear line, nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from support.shared import DATA, needs_data
from support.signals import ROLES, balanced


def x96(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "wave.npz"
    wave = balanced(50.02)
    np.savez(path, rate=wave.rate, **dict(zip(ROLES, wave.samples(2.0), strict=True)))
    return path


def words(path: Path) -> str:
    document = ElementTree.fromstring(path.read_text("utf-8").partition("\n")[2])
    return " ".join("".join(document.itertext()).split())


def test_a_page_with_the_values_of_the_summary(recording: Path, tmp_path: Path) -> None:
    done = x96("measure", recording, "--report", tmp_path / "page.html", "--ct", "200/5")
    assert done.returncode == 0, done.stderr
    found = words(tmp_path / "page.html")
    for text in ("wave.npz", "CT 200/5 A", "230 V", "200 A", "50.0200 Hz", "L1-L2-L3", "inductive",
                 "12800 S/s", "2.000 s"):  # fmt: skip
        assert text in found, text
    assert "200 A" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_together_with_json_and_readings(recording: Path, tmp_path: Path) -> None:
    done = x96("measure", recording, "--json", "--readings", tmp_path / "rows.csv",
               "--report", tmp_path / "page.html")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(x96("measure", recording, "--json").stdout)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page.html", "rows.csv"]


def test_the_same_recording_gives_the_same_bytes(recording: Path, tmp_path: Path) -> None:
    pages = []
    for seed in ("1", "2"):
        command = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
        target = tmp_path / f"page{seed}.html"
        subprocess.run(
            [*command, "measure", str(recording), "--report", str(target)],
            check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        pages.append(target.read_bytes())
    assert pages[0] == pages[1]


BAD = (
    ("page.pdf", ".html"),
    ("page", ".html"),
    ("no/such/folder/page.html", "no/such/folder"),
    ("folder.html", "folder"),
)


@pytest.mark.parametrize(("target", "part"), BAD)
def test_bad_targets_get_one_clear_line(recording, tmp_path, target, part) -> None:
    (tmp_path / "folder.html").mkdir()
    done = x96("measure", recording, "--report", target, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("x96: ")
    assert part in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["folder.html"]


def test_a_page_never_replaces_the_recording(tmp_path: Path) -> None:
    """A recording may be linked to under a name of a page."""
    path = tmp_path / "wave.npz"
    np.savez(path, rate=12_800.0, **dict(zip(ROLES, balanced(50.0).samples(1.0), strict=True)))
    page = tmp_path / "wave.html"
    page.symlink_to(path)
    before = path.read_bytes()
    done = x96("measure", path, "--report", page)
    assert done.returncode == 2
    assert f"--report {page}: that is the recording" in done.stderr
    assert path.read_bytes() == before


def test_damage_met_on_the_way_leaves_no_page(tmp_path: Path) -> None:
    path, page = tmp_path / "wave.csv", tmp_path / "page.html"
    rows = balanced(50.0, rate=6400.0).samples(12.0).T
    lines = [",".join(ROLES), *(",".join(f"{x:.6g}" for x in row) for row in rows), "1,2,broken"]
    path.write_text("\n".join([*lines, *lines[1:100]]))
    page.write_text("before")
    done = x96("measure", path, "--rate", 6400, "--report", page)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert page.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page.html", "wave.csv"]


def test_hostile_channel_names_stay_text(tmp_path: Path) -> None:
    names = [f"{role} <script>alert({n})</script>" for n, role in enumerate(ROLES)]
    path = tmp_path / "<b>wave.csv"
    rows = balanced(50.0, rate=6400.0).samples(1.0).T
    lines = [",".join(names), *(",".join(f"{x:.6g}" for x in row) for row in rows)]
    path.write_text("\n".join(lines))
    chosen = ",".join(f"{role}={n + 1}" for n, role in enumerate(ROLES))
    done = x96("measure", path, "--rate", 6400, "--channels", chosen, "--report",
               tmp_path / "page.html")  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "page.html").read_text()
    assert "<script" not in text
    assert "<b>wave" not in text
    assert all(name in words(tmp_path / "page.html") for name in names)


@needs_data
def test_a_real_record_of_asynchronous_running(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = x96("measure", DATA / "comtrade/wisp_2.cfg", "--report", page, "--channels",
               "v1=1,v2=2,v3=3,i1=12,i2=13,i3=14")  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = words(page)
    for text in ("wisp_2.cfg", "2016-08-22 16:04:22.000 UTC", "1200 S/s", "up to order 11",
                 "of its median", "the start has no time zone"):  # fmt: skip
        assert text in found, text
