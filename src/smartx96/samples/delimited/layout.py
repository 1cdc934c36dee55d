"""How a text file of columns is laid out: header, units, time column, first row of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.delimited.dialect_choice import choose_dialect, head_of, is_row
from smartx96.samples.delimited.header import attributes, names_and_units
from smartx96.samples.delimited.moments import Moments, is_temporal, moments_of
from smartx96.samples.lines.numbers import Rows, parse_rows
from smartx96.samples.lines.text import Dialect
from smartx96.samples.recording import Channel
from smartx96.samples.stamps.names import is_time_name, rises_evenly, time_factor
from smartx96.samples.stored.units import si_unit

JUDGED = 2000
"""Rows that tell what a column is."""

COUNTED = 8
"""Rows from which on an even rise of the first column is no chance."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a delimited file.

    `columns` are the file's columns that are channels, `factors` those to V and A.
    `time_column` is None where the file has none of numbers; its numbers times `time_factor` are
    seconds. `moments` are columns of dates and times of day. `offset` is the first byte of the
    first row, `line` that row's number from 1. `attributes` is what the lines before say,
    `words` are columns of words, which are left out, by name.
    """

    dialect: Dialect
    channels: tuple[Channel, ...]
    columns: tuple[int, ...]
    factors: tuple[float, ...]
    width: int
    time_column: int | None
    time_factor: float
    moments: Moments | None
    offset: int
    line: int
    first_time: float
    attributes: dict[str, str]
    words: dict[int, str]


def find_layout(path: Path) -> Layout:
    """Lay out the columns from the beginning of a file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RecordingError
        There are no rows of numbers.
    """
    head, encoding = head_of(path)
    raw = head.split(b"\n")
    lines = [_text(line) for line in raw]
    dialect, width, words = choose_dialect(lines, encoding, path)
    first = _first_row(lines, width, dialect, words)
    named = width - int(lines[first].rstrip(" ").endswith(dialect.delimiter))
    names, units = names_and_units(lines[:first], width, named, dialect)
    body = _whole_rows(lines[first:], width, dialect, words)[:JUDGED]
    moments = moments_of([dialect.split(line) for line in body if line.strip()], dialect)
    fields = dialect.split(body[0])
    texts = [n for n, field in enumerate(fields) if n in words or is_temporal(field)]
    numeric = [column for column in range(width) if column not in texts]
    rows = np.full((sum(1 for line in body if line.strip()), width), np.nan)
    rows[:, numeric] = parse_rows(body, numeric, f"{path}: line", first, dialect)
    time_column = None if moments is not None else _time_column(names, rows)
    dropped = {time_column, *texts, *_index_columns(names, rows), *_empty_columns(names, rows)}
    columns = tuple(column for column in range(width) if column not in dropped)
    if not columns:
        raise RecordingError(f"{path}: has a time column and no channel")
    converted = [si_unit(units[column]) for column in columns]
    factor = 1.0 if time_column is None else time_factor(names[time_column], units[time_column])
    return Layout(
        dialect=dialect,
        channels=tuple(
            Channel(names[column] or str(n), unit=unit)
            for n, (column, (unit, _)) in enumerate(zip(columns, converted, strict=True), 1)
        ),
        columns=columns,
        factors=tuple(factor for _, factor in converted),
        width=width,
        time_column=time_column,
        time_factor=factor,
        moments=moments,
        offset=sum(len(line) + 1 for line in raw[:first]),
        line=first + 1,
        first_time=np.nan if time_column is None else float(rows[0, time_column]) * factor,
        attributes=attributes(lines[:first], dialect),
        words={n: names[n] or f"column {n + 1}" for n in sorted(words)},
    )


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig").strip("\r\x1a")
    except UnicodeDecodeError:
        return line.decode("latin-1").strip("\r\x1a")


def _first_row(lines: Sequence[str], width: int, dialect: Dialect, words: frozenset[int]) -> int:
    """Index of the first row of numbers of the usual width."""
    return next(
        n
        for n, line in enumerate(lines)
        if len(fields := dialect.split(line)) == width and is_row(fields, dialect, words)
    )


def _whole_rows(
    lines: Sequence[str], width: int, dialect: Dialect, words: frozenset[int]
) -> list[str]:
    """Lines without a last one that was cut off in writing."""
    rows = list(lines)
    while len(rows) > 1 and not rows[-1].strip():
        rows.pop()
    fields = dialect.split(rows[-1])
    unended = rows[-1] is lines[-1] and not is_row(fields, dialect, words)
    if len(rows) > 1 and (len(fields) < width or (unended and len(fields) == width)):
        rows.pop()
    return rows


def _time_column(names: Sequence[str], rows: Rows) -> int | None:
    """By name, else the first column when its numbers rise uniformly."""
    for column in range(len(names)):
        if is_time_name(names[column], names):
            return column
    if rows.shape[1] < 2 or len(rows) < COUNTED or 0 in _index_columns(names, rows):
        return None
    return 0 if rises_evenly(rows[:, 0]) else None


def _index_columns(names: Sequence[str], rows: Rows) -> set[int]:
    """A first column of running numbers, which is neither time nor channel."""
    first = rows[:, 0]
    counts = len(first) >= COUNTED and bool(np.all(np.diff(first) == 1))
    return {0} if rows.shape[1] > 1 and counts and not is_time_name(names[0], names) else set()


def _empty_columns(names: Sequence[str], rows: Rows) -> set[int]:
    """A last column without name and numbers: rows that end in a delimiter."""
    last = rows.shape[1] - 1
    return {last} if last > 0 and not names[last] and np.all(np.isnan(rows[:, last])) else set()
