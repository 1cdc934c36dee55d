"""PointsFile: the points of a plan as a table that a bench fills in."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smartx96.errors import ConfigurationError, OptionError
from smartx96.typetest.external import filled as cells
from smartx96.typetest.external.filled import Filled
from smartx96.typetest.external.set_points import Asked, SetPoint
from smartx96.typetest.external.setting import harmonics, numbers

LARGEST = 1 << 24
"""Bytes of a file."""

MOST_ROWS = 50_000
"""Of a file: the whole plan has some 9000."""

SET_TO = (
    *(f"{name}_{phase}_{unit}" for phase in ("l1", "l2", "l3") for name, unit in (
        ("voltage", "v"), ("voltage_angle", "deg"), ("current", "a"), ("current_angle", "deg"))),
    "frequency_hz", "temperature_degc", "active_power_w", "reactive_power_var",
)  # fmt: skip
GIVEN = ("number", "point", "read", "wiring", "rated_current_a", *SET_TO, "waveform",
         "harmonics", "seconds")  # fmt: skip
HEADINGS = (*GIVEN, *cells.COLUMNS)

_NEEDED = ("point", "read", *cells.LISTS)
_BY_DIGITS = ("register_before_kwh", "register_after_kwh", "power_w", "true_seconds")
_DELIMITERS = (",", ";", "\t")

Key = tuple[str, Asked]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file.

    Parameters
    ----------
    line : int
        As a spreadsheet counts it.
    point : str
        The trial, as it is told.
    asked : Asked
    given : mapping of str to str
        What the source was to be set to.
    filled : Filled
    steps : mapping of str to float
        Finest digit of columns whose digits tell a resolution.
    """

    line: int
    point: str
    asked: Asked
    given: Mapping[str, str]
    filled: Filled
    steps: Mapping[str, float]

    @property
    def key(self) -> Key:
        """What no other row has."""
        return self.point, self.asked


def rows_of(points: Sequence[SetPoint], seconds: Mapping[Key, float]) -> list[Row]:
    """Rows of points with nothing filled in.

    Parameters
    ----------
    points : sequence of SetPoint
    seconds : mapping
        How long each is to last.
    """
    return [
        Row(0, str(point.trial), asked, _given(point, asked, seconds[str(point.trial), asked]),
            Filled(), {})
        for point in points
        for asked in point.asked
    ]  # fmt: skip


def _given(point: SetPoint, asked: Asked, seconds: float) -> dict[str, str]:
    set_to = point.trial.point
    values = {id: f"{x:.7g}" for id, x in numbers(point).items()}
    return {
        "number": str(point.number), "point": str(point.trial), "read": str(asked),
        "wiring": str(set_to.wiring), "rated_current_a": str(set_to.rated_current),
        **values, "waveform": str(set_to.waveform), "harmonics": harmonics(point),
        "seconds": f"{seconds:g}",
    }  # fmt: skip


def save(path: Path, rows: Sequence[Row]) -> None:
    """Write a file, which appears whole or stays as it was.

    Raises
    ------
    OptionError
        It cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADINGS)
    for row in rows:
        digits = _digits(row.steps) if row.filled.resolution_wh is None else {}
        found = [cells.shown(id, row.filled, digits) for id in cells.COLUMNS]
        table.writerow([*(row.given.get(id, "") for id in GIVEN), *found])
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OptionError(f"{path}: cannot be written: {error.strerror}") from None


def _digits(steps: Mapping[str, float]) -> dict[str, int]:
    return {id: len(f"{step:.15f}".rstrip("0").partition(".")[2]) for id, step in steps.items()}


def read(path: Path) -> list[Row]:
    """Read a file: as it was written, or as a spreadsheet made it.

    The delimiter is a comma, a semicolon or a tab; where it is no comma, numbers may have one.

    Raises
    ------
    ConfigurationError
        It cannot be read or is not such a file; names row and column.
    """
    text = _text(path)
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        headings = [heading.strip() for heading in next(table, [])]
        _check(path, headings)
        rows = list(_rows(path, table, headings, delimiter != ","))
    except csv.Error as error:
        raise ConfigurationError(f"{path}: row {table.line_num}: {error}") from None
    _once(path, rows)
    return _stepped(rows)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise ConfigurationError(f"{path}: is larger than {LARGEST >> 20} MB: no list of points is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8: save it as CSV in UTF-8") from None


def _check(path: Path, headings: Sequence[str]) -> None:
    missing = [id for id in _NEEDED if id not in headings]
    doubled = [id for id in headings if id and headings.count(id) > 1]
    if missing or doubled:
        what = f"lacks the column {missing[0]}" if missing else f"has {doubled[0]} twice"
        raise ConfigurationError(f"{path}: row 1 {what}: begin with a file that --list wrote")


def _rows(path: Path, table: Any, headings: Sequence[str], comma: bool) -> Iterator[Row]:
    for values in table:
        if not any(value.strip() for value in values):
            continue
        line = int(table.line_num)
        if line > MOST_ROWS:
            raise ConfigurationError(
                f"{path}: has more than {MOST_ROWS} rows: no list of points has"
            )
        if len(values) > len(headings):
            raise ConfigurationError(
                f"{path}: row {line}: {len(values)} cells under {len(headings)} headings"
            )
        cell = dict(zip(headings, values, strict=False))
        given = {id: cell.get(id, "").strip() for id in GIVEN}
        if comma:
            given |= {id: given[id].replace(",", ".") for id in SET_TO}
        yield Row(line, given["point"], _asked(path, line, given["read"]), given,
                  _filled(path, line, cell, comma), _steps(cell, comma))  # fmt: skip


def _asked(path: Path, line: int, text: str) -> Asked:
    try:
        return Asked(text.strip())
    except ValueError:
        known = ", ".join(Asked)
        raise ConfigurationError(
            f"{path}: row {line}, column read: {text!r}: use {known}"
        ) from None


def _filled(path: Path, line: int, cell: Mapping[str, str], comma: bool) -> Filled:
    found: dict[str, Any] = {}
    for column in cells.COLUMNS:
        try:
            found[column] = cells.parsed(column, cell.get(column, ""), comma)
        except ValueError as error:
            raise ConfigurationError(f"{path}: row {line}, column {column}: {error}") from None
    return Filled(**found)


def _steps(cell: Mapping[str, str], comma: bool) -> dict[str, float]:
    found = {id: cells.step(cell.get(id, ""), comma) for id in _BY_DIGITS}
    return {id: step for id, step in found.items() if step is not None}


def _once(path: Path, rows: Sequence[Row]) -> None:
    seen: dict[Key, int] = {}
    for row in rows:
        if row.key in seen:
            raise ConfigurationError(
                f"{path}: row {row.line}: the same point and reading as row {seen[row.key]}"
            )
        seen[row.key] = row.line


def _stepped(rows: Sequence[Row]) -> list[Row]:
    """Steps of the whole column where no bench wrote the resolution: spreadsheets drop zeros."""
    by_hand = [row for row in rows if row.filled.resolution_wh is None]
    finest: dict[str, float] = {}
    for row in by_hand:
        for id, step in row.steps.items():
            finest[id] = min(step, finest.get(id, step))
    return [
        row if row.filled.resolution_wh is not None
        else replace(row, steps={id: finest[id] for id in row.steps})
        for row in rows
    ]  # fmt: skip
