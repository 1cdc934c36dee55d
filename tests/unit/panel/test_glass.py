"""The segments: told apart, on the glass, and not on top of each other."""

from __future__ import annotations

import math
import re
from itertools import chain, combinations, pairwise

import pytest

from smartx96.panel.bottom_line import line_unit_parts
from smartx96.panel.glass import ALL, BITS, LAMP, SEGMENTS
from smartx96.panel.screen import (
    LINE_CHARACTERS,
    ROW_DIGITS,
    ROWS,
    Label,
    LineUnit,
    Prefix,
    Symbol,
    Unit,
)
from smartx96.panel.segment import HEIGHT, LEFT, RIGHT, Group, Segment
from smartx96.panel.symbol_line import PARTS
from smartx96.panel.value_rows import LABELS, unit_parts

Point = tuple[float, float]


def outlines(segment: Segment) -> list[list[Point]]:
    """Polygons of an area, on the glass."""
    found = []
    for run in segment.path.split("M")[1:]:
        numbers = [float(text) for text in re.findall(r"-?[\d.]+", run)]
        found.append(
            [
                (x + segment.x, y + segment.y)
                for x, y in zip(numbers[::2], numbers[1::2], strict=True)
            ]
        )
    return found


def inside(point: Point, polygon: list[Point]) -> bool:
    x, y = point
    crossings = 0
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        crossings += (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0)
    return crossings % 2 == 1


def areas() -> list[Segment]:
    return [s for s in SEGMENTS if not s.shape.stroke and set(s.path) <= set("MLZ -.0123456789")]


def test_segments_are_told_apart() -> None:
    assert len({segment.id for segment in SEGMENTS}) == len(SEGMENTS) == len(BITS)
    assert sum(BITS.values()) == ALL == 2 ** len(SEGMENTS) - 1


def test_the_glass_has_what_the_contract_says() -> None:
    digits = [s for s in SEGMENTS if s.name.startswith("digit-")]
    stars = [s for s in SEGMENTS if re.fullmatch("star-[a-n]", s.name)]
    assert len(digits) == ROWS * ROW_DIGITS * 7
    assert len(stars) == LINE_CHARACTERS * 14
    assert sum(s.id.endswith("minus") for s in SEGMENTS) == ROWS


def test_everything_stands_on_the_glass() -> None:
    for segment in SEGMENTS:
        left, top, right, foot = segment.box
        if segment is LAMP:
            assert foot < 0
        else:
            assert LEFT - 0.1 <= left < right <= RIGHT + 0.1, segment.id
            assert 20 <= top < foot <= HEIGHT - 20, segment.id


def test_boxes_hold_their_shapes() -> None:
    for segment in areas():
        left, top, right, foot = segment.box
        for x, y in chain.from_iterable(outlines(segment)):
            assert left - 0.1 <= x <= right + 0.1, segment.id
            assert top - 0.1 <= y <= foot + 0.1, segment.id


def test_no_area_reaches_into_another() -> None:
    shapes = {segment.id: outlines(segment) for segment in areas()}
    for one, other in combinations(areas(), 2):
        a, b = one.box, other.box
        if a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]:
            continue
        for first, second in ((one, other), (other, one)):
            for polygon in shapes[first.id]:
                middle = (sum(x for x, _ in polygon) / len(polygon),
                          sum(y for _, y in polygon) / len(polygon))  # fmt: skip
                for point in [*polygon, middle]:
                    held = sum(inside(point, p) for p in shapes[second.id])
                    assert held % 2 == 0, (one.id, other.id)


def test_words_do_not_touch() -> None:
    words = [s for s in SEGMENTS if s.shape.stroke and s.group in (Group.ROWS, Group.LINE)]
    for one, other in combinations(words, 2):
        a, b = one.box, other.box
        apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
        assert apart, (one.id, other.id)


@pytest.mark.parametrize("symbol", Symbol)
def test_every_symbol_has_its_segments(symbol: Symbol) -> None:
    assert PARTS[symbol]
    assert set(PARTS[symbol]) <= set(BITS)


def test_symbols_are_told_apart() -> None:
    assert len({frozenset(parts) for parts in PARTS.values()}) == len(Symbol)


@pytest.mark.parametrize("row", range(ROWS))
def test_every_label_and_unit_has_its_segments(row: int) -> None:
    for label in Label:
        assert {f"row{row}-{part}" for part in LABELS[label]} <= set(BITS)
    for unit in Unit:
        for prefix in Prefix:
            assert {f"row{row}-{part}" for part in unit_parts(unit, prefix)} <= set(BITS)


def test_labels_and_units_are_told_apart() -> None:
    assert len({frozenset(parts) for parts in LABELS.values()}) == len(Label)
    units = {frozenset(unit_parts(unit, prefix)) for unit in Unit for prefix in Prefix}
    assert len(units) == len(Unit) * len(Prefix)
    lines = {frozenset(line_unit_parts(unit, prefix)) for unit in LineUnit for prefix in Prefix}
    assert len(lines) == len(LineUnit) * len(Prefix)


def test_every_line_unit_has_its_segments() -> None:
    for unit in LineUnit:
        for prefix in Prefix:
            assert {f"line-{part}" for part in line_unit_parts(unit, prefix)} <= set(BITS)


def distance(point: Point, start: Point, end: Point) -> float:
    """Of a point from a line that ends."""
    run, rise = end[0] - start[0], end[1] - start[1]
    along = ((point[0] - start[0]) * run + (point[1] - start[1]) * rise) / (run**2 + rise**2)
    share = min(max(along, 0.0), 1.0)
    return math.dist(point, (start[0] + share * run, start[1] + share * rise))


@pytest.mark.parametrize(
    ("place", "neighbours"),
    [("row0-0", "ab bc cd de ef af bg cg eg fg"),
     ("line-0", "ab bc cd de ef af bh ch eg fg gj hj gm hm gi hk hl gn ai ak dn dl")],
)  # fmt: skip
def test_gaps_between_segments_are_even(place: str, neighbours: str) -> None:
    """Slanting narrows some of them a little; the star keeps clear of what it does not meet."""
    gaps = {}
    for pair in neighbours.split():
        one, other = (
            outlines(next(s for s in SEGMENTS if s.id == f"{place}{letter}"))[0] for letter in pair
        )
        gaps[pair] = min(
            distance(point, *edge)
            for points, lines in ((one, other), (other, one))
            for point in points
            for edge in pairwise([*lines, lines[0]])
        )
    assert max(gaps.values()) <= 1.3 * min(gaps.values()), gaps
