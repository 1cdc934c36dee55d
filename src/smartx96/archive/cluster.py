"""Cluster: recordings measured by the workers of a scheduler of dask.distributed."""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from concurrent.futures import CancelledError, Future
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from smartx96.archive.item import Item, Outcome
from smartx96.archive.version import version
from smartx96.archive.work import measure_item
from smartx96.errors import ClusterError
from smartx96.samples.extras import library

_PATIENCE = 10
"""For the first answer of the scheduler [s]."""
_RENEWED = 2.0
"""How often the workers are counted [s]."""
_IN_SIGHT = 3
"""Items for each thread: one at work, and what is on its way."""


class Cluster:
    """The workers of a scheduler; those that die are replaced by the others.

    Recordings and table are read and written where they stand: every worker sees them under the
    same path.

    Parameters
    ----------
    address : str
        Of the scheduler, such as `tcp://10.0.0.5:8786`.
    folder : str
        Where the parts are written.

    Raises
    ------
    ClusterError
        There is no scheduler, it has no workers, or one of them lacks the program or the folder.
    MissingExtraError
        distributed is not installed.
    """

    def __init__(self, address: str, folder: str) -> None:
        distributed = library("distributed", "cluster")
        _silence()
        self._address = address = _checked(address)
        self._counted, self._threads = 0.0, 0
        try:
            with warnings.catch_warnings():  # of other versions, which mostly get on
                warnings.simplefilter("ignore")
                self._client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"--cluster {address}: {_cause(error)}") from None
        try:
            self._check(folder)
            self._executor = self._client.get_executor(pure=False)
        except BaseException:
            self._close()
            raise

    def _check(self, folder: str) -> None:
        """Make sure that all workers can measure into a folder."""

        def able(folder: str) -> tuple[str | None, bool, bool]:
            # Sent as it stands here, since a worker may not have the program.
            import os
            from importlib import metadata, util

            try:
                found = metadata.version("smartx96")
            except metadata.PackageNotFoundError:
                found = None
            return found, util.find_spec("pyarrow") is not None, os.path.isdir(folder)

        found = self._client.run(able, folder, on_error="return")
        if not found:
            raise ClusterError(
                f"--cluster {self._address}: has no workers; start some: dask worker "
                f"{self._address}"
            )
        for worker, answer in found.items():
            if (lacking := _lacking(answer, folder)) is not None:
                raise ClusterError(f"worker {worker}: {lacking}")

    @property
    def at_once(self) -> int:
        """A few items for each thread of the workers that there are now."""
        now = time.monotonic()
        if not self._threads or now > self._counted + _RENEWED:
            with contextlib.suppress(OSError):  # what is under way will tell
                self._threads = max(1, sum(self._client.nthreads().values()))
            self._counted = now
        return _IN_SIGHT * max(1, self._threads)

    def submit(self, item: Item) -> Future[Outcome]:
        """Have an item measured by a worker."""
        future: Future[Outcome] = self._executor.submit(measure_item, item)
        return future

    def renew(self) -> None:
        """The scheduler does that."""

    def reason(self, error: Exception) -> str:
        """Why an item came to nothing.

        Raises
        ------
        ClusterError
            The scheduler is gone.
        """
        if isinstance(error, CancelledError | OSError) or self._client.status != "running":
            raise ClusterError(f"--cluster {self._address}: the scheduler is gone; start it again, "
                               "and the same command goes on") from None  # fmt: skip
        if type(error).__name__ == "KilledWorker":
            return "the workers that measured it died, one after the other: out of memory?"
        return f"unexpected {type(error).__name__}: {' '.join(str(error).split())}"

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        with contextlib.suppress(Exception):
            self._executor.shutdown(wait=False)
        self._close()

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=2)


def _silence() -> None:
    """What the libraries log of lost connections is told by errors here, in one line."""
    made = [name for name in logging.root.manager.loggerDict
            if name.partition(".")[0] in ("distributed", "tornado")]  # fmt: skip
    for name in (*made, "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _checked(address: str) -> str:
    """An address with its protocol."""
    full = address if "://" in address else f"tcp://{address}"
    with contextlib.suppress(ValueError):
        parts = urlsplit(full)
        if parts.hostname and parts.port:
            return full
    raise ClusterError(f"--cluster {address}: give the scheduler's address, such as "
                       "tcp://192.168.1.20:8786")  # fmt: skip


def _lacking(answer: Any, folder: str) -> str | None:
    """What a worker needs before it can measure."""
    if isinstance(answer, BaseException):
        return f"cannot be asked: {_cause(answer)}"
    found, arrow, seen = answer
    if found is None:
        return f"smartx96 is not installed there: pip install 'smartx96[cluster]=={version()}'"
    if found != version():
        return f"has smartx96 {found}, here is {version()}: install the same on both"
    if not arrow:
        return "pyarrow is not installed there: pip install 'smartx96[cluster]'"
    if not seen:
        return f"does not see {folder}: recordings and table must be under one path everywhere"
    return None


def _cause(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
