"""Rows of numbers out of lines of text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.lines.text import BLANKS, COMMA, Dialect

Rows = NDArray[np.float64]
"""Numbers of the chosen columns, shape (row, column); NaN where a field is empty."""


def parse_rows(
    lines: Sequence[str],
    columns: Sequence[int],
    where: str,
    before: int = 0,
    dialect: Dialect = COMMA,
) -> Rows:
    """Numbers of the chosen columns; an empty field is NaN, a blank line no row.

    Parameters
    ----------
    lines : sequence of str
    columns : sequence of int
        0-based columns, in the order of the result.
    where : str
        File and kind of line, for the message of an error.
    before : int
        Lines that stood before these.
    dialect : Dialect

    Returns
    -------
    ndarray, shape (row, len(columns))

    Raises
    ------
    RecordingError
        A line lacks a column or holds something else than a number.
    """
    if not columns or not any(map(str.strip, lines)):
        return np.zeros((sum(1 for line in lines if line.strip()), len(columns)))
    quoted = any('"' in line for line in lines)
    for mended in (False, True):
        try:
            rows = _parsed(lines, columns, dialect, mended, quoted)
        except ValueError:
            continue
        # A quote that nothing closes takes the lines that follow into its field.
        if not (mended or quoted) or len(rows) == sum(1 for line in lines if line.strip()):
            return rows
    numbered = ((n, line) for n, line in enumerate(lines, before + 1) if line.strip())
    return np.array([_row(line, columns, f"{where} {n}", dialect) for n, line in numbered])


def _parsed(
    lines: Sequence[str], columns: Sequence[int], dialect: Dialect, mended: bool, quoted: bool
) -> Rows:
    """By NumPy's parser, for which empty fields are mended into NaN."""
    delimiter = None if dialect.delimiter == BLANKS else dialect.delimiter
    if dialect.decimal == dialect.delimiter:
        delimiter = ";"
        lines = [";".join(dialect.split(line)) for line in lines]
    if dialect.decimal == ",":
        lines = "\n".join(lines).replace(",", ".").split("\n")
    if mended and delimiter is not None:
        empty = rf'(^|{re.escape(delimiter)})[ "]*(?={re.escape(delimiter)}|$)'
        lines = re.sub(empty, r"\1nan", "\n".join(lines), flags=re.MULTILINE).split("\n")
    quote = '"' if mended or quoted else None
    return np.loadtxt(
        lines, delimiter=delimiter, usecols=columns, ndmin=2, comments=None, quotechar=quote
    )


def _row(line: str, columns: Sequence[int], where: str, dialect: Dialect) -> list[float]:
    fields = dialect.split(line)
    if len(fields) <= max(columns):
        raise RecordingError(
            f"{where}: the row {_shown(line)} has {len(fields)} fields, "
            f"at least {max(columns) + 1} are needed"
        )
    return [_number(fields[column], line, where, dialect) for column in columns]


def _number(field: str, line: str, where: str, dialect: Dialect) -> float:
    if not field:
        return np.nan
    try:
        return dialect.number(field)
    except ValueError:
        raise RecordingError(
            f"{where}: {_shown(field)} in the row {_shown(line)} is not a number"
        ) from None


def _shown(text: str) -> str:
    """Text of a file for a message: one short line without control characters."""
    return ascii(text if len(text) <= 40 else text[:37] + "...")
