"""Rows of a delimited file as a plane of samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.clock import Times
from smartx96.samples.delimited.arrow_rows import quick_rows
from smartx96.samples.delimited.layout import Layout
from smartx96.samples.delimited.moments import Moments
from smartx96.samples.number_rows import Rows, parse_rows
from smartx96.samples.text_lines import CHUNK_BYTES, count, split_lines, texts
from smartx96.samples.time_column import Mark

TIME = -1
"""Stands for the columns of dates and times among a plane's columns."""

PIECES = 12
"""Pieces of the file, evenly spread, whose time stamps are read before its samples."""


@dataclass(slots=True)
class RowsPlane:
    """Columns of a delimited file, read from its beginning a megabyte at a time.

    `length`, `first` and `last` (rows that have a time) are known after a survey.
    """

    path: Path
    layout: Layout
    length: int = field(default=0)
    first: Mark | None = field(default=None, init=False)
    last: Mark | None = field(default=None, init=False)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return np.dtype(np.float64)

    def chunks(self, channels: Sequence[int]) -> Iterator[NDArray[Any]]:
        """Consecutive numbers of the chosen columns of the file; `TIME` is the time in seconds."""
        layout, where = self.layout, f"{self.path}: line"
        moments = None if layout.moments is None else layout.moments.fresh()
        numeric = [column for column in channels if column != TIME]
        before = layout.line - 1
        for text in self._texts():
            rows = self._rows(text, numeric, before).T
            if moments is not None and TIME in channels:
                rows = np.vstack((moments.seconds(split_lines(text), where, before), rows))
            before += text.count(b"\n")
            if rows.shape[1]:
                yield rows

    def _texts(self) -> Iterator[bytes]:
        layout = self.layout
        return texts(self.path, layout.offset, fields=layout.width, dialect=layout.dialect)

    def _rows(self, text: bytes, columns: Sequence[int], before: int) -> Rows:
        dialect = self.layout.dialect
        rows = quick_rows(text, columns, dialect)
        if rows is not None:
            return rows
        return parse_rows(split_lines(text), columns, f"{self.path}: line", before, dialect)

    def survey(self, time: int | None) -> Iterator[tuple[int, Times]]:
        """Time stamps from pieces of the whole file; `length` is then known.

        Parameters
        ----------
        time : int, optional
            Time column; without it the rows are only counted.
        """
        layout = self.layout
        moments = None if layout.moments is None else layout.moments.fresh()
        pieces = max(1, self.path.stat().st_size // CHUNK_BYTES)
        before, self.length = layout.line - 1, 0
        passed: tuple[bytes, int, int] | None = None
        for n, text in enumerate(self._texts()):
            passed = text, self.length, before
            if time is not None and n % (pieces // PIECES + 1) == 0:
                stamps = self._stamps(text, time, moments, before)
                self._mark(self.length, stamps)
                if len(stamps):
                    yield self.length, stamps
                passed = None
            self.length += count(text)
            before += text.count(b"\n")
        if time is not None and passed is not None:
            text, row, before = passed
            self._mark(row, self._stamps(text, time, moments, before))

    def _stamps(self, text: bytes, time: int, moments: Moments | None, before: int) -> Times:
        """Time stamps of rows [s]."""
        if moments is not None:
            return moments.seconds(split_lines(text), f"{self.path}: line", before)
        return self._rows(text, [time], before)[:, 0] * self.layout.time_factor

    def _mark(self, row: int, stamps: Times) -> None:
        """Note the first and the last row that has a time."""
        known = np.flatnonzero(np.isfinite(stamps))
        if len(known):
            ends = [Mark(row + int(n), float(stamps[n])) for n in (known[0], known[-1])]
            self.first, self.last = self.first or ends[0], ends[1]
