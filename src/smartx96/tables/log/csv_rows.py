"""Rows of a log as lines of CSV, and back."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from smartx96.errors import LogError
from smartx96.tables.log.row import FIXED, Layout, Row, moment_in

LONGEST = 1 << 20
"""Bytes that a header may have."""


def lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Lines of cells; what is not available is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(rows)
    return text.getvalue().encode()


def layout_of(header: Sequence[str]) -> Layout | None:
    """The layout behind a header; None where it is none of a log.

    Which columns are whole numbers, a CSV file does not tell.
    """
    fixed = len(FIXED)
    known = tuple(header[:fixed]) == tuple(FIXED) and len(set(header)) == len(header)
    return Layout(tuple(header[fixed:])) if known else None


def row_of(cells: Sequence[str]) -> Row:
    """The row in the cells of a line; ValueError where there is none."""
    time, meter, serial, answered, took, fault, *values = cells
    return Row(
        moment_in(time),
        meter,
        int(serial) if serial else None,
        moment_in(answered) if answered else None,
        float(took) if took else None,
        fault or None,
        tuple(_value(cell) for cell in values),
    )


def _value(cell: str) -> float | int | None:
    if not cell:
        return None
    return int(cell) if cell.lstrip("-").isdecimal() else float(cell)


def read_rows(path: Path, file: IO[str], columns: int) -> Iterator[Row]:
    """Rows of the lines of a file, a torn last one left out.

    Raises
    ------
    LogError
        A line is no row.
    """
    reader = csv.reader(line for line in file if line.endswith("\n"))
    try:
        for cells in reader:
            if len(cells) != columns:
                raise ValueError(f"{len(cells)} columns, not {columns}")
            yield row_of(cells)
    except (ValueError, csv.Error) as error:
        raise LogError(f"{path}: line {reader.line_num + 1}: is no row of a log: {error}") from None


def stored_columns(path: Path) -> list[str]:
    """Names of the columns of a file; none where it is no log.

    Raises
    ------
    LogError
        It cannot be read.
    """
    with _opened(path) as file:
        header = next(csv.reader([file.readline(LONGEST)]), [])
    return header if layout_of(header) else []


def stored_rows(path: Path, ids: Sequence[str] | None = None) -> Iterator[Row]:
    """Rows of a file, with the values of all ids or of some.

    Raises
    ------
    LogError
        It cannot be read.
    """
    with _opened(path) as file:
        columns = next(csv.reader([file.readline(LONGEST)]), [])
        places = None if ids is None else [columns.index(id) - len(FIXED) for id in ids]
        for row in read_rows(path, file, len(columns)):
            if places is not None:
                row = replace(row, values=tuple(row.values[n] for n in places))
            yield row


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield file
    except LogError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise LogError(f"{path}: cannot be read: {error}") from None
