"""Rows of a part: what is written of one recording while it is measured."""

from __future__ import annotations

from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from smartx96.archive.counters import ENERGIES, Counts
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.samples.extras import library
from smartx96.tables.rows import COLUMNS, Stamps, rows

_GROUP = 4096
"""Rows that wait to be written."""


def fields(energy: Any) -> list[Any]:
    """Columns of parts and table but for those of the archive: name and type.

    Parameters
    ----------
    energy : pyarrow.DataType
        Of the counters.
    """
    arrow = library("pyarrow")
    types = {"flags": arrow.int64()}
    return [
        arrow.field("utc", arrow.timestamp("us", tz="UTC")),
        *(arrow.field(id, energy) for id in ENERGIES),
        *(arrow.field(name, types.get(name, arrow.float64())) for name in COLUMNS),
    ]


class PartRows:
    """Writes rows as an Arrow file, in memory that does not grow with their number.

    Parameters
    ----------
    file : file of bytes
    start : int or None
        Time of the recording's first sample [us since 1970-01-01T00:00Z].
    counted : tuple of bool
        Which of `ENERGIES` the recording has.
    """

    def __init__(self, file: IO[bytes], start: int | None, counted: tuple[bool, ...]) -> None:
        self._arrow, ipc = library("pyarrow"), library("pyarrow.ipc")
        self._schema = self._arrow.schema(fields(self._arrow.int64()))
        self._fields = list(self._schema)[-len(COLUMNS) :]
        self._writer = ipc.new_file(file, self._schema)
        self._start, self._counted = start, counted
        self._tables: list[Values] = []
        self._counts: list[Counts] = []
        self._waiting = self.rows = 0

    def add(self, stamps: Stamps, readings: Readings, counts: Counts) -> None:
        """Add a row for each window or interval, with the counters at its end."""
        self._tables.append(rows(stamps, readings))
        self._counts.append(counts)
        self.rows += len(stamps)
        self._waiting += len(stamps)
        if self._waiting >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        table, counts = np.concatenate(self._tables), np.concatenate(self._counts, axis=1)
        self._tables, self._counts, self._waiting = [], [], 0
        columns = [
            self._array(np.ascontiguousarray(column), field.type)
            for column, field in zip(table.T, self._fields, strict=True)
        ]
        energies = [
            self._arrow.array(row) if there else self._arrow.nulls(len(row), self._arrow.int64())
            for row, there in zip(counts, self._counted, strict=True)
        ]
        batch = [self._moments(table[:, 0]), *energies, *columns]
        self._writer.write_batch(self._arrow.record_batch(batch, schema=self._schema))

    def _array(self, column: NDArray[np.float64], kind: Any) -> Any:
        return self._arrow.array(column, from_pandas=True).cast(kind)

    def _moments(self, seconds: Values) -> Any:
        kind = self._schema.field("utc").type
        if self._start is None:
            return self._arrow.nulls(len(seconds), kind)
        times = np.rint(seconds * 1e6).astype(np.int64) + self._start
        return self._arrow.array(times).cast(kind)

    def finish(self) -> None:
        """All rows have come."""
        if self._waiting:
            self._flush()
        self._writer.close()
