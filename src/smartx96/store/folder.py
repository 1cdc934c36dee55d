"""StateFolder: which files a state folder has, and where it is when nobody says."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from smartx96.errors import OptionError

VARIABLE = "X96_STATE"
"""Environment variable that names the state folder."""

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database, and belongs to it."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def default_folder() -> Path:
    """The state folder where `--state` does not name one: `X96_STATE`, else the user's data."""
    named = os.environ.get(VARIABLE)
    if named == "off":
        raise OptionError(f"{VARIABLE}=off: names a folder; `x96 run --state off` keeps nothing")
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("smartx96", appauthor=False) / "state"


def is_name(text: str) -> bool:
    """Whether a text can be the name of a meter, and so of a file."""
    return _NAME.fullmatch(text) is not None


def check_name(meter: str) -> None:
    """Raise an OptionError where a text is no name of a meter."""
    if not is_name(meter):
        raise OptionError(
            f"meter {meter[:80]!r}: a name has 1 to 64 letters, digits, - _ . and begins with a "
            "letter or digit"
        )


@dataclass(frozen=True)
class StateFolder:
    """Paths of the files of a state folder.

    Parameters
    ----------
    path : Path
        The folder.
    """

    path: Path

    @cached_property
    def database(self) -> Path:
        """Records, event log and load profile of every meter."""
        return self.path / "state.sqlite"

    @cached_property
    def log(self) -> Path:
        """The database's write-ahead log."""
        return self.path / f"{self.database.name}-wal"

    @cached_property
    def fresh(self) -> Path:
        """A first database until it is complete."""
        return self.path / "state.fresh.sqlite"

    @cached_property
    def renewed(self) -> Path:
        """The database that will replace a damaged one."""
        return self.path / "state.renewed.sqlite"

    @cached_property
    def lock(self) -> Path:
        """Held by the process that writes; says which one that is."""
        return self.path / "lock"

    @cached_property
    def journal(self) -> Path:
        """Pulses that were emitted."""
        return self.path / "pulses.journal"

    @cached_property
    def twins(self) -> Path:
        """Folder of the copies of the last records, a file for each meter."""
        return self.path / "twins"

    def twin(self, meter: str) -> Path:
        """Copy of the last record of a meter."""
        return self.twins / meter

    def twin_names(self) -> Iterator[str]:
        """Meters that have a twin."""
        if self.twins.is_dir():
            names = sorted(path.name for path in self.twins.iterdir())
            yield from filter(is_name, names)

    def missing(self) -> list[Path]:
        """Folders that `make` would make, the outermost first."""
        wanted = (*reversed(self.path.parents), self.path, self.twins)
        return [path for path in wanted if not path.exists()]

    def make(self) -> None:
        """Make what is missing of the folders, for this user alone."""
        self.path.mkdir(0o700, parents=True, exist_ok=True)
        self.twins.mkdir(0o700, exist_ok=True)

    def clear(self) -> None:
        """Remove the files of a store into which nothing was committed."""
        beside = (Path(f"{self.database}{suffix}") for suffix in BESIDE)
        for path in (self.database, *beside, self.fresh, self.journal, self.lock):
            path.unlink(missing_ok=True)

    def sync(self) -> None:
        """Bring the names of the files to the disk."""
        sync_path(self.path)


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders in which there is nothing, those that were made last first."""
    for path in reversed(list(folders)):
        with contextlib.suppress(OSError):
            path.rmdir()


def sync_path(path: Path) -> None:
    """Bring a file's content, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""Bring the content of an open file to the disk, its times only where the system has no other."""


def write_whole(descriptor: int, data: bytes, offset: int) -> None:
    """Write all of the data at a place of an open file.

    Raises
    ------
    OSError
        It cannot be written, or not to its end.
    """
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:], offset + done)
