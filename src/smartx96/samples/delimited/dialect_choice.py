"""Which dialect a text file of columns is written in, by its beginning."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from smartx96.errors import RecordingError
from smartx96.samples.delimited.moments import is_temporal
from smartx96.samples.text_lines import BLANKS, Dialect, open_text

HEAD_BYTES = 1 << 20
JUDGED = 300
"""Lines from the end of the head that decide: there are samples if anywhere."""

MOST_COLUMNS = 10_000

CANDIDATES = tuple(
    Dialect(delimiter, decimal)
    for delimiter, decimal in (
        (",", "."), (";", "."), ("\t", "."), ("|", "."), (BLANKS, "."),
        (";", ","), ("\t", ","), ("|", ","), (BLANKS, ","),
    )
)  # fmt: skip
"""In order of preference where several read the rows equally well."""


def head_of(path: Path) -> tuple[bytes, str]:
    """Beginning of a file in whole lines, as UTF-8 or Latin-1, and the file's encoding.

    Raises
    ------
    RecordingError
        The file cannot be read.
    """
    encoding = _encoding(path)
    with open_text(path, 0, encoding) as file:
        content = file.read(HEAD_BYTES)
        complete = not file.read(1)
    if not complete and b"\n" in content:
        content = content[: content.rfind(b"\n") + 1]
    return content, encoding


def _encoding(path: Path) -> str:
    with open_text(path, 0, "utf-8") as file:
        begin = file.read(512)
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding, zero in (("utf-16-le", 1), ("utf-16-be", 0)):
        # Text of western letters: every second byte is 0.
        if len(begin) >= 16 and begin[zero::2].count(0) > 0.9 * len(begin) / 2:
            return encoding if begin[1 - zero :: 2].count(0) == 0 else "utf-8"
    return "utf-8"


def is_row(fields: Sequence[str], dialect: Dialect) -> bool:
    """Whether all fields are numbers, times or empty, and one at least a number."""
    numbers = 0
    for field in fields:
        if _is_number(field, dialect):
            numbers += 1
        elif field and not is_temporal(field):
            return False
    return numbers > 0


def _is_number(field: str, dialect: Dialect) -> bool:
    try:
        dialect.number(field)
    except ValueError:
        return False
    return True


def choose_dialect(lines: Sequence[str], encoding: str, path: Path) -> tuple[Dialect, int]:
    """The dialect by which most lines are rows, and the fields of a row: the most common count.

    Parameters
    ----------
    lines : sequence of str
        Of the file's beginning.
    encoding : str
    path : Path

    Raises
    ------
    RecordingError
        There are no rows of numbers in any dialect, or rows beyond `MOST_COLUMNS`.
    """
    judged = [line for line in lines if line.strip()][-JUDGED:]
    best: tuple[int, int, Dialect] | None = None
    for candidate in CANDIDATES:
        found = Counter(
            len(fields) for line in judged if is_row(fields := candidate.split(line), candidate)
        )
        if found:
            width, count = found.most_common(1)[0]
            if best is None or (count, width) > best[:2]:
                best = (count, width, candidate)
    if best is None:
        raise RecordingError(
            f"{path}: no rows of numbers in its beginning, separated by comma, semicolon, tab, "
            "bar or blanks; is it a recording?"
        )
    if best[1] > MOST_COLUMNS:
        raise RecordingError(f"{path}: rows of {best[1]} columns; {MOST_COLUMNS} are the most")
    return Dialect(best[2].delimiter, best[2].decimal, encoding), best[1]
