"""OwnFile: a file that this program began and goes on with; anybody else's is left alone."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import stat
from pathlib import Path

from smartx96.errors import OptionError


class OwnFile:
    """A file with a head of ours, written without a buffer: what is put is there at once.

    Nobody else writes it as long as it is open: a lock of the kernel's, gone with the process.

    Parameters
    ----------
    path : Path
        Made where it is missing; appended to where it begins with `head`.
    head : bytes
    option : str
        By which the user named it, for the line of an error.

    Raises
    ------
    OptionError
        It begins with something else, somebody writes it already, or it cannot be written. What it
        holds is untouched.
    """

    def __init__(self, path: Path, head: bytes, option: str = "--pulses") -> None:
        self._path, self._head, self._option = path, head, option
        self._descriptor, self._size = -1, 0
        self._open()

    @property
    def size(self) -> int:
        """Length [bytes], after the last `put`."""
        return self._size

    def refusal(self, reason: str) -> OptionError:
        """What to raise where the file cannot be gone on with."""
        return OptionError(f"{self._option} {self._path}: {reason}")

    def replaced(self) -> bool:
        """Whether it was moved, deleted or altered by others since; it is then opened anew.

        Raises
        ------
        OptionError
            It cannot be.
        """
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                found = os.stat(self._path)
                if self._identity == (found.st_dev, found.st_ino) and found.st_size == self._size:
                    return False
            self.close()
        self._open()
        return True

    def read(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to `stop`, fewer where the file ends before."""
        return os.pread(self._descriptor, stop - start, start)

    def find_last(self, text: bytes, stop: int) -> int:
        """Where `text` stands last before `stop`; -1 where it does not."""
        with mmap.mmap(self._descriptor, self._size, access=mmap.ACCESS_READ) as content:
            return content.rfind(text, 0, stop)

    def put(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`, as the end of the file: all of it, or all stays as it was.

        Raises
        ------
        OSError
            It cannot be written: no room left.
        """
        old = self.read(offset, self._size) if offset < self._size else b""
        try:
            self._write(offset, data)
        except OSError:
            with contextlib.suppress(OSError):
                self._write(offset, old)
                os.ftruncate(self._descriptor, offset + len(old))
            raise
        if len(data) < len(old):
            os.ftruncate(self._descriptor, offset + len(data))
        self._size = offset + len(data)

    def close(self) -> None:
        """Close it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _open(self) -> None:
        try:
            if self._path.exists() and not stat.S_ISREG(self._path.stat().st_mode):
                raise self.refusal("is no file; give the name of one")
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o666)
            self._begin()
        except OSError as error:
            self.close()
            raise self.refusal(f"cannot be written: {error.strerror}") from None
        except OptionError:
            self.close()
            raise

    def _begin(self) -> None:
        self._lock()
        found = os.fstat(self._descriptor)
        self._identity, self._size = (found.st_dev, found.st_ino), found.st_size
        if not self._size:
            self.put(0, self._head)
        elif self.read(0, len(self._head)) != self._head:
            raise self.refusal("holds something else; give a name that is free")

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self.refusal("is being written already; give another name") from None
        except OSError:
            pass  # a file system without locks

    def _write(self, offset: int, data: bytes) -> None:
        while data:
            written = os.pwrite(self._descriptor, data, offset)
            offset, data = offset + written, data[written:]
