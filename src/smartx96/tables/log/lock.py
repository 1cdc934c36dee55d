"""FileLock: one process writes a log."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from smartx96.errors import LogError


class FileLock:
    """Holds a log; the system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        Of the log; what is locked is a hidden file beside it, which goes with `release`.

    Raises
    ------
    LogError
        Another process holds it, or the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._log, self._path = path, path.with_name(f".{path.name}.lock")
        while True:
            try:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise LogError(f"{path}: cannot be written there: {error.strerror}") from None
            if self._held():
                return
            os.close(self._descriptor)

    def _held(self) -> bool:
        """Lock the file; whether it still has its name, so that others find it locked."""
        import fcntl

        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            who = f"process {holder}" if holder.isdecimal() else "another process"
            raise LogError(
                f"{self._log}: is being written by {who}; stop that, or give another file"
            ) from None
        if not is_in_place(self._path, self._descriptor):
            return False
        # On a full disk the lock holds all the same; only the number is not told.
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        return True

    def release(self) -> None:
        """Let go of the log."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._descriptor)


def is_in_place(path: Path, descriptor: int) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except OSError:
        return False
