"""Executors: where recordings are measured: in this process, in several, on a cluster."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from types import TracebackType
from typing import Protocol

from smartx96.archive.item import Item, Outcome
from smartx96.archive.work import measure_item

Work = Callable[[Item], Outcome]


class Executor(Protocol):
    """Takes items and gives what came of them."""

    @property
    def at_once(self) -> int:
        """How many items keep all that work busy, those in sight included."""

    def submit(self, item: Item) -> Future[Outcome]:
        """Have an item measured; the future breaks where whoever measured it has died."""

    def renew(self) -> None:
        """Begin anew after the death of one that worked."""

    def reason(self, error: Exception) -> str:
        """Why an item came to nothing, as one line.

        Raises
        ------
        X96Error
            Nothing else can come to anything either.
        """

    def __enter__(self) -> Executor: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...  # fmt: skip


def open_executor(jobs: int = 1, cluster: str | None = None, folder: str = ".") -> Executor:
    """The executor that is asked for.

    Parameters
    ----------
    jobs : int
        Processes on this machine; 0 is one for each core.
    cluster : str, optional
        Address of a scheduler of dask.distributed, whose workers measure in their place.
    folder : str
        Where the parts are written.

    Raises
    ------
    ClusterError
        The cluster cannot be reached, or cannot measure.
    MissingExtraError
        The library of clusters is not installed.
    """
    if cluster is not None:
        from smartx96.archive.cluster import Cluster

        return Cluster(cluster, folder)
    jobs = jobs or cores()
    return ThisProcess() if jobs == 1 else Processes(jobs)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


class ThisProcess:
    """Measures where it is called, one recording after the other."""

    at_once = 1

    def __init__(self, work: Work = measure_item) -> None:
        self._work = work

    def submit(self, item: Item) -> Future[Outcome]:
        """Measure an item at once."""
        future: Future[Outcome] = Future()
        future.set_result(self._work(item))
        return future

    def renew(self) -> None:
        """There is nothing that could die and be begun anew."""

    def reason(self, error: Exception) -> str:
        """What was raised."""
        return f"unexpected {type(error).__name__}: {error}"

    def __enter__(self) -> ThisProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        """Nothing is left."""


class Processes:
    """Processes on this machine, which end with this one, however it ends.

    Parameters
    ----------
    jobs : int
    work : callable
        What they do; one that can be sent to them.
    """

    def __init__(self, jobs: int, work: Work = measure_item) -> None:
        self._jobs, self._work = jobs, work
        self._others = set(active_children())
        # Before NumPy is there: as many processes as cores leave none for threads.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        self._pool = self._begun()

    def _begun(self) -> ProcessPoolExecutor:
        # Fresh processes: a fork takes along the threads of whoever asks, half done.
        return ProcessPoolExecutor(self._jobs, get_context("spawn"), initializer=_follow)

    @property
    def at_once(self) -> int:
        """One at work and one in sight for each process."""
        return 2 * self._jobs

    def submit(self, item: Item) -> Future[Outcome]:
        """Have an item measured by the next process that is free."""
        return self._pool.submit(self._work, item)

    def renew(self) -> None:
        """New processes."""
        self._pool.shutdown(cancel_futures=True)
        self._pool = self._begun()

    def reason(self, error: Exception) -> str:
        """That its process was ended, or what was raised."""
        if isinstance(error, BrokenExecutor):
            return "the process that measured it was ended from outside, or had no memory left"
        return f"unexpected {type(error).__name__}: {error}"

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        if kind is not None:
            for process in set(active_children()) - self._others:
                process.terminate()
        self._pool.shutdown(cancel_futures=True)


def _follow() -> None:
    """In a process of the pool: leave Ctrl-C to the one that asked, and end when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
