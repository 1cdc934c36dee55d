"""Sinks: where batches of lines go, and how they fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from smartx96.errors import X96Error
from smartx96.outputs.own_file import OwnFile

HEAD = b"# SMART X96, InfluxDB line protocol\n"
"""First line of a file of ours; readers pass over what begins with `#`."""


class RefusedError(X96Error):
    """Lines that will never be taken: there is no use in trying again."""


class UnreachableError(X96Error):
    """Lines that cannot be taken now.

    Attributes
    ----------
    pause : float or None
        So long the other side wants to be left alone [s].
    smaller : bool
        Whether fewer at once would do.
    """

    def __init__(self, reason: str, pause: float | None = None, *, smaller: bool = False) -> None:
        super().__init__(reason)
        self.pause, self.smaller = pause, smaller


class Sink(Protocol):
    """Something that lines go into; it is used by one thread.

    Attributes
    ----------
    name : str
        As its user is told of it.
    patience : float
        So long lines may wait, that many go at once [s].
    """

    name: str
    patience: float

    def write(self, data: bytes) -> None:
        """Take lines, all or none.

        Raises
        ------
        RefusedError, UnreachableError, BrokenPipeError
        """

    def close(self) -> None:
        """Let go of it."""


class FileSink:
    """A file that grows by whole lines; one that is moved away is begun anew.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OptionError
        It is not ours, or cannot be written.
    """

    patience = 0.0

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._file = OwnFile(path, HEAD, option="--influx")
        self._mend()

    def write(self, data: bytes) -> None:
        """Append lines."""
        try:
            if self._file.replaced():
                self._mend()
            self._file.put(self._file.size, data)
        except OSError as error:
            raise UnreachableError(error.strerror or str(error)) from None
        except ValueError as error:
            raise UnreachableError(str(error)) from None

    def close(self) -> None:
        """Close it."""
        self._file.close()

    def _mend(self) -> None:
        """Cut off a last line that was not finished."""
        size = self._file.size
        whole = self._file.find_last(b"\n", size) + 1
        if whole < size:
            self._file.put(whole, b"")


class StreamSink:
    """The standard output, which is the lines' own.

    Parameters
    ----------
    descriptor : int
    """

    name, patience = "the standard output", 0.0

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Write lines; BrokenPipeError where nobody reads any more."""
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise RefusedError(error.strerror or str(error)) from None

    def close(self) -> None:
        """It is not ours to close."""
