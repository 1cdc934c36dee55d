"""How a text file of columns is laid out: header row, units, time column, first data row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.clock import fit_stamps
from smartx96.samples.files import open_binary
from smartx96.samples.number_rows import Rows, parse_rows
from smartx96.samples.recording import Channel
from smartx96.samples.units import SI_UNITS, TIME_UNITS, si_unit

DELIMITER = ","
HEAD_BYTES = 1 << 20
UNIT = re.compile(r"^(.*?)[\s_]*[\[(]\s*([^\[\]()]*?)\s*[\])]\s*$")
TIME_NAME = re.compile(
    r"^(t|times?|time[ _]?stamps?|seconds|sec|zeit|tijd|temps|tiempo)"
    r"(?:[ _](s|sec|ms|us|µs|ns))?$"
)
COUNTED = 8
"""Rows from which on an even rise of the first column is no chance."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a delimited file.

    `columns` are the file's columns that are channels, `factors` those to V and A.
    `time_column` is None where the file has none; its numbers times `time_factor` are seconds.
    `offset` is the first byte of the first data row, `line` that row's number from 1.
    """

    channels: tuple[Channel, ...]
    columns: tuple[int, ...]
    factors: tuple[float, ...]
    width: int
    time_column: int | None
    time_factor: float
    offset: int
    line: int
    head: Rows


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
    lines, offsets = _head_lines(path)
    first, width = _first_row(lines, path)
    names, units = _header(lines[:first], width)
    rows = parse_rows(_whole_rows(lines[first:], width), range(width), f"{path}: line", first)
    time_column = _time_column(names, rows)
    dropped = {time_column} | _index_columns(names, rows)
    columns = tuple(column for column in range(width) if column not in dropped)
    if not columns:
        raise RecordingError(f"{path}: has a time column and no channel")
    converted = [si_unit(units[column]) for column in columns]
    return Layout(
        channels=tuple(
            Channel(names[column] or str(n), unit=unit)
            for n, (column, (unit, _)) in enumerate(zip(columns, converted, strict=True), 1)
        ),
        columns=columns,
        factors=tuple(factor for _, factor in converted),
        width=width,
        time_column=time_column,
        time_factor=1.0 if time_column is None else _time_factor(names, units, time_column),
        offset=offsets[first],
        line=first + 1,
        head=rows,
    )


def _head_lines(path: Path) -> tuple[list[str], list[int]]:
    """Lines of the file's beginning and the byte at which each begins; a cut-off last one not."""
    with open_binary(path) as file:
        content = file.read(HEAD_BYTES)
        complete = not file.read(1)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RecordingError(f"{path}: is UTF-16 text; save it as UTF-8")
    raw = content.split(b"\n")
    if not complete and len(raw) > 1:
        raw.pop()
    offsets = np.cumsum([0, *(len(line) + 1 for line in raw)]).tolist()
    return [_text(line) for line in raw], offsets


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig").strip("\r\x1a")
    except UnicodeDecodeError:
        return line.decode("latin-1").strip("\r\x1a")


def _first_row(lines: Sequence[str], path: Path) -> tuple[int, int]:
    """Index of the first row of numbers, and the fields of such rows: the most common count."""
    rows = {n: line.count(DELIMITER) + 1 for n, line in enumerate(lines) if _is_row(line)}
    if not rows:
        text = "".join(lines[:20])
        hint = next((mark for mark in (";", "\t") if mark in text and "," not in text), None)
        separated = f" (columns separated by {hint!r}?)" if hint else ""
        raise RecordingError(
            f"{path}: no rows of numbers separated by commas in its beginning{separated}"
        )
    width = Counter(rows.values()).most_common(1)[0][0]
    return next(n for n, fields in rows.items() if fields == width), width


def _is_row(line: str) -> bool:
    """Whether all fields are numbers or empty, and one at least a number."""
    fields = [field.strip().strip('"') for field in line.split(DELIMITER)]
    return any(fields) and all(not field or _is_number(field) for field in fields)


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _whole_rows(lines: Sequence[str], width: int) -> list[str]:
    """Non-blank rows; a last one that was cut off in writing is left out."""
    rows = [line for line in lines if line and not line.isspace()]
    if len(rows) > 1 and rows[-1] == lines[-1] and rows[-1].count(DELIMITER) + 1 < width:
        rows.pop()
    return rows


def _header(before: Sequence[str], width: int) -> tuple[list[str], list[str]]:
    """Names and units from the lines before the first row; empty where there is no header."""
    rows = [
        [field.strip().strip('"').strip() for field in line.split(DELIMITER)]
        for line in before
        if line.strip()
    ]
    if not rows or len(rows[-1]) != width:
        return [""] * width, [""] * width
    if len(rows) > 1 and len(rows[-2]) == width and _are_units(rows[-1]):
        return rows[-2], [field.strip("[]()") for field in rows[-1]]
    pairs = [UNIT.match(field) for field in rows[-1]]
    names = [m.group(1) if m else f for m, f in zip(pairs, rows[-1], strict=True)]
    return names, [m.group(2) if m else "" for m in pairs]


def _are_units(fields: Sequence[str]) -> bool:
    bare = [field.strip("[]()").casefold() for field in fields]
    return all(not unit or unit in SI_UNITS or unit in TIME_UNITS for unit in bare) and any(bare)


def _time_column(names: Sequence[str], rows: Rows) -> int | None:
    """By name, else the first column when its numbers rise uniformly."""
    folded = [name.casefold() for name in names]
    phases = {"r", "s", "t"} <= set(folded)
    for column, name in enumerate(folded):
        if TIME_NAME.match(name) and not (name == "t" and phases):
            return column
    if rows.shape[1] < 2 or len(rows) < COUNTED or 0 in _index_columns(names, rows):
        return None
    first = rows[:, 0]
    if not np.all(np.isfinite(first)) or np.any(np.diff(first) < 0) or first[-1] <= first[0]:
        return None
    fit = fit_stamps(first)
    spacing = np.ptp(first) / (len(first) - 1)
    uniform = fit is not None and fit.jitter < 0.75 and abs(fit.rate * spacing - 1) < 0.01
    return 0 if uniform else None


def _index_columns(names: Sequence[str], rows: Rows) -> set[int]:
    """A first column of running numbers, which is neither time nor channel."""
    first = rows[:, 0]
    counts = len(first) >= COUNTED and bool(np.all(np.diff(first) == 1))
    timed = TIME_NAME.match(names[0].casefold())
    return {0} if rows.shape[1] > 1 and counts and not timed else set()


def _time_factor(names: Sequence[str], units: Sequence[str], column: int) -> float:
    named = TIME_NAME.match(names[column].casefold())
    unit = units[column] or (named.group(2) if named else "") or "s"
    return TIME_UNITS.get(unit.casefold(), 1.0)
