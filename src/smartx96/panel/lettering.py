"""Lettering: labels and name plate as strokes, so that no font is asked for.

An upright engineering hand: each letter is one line of even width, drawn on a body ten units high.
"""

from __future__ import annotations

import re

from smartx96.markup import number
from smartx96.panel.shape import Point, Shape, box_of

CAPITAL = 10.0
"""Height of the body that letters are drawn on."""

WEIGHT = 1.7
"""Width of the stroke on that body."""

_BLANK = 3.4
_MARGIN = 3.0
"""Between the lines of two letters."""

_STROKES: dict[str, tuple[float, str]] = {
    "0": (5.6, "M0 2.8C0 1.2 1.2 0 2.8 0C4.4 0 5.6 1.2 5.6 2.8L5.6 7.2C5.6 8.8 4.4 10 2.8 10"
               "C1.2 10 0 8.8 0 7.2Z"),
    "1": (2.6, "M0 2.2L2.6 0L2.6 10"),
    "2": (5.4, "M0 2.7C0 1.2 1.2 0 2.7 0C4.2 0 5.4 1.2 5.4 2.7C5.4 3.8 4.9 4.5 4.1 5.4"
               "L0 10L5.6 10"),
    "3": (5.4, "M0.2 0L5.2 0L2.4 3.9C4.2 3.8 5.4 5.1 5.4 6.9C5.4 8.7 4.2 10 2.6 10"
               "C1.3 10 0.3 9.3 0 8.2"),
    "4": (6.0, "M4.4 10L4.4 5M3 0L0 7.4L6 7.4"),
    "5": (5.4, "M5 0L0.8 0L0.5 4.4C1.1 4 1.8 3.8 2.5 3.8C4.2 3.8 5.4 5.1 5.4 6.9"
               "C5.4 8.7 4.2 10 2.6 10C1.3 10 0.3 9.3 0 8.3"),
    "6": (5.4, "M3.6 0L0.6 5.2M0 7.2C0 5.6 1.2 4.4 2.7 4.4C4.2 4.4 5.4 5.6 5.4 7.2"
               "C5.4 8.8 4.2 10 2.7 10C1.2 10 0 8.8 0 7.2C0 6.4 0.2 5.8 0.6 5.2"),
    "7": (5.2, "M0 0L5.2 0L1.6 10"),
    "8": (5.4, "M2.7 4.6C1.4 4.6 0.4 3.6 0.4 2.3C0.4 1 1.4 0 2.7 0C4 0 5 1 5 2.3"
               "C5 3.6 4 4.6 2.7 4.6C1.2 4.6 0 5.8 0 7.3C0 8.8 1.2 10 2.7 10"
               "C4.2 10 5.4 8.8 5.4 7.3C5.4 5.8 4.2 4.6 2.7 4.6Z"),
    "9": (5.4, "M1.8 10L4.8 4.8M5.4 2.8C5.4 4.4 4.2 5.6 2.7 5.6C1.2 5.6 0 4.4 0 2.8"
               "C0 1.2 1.2 0 2.7 0C4.2 0 5.4 1.2 5.4 2.8C5.4 3.6 5.2 4.2 4.8 4.8"),
    "A": (6.6, "M0 10L3.3 0L6.6 10M1.1 6.9L5.5 6.9"),
    "C": (5.4, "M5.4 2.6C5.3 1.1 4.2 0 2.8 0C1.2 0 0 1.2 0 2.8L0 7.2C0 8.8 1.2 10 2.8 10"
               "C4.2 10 5.3 8.9 5.4 7.4"),
    "D": (5.6, "M0 0L2.4 0C4.4 0 5.6 1.3 5.6 3.2L5.6 6.8C5.6 8.7 4.4 10 2.4 10L0 10Z"),
    "E": (4.8, "M4.8 0L0 0L0 10L4.8 10M0 4.8L4.2 4.8"),
    "F": (4.8, "M4.8 0L0 0L0 10M0 4.9L4.2 4.9"),
    "G": (5.6, "M5.5 2.6C5.4 1.1 4.3 0 2.8 0C1.2 0 0 1.2 0 2.8L0 7.2C0 8.8 1.2 10 2.8 10"
               "C4.4 10 5.6 8.8 5.6 7.2L5.6 5.2L3.2 5.2"),
    "H": (5.8, "M0 0L0 10M5.8 0L5.8 10M0 4.8L5.8 4.8"),
    "I": (0.0, "M0 0L0 10"),
    "L": (4.6, "M0 0L0 10L4.6 10"),
    "M": (7.0, "M0 10L0 0L3.5 6.4L7 0L7 10"),
    "N": (6.0, "M0 10L0 0L6 10L6 0"),
    "O": (6.0, "M0 3C0 1.3 1.3 0 3 0C4.7 0 6 1.3 6 3L6 7C6 8.7 4.7 10 3 10C1.3 10 0 8.7 0 7Z"),
    "P": (5.4, "M0 10L0 0L2.7 0C4.3 0 5.4 1.2 5.4 2.7C5.4 4.2 4.3 5.4 2.7 5.4L0 5.4"),
    "R": (5.6, "M0 10L0 0L2.7 0C4.3 0 5.4 1.1 5.4 2.6C5.4 4.1 4.3 5.2 2.7 5.2L0 5.2M3 5.2L5.7 10"),
    "S": (5.4, "M5.1 2.2C4.8 0.9 3.9 0 2.6 0C1.2 0 0.2 1 0.2 2.4C0.2 4 1.4 4.5 2.7 4.9"
               "C4.1 5.3 5.4 5.8 5.4 7.5C5.4 9 4.3 10 2.8 10C1.3 10 0.3 9 0 7.6"),
    "T": (6.0, "M0 0L6 0M3 0L3 10"),
    "U": (5.6, "M0 0L0 7.2C0 8.8 1.2 10 2.8 10C4.4 10 5.6 8.8 5.6 7.2L5.6 0"),
    "V": (6.4, "M0 0L3.2 10L6.4 0"),
    "W": (9.0, "M0 0L2.1 10L4.5 1L6.9 10L9 0"),
    "X": (6.0, "M0 0L6 10M6 0L0 10"),
    "Z": (5.6, "M0 0L5.6 0L0 10L5.6 10"),
    "a": (4.6, "M4.6 5.2C4.6 4 3.7 3 2.4 3C1 3 0 4 0 5.4L0 7.6C0 9 1 10 2.4 10C3.7 10 4.6 9 4.6 7.8"
               "M4.6 3L4.6 10"),
    "d": (4.6, "M4.6 5.2C4.6 4 3.7 3 2.4 3C1 3 0 4 0 5.4L0 7.6C0 9 1 10 2.4 10C3.7 10 4.6 9 4.6 7.8"
               "M4.6 0L4.6 10"),
    "h": (4.6, "M0 0L0 10M0 5.4C0.1 4 1.1 3 2.4 3C3.7 3 4.6 3.9 4.6 5.3L4.6 10"),
    "i": (0.0, "M0 3L0 10M0 0.2L0 1.6"),
    "k": (4.6, "M0 0L0 10M4.4 3L0 7.2M1.7 5.6L4.7 10"),
    "l": (1.4, "M0 0L0 8.4C0 9.4 0.5 10 1.4 10"),
    "m": (7.6, "M0 3L0 10M0 5.2C0.1 3.9 0.9 3 2 3C3.1 3 3.8 3.9 3.8 5.2L3.8 10"
               "M3.8 5.2C3.9 3.9 4.7 3 5.8 3C6.9 3 7.6 3.9 7.6 5.2L7.6 10"),
    "p": (4.6, "M0 5.2C0 4 0.9 3 2.2 3C3.6 3 4.6 4 4.6 5.4L4.6 7.6C4.6 9 3.6 10 2.2 10"
               "C0.9 10 0 9 0 7.8M0 3L0 13"),
    "r": (2.8, "M0 3L0 10M0 5.6C0.1 4 1.2 3 2.8 3.1"),
    "v": (4.8, "M0 3L2.4 10L4.8 3"),
    "x": (4.6, "M0 3L4.6 10M4.6 3L0 10"),
    "z": (4.4, "M0 3L4.4 3L0 10L4.4 10"),
    "\u03a3": (5.6, "M5.6 0L0 0L3.4 5L0 10L5.6 10"),
    "\u00b0": (3.0, "M0 1.5C0 0.7 0.7 0 1.5 0C2.3 0 3 0.7 3 1.5C3 2.3 2.3 3 1.5 3"
               "C0.7 3 0 2.3 0 1.5Z"),
    "%": (8.0, "M0 2.3C0 1 0.7 0 1.8 0C2.9 0 3.6 1 3.6 2.3C3.6 3.6 2.9 4.6 1.8 4.6"
               "C0.7 4.6 0 3.6 0 2.3Z"
               "M4.4 7.7C4.4 6.4 5.1 5.4 6.2 5.4C7.3 5.4 8 6.4 8 7.7C8 9 7.3 10 6.2 10"
               "C5.1 10 4.4 9 4.4 7.7ZM6.6 0L1.4 10"),
    "\u00d7": (4.4, "M0 3.6L4.4 8M4.4 3.6L0 8"),
    "/": (4.6, "M4.6 0L0 10"),
    "-": (3.2, "M0 5.6L3.2 5.6"),
    ".": (0.0, "M0 9.1L0 10.1"),
}  # fmt: skip

