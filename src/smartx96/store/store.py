"""Store: what survives power-off, of all meters of a process, in one folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

from smartx96.errors import StoreError
from smartx96.store.database import Database
from smartx96.store.faults import told
from smartx96.store.folder import StateFolder, check_name, remove_empty
from smartx96.store.journal import JournalFile, PulseJournal
from smartx96.store.loading import Found, Loaded, find
from smartx96.store.lock import FolderLock
from smartx96.store.record import Record
from smartx96.store.schema import Sizes
from smartx96.store.transaction import Anchors, Commit, Step, prepared, write_records
from smartx96.store.twin import Twins

EVENTS = 100_000
"""Entries that an event log keeps unless told."""

PROFILE = 100_000
"""Rows that a load profile keeps unless told: 34 months of quarter-hours."""


class Store:
    """Keeps records, event logs, load profiles and emitted pulses of the meters of one process.

    What `commit` has returned from is on the disk. Any thread may use it, one at a time. A
    StoreError leaves everything as it was: commit again, with newer states and with the events and
    rows that are not stored yet; what broke is opened anew.

    Parameters
    ----------
    folder : StateFolder
        Exists.
    lock : FolderLock
        Of the folder.
    database : Database
    journal : JournalFile
    sizes : Sizes
    made : sequence of Path
        Folders that were made for it, the outermost first.
    """

    def __init__(self, folder: StateFolder, lock: FolderLock, database: Database,
                 journal: JournalFile, sizes: Sizes, made: Sequence[Path]) -> None:  # fmt: skip
        self._folder, self._lock, self._sizes = folder, lock, sizes
        self._database, self._journal = database, journal
        self._twins = Twins(folder)
        self._last: dict[str, Record] = {}
        self._notes: list[str] = []
        self._gone = self._unsure = False
        self._made = made

    @classmethod
    def open(cls, folder: Path, *, clock: Callable[[], int], events_size: int = EVENTS,
             profile_size: int = PROFILE) -> Store:  # fmt: skip
        """Open a state folder; it is made where it is missing.

        Parameters
        ----------
        folder : Path
        clock : callable
            Time of day [us since 1970-01-01T00:00Z], for the name of a damaged file.
        events_size, profile_size : int
            Entries that are kept of each meter's event log and load profile.

        Raises
        ------
        StoreError
            Another process has it, it cannot be written, it is of a later version, or nothing in it
            can be read. What was made for it is gone again.
        """
        sizes, state = Sizes(events_size, profile_size), StateFolder(Path(folder))
        with told(state.path), ExitStack() as opened:
            made = state.missing()
            opened.callback(remove_empty, made)
            state.make()
            lock = FolderLock(state.lock)
            opened.callback(lock.release)
            if state.path in made:
                opened.callback(state.clear)
            database = Database(state, sizes, clock)
            opened.callback(database.close)
            store = cls(state, lock, database, JournalFile(state.journal), sizes, made)
            opened.pop_all()
            return store

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found damaged, and what was done: a line each."""
        return (*self._database.notes, *self._notes)

    @property
    def copy_fault(self) -> str | None:
        """Why the copies of the last records cannot be written; None where all is well."""
        return self._twins.fault

    def load(self, meter: str) -> Loaded:
        """What a meter goes on from.

        Raises
        ------
        StoreError
            It was here, and none of its records can be read.
        OptionError
            That is no name of a meter.
        """
        check_name(meter)
        try:
            found = self._found(meter)
        except StoreError:
            if not self._database.is_damaged:
                raise
            found = self._found(meter)
        with told(self._folder.path):
            journal = self._journal.pulses(meter, found.record.pulses)
        if meter not in self._last:
            notes = [*found.notes, *([journal.note] if journal.note else [])]
            self._notes += [f"meter {meter}: {note}" for note in notes]
        self._last[meter] = found.standing
        self._database.strict = False
        return Loaded(
            state=None if found.is_new else found.record.state,
            sequence=found.record.sequence,
            time=found.record.time,
            events=found.standing.events,
            emitted=dict(journal.counts) if journal.certain else None,
        )

    def _found(self, meter: str) -> Found:
        self._stay()
        with self._database.use() as connection:
            return find(connection, self._folder, meter, self._twins.read(meter))

    def journal(self, meter: str) -> PulseJournal:
        """The pulse journal of a meter."""
        if meter not in self._last:
            self.load(meter)
        return self._journal.pulses(meter, self._last[meter].pulses)

    def commit(self, commits: Mapping[str, Commit]) -> None:
        """Store states, events and rows of meters by name, all of them or nothing.

        Raises
        ------
        StoreError
            Disk full, not writable, damaged, locked, removed; or a register would fall.
        ValueError, TypeError, OverflowError
            A state holds what JSON has not, or a time is none.
        """
        for meter in commits:
            if meter not in self._last:
                self.load(meter)
        if not commits:
            return
        self._stay()
        with self._database.use() as connection:
            steps = self._transact(connection, commits)
        self._unsure, self._made = False, ()
        self._last.update({step.record.meter: step.record for step in steps})
        self._twins.write({step.record.meter: step.sealed for step in steps})

    def _transact(
        self, connection: sqlite3.Connection, commits: Mapping[str, Commit]
    ) -> list[Step]:
        anchors = Anchors(connection)
        steps = [
            prepared(self._last[meter], commit, self.journal(meter).counts, anchors, self._sizes)
            for meter, commit in commits.items()
        ]
        connection.execute("BEGIN IMMEDIATE")
        try:
            write_records(connection, steps)
            for step in steps:
                step.write(connection, self._unsure)
            # From here on a fault does not tell whether the disk has the transaction.
            self._unsure = True
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return steps

    def _stay(self) -> None:
        """Make sure that the folder is still the one that was opened.

        Raises
        ------
        StoreError
            It is gone; the next use makes it again.
        """
        if self._gone:
            with told(self._folder.path):
                self._return()
        held = self._lock.in_place and self._journal.in_place and self._database.is_in_place
        if not held:
            self._database.close()
            self._gone = True
            raise StoreError(
                f"{self._folder.path}: was removed or replaced while in use; it is made again"
            )

    def _return(self) -> None:
        """Take the folder again, unless another process has written there since."""
        self._folder.make()
        if not self._lock.in_place:
            lock = FolderLock(self._folder.lock)
            self._lock.release()
            self._lock = lock
        if not self._journal.in_place:
            self._journal.restore(self._folder.journal)
        self._twins = Twins(self._folder)
        self._database.doubt()
        with self._database.use() as connection:
            for meter, last in self._last.items():
                found = find(connection, self._folder, meter, self._twins.read(meter))
                if found.record.sequence > last.sequence + 1:
                    raise StoreError(
                        f"{self._folder.path}: another process has written meter {meter}; start "
                        "again"
                    )
        self._gone, self._unsure = False, True

    def close(self) -> None:
        """Let go of the folder; everything committed is there."""
        self._close(())

    def discard(self) -> None:
        """Let go of the folder; where it was made for this store, and nothing was committed, it
        goes.
        """
        self._close(self._made)

    def _close(self, unused: Sequence[Path]) -> None:
        with told(self._folder.path), ExitStack() as closing:
            closing.callback(remove_empty, unused)
            closing.callback(self._lock.release)
            if self._folder.path in unused:
                closing.callback(self._folder.clear)
            closing.callback(self._database.close)
            self._journal.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()
