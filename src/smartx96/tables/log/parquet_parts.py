"""Parquet files of a log: rows to one of them, and rows of all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from smartx96.errors import LogError
from smartx96.samples.extras import library
from smartx96.tables.log import csv_rows
from smartx96.tables.log.row import FIXED, Layout, Row

_GROUP = 16_384
"""Rows of a row group, which are in memory at once."""


def parts_of(folder: Path) -> list[Path]:
    """The Parquet files of a folder, oldest first."""
    found = (path for path in folder.glob("*.parquet") if path.name[0] not in "._")
    return sorted(found, key=lambda path: path.stem)


def journals_of(folder: Path) -> list[Path]:
    """CSV files of days that are not over, oldest first."""
    return sorted(folder.glob("_*.csv"))


def part_columns(path: Path) -> list[str]:
    """Names of the columns of a part.

    Raises
    ------
    LogError
        It cannot be read.
    """
    with _told(path):
        return list(library("pyarrow.parquet").read_schema(path).names)


def part_rows(path: Path, ids: Sequence[str] | None = None) -> Iterator[Row]:
    """Rows of a part, with the values of all ids or of some.

    Raises
    ------
    LogError
        It cannot be read.
    """
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    with _told(path), parquet.ParquetFile(path) as file:
        chosen = file.schema_arrow.names if ids is None else [*FIXED, *ids]
        for batch in file.iter_batches(_GROUP, columns=chosen):
            columns = [
                column.cast(arrow.int64()) if arrow.types.is_timestamp(column.type) else column
                for column in batch.select(chosen).columns
            ]
            cells: tuple[Any, ...]
            for cells in zip(*(column.to_pylist() for column in columns), strict=True):
                time, meter, serial, answered, took, fault, *values = cells
                yield Row(time, meter, serial, answered, took, fault, tuple(values))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What is wrong with a part, as one line."""
    try:
        yield
    except LogError:
        raise
    except (OSError, KeyError, library("pyarrow").ArrowException) as error:
        raise LogError(f"{path}: cannot be read: {' '.join(str(error).split())}") from None


def write_part(file: IO[bytes], layout: Layout, rows: Iterator[Row]) -> None:
    """Write rows as one Parquet file, a row group at a time."""
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    schema = _schema(layout)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while some := list(islice(rows, _GROUP)):
            columns = zip(*(row.cells for row in some), strict=True)
            arrays = [arrow.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
            writer.write_batch(arrow.record_batch(arrays, schema=schema))


def _schema(layout: Layout) -> Any:
    arrow = library("pyarrow")
    types = {str: arrow.string(), int: arrow.int64(), float: arrow.float64()}
    time = arrow.timestamp("us", tz="UTC")
    return arrow.schema([(name, types.get(kind, time)) for name, kind in layout.types.items()])


def stored_columns(folder: Path) -> list[str]:
    """Names of the columns of a folder's newest file."""
    if parts := parts_of(folder):
        return part_columns(parts[-1])
    journals = journals_of(folder)
    return csv_rows.stored_columns(journals[-1]) if journals else []


def stored_rows(folder: Path, ids: Sequence[str]) -> Iterator[Row]:
    """Rows of all days, with the values of some ids."""
    unfinished = {path.stem.removeprefix("_"): path for path in journals_of(folder)}
    for part in parts_of(folder):
        if part.stem not in unfinished:
            yield from part_rows(part, ids)
    for journal in unfinished.values():
        yield from csv_rows.stored_rows(journal, ids)
