"""A scheduler of dask.distributed with its workers, as processes on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

PATIENCE = 60.0


class DaskCluster:
    """Processes as a user starts them; ports are free ones.

    Parameters
    ----------
    folder : Path
        Where they keep what they say.
    workers : int
        With one thread each.
    """

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self._folder, self._count = folder, workers
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> DaskCluster:
        file = self._folder / "scheduler.json"
        self.scheduler = self._started(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
            "--scheduler-file", str(file),
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE
            while not file.exists() or not file.read_text().strip():
                assert time.monotonic() < until
                assert self.scheduler.poll() is None
                time.sleep(0.05)
            self.address: str = json.loads(file.read_text())["address"]
            for _ in range(self._count):
                self.add()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def add(self, **environment: str) -> None:
        """One more worker."""
        self.workers.append(
            self._started(
                "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                "--local-directory", str(self._folder), **environment,
            )
        )  # fmt: skip

    def wait(self, workers: int) -> None:
        """Until the scheduler has so many workers."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=PATIENCE)

    def _started(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        name = f"{arguments[0]}-{time.monotonic_ns()}.txt"
        with (self._folder / name).open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self._folder,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
            )  # fmt: skip

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
