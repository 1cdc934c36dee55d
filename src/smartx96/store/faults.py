"""What SQLite and the system say of a state folder, as one line with what to do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartx96.errors import StoreError

_LINES = {
    "SQLITE_FULL": "the disk is full; make room there",
    "SQLITE_READONLY": "cannot be written; give the user that runs the meter leave to write there",
    "SQLITE_BUSY": "another program has locked the database; end it",
    "SQLITE_LOCKED": "another program has locked the database; end it",
    "SQLITE_CANTOPEN": "the database cannot be opened; see who may read and write there",
    "SQLITE_PERM": "the database cannot be opened; see who may read and write there",
    "SQLITE_CORRUPT": "the database is damaged; a meter that starts here puts it in order",
    "SQLITE_NOTADB": "the database is damaged; a meter that starts here puts it in order",
    "SQLITE_IOERR_SHMSIZE": "the disk is full; make room there",
    "SQLITE_IOERR": "the disk reports a fault ({code}); see whether it is sound",
}
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_TOOBIG")
_UNREADABLE = ("SQLITE_ERROR", "SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ",
               "SQLITE_IOERR_CORRUPTFS")  # fmt: skip


DatabaseFault = sqlite3.Error | UnicodeDecodeError
"""What the module sqlite3 raises: the words of an error come from the file, and may be no text."""

FAULTS = (sqlite3.Error, UnicodeDecodeError)


def code(error: DatabaseFault) -> str:
    """SQLite's name of an error; empty where it is not one of SQLite's."""
    return str(getattr(error, "sqlite_errorname", ""))


def is_damage(error: DatabaseFault) -> bool:
    """Whether the database itself is damaged, not what surrounds it."""
    return isinstance(error, UnicodeDecodeError) or code(error).startswith(_DAMAGE)


def is_unreadable(error: DatabaseFault) -> bool:
    """Whether a database that was to be read has not the tables that it must have, or no sound disk
    under it."""
    return code(error).startswith(_UNREADABLE)


def words(error: DatabaseFault) -> str:
    """What SQLite says of an error."""
    return "its tables have no names" if isinstance(error, UnicodeDecodeError) else str(error)


def store_error(folder: Path, error: DatabaseFault | OSError) -> StoreError:
    """One line for an error of a state folder."""
    if isinstance(error, OSError):
        name = error.filename
        where = os.fsdecode(name) if isinstance(name, str | bytes) else str(folder)
        reason = error.strerror or str(error)
        return StoreError(
            f"{where}: {reason[0].lower()}{reason[1:]}; give another --state FOLDER, or let this "
            "user write there"
        )
    name = "SQLITE_CORRUPT" if is_damage(error) else code(error)
    line = next((text for key, text in _LINES.items() if name.startswith(key)), None)
    return StoreError(f"{folder}: {(line or f'the database refuses: {error}').format(code=name)}")


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Errors of SQLite and of the system become a StoreError."""
    try:
        yield
    except StoreError:
        raise
    except (*FAULTS, OSError) as error:
        raise store_error(folder, error) from error
