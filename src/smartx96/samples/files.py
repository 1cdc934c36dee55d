"""Opening files of recordings: every failure of the operating system becomes one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

from smartx96.errors import RecordingError


def check_file(path: Path) -> None:
    """Raise RecordingError unless the path is a regular file with content."""
    try:
        state = path.stat()
    except OSError as error:
        raise RecordingError(f"{path}: {reason(error)}") from error
    except ValueError as error:  # a NUL in the name
        raise RecordingError(f"{str(path)!r}: not a file name") from error
    if S_ISDIR(state.st_mode):
        raise RecordingError(f"{path}: is a folder; give the recording's file")
    if S_ISREG(state.st_mode) and state.st_size == 0:
        raise RecordingError(f"{path}: the file is empty")


def reason(error: OSError) -> str:
    """Cause of an operating system error in lower case, without number and path."""
    return (error.strerror or str(error)).lower()


@contextmanager
def open_binary(path: Path, offset: int = 0) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, positioned at `offset`.

    Raises
    ------
    RecordingError
        The file cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            yield file
    except OSError as error:
        raise RecordingError(f"{path}: {reason(error)}") from error


def read_small(path: Path, limit: int) -> bytes:
    """Whole content of a text file that is small by its nature.

    Raises
    ------
    RecordingError
        The file cannot be read or is larger than `limit` bytes.
    """
    with open_binary(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise RecordingError(f"{path}: larger than {limit} bytes; this is no configuration file")
    return content


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the file's name before the message of any RecordingError that lacks it."""
    try:
        yield
    except RecordingError as error:
        if str(error).startswith(str(path.with_suffix(""))):
            raise
        raise RecordingError(f"{path}: {error}") from error
