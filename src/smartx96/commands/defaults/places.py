"""Places: which configuration files there are, and which of them count."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

NAME = "x96.toml"
"""Of the project's file, in a folder or one above it."""

OFF = "off"
"""In place of a file: none counts."""


class Kind(StrEnum):
    """Where defaults come from, the first rules."""

    STATED = "--config"
    VARIABLE = "variable"
    PROJECT = "project"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a configuration file.

    Parameters
    ----------
    kind : Kind
    path : Path
    fault : str
        Why the file that is there does not count; empty where it does.
    """

    kind: Kind
    path: Path
    fault: str = ""

    @property
    def counts(self) -> bool:
        """Whether a file is there that says something."""
        return not self.fault and (self.kind is Kind.STATED or self.path.is_file())

    @property
    def shown(self) -> str:
        """The file as its user would name it."""
        if self.kind is Kind.STATED:
            return str(self.path)
        for start, name in ((Path.cwd(), ""), (Path.home(), "~/")):
            if self.path.is_relative_to(start):
                return name + str(self.path.relative_to(start))
        return str(self.path)


def places(stated: str | None) -> list[Place]:
    """Where configuration files are, or would be; what is said first rules.

    Parameters
    ----------
    stated : str or None
        What `--config` says: a file, or `off`, with which none counts.
    """
    if stated == OFF:
        return []
    named = [Place(Kind.STATED, Path(stated))] if stated else []
    return [*named, _of_project(Path.cwd()), Place(Kind.USER, user_path())]


def user_path() -> Path:
    """Where the user's own file is."""
    import platformdirs

    return platformdirs.user_config_path("smartx96", appauthor=False) / NAME


def _of_project(folder: Path) -> Place:
    """The file of this folder, or of the nearest above it that has one."""
    for each in (folder, *folder.parents):
        path = each / NAME
        if path.is_file():
            return Place(Kind.PROJECT, path, next(_faults(path), ""))
    return Place(Kind.PROJECT, folder / NAME)


def _faults(path: Path) -> Iterator[str]:
    """Why a file is not trusted that nobody has named: it could send meters' passwords away."""
    status = path.stat()
    user = getattr(os, "getuid", lambda: status.st_uid)()
    if status.st_uid not in (user, 0):
        yield "is another user's"
    if os.name == "posix" and status.st_mode & stat.S_IWOTH:
        yield "can be written by everybody"
