"""SQLite files of a store: opened, examined, made."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from smartx96.store import schema
from smartx96.store.faults import FAULTS, is_damage, is_unreadable, words
from smartx96.store.folder import is_name, sync_path

PATIENCE = 0.5
"""How long a lock of another program is waited for [s]: less than a commit's turn."""

EXAMINATION = 0.6
"""What the start may spend on examining the database [s]; its records are examined in any case."""

WAL_PAGES = 1000
"""Pages of 4096 bytes after which the write-ahead log is brought into the database."""

_STEPS = 20_000
"""Instructions of SQLite between two looks at the clock."""


def connect(path: Path, mode: str, **options: str) -> sqlite3.Connection:
    """A connection that makes nothing by itself; `mode` is `ro`, `rw` or `rwc`."""
    given = "&".join(f"{name}={value}" for name, value in {"mode": mode, **options}.items())
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{given}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    # Damaged text must not stop the reading of what is around it.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "cache_size = -1024"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_write(path: Path) -> sqlite3.Connection:
    """The connection that commits: durable, its write-ahead log bounded."""
    connection = connect(path, "rw")
    try:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "fullfsync = ON",
            "checkpoint_fullfsync = ON",
            f"wal_autocheckpoint = {WAL_PAGES}",
            f"journal_size_limit = {2 * WAL_PAGES * 4096}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        found = schema.version(connection)
        if found is not None:
            schema.migrate(connection, found)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def building(path: Path) -> Iterator[sqlite3.Connection]:
    """A new database under a name of its own; on the disk as a whole when the block is left."""
    path.unlink(missing_ok=True)
    # Made here, for this user alone; what SQLite makes beside it gets the same rights.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(connect(path, "rw")) as connection:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        schema.create(connection)
        yield connection
        # Here and not in its place, where a process that is killed would leave half of the change.
        connection.execute("PRAGMA journal_mode = WAL")
    sync_path(path)


def damage(path: Path, seconds: float = EXAMINATION) -> str | None:
    """What is wrong with a database, in a few words; None where nothing is found.

    Records are examined in full, all other pages as far as the time reaches. Nothing is written to
    the database or its write-ahead log.

    Raises
    ------
    StoreError
        It is of a later version.
    sqlite3.Error
        It cannot be opened or read for reasons that are not its own.
    """
    try:
        rolling_back = Path(f"{path}-journal").exists()
        with closing(connect(path, "rw" if rolling_back else "ro")) as connection:
            found = schema.version(connection)
            schema.check_version(found, path.parent)
            if found is None or (found == schema.VERSION and not schema.is_as_made(connection)):
                return "its tables are not those of a meter"
            return _quick_check(connection, "records") or _timed_check(connection, seconds)
    except FAULTS as error:
        if is_damage(error) or is_unreadable(error):
            return words(error)
        raise


def _timed_check(connection: sqlite3.Connection, seconds: float) -> str | None:
    with timed(connection, seconds) as is_over:
        try:
            return _quick_check(connection, "1")
        except sqlite3.OperationalError:
            if is_over():
                return None
            raise


def _quick_check(connection: sqlite3.Connection, what: str) -> str | None:
    (answer,) = connection.execute(f"PRAGMA quick_check({what})").fetchone()
    return None if answer == "ok" else " ".join(str(answer).replace("***", "").split())


@contextmanager
def timed(connection: sqlite3.Connection, seconds: float) -> Iterator[Callable[[], bool]]:
    """Statements are interrupted when the time is over; gives what tells whether it is."""
    end = time.monotonic() + seconds

    def is_over() -> bool:
        return time.monotonic() > end

    # The timer reaches into a check of many pages, which is one step to the handler; the handler
    # stops what begins when the timer is over.
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    connection.set_progress_handler(is_over, _STEPS)
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
        timer.join()
        connection.set_progress_handler(None, 0)


def meters(connection: sqlite3.Connection, table: str, schema_name: str = "main") -> list[str]:
    """Names in a table, without reading all of it."""
    found: list[str] = []
    last = ""
    query = f"SELECT min(meter) FROM {schema_name}.{table} WHERE meter > ?"
    while True:
        (name,) = connection.execute(query, (last,)).fetchone()
        # In a damaged table a name may be no text, no name, or come twice.
        if not isinstance(name, str) or name <= last:
            return found
        last = name
        if is_name(name):
            found.append(name)
