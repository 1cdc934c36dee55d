"""Icons: the symbols of the glass that are no letters."""

from __future__ import annotations

import math

from smartx96.markup import number
from smartx96.panel.shape import Point, Shape, area, box_of

HEIGHT = 42.0
"""Of the line that the icons stand in."""

_MIDDLE = HEIGHT / 2
_LINE = 4.6
"""Width of the lines of icons."""

_RADIUS = 16.0
"""Of the ring of arrows for the phase sequence, to the middle of its line."""
_THIRD = 2 * math.pi / 3
_HEAD = 0.52
"""Angle that an arrow's head takes [rad]."""
_BREAK = 0.14
"""Angle between the arrows of the ring [rad]."""


def arrow(towards: int) -> Shape:
    """A broad arrow: to the right with 1, to the left with -1."""
    tip, neck, end = 40.0, 20.0, 0.0
    outline = [(tip, _MIDDLE), (neck, _MIDDLE + 16), (neck, _MIDDLE + 6), (end, _MIDDLE + 6),
               (end, _MIDDLE - 6), (neck, _MIDDLE - 6), (neck, _MIDDLE - 16)]  # fmt: skip
    return area([(x if towards > 0 else tip - x, y) for x, y in outline])


def ring_arc(phase: int) -> Shape:
    """The part of the ring that belongs to a phase, 0 at the top, clockwise; without a head."""
    start = _start(phase) + _BREAK / 2 + _HEAD
    end = _start(phase + 1) - _BREAK / 2 - _HEAD
    (x, y), (u, v) = _on_ring(start), _on_ring(end)
    path = f"M{_text(x)} {_text(y)}A{_text(_RADIUS)} {_text(_RADIUS)} 0 0 1 {_text(u)} {_text(v)}"
    curve = [_on_ring(start + (end - start) * share / 8) for share in range(9)]
    return Shape(path, box_of(curve, _LINE / 2), _LINE)


def ring_head(phase: int, towards: int) -> Shape:
    """The head of that part: clockwise with 1, the other way with -1."""
    if towards > 0:
        foot = _start(phase + 1) - _BREAK / 2 - _HEAD
    else:
        foot = _start(phase) + _BREAK / 2 + _HEAD
    tip = _on_ring(foot + towards * _HEAD)
    return area([tip, _on_ring(foot, _RADIUS + 5.6), _on_ring(foot, _RADIUS - 5.6)])


def coil() -> Shape:
    """Inductive: three turns."""
    turns = "".join(f"A6 7 0 0 1 {6 + 12 * turn} 25" for turn in (1, 2, 3))
    return Shape(f"M0 25L6 25{turns}L48 25", (0.0, 15.8, 48.0, 27.2), _LINE)


def plates() -> Shape:
    """Capacitive: two plates."""
    return Shape("M0 21L13 21M15 6L15 36M23 6L23 36M25 21L38 21", (0.0, 6.0, 38.0, 36.0), _LINE)


def pulse() -> Shape:
    """One pulse of an output."""
    return Shape("M0 34L8 34L8 9L20 9L20 34L28 34", (0.0, 6.8, 28.0, 36.2), _LINE)


def traffic() -> Shape:
    """Communication: an arrow up and an arrow down."""
    up = [
        (9.0, 3.0),
        (18.0, 14.0),
        (11.5, 14.0),
        (11.5, 39.0),
        (6.5, 39.0),
        (6.5, 14.0),
        (0.0, 14.0),
    ]
    return area(up, [(34 - x, HEIGHT - y) for x, y in up])


def padlock() -> Shape:
    """Locked."""
    body = "M2 19L28 19L28 39L2 39Z"
    bow = "M6 19L6 12A9 9 0 0 1 24 12L24 19L19.6 19L19.6 12A4.6 4.6 0 0 0 10.4 12L10.4 19Z"
    hole = "M12.6 27A2.4 2.4 0 1 1 17.4 27L16.6 33.5L13.4 33.5Z"
    return Shape(bow + body + hole, (2.0, 3.0, 28.0, 39.0))


def gear() -> Shape:
    """Set-up."""
    teeth, root, crown = 8, 12.4, 17.5
    step = 2 * math.pi / teeth
    rim = [
        _on_ring(tooth * step + offset * step, radius)
        for tooth in range(teeth)
        for offset, radius in ((-0.3, root), (-0.2, crown), (0.2, crown), (0.3, root))
    ]
    hub = [_on_ring(part * math.pi / 12, 5.6) for part in range(24)]
    return area(rim, hub)


def thermometer() -> Shape:
    """Warming up: a thermometer with its scale."""
    tube = "M4.5 24.5L4.5 8A5.5 5.5 0 0 1 15.5 8L15.5 24.5A9 9 0 1 1 4.5 24.5Z"
    void = "M8.3 19L8.3 8A1.7 1.7 0 0 1 11.7 8L11.7 19Z"
    scale = "".join(f"M19 {y}L25 {y}L25 {y + 3}L19 {y + 3}Z" for y in (5, 12, 19))
    return Shape(tube + void + scale, (1.0, 2.5, 25.0, 40.6))


def alert() -> Shape:
    """A warning: an exclamation mark left out of a triangle."""
    triangle = (
        "M19 4.5C20.6 1.7 24.4 1.7 26 4.5L44.4 35.4C46 38.2 44.2 41 41 41"
        "L4 41C0.8 41 -1 38.2 0.6 35.4Z"
    )
    mark = "M19.7 13.5L25.3 13.5L24.3 27.5L20.7 27.5ZM19.8 31L25.2 31L25.2 36.2L19.8 36.2Z"
    return Shape(triangle + mark, (0.0, 2.2, 45.0, 41.0))


def _start(phase: int) -> float:
    return phase * _THIRD - _THIRD / 2


def _on_ring(angle: float, radius: float = _RADIUS) -> Point:
    """A point of the ring; angles run clockwise from the top."""
    return 21 + radius * math.sin(angle), _MIDDLE - radius * math.cos(angle)


def _text(value: float) -> str:
    return number(round(value, 1))
