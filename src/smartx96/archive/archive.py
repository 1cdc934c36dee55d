"""Archive: many recordings measured into one table, as far as that is not done yet."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smartx96.archive.chains import Chain, chained
from smartx96.archive.executors import open_executor
from smartx96.archive.item import Failed, Item, Measured
from smartx96.archive.method import Method
from smartx96.archive.parts import Parts
from smartx96.archive.sharing import outcomes
from smartx96.archive.table import Entry, KeptTable, told_failures, write_table
from smartx96.partial_file import check_writable, whole_file
from smartx96.samples.extras import library
from smartx96.tables.log.lock import FileLock

Progress = Callable[[float], None]
"""Called with the bytes of the recordings that are done."""


@dataclass(frozen=True)
class Archived:
    """What came of an archive.

    Parameters
    ----------
    table : Path
    chains : list of Chain
        All that is in the table, in its order.
    resumed : int
        Recordings of an earlier run, which were not measured again.
    failed : list of Failed
        By name.
    seconds : float
        That it took [s].
    """

    table: Path
    chains: list[Chain]
    resumed: int
    failed: list[Failed]
    seconds: float

    @property
    def recordings(self) -> list[Measured]:
        """All that is in the table, in its order."""
        return [recording for chain in self.chains for recording in chain.recordings]


class Archive:
    """The recordings of one table.

    Parameters
    ----------
    recordings : sequence of Path
    table : Path
        One of an earlier run is taken up: what has not changed stays in it.
    method : Method

    Attributes
    ----------
    resumed : int
        Recordings that were done before.
    size : int
        Of those that are not [bytes].

    Raises
    ------
    LogError
        Somebody else is writing the table.
    OptionError
        The table cannot be written, or the file there is another.
    MissingExtraError
        pyarrow is not installed.
    """

    def __init__(self, recordings: Sequence[Path], table: Path, method: Method) -> None:
        library("pyarrow.parquet")
        check_writable(table)
        self._table, self._recordings = table, recordings
        self._lock = FileLock(table)
        try:
            self._kept = KeptTable(table) if table.exists() else None
            self._parts = Parts(table, method)
            self._begin()
        except BaseException:
            self._lock.release()
            raise

    def _begin(self) -> None:
        self._measured: list[Measured] = []
        self._entries: dict[str, Entry] = {}
        self._failed: list[Failed] = []
        self._items: list[tuple[str, Item]] = []
        done = self._parts.done()
        for recording in self._recordings:
            try:
                key = self._parts.key(recording)
                name = str(recording)  # as it is given now; a run before may have had another
                if key in done:
                    self._take(key, replace(done[key], recording=name))
                elif self._kept is not None and key in self._kept.measured:
                    kept = replace(self._kept.measured[key], recording=name)
                    self._take(key, kept, kept=True)
                else:
                    self._items.append((key, self._parts.item(recording, key)))
            except OSError as error:
                self._failed.append(Failed(str(recording), error.strerror or str(error)))
        self.resumed = len(self._measured)
        self.size = sum(item.size for _, item in self._items)

    def _take(self, key: str, measured: Measured, *, kept: bool = False) -> None:
        rows = self._kept.stretches[key] if kept and self._kept else self._parts.rows(key)
        self._measured.append(measured)
        self._entries[measured.recording] = Entry(key, rows)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *reason: object) -> None:
        self._parts.leave()
        self._lock.release()

    @property
    def done(self) -> int:
        """Recordings that have been measured so far, in this run or before."""
        return len(self._measured)

    def measure(self, *, jobs: int = 1, cluster: str | None = None,
                progress: Progress | None = None) -> Archived:  # fmt: skip
        """Measure what is not done, and write the table.

        Parameters
        ----------
        jobs, cluster
            As `smartx96.archive.executors.open_executor` takes them.
        progress : callable, optional

        Raises
        ------
        ClusterError
            The cluster cannot be reached, or its scheduler is gone.
        OptionError
            The table cannot be written.
        """
        begun = time.monotonic()
        if self._items:
            self._work_off(jobs, cluster, progress)
        self._failed.sort(key=lambda failed: failed.recording)
        chains = chained(self._measured)
        self._write(chains)
        self._parts.remove()
        seconds = time.monotonic() - begun
        return Archived(self._table, chains, self.resumed, self._failed, seconds)

    def _work_off(self, jobs: int, cluster: str | None, progress: Progress | None) -> None:
        done = 0
        keys = {item.recording: key for key, item in self._items}
        # The largest first: nobody waits in the end for one that was begun last.
        items = sorted((item for _, item in self._items), key=lambda item: -item.size)
        with contextlib.ExitStack() as stack:
            executor = stack.enter_context(open_executor(jobs, cluster, str(self._parts.folder)))
            for item, outcome in outcomes(items, executor):
                key = keys[item.recording]
                if isinstance(outcome, Measured) and self._parts.has(key):
                    self._take(key, outcome)
                elif isinstance(outcome, Failed):
                    self._failed.append(outcome)
                else:
                    where = f"its rows are not in {self._parts.folder}: is that the same folder?"
                    self._failed.append(Failed(item.recording, where))
                done += item.size
                del keys[item.recording]
                if progress is not None:
                    progress(done)
        # Nobody said anything of these.
        self._failed += [Failed(name, "nobody measured it; run it again") for name in keys]

    def _write(self, chains: Sequence[Chain]) -> None:
        """The table, unless it is there already, or would be empty."""
        if not chains or self._is_written(chains):
            return
        with whole_file(self._table, "table") as file:
            write_table(file, chains, self._entries, self._failed)

    def _is_written(self, chains: Sequence[Chain]) -> bool:
        order = [self._entries[name].key for name in _names(chains)]
        kept = self._kept
        return kept is not None and (kept.order, kept.failed) == (
            order, told_failures(self._failed)
        )  # fmt: skip


def _names(chains: Sequence[Chain]) -> Iterator[str]:
    for chain in chains:
        for recording in chain.recordings:
            yield recording.recording
