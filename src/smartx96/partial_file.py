"""A file that appears under its name when it is whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from smartx96.errors import OptionError


def check_writable(path: Path, kind: str = "") -> None:
    """Make sure, before long work begins, that a file can be written there.

    Raises
    ------
    OptionError
        It is a folder, or its folder takes no files.
    """
    place = f"{kind} {path}" if kind else str(path)
    if path.is_dir():
        raise OptionError(f"{place}: is a folder; give a file name")
    if not os.access(path.parent, os.W_OK | os.X_OK) or not path.parent.is_dir():
        raise OptionError(f"{place}: {path.parent} is no folder that takes files")


@contextmanager
def whole_file(path: Path, kind: str = "") -> Iterator[IO[bytes]]:
    """Write a file beside its place, and name it when the block has ended well.

    Parameters
    ----------
    path : Path
    kind : str
        What it is, with which the line of an error begins.

    Raises
    ------
    OptionError
        It cannot be written, or is a folder.
    """
    place = f"{kind} {path}" if kind else str(path)
    if path.is_dir():
        raise OptionError(f"{place}: is a folder; give a file name")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        raise OptionError(f"{place}: cannot be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
