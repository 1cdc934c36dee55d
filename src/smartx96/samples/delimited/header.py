"""The lines before the rows of numbers: names, units, and what instruments say of the samples."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from smartx96.samples.lines.text import BLANKS, Dialect
from smartx96.samples.stored.units import is_unit, split_unit

COMMENT = re.compile(r"^\s*(?:#|%|//|;)+\s*")
ATTRIBUTE = re.compile(r"^\s*([^:=\t]+?)\s*[:=\t]\s*(\S.*?)\s*$")
LONGEST_ATTRIBUTE = 1000
"""Letters of a line that says something of the samples."""

Texts = list[str]


def names_and_units(
    before: Sequence[str], width: int, named: int, dialect: Dialect
) -> tuple[Texts, Texts]:
    """Names and units of the columns; empty where there is no header.

    Parameters
    ----------
    before : sequence of str
        Lines before the first row.
    width : int
        Columns.
    named : int
        Columns that have names: a last one may come from a delimiter at the end of the rows.
    dialect : Dialect
    """
    rows = [_fields(line, dialect) for line in before if line.strip()]
    rows = [[*row, *[""] * (width - named)] if len(row) == named else row for row in rows]
    if not rows or len(rows[-1]) != width:
        return [""] * width, [""] * width
    if len(rows) > 1 and len(rows[-2]) == width and _are_units(rows[-1]):
        return rows[-2], [field.strip("[]()") for field in rows[-1]]
    split = [split_unit(field) for field in rows[-1]]
    return [name for name, _ in split], [unit for _, unit in split]


def _fields(line: str, dialect: Dialect) -> Texts:
    """Fields of a header line without comment mark and quotes."""
    bare = COMMENT.sub("", line)
    if dialect.delimiter == BLANKS:
        fields = re.findall(r'"[^"]*"|[^\s\[(]\S*(?:\s+[\[(][^\])]{0,40}[\])])?|\S+', bare)
    else:
        try:
            fields = next(csv.reader([bare], delimiter=dialect.delimiter, strict=False))
        except csv.Error:  # a field longer than the module takes
            fields = bare.split(dialect.delimiter)
    return [field.strip().strip('"').strip() for field in fields]


def _are_units(fields: Sequence[str]) -> bool:
    bare = [field.strip("[]()") for field in fields]
    return all(not unit or is_unit(unit) for unit in bare) and any(bare)


def attributes(before: Sequence[str], dialect: Dialect) -> dict[str, str]:
    """What the lines before the header say as `key: value`, `key=value` or in two columns."""
    found: dict[str, str] = {}
    for line in before:
        if len(line) > LONGEST_ATTRIBUTE:
            continue
        bare = COMMENT.sub("", line)
        fields = [field for field in dialect.split(bare) if field]
        if dialect.delimiter != BLANKS and 2 <= len(fields) <= 3 and not ATTRIBUTE.match(fields[0]):
            name, value = fields[0].rstrip(":= "), " ".join(fields[1:])
        elif match := ATTRIBUTE.match(bare):
            name, value = match[1].strip('"'), match[2].strip('"').rstrip(dialect.delimiter)
        else:
            continue
        found.setdefault(name, value.strip().strip('"'))
    return found
