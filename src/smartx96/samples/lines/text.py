"""Lines of text files of rows, read in chunks of about a megabyte."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.files import open_binary

CHUNK_BYTES = 1 << 20
LONGEST_LINE = 1 << 22
"""Bytes; a line beyond is no row of samples but a file of another kind."""

BLANKS = " "
"""Delimiter that stands for any number of blanks and tabs."""

BLANK_LINE = re.compile(rb"(?:^|\n)[ \t\r\v\f\x1c-\x1f\x85\xa0]+(?:\n|$)")
"""A line of nothing but blanks."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How rows are written: what parts fields, the decimal sign, the encoding of the file."""

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"

    def split(self, line: str) -> list[str]:
        """Fields of a row without blanks and quotes around them."""
        if self.delimiter == BLANKS:
            fields = line.split()
        elif '"' in line:
            fields = self._unquoted(line)
        else:
            fields = line.split(self.delimiter)
        return [field.strip().strip('"').strip() for field in fields]

    def _unquoted(self, line: str) -> list[str]:
        """Fields that may hold the delimiter between quotes; one that nothing closes is text."""
        if line.count('"') % 2 == 0:
            with suppress(csv.Error):  # a field longer than the module takes
                return next(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True))
        return line.split(self.delimiter)

    def number(self, field: str) -> float:
        """A field as a number; ValueError where it is none."""
        if not field.isascii():  # digits of other scripts, which float() takes
            raise ValueError(f"{field!r} is no number")
        return float(field.replace(",", ".") if self.decimal == "," else field)


COMMA = Dialect()
"""Fields separated by commas."""


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


def line_chunks(
    path: Path, offset: int, end: int | None = None, fields: int = 1, dialect: Dialect = COMMA
) -> Iterator[list[str]]:
    """Non-blank lines of a text file from a byte on, about a megabyte at a time.

    A Ctrl-Z (the end of text files of old) ends the text.

    Parameters
    ----------
    path : Path
    offset : int
        First byte (of the text as UTF-8 where the file is UTF-16).
    end : int, optional
        Byte after the last.
    fields : int
        Fields of a whole row: a last line without line end that has fewer was cut off in writing
        and is left out.
    dialect : Dialect

    Raises
    ------
    RecordingError
        The file cannot be read or has no line ends.
    """
    for text in texts(path, offset, end, fields, dialect):
        if lines := [line for line in split_lines(text) if line and not line.isspace()]:
            yield lines


def count_lines(path: Path, offset: int, end: int | None = None, fields: int = 1) -> int:
    """Number of the lines that `line_chunks` gives, without taking them apart."""
    return sum(map(count, texts(path, offset, end, fields)))


def count(text: bytes) -> int:
    """Lines that are not blank, the last one with or without its line end."""
    unix = _unix(text)
    if BLANK_LINE.search(unix):
        return sum(1 for line in split_lines(unix) if line.strip())
    ends = np.frombuffer(unix, dtype=np.uint8) == ord("\n")
    begins = ~ends[1:] & ends[:-1]
    return int(np.count_nonzero(begins)) + int(len(ends) > 0 and not ends[0])


def texts(
    path: Path, offset: int, end: int | None = None, fields: int = 1, dialect: Dialect = COMMA
) -> Iterator[bytes]:
    """Pieces of whole lines, for `split_lines`; parameters as for `line_chunks`."""
    rest = b""
    position = offset
    with open_text(path, offset, dialect.encoding) as file:
        while data := file.read(_wanted(position, end)):
            position += len(data)
            text, ctrl_z, _ = (rest + data).partition(b"\x1a")
            whole, rest = (text, b"") if ctrl_z else _whole_lines(text)
            if len(rest) > LONGEST_LINE:
                raise RecordingError(f"{path}: a line of over {LONGEST_LINE} bytes; not a text")
            yield whole
            if ctrl_z:
                return
    if len(dialect.split(rest.decode("latin-1"))) >= fields:
        yield rest


@contextmanager
def open_text(path: Path, offset: int, encoding: str) -> Iterator[_Bytes]:
    """Bytes of a text file from a byte on; UTF-16 comes as UTF-8.

    Raises
    ------
    RecordingError
        The file cannot be read.
    """
    if not encoding.startswith("utf-16"):
        with open_binary(path, offset) as file:
            yield file
        return
    with open_binary(path) as file:
        recoded = _Recoded(file, encoding)
        while offset > 0:
            offset -= len(recoded.read(min(offset, CHUNK_BYTES))) or offset
        yield recoded


class _Recoded:
    """A file of another encoding, read as UTF-8."""

    def __init__(self, file: _Bytes, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._waiting = b""

    def read(self, size: int, /) -> bytes:
        while len(self._waiting) < size:
            content = self._file.read(CHUNK_BYTES)
            self._waiting += self._decoder.decode(content, not content).encode("utf-8", "replace")
            if not content:
                break
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken


def _wanted(position: int, end: int | None) -> int:
    return CHUNK_BYTES if end is None else max(0, min(CHUNK_BYTES, end - position))


def _whole_lines(text: bytes) -> tuple[bytes, bytes]:
    cut = text.rfind(b"\n") + 1
    return text[:cut], text[cut:]


def _unix(text: bytes) -> bytes:
    """The text with line ends of one sign; most have no others."""
    return text.replace(b"\r\n", b"\n") if b"\r" in text else text


def split_lines(text: bytes) -> list[str]:
    """Lines of a text, the blank ones among them, without their ends."""
    lines = _unix(text).decode("latin-1").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines
