"""Rows of a delimited file as a plane of samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.delimited.dialect_choice import is_row
from smartx96.samples.delimited.layout import Layout
from smartx96.samples.delimited.moments import Moments
from smartx96.samples.lines.arrow import quick_rows
from smartx96.samples.lines.numbers import Rows, parse_rows
from smartx96.samples.lines.text import CHUNK_BYTES, count, split_lines, texts
from smartx96.samples.stamps.clock import Times
from smartx96.samples.stamps.column import Extent

TIME = -1
"""Stands for the columns of dates and times among a plane's columns."""

PIECES = 12
"""Pieces of the file, evenly spread, whose time stamps are read before its samples."""


@dataclass(slots=True)
class RowsPlane:
    """Columns of a delimited file, read from its beginning a megabyte at a time.

    `length`, `extent` and whether a last row is `cut_off`, and left out, are known after a survey.
    """

    path: Path
    layout: Layout
    length: int = field(default=0)
    extent: Extent = field(default_factory=Extent, init=False)
    cut_off: bool = field(default=False, init=False)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return np.dtype(np.float64)

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
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
        """Pieces of whole lines, without a last row that was cut off."""
        layout = self.layout
        held = b""
        for text in texts(self.path, layout.offset, dialect=layout.dialect):
            if not text.strip():
                held += text
                continue
            if held:
                yield held
            held = text
        begin = held.rstrip().rfind(b"\n") + 1
        line = held[begin:]
        self.cut_off = self._is_cut_off(line.decode("latin-1"))
        yield held[:begin] if self.cut_off else held

    def _is_cut_off(self, line: str) -> bool:
        """Whether a last line is no whole row: fields are lacking, or the line end and a number."""
        layout = self.layout
        fields = layout.dialect.split(line)
        if not line.strip() or len(fields) > layout.width:
            return False
        if len(fields) < layout.width:
            return True
        return not line.endswith("\n") and not is_row(fields, layout.dialect, layout.words)

    def _rows(self, text: bytes, columns: Sequence[int], before: int) -> Rows:
        dialect = self.layout.dialect
        rows = quick_rows(text, columns, dialect)
        if rows is not None:
            return rows
        return parse_rows(split_lines(text), columns, f"{self.path}: line", before, dialect)

    def survey(self, time: int | None, every: bool = False) -> Iterator[tuple[int, Times]]:
        """Time stamps from pieces of the whole file; `length` is then known.

        Parameters
        ----------
        time : int, optional
            Time column; without it the rows are only counted.
        every : bool
            All time stamps, and not pieces evenly spread.
        """
        layout = self.layout
        moments = None if layout.moments is None else layout.moments.fresh()
        apart = 1 if every else self.path.stat().st_size // CHUNK_BYTES // PIECES + 1
        before, self.length = layout.line - 1, 0
        passed: tuple[bytes, int, int] | None = None
        for n, text in enumerate(self._texts()):
            passed = (text, self.length, before) if text else passed
            if time is not None and n % apart == 0:
                stamps = self._stamps(text, time, moments, before)
                self.extent.note(self.length, stamps)
                if len(stamps):
                    yield self.length, stamps
                passed = None
            self.length += count(text)
            before += text.count(b"\n")
        if time is not None and passed is not None:
            text, row, before = passed
            try:
                self.extent.note(row, self._stamps(text, time, moments, before))
            except RecordingError:
                self.extent.last = None  # the line is told when it is read

    def _stamps(self, text: bytes, time: int, moments: Moments | None, before: int) -> Times:
        """Time stamps of rows [s]."""
        if moments is not None:
            return moments.seconds(split_lines(text), f"{self.path}: line", before)
        return self._rows(text, [time], before)[:, 0] * self.layout.time_factor
