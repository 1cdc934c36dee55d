"""ParquetLog: a log as a folder of Parquet files, one for each day.

A Parquet file cannot grow. So the rows of a day stand in a CSV file first, whose name begins with
`_`, which readers of such folders pass over; every hour, and at the end, the Parquet file beside it
is written anew, whole. The CSV file goes when its day is over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from smartx96.errors import LogError, OptionError
from smartx96.partial_file import whole_file
from smartx96.samples.extras import library
from smartx96.tables.log.csv_log import CsvLog
from smartx96.tables.log.csv_rows import stored_rows
from smartx96.tables.log.lock import FileLock
from smartx96.tables.log.parquet_parts import (
    journals_of,
    part_columns,
    part_rows,
    parts_of,
    write_part,
)
from smartx96.tables.log.row import Layout, Row, moment, newest

HOUR = 3_600_000_000
DAY = 24 * HOUR
MOST_ROWS = 1_000_000
"""Of a part, which many meters fill before the day is over."""


class ParquetLog:
    """A folder of parts.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    layout : Layout

    Raises
    ------
    LogError
        Another process writes it, it has other columns, or it cannot be written.
    MissingExtraError
        pyarrow is not installed.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        library("pyarrow.parquet")
        self.name, self.notes = str(folder), list[str]()
        self._folder, self._layout = folder, layout
        self._current: CsvLog | None = None
        self._begun = self._written = self._rows = 0
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise LogError(f"{folder}: cannot be made: {error.strerror}") from None
        self._lock = FileLock(folder)
        try:
            self._check()
            self._resume()
        except BaseException:
            self._lock.release()
            raise

    def _check(self) -> None:
        if parts := parts_of(self._folder):
            names = part_columns(parts[-1])
            if names != list(self._layout.columns):
                how = self._layout.difference(names)
                raise LogError(
                    f"{self._folder}: its rows are others: it {how}; give another folder"
                )

    def _resume(self) -> None:
        """Go on with the newest unfinished day, and finish those before."""
        left = [path.stem.removeprefix("_") for path in journals_of(self._folder)]
        for name in left[:-1]:
            self._write(name)
            self._journal(name).unlink()
        if left:
            self._take_up(left[-1])

    def _take_up(self, name: str) -> None:
        self._current = CsvLog(self._journal(name), self._layout)
        self.notes += self._current.notes
        times = [row.time for row in stored_rows(self._journal(name))]
        self._rows, self._begun = len(times), min(times, default=0)
        self._name, self._written = name, self._begun

    def latest(self) -> dict[str, Row]:
        """The newest row of each meter, of the current part or the last one."""
        if self._current is not None and (found := self._current.latest()):
            return found
        parts = parts_of(self._folder)
        return newest(part_rows(parts[-1])) if parts else {}

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows, kept on return; a day that is over becomes a part.

        Raises
        ------
        LogError
            They cannot be written; of several days the first may be (`kept`).
        """
        kept = 0
        try:
            for day, group in groupby(rows, lambda row: row.time // DAY):
                if self._rows and (day > self._begun // DAY or self._rows >= MOST_ROWS):
                    self._finish()
                some = list(group)
                self._put(some)
                kept += len(some)
        except LogError as error:
            error.kept = kept
            raise

    def _put(self, rows: list[Row]) -> None:
        if not self._rows:
            self._begun = self._written = rows[0].time
        if self._current is None:
            self._name = self._free_name()
            self._current = CsvLog(self._journal(self._name), self._layout)
        self._current.add(rows)
        self._rows += len(rows)
        if rows[-1].time >= self._written + HOUR:
            self._written = rows[-1].time
            # What fails here stands in the CSV file all the same, and is written in an hour.
            with contextlib.suppress(LogError):
                self._write(self._name)

    def _free_name(self) -> str:
        """Of a new part, by its first row."""
        first = moment(self._begun).replace(":", "-").removesuffix(".000Z").removesuffix("Z")
        names = [first, *(f"{first}.{n}" for n in range(2, 1000))]
        taken = {path.stem for path in parts_of(self._folder)}
        return next(name for name in names if name not in taken)

    def _finish(self) -> None:
        self._write(self._name)
        if self._current is not None:
            self._current.close()
            self._journal(self._name).unlink()
        self._current, self._rows = None, 0

    def _write(self, name: str) -> None:
        """The part of a journal, whole."""
        try:
            with whole_file(self._folder / f"{name}.parquet") as file:
                write_part(file, self._layout, stored_rows(self._journal(name)))
        except OptionError as error:
            raise LogError(str(error)) from None

    def _journal(self, name: str) -> Path:
        return self._folder / f"_{name}.csv"

    def close(self) -> None:
        """Write the part of the current day as far as it is, and let go of the folder."""
        try:
            if self._current is not None:
                self._current.close()
                if self._rows:
                    self._write(self._name)
        finally:
            self._lock.release()
