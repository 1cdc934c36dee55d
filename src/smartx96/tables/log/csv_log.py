"""CsvLog: a log as a CSV file that grows line by line."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from smartx96.errors import LogError
from smartx96.tables.log.csv_rows import LONGEST, layout_of, lines, read_rows
from smartx96.tables.log.lock import FileLock, is_in_place
from smartx96.tables.log.row import Layout, Row, newest

_TAIL = 16 << 20
"""Bytes at the end of a file in which the newest row of every meter is looked for."""


class CsvLog:
    """A file to which lines are added, each whole or not at all.

    Parameters
    ----------
    path : Path
        Goes on where it is there; a last line that is torn, as a power cut leaves it, is cut off.
    layout : Layout

    Raises
    ------
    LogError
        Another process writes it, it has other columns, or it cannot be written.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.name, self.notes = str(path), list[str]()
        self._path, self._layout, self._descriptor = path, layout, -1
        self._lock = FileLock(path)
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise

    def _open(self) -> None:
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o666)
            self._size = self._begun()
        except LogError:
            self._shut()
            raise
        except OSError as error:
            self._shut()
            raise self._error(error) from None

    def _begun(self) -> int:
        """Bytes of a file that begins with the header and ends with a whole line."""
        header = lines([self._layout.columns])
        size = os.fstat(self._descriptor).st_size
        found = os.pread(self._descriptor, LONGEST, 0)
        if header.startswith(found):
            self._write(header, 0)
            return len(header)
        if not found.startswith(header):
            raise LogError(f"{self._path}: {self._otherness(found)}; give another file")
        return self._repaired(size)

    def _otherness(self, found: bytes) -> str:
        """How a file differs from this log."""
        text = found.partition(b"\n")[0].decode("utf-8", "replace")
        other = layout_of(next(csv.reader(StringIO(text)), []))
        if other is None:
            return "is there, and is no log of meters"
        return f"its rows are others: it {self._layout.difference(other.columns)}"

    def _repaired(self, size: int) -> int:
        """Cut off what follows the last whole line."""
        first = max(0, size - _TAIL)
        end = first + os.pread(self._descriptor, _TAIL, first).rfind(b"\n") + 1
        if end < size:
            os.ftruncate(self._descriptor, end)
            self.notes.append(f"{self._path}: its last line was torn and is cut off")
        return end

    def latest(self) -> dict[str, Row]:
        """The newest row of each meter, of those at the end of the file."""
        first = max(0, self._size - _TAIL)
        header = lines([self._layout.columns])
        text = os.pread(self._descriptor, self._size - first, first)
        text = text[text.index(b"\n") + 1 :] if first else text[len(header) :]
        file = StringIO(text.decode("utf-8", "replace"), newline="")
        return newest(read_rows(self._path, file, len(self._layout.columns)))

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows, kept on return.

        Raises
        ------
        LogError
            They cannot be written; the file is as before.
        """
        self._follow()
        data = lines(row.texts for row in rows)
        try:
            self._write(data, self._size)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise self._error(error) from None
        self._size += len(data)

    def _follow(self) -> None:
        """Go on in a new file where this one was moved away, as log rotation does; or where others
        have cut it off, or written to it.
        """
        there = is_in_place(self._path, self._descriptor)
        if not there or os.fstat(self._descriptor).st_size != self._size:
            self._shut()
            self._open()

    def _write(self, data: bytes, place: int) -> None:
        done = 0
        while done < len(data):
            done += os.pwrite(self._descriptor, data[done:], place + done)
        os.fsync(self._descriptor)

    def _error(self, error: OSError) -> LogError:
        return LogError(
            f"{self._path}: cannot be written: {(error.strerror or str(error)).lower()}"
        )

    def close(self) -> None:
        """Let go of the file."""
        self._shut()
        self._lock.release()

    def _shut(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