_NUMBER = re.compile(r"-?[\d.]+")


def lettering(text: str, height: float, at: Point = (0.0, 0.0)) -> Shape:
    """A line of letters as one shape.

    Parameters
    ----------
    text : str
        Of the letters that are drawn here; a KeyError else.
    height : float
        Of capitals, over the strokes' outer edges.
    at : tuple of float
        Upper left corner of the first capital.
    """
    scale = height / (CAPITAL + WEIGHT)
    margin = WEIGHT / 2 * scale
    points: list[Point] = []
    path, x = "", at[0] + margin
    for letter in text:
        if letter == " ":
            x += _BLANK * scale
            continue
        width, strokes = _STROKES[letter]
        path += _placed(strokes, (x, at[1] + margin), scale, points)
        x += (width + _MARGIN) * scale
    return Shape(path, box_of(points, margin), WEIGHT * scale)


def text_width(text: str, height: float) -> float:
    """Room that a line of letters takes, strokes included."""
    left, _, right, _ = lettering(text, height).box
    return right - left


def _placed(strokes: str, origin: Point, scale: float, points: list[Point]) -> str:
    """A letter's strokes at its place; its points are added to `points`."""
    numbers = [float(text) for text in _NUMBER.findall(strokes)]
    offsets = origin * (len(numbers) // 2)
    values = [value * scale + offset for value, offset in zip(numbers, offsets, strict=True)]
    points += zip(values[::2], values[1::2], strict=True)
    texts = iter(number(round(value, 1)) for value in values)
    return _NUMBER.sub(lambda _: next(texts), strokes)
