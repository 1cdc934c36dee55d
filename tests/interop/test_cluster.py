"""An archive on a scheduler and workers of dask.distributed, which are real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.archives import RATE, cut, loaded
from support.cluster import DaskCluster

pytest.importorskip("distributed")
pytest.importorskip("pyarrow")
pytestmark = pytest.mark.interop

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    (tmp_path / "dask").mkdir()
    with DaskCluster(tmp_path / "dask") as cluster:
        cluster.wait(2)
        yield cluster


def measured(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [*X96, "measure", "site", "--json", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                          timeout=120, env={**os.environ, **more})  # fmt: skip


def test_a_worker_is_killed_in_the_middle(cluster: DaskCluster, tmp_path: Path) -> None:
    cut(tmp_path / "site", loaded(80.0), [n * round(RATE) for n in range(1, 80)])
    process = subprocess.Popen(
        [*X96, "measure", "site", "-o", "t.parquet", "--json", "--cluster", cluster.address],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    parts, until = tmp_path / ".t.parquet.parts", time.monotonic() + 60
    while len(list(parts.glob("*.json"))) < 5:
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    cluster.workers[0].kill()
    assert not (tmp_path / "t.parquet").exists()
    said, wrong = process.communicate(timeout=120)
    told = json.loads(said)
    assert (process.returncode, wrong, told["failed"]) == (0, "", [])
    assert (told["done"], len(told["chains"])) == (80, 1)
    here = measured(tmp_path, "-o", "here.parquet")
    assert json.loads(here.stdout)["chains"] == told["chains"]
    assert (tmp_path / "t.parquet").read_bytes() == (tmp_path / "here.parquet").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_the_scheduler_goes_and_the_run_is_resumed(cluster: DaskCluster, tmp_path: Path) -> None:
    cut(tmp_path / "site", loaded(80.0), [n * round(RATE) for n in range(1, 80)])
    process = subprocess.Popen(
        [*X96, "measure", "site", "-o", "t.parquet", "--cluster", cluster.address],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    parts, until = tmp_path / ".t.parquet.parts", time.monotonic() + 60
    while len(list(parts.glob("*.json"))) < 5:
        assert time.monotonic() < until
        time.sleep(0.01)
    cluster.scheduler.kill()
    _, wrong = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the scheduler is gone; start it again, and the same command goes on" in wrong
    assert len(wrong.splitlines()) == 1
    told = json.loads(measured(tmp_path, "-o", "t.parquet").stdout)
    assert told["resumed"] >= 5
    assert told["resumed"] + told["done"] == 80


def test_what_workers_must_have(tmp_path: Path) -> None:
    cut(tmp_path / "site", loaded(1.0), [])
    (tmp_path / "dask").mkdir()
    with DaskCluster(tmp_path / "dask", workers=0) as cluster:
        arguments = ("-o", "t.parquet", "--cluster", cluster.address)
        nobody = measured(tmp_path, *arguments)
        assert f"has no workers; start some: dask worker {cluster.address}" in nobody.stderr
        # A smartx96 of another version stands before the true one.
        other = tmp_path / "other/smartx96-0.0.9.dist-info"
        other.mkdir(parents=True)
        (other / "METADATA").write_text("Metadata-Version: 2.1\nName: smartx96\nVersion: 0.0.9\n")
        cluster.add(PYTHONPATH=str(other.parent))
        cluster.wait(1)
        refused = measured(tmp_path, *arguments)
    assert "has smartx96 0.0.9, here is" in refused.stderr
    for done in (nobody, refused):
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert not list(tmp_path.glob(".*"))


def test_without_the_library(tmp_path: Path) -> None:
    cut(tmp_path / "site", loaded(1.0), [])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/distributed.py").write_text("raise ImportError")
    done = measured(tmp_path, "-o", "t.parquet", "--cluster", "tcp://127.0.0.1:1",
                    PYTHONPATH=os.pathsep.join([str(tmp_path / "broken"),
                                                os.environ.get("PYTHONPATH", "")]))  # fmt: skip
    assert done.returncode == 1
    assert "pip install 'smartx96[cluster]'" in done.stderr
