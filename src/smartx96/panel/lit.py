"""Lit: the segments that a screen lights, as masks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from smartx96.panel.bottom_line import line_unit_parts
from smartx96.panel.glass import ALL, BITS
from smartx96.panel.glyphs import FOURTEEN, SEVEN, fourteen, seven
from smartx96.panel.screen import LINE_CHARACTERS, ROW_DIGITS, ROWS, Line, Row, Screen
from smartx96.panel.symbol_line import BAR_SEGMENTS, BAR_STEP, PARTS
from smartx96.panel.value_rows import LABELS, unit_parts

_NUMBER = re.compile(r"-+|[-+]?\d*\.?\d+")
_MARKS = {".": "point", ":": "colon"}


@dataclass(frozen=True, slots=True)
class Lit:
    """What of the glass is lit: bit n is segment n of `glass.SEGMENTS`.

    Parameters
    ----------
    on : int
        Lit, steadily or flashing.
    flashing : int
        Those of them that flash.
    """

    on: int
    flashing: int


class Cell(NamedTuple):
    """A character and the point or colon behind it; both may be empty."""

    character: str = ""
    mark: str = ""


def lit(screen: Screen) -> Lit:
    """Segments of a screen.

    Text that does not fit is shown as well as it goes (`misfits` tells): characters without a glyph
    as the nearest one, words cut off at the right, numbers as dashes: a number that is cut would be
    another number.
    """
    if not screen.powered:
        return Lit(0, 0)
    if screen.lamp_test:
        return Lit(ALL, 0)
    on = flashing = 0
    for mask, flashes in _parts(screen):
        on |= mask
        if flashes:
            flashing |= mask
    return Lit(on, flashing)


def row_cells(row: Row) -> tuple[bool, list[Cell]]:
    """Whether a row has its minus lit, and its digits from left to right."""
    text = row.text
    negative = text.startswith("-") and bool(text.strip("-."))
    cells = _cells(text[1:] if negative else text)
    if len(cells) > ROW_DIGITS:
        return False, [Cell("-")] * ROW_DIGITS
    return negative, [Cell()] * (ROW_DIGITS - len(cells)) + cells


def line_cells(line: Line) -> list[Cell]:
    """Characters of the bottom line from left to right."""
    cells = _cells(line.text)
    missing = LINE_CHARACTERS - len(cells)
    if not _NUMBER.fullmatch(line.text):
        return cells[:LINE_CHARACTERS] + [Cell()] * missing
    return [Cell()] * missing + cells if missing >= 0 else [Cell("-")] * LINE_CHARACTERS


def bar_length(load: float | None) -> int:
    """Segments of the bar that a load lights."""
    if load is None or math.isnan(load):
        return 0
    return round(min(max(load / BAR_STEP, 0.0), BAR_SEGMENTS))


def _cells(text: str) -> list[Cell]:
    cells: list[Cell] = []
    for sign in text:
        if sign not in _MARKS:
            cells.append(Cell(sign))
        elif cells and not cells[-1].mark:
            cells[-1] = Cell(cells[-1].character, sign)
        else:
            cells.append(Cell("", sign))
    return cells


@lru_cache(maxsize=4096)
def _mask(place: str, *parts: str) -> int:
    """Mask of the segments of this place that have these ends of ids."""
    return reduce(or_, (BITS[f"{place}{part}"] for part in parts), 0)


def _parts(screen: Screen) -> Iterator[tuple[int, bool]]:
    """Masks of what is lit, and whether it flashes."""
    for symbol in screen.symbols | screen.flashing:
        yield _mask("", *PARTS[symbol]), symbol in screen.flashing
    for number, row in enumerate(screen.rows[:ROWS]):
        yield from _row_parts(f"row{number}-", row)
    yield from _line_parts(screen.line)
    if screen.bar is not None:
        yield _mask("bar-", "scale", *map(str, range(bar_length(screen.bar)))), False


def _row_parts(at: str, row: Row) -> Iterator[tuple[int, bool]]:
    negative, cells = row_cells(row)
    whole = row.flashing.issuperset(range(ROW_DIGITS))
    if negative:
        yield _mask(at, "minus"), whole
    for place, cell in enumerate(cells):
        yield _mask(f"{at}{place}", *seven(cell.character)), place in row.flashing
        if cell.mark == "." and place < ROW_DIGITS - 1:
            yield _mask(f"{at}{place}", "point"), whole
    for label in row.labels:
        yield _mask(at, *LABELS[label]), False
    if row.unit:
        yield _mask(at, *unit_parts(row.unit, row.prefix)), False


def _line_parts(line: Line) -> Iterator[tuple[int, bool]]:
    whole = line.flashing.issuperset(range(LINE_CHARACTERS))
    for place, cell in enumerate(line_cells(line)):
        yield _mask(f"line-{place}", *fourteen(cell.character)), place in line.flashing
        if cell.mark and place < LINE_CHARACTERS - 1:
            yield _mask(f"line-{place}", _MARKS[cell.mark]), whole
    if line.unit:
        yield _mask("line-", *line_unit_parts(line.unit, line.prefix)), False


def misfits(screen: Screen) -> list[str]:
    """What of a screen's texts the glass cannot show as it stands, one line for each fault."""
    faults = []
    if len(screen.rows) > ROWS:
        faults.append(f"{len(screen.rows)} rows, the glass has {ROWS}")
    for number, row in enumerate(screen.rows):
        digits = row.text[1:] if row.text.startswith("-") and row.text.strip("-.") else row.text
        faults += _text_faults(f"row {number}", row.text, _cells(digits), ROW_DIGITS, SEVEN)
        if ":" in row.text:
            faults.append(f"row {number} {row.text!r}: rows have no colon")
    line = screen.line.text
    return faults + _text_faults("line", line, _cells(line), LINE_CHARACTERS, FOURTEEN)


def _text_faults(place: str, text: str, cells: list[Cell], room: int,
                 glyphs: dict[str, str]) -> list[str]:  # fmt: skip
    faults = []
    if len(cells) > room:
        faults.append(f"{place} {text!r}: {len(cells)} characters, there is room for {room}")
    if len(cells) == room and cells[-1].mark:
        faults.append(f"{place} {text!r}: nothing stands behind the last character")
    missing = "".join(c.character for c in cells if c.character and c.character not in glyphs)
    if missing:
        faults.append(f"{place} {text!r}: no glyph for {missing!r}")
    return faults
