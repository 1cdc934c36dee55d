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
from smartx96.samples.number_rows import Rows, parse_rows
from smartx96.samples.text_lines import CHUNK_BYTES, count, split_lines, texts

TIME = -1
"""Stands for the columns of dates and times among a plane's columns."""

PIECES = 12
"""Pieces of the file, evenly spread, whose time stamps are read before its samples."""


@dataclass(slots=True)
class RowsPlane:
    """Columns of a delimited file, read from its beginning a megabyte at a time."""

    path: Path
    layout: Layout
    length: int = field(default=0)

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
        layout, where = self.layout, f"{self.path}: line"
        moments = None if layout.moments is None else layout.moments.fresh()
        pieces = max(1, self.path.stat().st_size // CHUNK_BYTES)
        before, self.length = layout.line - 1, 0
        for n, text in enumerate(self._texts()):
            if time is not None and n % (pieces // PIECES + 1) == 0:
                if moments is not None:
                    stamps = moments.seconds(split_lines(text), where, before)
                else:
                    stamps = self._rows(text, [time], before)[:, 0]
                if len(stamps):
                    yield self.length, stamps * layout.time_factor
            self.length += count(text)
            before += text.count(b"\n")
