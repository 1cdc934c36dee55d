"""Finding the recordings that files, folders and patterns name."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.samples import READERS
from smartx96.samples.extras import library
from smartx96.samples.sources import MAINS, is_live_pcm

ABOUT = b"smartx96.archive"
"""Under which a table keeps what it is made of."""

_CONFIGURATION = ".cfg"
_BESIDE = frozenset({".dat", ".hdr", ".inf"})
"""What COMTRADE keeps beside a configuration (IEC 60255-24, 4): parts of the same recording."""
_SCENARIO = ".toml"


def is_archive(text: str) -> bool:
    """Whether a text names a folder, or is a pattern of names."""
    path = Path(text)
    return path.is_dir() or (not path.exists() and glob.has_magic(text))


def find(texts: Iterable[str], besides: Path) -> list[Path]:
    """Recordings, each once, in the order of their names.

    Parameters
    ----------
    texts : iterable of str
        Recordings and scenarios; folders, with all that is in them and below; patterns, in which
        `**` stands for any folders. Of folders and patterns only what ends as recordings do counts,
        and nothing hidden.
    besides : Path
        The table, which is none of them.

    Raises
    ------
    OptionError
        There is no such file, or nothing to be measured in a folder or under a pattern.
    """
    found: dict[str, Path] = {}
    for text in texts:
        for name in _named(text, besides):
            path = _configuration(name) or name
            found.setdefault(os.path.realpath(path), path)
    return sorted(found.values())


def _named(text: str, besides: Path) -> list[Path]:
    path = Path(text)
    if is_archive(text):
        names = _below(path) if path.is_dir() else _matching(text)
        own = os.path.realpath(besides)
        some = [n for n in names if os.path.realpath(n) != own and not _is_table(n)]
        if not some:
            where = "no recording in it" if path.is_dir() else "matches no recording"
            raise OptionError(f"{text}: {where}; they end in {', '.join(READERS)}")
        return some
    if text == MAINS or is_live_pcm(text) or not path.exists():
        reason = "no such file or folder" if not path.exists() else "has no end"
        raise OptionError(f"{text}: {reason}; an archive is made of files")
    return [path]


def _is_table(path: Path) -> bool:
    """Whether a file is the table of an archive."""
    if path.suffix.casefold() != ".parquet":
        return False
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    try:
        return ABOUT in (parquet.read_schema(path).metadata or {})
    except (OSError, arrow.ArrowException):
        return False


def _below(folder: Path) -> Iterator[Path]:
    """Recordings in a folder and all below it."""
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.casefold() in READERS:
                yield Path(root, name)


def _matching(pattern: str) -> Iterator[Path]:
    """Recordings that a pattern names, and those in the folders that it names."""
    for name in glob.iglob(pattern, recursive=True):
        path = Path(name)
        if path.is_dir():
            if "**" not in pattern:
                yield from _below(path)
        elif path.suffix.casefold() in {*READERS, _SCENARIO}:
            yield path


def _configuration(path: Path) -> Path | None:
    """The COMTRADE configuration that a file stands beside."""
    if path.suffix.casefold() not in _BESIDE:
        return None
    for suffix in (_CONFIGURATION, _CONFIGURATION.upper()):
        if (beside := path.with_suffix(suffix)).exists():
            return beside
    return None


def files_of(path: Path) -> list[Path]:
    """The files that a recording is made of, itself first."""
    if path.suffix.casefold() != _CONFIGURATION:
        return [path]
    beside = (path.with_suffix(suffix) for suffix in (".dat", ".DAT", ".Dat"))
    return [path, *(some for some in beside if some.exists())][:2]
