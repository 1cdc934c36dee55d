"""How an archive scales: one worker and two, as processes and on a dask cluster; what limits more.

Run as `python benchmarks/archive.py [RECORDINGS] [MINUTES]`. Whole archives, the two numbers of
workers in turn, medians. Wall times tell how well the workers share a machine that has nothing else
to do; processor time of all processes tells what sharing costs, on a busy one too. Then what does
not grow with the workers: putting the table together, and the scheduler's work for a recording that
costs nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np

from smartx96.archive.archive import Archive
from smartx96.archive.cluster import Cluster
from smartx96.archive.item import Failed, Item, Outcome
from smartx96.archive.method import Method
from smartx96.archive.sharing import outcomes
from smartx96.archive.version import version

RATE, ROLES = 12_800, ("v1", "v2", "v3", "i1", "i2", "i3")
START = datetime(2026, 1, 1, tzinfo=UTC)
TASKS = 2000


def recordings(folder: Path, count: int, minutes: float) -> list[Path]:
    """Recordings in float32 that continue one another."""
    seconds = round(60 * minutes)
    turn = 2 * np.pi * (50 * np.arange(RATE) / RATE - np.arange(3)[:, np.newaxis] / 3)
    second = np.concatenate([325 * np.sin(turn), 7 * np.sin(turn - 0.5)]).astype(np.float32)
    samples = np.tile(second, seconds).T
    found = []
    for n in range(count):
        path = folder / f"{n:03}.npz"
        start = (START + timedelta(seconds=n * seconds)).isoformat()
        np.savez(path, samples=samples, rate=RATE, channels=list(ROLES), start=start)
        found.append(path)
    return found


def spent(processes: Sequence[int] = ()) -> float:
    """Processor time of this process, those that it has waited for, and some others [s]."""
    own, waited = (resource.getrusage(who) for who in (resource.RUSAGE_SELF,
                                                       resource.RUSAGE_CHILDREN))  # fmt: skip
    others = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        others += int(fields[11]) + int(fields[12])
    mine = sum(usage.ru_utime + usage.ru_stime for usage in (own, waited))
    return mine + others / os.sysconf("SC_CLK_TCK")


def archive_seconds(
    paths: list[Path], table: Path, processes: Sequence[int] = (), **how: object
) -> tuple[float, float]:
    """Wall time and processor time."""
    table.unlink(missing_ok=True)
    with Archive(paths, table, Method()) as archive:
        begun, before = time.perf_counter(), spent(processes)
        found = archive.measure(**how)  # type: ignore[arg-type]
    assert not found.failed, found.failed
    return time.perf_counter() - begun, spent(processes) - before


def table_seconds(paths: list[Path], table: Path) -> tuple[float, float]:
    """Of putting the table together from parts: processor time, and megabytes of the table."""
    table.unlink(missing_ok=True)
    with Archive(paths, table, Method()) as archive:
        archive._work_off(2, None, None)
    with Archive(paths, table, Method()) as archive:
        begun = time.process_time()
        archive.measure()
    return time.process_time() - begun, table.stat().st_size / 1e6


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and workers with one thread each; its address, and their processes."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)

    def started(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})  # fmt: skip

    running = [started("scheduler", "--host", "127.0.0.1", "--port", "0",
                       "--scheduler-file", str(file))]  # fmt: skip
    try:
        while not file.exists() or not file.read_text().strip():
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        worker = ("worker", address, "--nthreads", "1", "--no-nanny")
        running += [started(*worker, "--local-directory", str(folder)) for _ in range(workers)]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address, [process.pid for process in running]
    finally:
        for process in running[::-1]:
            process.kill()
            process.wait()


def nothing(item: Item) -> Outcome:
    return Failed(item.recording, "nothing was to be done")


def task_seconds(address: str, folder: Path) -> float:
    """Of the whole chain of scheduling, for one recording that costs nothing."""
    item = Item("a", "a", str(folder / "a"), Method(), version())
    with Cluster(address, str(folder)) as executor:
        executor.submit = lambda item: executor._executor.submit(nothing, item)  # type: ignore[method-assign]
        for count in (50, TASKS):  # the first to warm up
            begun = time.perf_counter()
            assert sum(1 for _ in outcomes([item] * count, executor)) == count
    return (time.perf_counter() - begun) / TASKS


def told(name: str, found: dict[int, list[tuple[float, float]]], signal: float) -> float:
    """Lines for one and two workers; processor time of one [s]."""
    for n, what in enumerate(("wall", "processor")):
        one, two = (median(times[n] for times in found[workers]) for workers in (1, 2))
        spread = max(
            max(t[n] for t in times) / min(t[n] for t in times) - 1 for times in found.values()
        )
        efficiency = one / two / (2 if what == "wall" else 1)
        print(f"{name:10} {what:10} 1 worker {one:6.2f} s ({signal / one:5.0f} x)   2 workers "
              f"{two:6.2f} s ({signal / two:5.0f} x)   efficiency {efficiency:4.0%}   "
              f"spread {spread:.0%}")  # fmt: skip
    return median(cpu for _, cpu in found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=int, nargs="?", default=12)
    parser.add_argument("minutes", type=float, nargs="?", default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    signal = given.recordings * given.minutes * 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = recordings(folder, given.recordings, given.minutes)
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{given.recordings} recordings of {given.minutes:g} min, {size:.0f} MB, "
              f"{os.cpu_count()} cores")  # fmt: skip
        table = folder / "table.parquet"
        pool: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        dask: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        for _ in range(given.rounds):
            for workers in (1, 2):
                pool[workers].append(archive_seconds(paths, table, jobs=workers))
                with cluster(workers, folder) as (address, processes):
                    archive_seconds(paths[:2], table, cluster=address)  # programs are loaded
                    dask[workers].append(archive_seconds(paths, table, processes, cluster=address))
        one = told("processes", pool, signal)
        told("dask", dask, signal)
        serial, written = table_seconds(paths, table)
        with cluster(1, folder) as (address, _):
            task = task_seconds(address, folder)
    reckoning(one / given.recordings, serial / given.recordings, task, size / given.recordings)
    print(f"table: {written / given.recordings:.1f} MB for each recording")


def reckoning(each: float, serial: float, task: float, megabytes: float) -> None:
    """What a hundred workers would come to."""
    work = each - serial
    print(f"for each recording: {work:.3f} s of a worker, {serial * 1e3:.1f} ms at the table, "
          f"{task * 1e3:.2f} ms of scheduling, {megabytes:.0f} MB read")  # fmt: skip
    for workers in (1, 2, 10, 100):
        busy = max(work / workers, task)
        print(f"{workers:4} workers: {busy + serial:.4f} s, efficiency "
              f"{each / (busy + serial) / workers:4.0%}, storage gives "
              f"{megabytes / busy:6.0f} MB/s")  # fmt: skip


if __name__ == "__main__":
    main()
