"""Value rows: labels at the left, four digits with a minus, prefixes and units at the right."""

from __future__ import annotations

from collections.abc import Iterator

from smartx96.panel.digits import Size, minus, point, seven_segments
from smartx96.panel.screen import ROW_DIGITS, ROWS, Label, Prefix, Unit
from smartx96.panel.segment import LEFT, Group, Segment, Word, words

DIGIT = Size(width=53, height=84, bar=12, gap=2.6)
_INDEX = Size(width=21, height=40, bar=6.4, gap=1.6)
"""Figures of the labels L1 and L1-2."""

_TOP, _PITCH = 90.0, 99.0
_MINUS = 218.0
_DIGITS, _DIGIT_PITCH = 254.0, 78.0
_UNITS = 574.0
_CAPITALS = 29.0
_LABEL = 40.0

MARKS = {"1": "bc", "2": "abdeg", "3": "abcdg"}
"""Segments of the figures in labels."""

LABELS: dict[Label, tuple[str, ...]] = {
    label: ("L", *(f"from{segment}" for segment in MARKS[figure]))
    for label, figure in ((Label.L1, "1"), (Label.L2, "2"), (Label.L3, "3"))
} | {
    label: ("L", "to", *(f"from{s}" for s in MARKS[figure]), *(f"to{s}" for s in MARKS[other]))
    for label, figure, other in (
        (Label.L12, "1", "2"), (Label.L23, "2", "3"), (Label.L31, "3", "1"))
} | {Label.NEUTRAL: ("N",), Label.TOTAL: ("total",), Label.MAXIMUM: ("max",),
     Label.DEMAND: ("dmd",)}  # fmt: skip
"""Segments that make a label."""

_ABOVE = {Unit.WATT, Unit.VAR}
"""Units that stand beside the upper prefixes; the others stand beside the lower ones."""

KINDS = [Word("max", "max", 12), Word("dmd", "dmd")]
UPPER = [
    *(Word("G", "G"), Word("M", "M"), Word("k", "k", 7)),
    *(Word("W", "W", 9), Word("var", "var", 10), Word("Hz", "Hz")),
]
LOWER = [
    *(Word("G2", "G"), Word("M2", "M"), Word("k2", "k", 7), Word("V", "V", 5), Word("A", "A", 9)),
    *(Word("PF", "PF", 8), Word("percent", "%", 6), Word("degree", "\u00b0")),
]
"""Words of a row: kinds above the labels, the upper and the lower units."""

_UNIT_PARTS = {Unit.PERCENT: ("percent",), Unit.DEGREE: ("degree",), Unit.VOLT_AMPERE: ("V", "A")}


def unit_parts(unit: Unit, prefix: Prefix) -> tuple[str, ...]:
    """Segments that make a unit with its prefix."""
    parts = _UNIT_PARTS.get(unit, (unit.value,))
    if prefix is Prefix.NONE:
        return parts
    return (prefix.value if unit in _ABOVE else f"{prefix.value}2", *parts)


def value_rows() -> Iterator[Segment]:
    """Segments of all rows."""
    for row in range(ROWS):
        yield from _row(f"row{row}", _TOP + row * _PITCH)


def _row(place: str, y: float) -> Iterator[Segment]:
    yield from _labels(place, y)
    rows = Group.ROWS
    yield Segment(f"{place}-minus", "minus", minus(DIGIT, 30), _MINUS, y, rows)
    for digit in range(ROW_DIGITS):
        x = _DIGITS + digit * _DIGIT_PITCH
        for name, shape in seven_segments(DIGIT).items():
            yield Segment(f"{place}-{digit}{name}", f"digit-{name}", shape, x, y, rows)
        if digit < ROW_DIGITS - 1:
            yield Segment(f"{place}-{digit}point", "point", point(DIGIT), x, y, rows)
    yield from words(place, rows, _UNITS, y + 6, _CAPITALS, UPPER)
    yield from words(place, rows, _UNITS, y + DIGIT.height - _CAPITALS, _CAPITALS, LOWER)


def _labels(place: str, y: float) -> Iterator[Segment]:
    """Above what kind of value; below of which conductor: `L1-2`, N or the sum."""
    rows = Group.ROWS
    yield from words(place, rows, LEFT, y + 2, 25, KINDS)
    foot = y + DIGIT.height - _LABEL
    yield from words(place, rows, LEFT, foot, _LABEL, [Word("L", "L")])
    yield from _figure(f"{place}-from", LEFT + 25, foot)
    yield Segment(f"{place}-to", "dash", minus(_INDEX, 17), LEFT + 55, foot, rows)
    yield from _figure(f"{place}-to", LEFT + 77, foot)
    yield from words(place, rows, LEFT + 118, foot, _LABEL,
                     [Word("N", "N", 13), Word("total", Label.TOTAL.value)])  # fmt: skip


def _figure(place: str, x: float, y: float) -> Iterator[Segment]:
    used = sorted(set("".join(MARKS.values())))
    shapes = seven_segments(_INDEX)
    for name in used:
        yield Segment(f"{place}{name}", f"index-{name}", shapes[name], x, y, Group.ROWS)
