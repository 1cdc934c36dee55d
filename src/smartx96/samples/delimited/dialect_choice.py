"""Which dialect a text file of columns is written in, by its beginning."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from smartx96.errors import RecordingError
from smartx96.samples.delimited.moments import is_temporal
from smartx96.samples.lines.text import BLANKS, Dialect, open_text

HEAD_BYTES = 1 << 20
JUDGED = 300
"""Lines from the end of the head that decide: there are samples if anywhere."""

MOST_COLUMNS = 10_000

WORDED = 0.1
"""Share of the rows with a word, from which on a column is one of words."""

CANDIDATES = tuple(
    Dialect(delimiter, decimal)
    for delimiter, decimal in (
        (",", "."), (";", "."), ("\t", "."), ("|", "."), (BLANKS, "."),
        (";", ","), ("\t", ","), ("|", ","), (BLANKS, ","), (",", ","),
    )
)  # fmt: skip
"""In order of preference where several read the rows equally well. A comma that is both stands
between quotes where it is the decimal sign."""


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


def is_row(fields: Sequence[str], dialect: Dialect, texts: Collection[int] = frozenset()) -> bool:
    """Whether all fields are numbers, times or empty, and one at least a number.

    Parameters
    ----------
    fields : sequence of str
    dialect : Dialect
    texts : collection of int
        Columns of words, which say nothing.
    """
    numbers = 0
    for column, field in enumerate(fields):
        if column in texts:
            continue
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


def choose_dialect(
    lines: Sequence[str], encoding: str, path: Path
) -> tuple[Dialect, int, frozenset[int]]:
    """The dialect by which most lines are rows, the usual count of fields, columns of words.

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
    texts: frozenset[int] = frozenset()
    best = _best(judged, dict.fromkeys(CANDIDATES, texts))
    if best is None:
        worded = {candidate: _texts(judged, candidate) for candidate in CANDIDATES}
        best = _best(judged, {candidate: found for candidate, found in worded.items() if found})
        texts = worded[best[2]] if best else texts
    if best is None:
        raise RecordingError(
            f"{path}: no rows of numbers in its beginning, separated by comma, semicolon, tab, "
            "bar or blanks; is it a recording?"
        )
    if best[1] > MOST_COLUMNS:
        raise RecordingError(f"{path}: rows of {best[1]} columns; {MOST_COLUMNS} are the most")
    return Dialect(best[2].delimiter, best[2].decimal, encoding), best[1], texts


def _best(
    lines: Sequence[str], candidates: Mapping[Dialect, frozenset[int]]
) -> tuple[int, int, Dialect] | None:
    """Rows, their usual width, and the dialect that reads most; None where there are no rows."""
    best: tuple[int, int, Dialect] | None = None
    for dialect, texts in candidates.items():
        found = Counter(
            len(fields) for line in lines if is_row(fields := dialect.split(line), dialect, texts)
        )
        if found:
            width, count = found.most_common(1)[0]
            if best is None or (count, width) > best[:2]:
                best = (count, width, dialect)
    return best


def _texts(lines: Sequence[str], dialect: Dialect) -> frozenset[int]:
    """Columns of words, where the others are numbers or times in nearly all lines; else none."""
    if dialect.delimiter == BLANKS:  # a text with numbers in it
        return frozenset()
    rows = [dialect.split(line) for line in lines]
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    rows = [row for row in rows if len(row) == width]
    worded = [sum(_is_word(row[n], dialect) for row in rows) for n in range(width)]
    found = frozenset(n for n in range(width) if worded[n] > WORDED * len(rows))
    return found if 2 <= width <= MOST_COLUMNS and len(found) < width else frozenset()


def _is_word(field: str, dialect: Dialect) -> bool:
    return bool(field) and not _is_number(field, dialect) and not is_temporal(field)
