"""JsonLines: rows on the standard output, an object a line, for programs that read along."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO

from smartx96.errors import LogError
from smartx96.tables.log.row import Layout, Row


class JsonLines:
    """A stream of rows; nobody knows what became of those of an earlier run.

    Parameters
    ----------
    stream : text file
    layout : Layout
    """

    def __init__(self, stream: IO[str], layout: Layout) -> None:
        self.name, self.notes = "standard output", list[str]()
        self._stream, self._columns = stream, layout.columns

    def latest(self) -> dict[str, Row]:
        """None is known."""
        return {}

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows, not available ones as null.

        Raises
        ------
        BrokenPipeError
            Nobody reads any more.
        LogError
            They cannot be written.
        """
        told = [dict(zip(self._columns, row.texts, strict=True)) for row in rows]
        try:
            self._stream.write("".join(json.dumps(row) + "\n" for row in told))
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise LogError(f"{self.name}: cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """The stream belongs to others."""
