"""Rows of numbers in text files, read in chunks of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.files import open_binary

CHUNK_BYTES = 1 << 20
LONGEST_LINE = 1 << 22
"""Bytes; a line beyond is no row of samples but a file of another kind."""

Rows = NDArray[np.float64]
"""Numbers of the chosen columns, shape (row, column); NaN where a field is empty."""


def line_chunks(
    path: Path, offset: int, end: int | None = None, fields: int = 1
) -> Iterator[list[str]]:
    """Non-blank lines of a text file from a byte on, about a megabyte at a time.

    A Ctrl-Z (the end of text files of old) ends the text.

    Parameters
    ----------
    path : Path
    offset : int
        First byte.
    end : int, optional
        Byte after the last.
    fields : int
        Fields of a whole row: a last line without line end that has fewer was cut off in writing
        and is left out.

    Raises
    ------
    RecordingError
        The file cannot be read or has no line ends.
    """
    for text in _texts(path, offset, end, fields):
        if lines := _lines(text):
            yield lines


def count_lines(path: Path, offset: int, end: int | None = None, fields: int = 1) -> int:
    """Number of the lines that `line_chunks` gives, without taking them apart."""
    return sum(map(_count, _texts(path, offset, end, fields)))


def _count(text: bytes) -> int:
    """Lines that are not empty, the last one with or without its line end."""
    unix = np.frombuffer(text.replace(b"\r\n", b"\n"), dtype=np.uint8) == ord("\n")
    begins = ~unix[1:] & unix[:-1]
    return int(np.count_nonzero(begins)) + int(len(unix) > 0 and not unix[0])


def _texts(path: Path, offset: int, end: int | None, fields: int) -> Iterator[bytes]:
    """Pieces of whole lines."""
    rest = b""
    with open_binary(path, offset) as file:
        while data := file.read(_wanted(file.tell(), end)):
            text, ctrl_z, _ = (rest + data).partition(b"\x1a")
            whole, rest = (text, b"") if ctrl_z else _whole_lines(text)
            if len(rest) > LONGEST_LINE:
                raise RecordingError(f"{path}: a line of over {LONGEST_LINE} bytes; not a text")
            yield whole
            if ctrl_z:
                return
    if rest.count(b",") + 1 >= fields:
        yield rest


def _wanted(position: int, end: int | None) -> int:
    return CHUNK_BYTES if end is None else max(0, min(CHUNK_BYTES, end - position))


def _whole_lines(text: bytes) -> tuple[bytes, bytes]:
    cut = text.rfind(b"\n") + 1
    return text[:cut], text[cut:]


def _lines(text: bytes) -> list[str]:
    unix = text.replace(b"\r\n", b"\n").decode("latin-1")
    return [line for line in unix.split("\n") if line and not line.isspace()]


def parse_rows(lines: Sequence[str], columns: Sequence[int], where: str, before: int = 0) -> Rows:
    """Numbers of the chosen columns; an empty field is NaN.

    Parameters
    ----------
    lines : sequence of str
        Non-blank lines of fields separated by commas.
    columns : sequence of int
        0-based columns, in the order of the result.
    where : str
        File and kind of line, for the message of an error.
    before : int
        Lines that stood before these, blank ones not counted.

    Returns
    -------
    ndarray, shape (len(lines), len(columns))

    Raises
    ------
    RecordingError
        A line lacks a column or holds something else than a number.
    """
    if not columns:
        return np.zeros((len(lines), 0))
    try:
        return np.loadtxt(lines, delimiter=",", usecols=columns, ndmin=2, comments=None)
    except ValueError:
        numbered = enumerate(lines, before + 1)
        return np.array([_row(line, columns, f"{where} {n}") for n, line in numbered])


def _row(line: str, columns: Sequence[int], where: str) -> list[float]:
    fields = line.split(",")
    if len(fields) <= max(columns):
        raise RecordingError(
            f"{where}: the row {_shown(line)} has {len(fields)} fields, "
            f"at least {max(columns) + 1} are needed"
        )
    return [_number(fields[column], line, where) for column in columns]


def _number(field: str, line: str, where: str) -> float:
    stripped = field.strip().strip('"')
    if not stripped:
        return np.nan
    try:
        return float(stripped)
    except ValueError:
        raise RecordingError(
            f"{where}: {_shown(stripped)} in the row {_shown(line)} is not a number"
        ) from None


def _shown(text: str) -> str:
    """Text of a file for a message: one short line without control characters."""
    return ascii(text if len(text) <= 40 else text[:37] + "...")
