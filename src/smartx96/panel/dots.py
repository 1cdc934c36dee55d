"""Dots: segments as dots of a terminal's Braille characters, two by four in each."""

from __future__ import annotations

from collections.abc import Iterable

Dots = frozenset[tuple[int, int]]
"""Columns from the left and lines from the top."""

_BLANK = 0x2800
_RAISED = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""What each dot adds to the number of a blank Braille character, by line and column."""

DIGIT_COLUMNS, DIGIT_LINES = 5, 4
"""Characters that a digit of seven segments takes."""

STAR_COLUMNS, STAR_LINES = 5, 3
"""Characters that a character of fourteen segments takes."""


def braille(dots: Iterable[tuple[int, int]], columns: int, lines: int) -> list[str]:
    """Lines of Braille characters with these dots raised."""
    cells = [[_BLANK] * columns for _ in range(lines)]
    for x, y in dots:
        cells[y // 4][x // 2] |= _RAISED[y % 4][x % 2]
    return ["".join(map(chr, line)) for line in cells]


def _block(columns: range, lines: range) -> Dots:
    return frozenset((x, y) for x in columns for y in lines)


def _across(dots: Dots, last: int) -> Dots:
    return frozenset((last - x, y) for x, y in dots)


def _down(dots: Dots, last: int) -> Dots:
    return frozenset((x, last - y) for x, y in dots)


def _seven() -> dict[str, Dots]:
    """Bars two dots wide with mitred ends, on ten by sixteen."""
    top = _block(range(1, 9), range(1)) | _block(range(2, 8), range(1, 2))
    left = _block(range(1), range(1, 8)) | _block(range(1, 2), range(2, 7))
    return {
        "a": top,
        "b": _across(left, 9),
        "c": _across(_down(left, 15), 9),
        "d": _down(top, 15),
        "e": _down(left, 15),
        "f": left,
        "g": _block(range(2, 8), range(7, 9)),
    }


def _fourteen() -> dict[str, Dots]:
    """Bars one dot wide, on nine by eleven."""
    top = _block(range(1, 8), range(1))
    left = _block(range(1), range(1, 5))
    slope: Dots = frozenset({(1, 1), (2, 2), (2, 3), (3, 4)})
    upright = _block(range(4, 5), range(1, 5))
    half = _block(range(1, 4), range(5, 6))
    return {
        "a": top,
        "b": _across(left, 8),
        "c": _across(_down(left, 10), 8),
        "d": _down(top, 10),
        "e": _down(left, 10),
        "f": left,
        "g": half,
        "h": _across(half, 8),
        "i": slope,
        "j": upright,
        "k": _across(slope, 8),
        "l": _across(_down(slope, 10), 8),
        "m": _down(upright, 10),
        "n": _down(slope, 10),
    }


SEVEN_DOTS = _seven()
FOURTEEN_DOTS = _fourteen()
