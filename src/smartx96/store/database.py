"""Database: the one of a state folder, kept open, renewed where it is damaged."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from smartx96.errors import StoreError
from smartx96.store.faults import FAULTS, code, is_damage, told, words
from smartx96.store.folder import StateFolder
from smartx96.store.salvage import finish, renew
from smartx96.store.schema import Sizes
from smartx96.store.sqlite_file import building, connect_to_write, damage

WAL_LIMIT = 1 << 30
"""Bytes of the write-ahead log beyond which nothing is committed: only a program that keeps an old
view of the database open lets it grow so far."""

_PASSING = ("SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED")
"""Faults after which a connection is as good as before."""


class Database:
    """Examined when it is opened, renewed where it is damaged, opened anew after a fault.

    Parameters
    ----------
    folder : StateFolder
        Exists, and this process holds its lock.
    sizes : Sizes
    clock : callable
        Time of day [us since 1970-01-01T00:00Z], for the name of a damaged file.

    Attributes
    ----------
    notes : list of str
        What was found damaged, and what was done.
    strict : bool
        Whether a damaged one is left as it is where no record in it can be read. A process that has
        the states of its meters goes on all the same.
    """

    def __init__(self, folder: StateFolder, sizes: Sizes, clock: Callable[[], int]) -> None:
        self._folder, self._sizes, self._clock = folder, sizes, clock
        self.notes: list[str] = []
        self.strict = True
        self._connection: sqlite3.Connection | None = None
        self._doubtful = True
        self._damage: str | None = None
        self.open()

    @property
    def is_damaged(self) -> bool:
        """Whether damage has shown in use; the next use renews the database."""
        return self._damage is not None

    @property
    def is_in_place(self) -> bool:
        """Whether the open database still has its name."""
        if self._connection is None:
            return True
        try:
            return os.path.samestat(os.stat(self._folder.database), self._identity)
        except OSError:
            return False

    def doubt(self) -> None:
        """Examine it when it is opened next."""
        self._doubtful = True

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """The connection; a fault in the block becomes a StoreError.

        After one that does not pass by itself the next use opens the database anew.
        """
        with told(self._folder.path):
            try:
                connection = self._connection or self.open()
                self._check_log(connection)
                yield connection
            except FAULTS as error:
                if is_damage(error):
                    self._damage = words(error)
                if not code(error).startswith(_PASSING):
                    self.doubt()
                    self.close()
                raise

    def open(self) -> sqlite3.Connection:
        """Open it; a missing one is made, a damaged one renewed."""
        finish(self._folder, self._clock())
        path = self._folder.database
        if not path.exists():
            with building(self._folder.fresh):
                pass
            self._folder.fresh.rename(path)
            self._folder.sync()
        elif self._doubtful or self._damage:
            reason = self._damage or damage(path)
            if reason is not None:
                now = self._clock()
                self.notes.append(renew(self._folder, reason, now, self._sizes, self.strict))
        self._damage, self._doubtful = None, False
        self._connection = connect_to_write(path)
        self._identity = os.stat(path)
        return self._connection

    def _check_log(self, connection: sqlite3.Connection) -> None:
        log = self._folder.log
        try:
            size = log.stat().st_size
        except FileNotFoundError:
            return
        if size <= WAL_LIMIT:
            return
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(
                f"{log}: has grown beyond {WAL_LIMIT >> 20} MiB because another program keeps an "
                "old view of the database open; end it"
            )

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(*FAULTS):
                self._connection.close()
        self._connection = None
