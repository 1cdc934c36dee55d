"""RotatingFile: a file that is written without a buffer and kept below a size."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.wording import counted

LIMIT = 100_000_000
"""Size at which a file is begun anew [bytes]; the one before it is kept, so there are two."""


class RotatingFile:
    """Records one behind the other; each is in the file as soon as it is written.

    A file of an earlier run, and one that has reached its size, goes on under the name with `.1`
    before the suffix, in place of the one before it.

    Parameters
    ----------
    option : str
        As it is typed, with which the line of an error begins.
    path : Path
    mark : bytes
        What files of this kind begin with; others are not touched.
    head : callable
        Gives what a new file begins with.
    report : callable
        Called with one line when a record cannot be written, and when it can again.
    limit : int, optional
        [bytes]

    Raises
    ------
    OptionError
        A file of another kind is there, somebody writes it already, or it cannot be written.
    """

    def __init__(self, option: str, path: Path, mark: bytes, head: Callable[[], bytes],
                 report: Callable[[str], None], limit: int = LIMIT) -> None:  # fmt: skip
        self._option, self._path, self._mark, self._head = option, path, mark, head
        self._report, self._limit = report, limit
        self._before = path.with_name(f"{path.stem}.1{path.suffix}")
        self._descriptor, self._size, self._lost = -1, 0, 0
        try:
            for each in (path, self._before):
                self._check(each)
            self._begin()
        except OSError as error:
            self.close()
            raise self._refusal(path, f"cannot be written: {error.strerror}") from None

    def write(self, record: bytes) -> bool:
        """Append a record; one that the disk does not take is lost, which is told once.

        Returns
        -------
        bool
            Whether it is in the file.
        """
        try:
            if self._descriptor < 0 or self._size + len(record) > self._limit:
                self._begin()
            self._put(record)
        except OSError as error:
            if not self._lost:
                self._tell(f"cannot be written: {error.strerror}; the traffic goes on unrecorded")
            self._lost += 1
            return False
        if self._lost:
            self._tell(f"is written again; {counted(self._lost, 'record')} are missing")
            self._lost = 0
        return True

    def close(self) -> None:
        """Close it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _begin(self) -> None:
        """A new file; the one that is there steps back."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_size:
                self._path.replace(self._before)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        # Who asks what is nobody else's business.
        self._descriptor, self._size = os.open(self._path, flags, 0o600), 0
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            self._put(self._head())
        except OSError:
            self.close()
            raise

    def _put(self, record: bytes) -> None:
        """All of a record, or nothing."""
        left = record
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
                os.lseek(self._descriptor, self._size, os.SEEK_SET)
            raise
        self._size += len(record)

    def _check(self, path: Path) -> None:
        """Leave alone what is not ours."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise self._refusal(path, "is no file; give the name of one")
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._refusal(path, "is being written already; give another name") from None
            except OSError:
                pass  # a file system without locks
            begin = file.read(len(self._mark))
        if begin not in (b"", self._mark):
            raise self._refusal(path, "holds something else; give a name that is free")

    def _refusal(self, path: Path, reason: str) -> OptionError:
        return OptionError(f"{self._option} {path}: {reason}")

    def _tell(self, reason: str) -> None:
        self._report(f"{self._option} {self._path}: {reason}")
