"""Bottom line: eight characters of fourteen segments with points and colons, and their units."""

from __future__ import annotations

from collections.abc import Iterator

from smartx96.panel.digits import Size, colon, fourteen_segments, point
from smartx96.panel.screen import LINE_CHARACTERS, LineUnit, Prefix
from smartx96.panel.segment import LEFT, Group, Segment, Word, words

CHARACTER = Size(width=47, height=62, bar=6.6, gap=1.7)

_TOP, _PITCH = 496.0, 62.0
_UNITS, _UNIT_PITCH = 535.0, 134.0
_CAPITALS = 25.0

_PLACES = {
    LineUnit.WATT_HOUR: (0, 0),
    LineUnit.VAR_HOUR: (1, 0),
    LineUnit.VOLT_AMPERE_HOUR: (0, 1),
    LineUnit.AMPERE_HOUR: (1, 1),
}
"""Column and line of each unit, with prefixes of its own."""


def line_unit_parts(unit: LineUnit, prefix: Prefix) -> tuple[str, ...]:
    """Segments that make a unit with its prefix."""
    return (unit.value,) if prefix is Prefix.NONE else (f"{unit.value}{prefix.value}", unit.value)


def bottom_line() -> Iterator[Segment]:
    """Segments of the line."""
    for character in range(LINE_CHARACTERS):
        x = LEFT + character * _PITCH
        for name, shape in fourteen_segments(CHARACTER).items():
            yield Segment(f"line-{character}{name}", f"star-{name}", shape, x, _TOP, Group.LINE)
        if character < LINE_CHARACTERS - 1:
            for name, shape in (("point", point(CHARACTER)), ("colon", colon(CHARACTER))):
                yield Segment(f"line-{character}{name}", f"star-{name}", shape, x, _TOP, Group.LINE)
    for unit, (column, row) in _PLACES.items():
        x, y = _UNITS + column * _UNIT_PITCH, _TOP + row * (CHARACTER.height - _CAPITALS)
        yield from words("line", Group.LINE, x, y, _CAPITALS, _written(unit))


def _written(unit: LineUnit) -> list[Word]:
    prefixes = [Word(f"{unit.value}{p.value}", p.value, 5) for p in Prefix if p.value]
    return [*reversed(prefixes), Word(unit.value, unit.value)]


LINE_WORDS = [
    [word for unit, (_, line) in _PLACES.items() if line == here for word in _written(unit)]
    for here in range(2)
]
"""Prefixes and units of the line, the upper ones and the lower ones."""
