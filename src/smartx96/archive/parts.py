"""Parts: what has been measured of an archive and is not in its table yet."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from smartx96.archive.finding import files_of
from smartx96.archive.item import Item, Measured
from smartx96.archive.method import Method
from smartx96.archive.version import version
from smartx96.archive.work import RESULT, ROWS
from smartx96.errors import OptionError

_PART = re.compile(r"\.?[0-9a-f]{32}\.(arrow|json)")
"""How names of parts begin, half written ones too."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one recording in a file of their own."""

    path: Path


class Parts:
    """The folder of the parts, hidden beside the table; there as long as the table is not.

    A part is called by its key: the recording's path, the sizes and times of its files, how it is
    measured, and the version of this program. What has changed in any of these is measured anew.

    Parameters
    ----------
    table : Path
    method : Method

    Raises
    ------
    OptionError
        The folder cannot be made.
    """

    def __init__(self, table: Path, method: Method) -> None:
        self.folder = Path(os.path.abspath(table.with_name(f".{table.name}.parts")))
        self._method = method
        stated = sorted(method.opening.items()), sorted(method.settings.items())
        self._told = f"{stated!r} {replace(method, opening={}, settings={})!r} {version()}"
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OptionError(f"{self.folder}: cannot be made: {error.strerror}") from None
        if self.folder.is_symlink():
            raise OptionError(f"{self.folder}: is a link; remove it")

    def key(self, recording: Path) -> str:
        """What names a recording as it is now.

        Raises
        ------
        OSError
            It is gone.
        """
        path = os.path.abspath(recording)
        states = [file.stat() for file in files_of(Path(path))]
        told = json.dumps([path, [[s.st_size, s.st_mtime_ns] for s in states], self._told])
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def item(self, recording: Path, key: str) -> Item:
        """What is to be measured under a key."""
        size = sum(file.stat().st_size for file in files_of(recording))
        path, part = os.path.abspath(recording), str(self.folder / key)
        return Item(str(recording), path, part, self._method, version(), size)

    def rows(self, key: str) -> Part:
        """Rows under a key."""
        return Part(self.folder / f"{key}{ROWS}")

    def done(self) -> dict[str, Measured]:
        """What is known of each whole part, by key; whatever else is there is removed."""
        found = {}
        for path in sorted(self.folder.glob(f"*{RESULT}")):
            if (measured := self._read(path)) is not None:
                found[path.stem] = measured
        for path in self.folder.iterdir():
            whole = path.stem in found and path.suffix in (ROWS, RESULT)
            if _PART.match(path.name) and not whole:
                path.unlink(missing_ok=True)
        return found

    def _read(self, path: Path) -> Measured | None:
        try:
            measured = Measured(**json.loads(path.read_bytes()))
            whole = self.rows(path.stem).path.stat().st_size == measured.size
        except (OSError, ValueError, TypeError):
            return None
        return measured if whole else None

    def has(self, key: str) -> bool:
        """Whether the rows under a key are seen here, where the table is made of them."""
        return self.rows(key).path.exists()

    def leave(self) -> None:
        """Nothing more is to come: without parts there is no folder either."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def remove(self) -> None:
        """The table has it all."""
        for path in self.folder.iterdir():
            if _PART.match(path.name):
                path.unlink(missing_ok=True)
