"""Shape: an outline or a stroke, as SVG path text with its bounding box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smartx96.markup import number

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

SLANT = 0.1
"""How far digits lean to the right, over their height."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is drawn in one piece.

    Parameters
    ----------
    path : str
        Of SVG, absolute coordinates.
    box : Box
    stroke : float
        Width of the line; 0 is an area that is filled by the even-odd rule.
    """

    path: str
    box: Box
    stroke: float = 0.0


def area(*outlines: Sequence[Point]) -> Shape:
    """A shape of closed polygons."""
    path = "".join(f"{_drawn(outline)}Z" for outline in outlines)
    return Shape(path, box_of(point for outline in outlines for point in outline))


def leaning(points: Iterable[Point], height: float) -> list[Point]:
    """Points of something `height` tall, slanted about its foot."""
    return [(x + (height - y) * SLANT, y) for x, y in points]


def box_of(points: Iterable[Point], margin: float = 0.0) -> Box:
    """The box around points."""
    xs, ys = zip(*points, strict=True)
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin


def corners(box: Box) -> tuple[Point, Point]:
    """Upper left and lower right of a box."""
    return (box[0], box[1]), (box[2], box[3])


def moved(box: Box, x: float, y: float) -> Box:
    """A box elsewhere."""
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _drawn(points: Sequence[Point]) -> str:
    first, *rest = (f"{_short(x)} {_short(y)}" for x, y in points)
    return f"M{first}L{' '.join(rest)}"


def _short(value: float) -> str:
    return number(round(value, 1))
