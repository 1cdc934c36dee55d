"""FolderLock: one process writes a state folder."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from smartx96.errors import StoreError


class FolderLock:
    """Holds a state folder; the kernel lets go of it when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        The file that is locked; it is made where it is missing, and never removed.

    Raises
    ------
    StoreError
        Another process holds it.
    OSError
        The file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take()
        except BaseException:
            os.close(self._descriptor)
            raise

    def _take(self) -> None:
        import fcntl

        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"{self._path.parent}: in use by {self._holder()}; stop it or give another "
                "--state FOLDER"
            ) from None
        # On a full disk the lock holds all the same; only the number is not told.
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def _holder(self) -> str:
        number = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
        return f"process {number}" if number.isdecimal() else "another process"

    @property
    def in_place(self) -> bool:
        """Whether the locked file is still the one of this name, so that others find it locked."""
        return same_file(self._path, self._descriptor)

    def release(self) -> None:
        """Let go of the folder."""
        os.close(self._descriptor)


def same_file(path: Path, descriptor: int) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except OSError:
        return False
