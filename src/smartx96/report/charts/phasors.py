"""Phasor diagram: angles count from the right, counter-clockwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from smartx96.markup import Markup, element, number

RADIUS = 130.0
"""Of the circle [units]."""
_ROOM = 32.0
_CURRENT_SHARE = 0.66
"""Length of the largest current, so that its name stands apart from that of its voltage."""
_ASIDE = math.radians(7)
"""Angle by which names of currents stand aside of a voltage that is in phase."""
_APART = 15.0
"""Distance that names keep [units]."""
_ANGLES = ((0, "0°"), (90, "90°"), (180, "180°"), (-90, "\u221290°"))


@dataclass(frozen=True, slots=True)
class Phasor:
    """An arrow.

    Parameters
    ----------
    text : str
        Its name.
    style : str
        Class by which it is drawn: `l1`, `l2`, `l3`.
    value : complex
        Complex rms.
    """

    text: str
    style: str
    value: complex


def phasor_diagram(voltages: Sequence[Phasor], currents: Sequence[Phasor], *, title: str,
                   description: str) -> Markup:  # fmt: skip
    """Draw voltages to the circle and currents within, each kind on a scale of its own.

    Parameters
    ----------
    voltages, currents : sequence of Phasor
        Turned so that the reference has the angle 0; none that is not finite.
    title, description : str
        For those who do not see it.
    """
    placed: list[tuple[float, float]] = []
    arrows = [
        _arrow(phasor, phasor.value / largest * length, kind, placed)
        for kind, phasors, length in (
            ("voltage", voltages, RADIUS), ("current", currents, RADIUS * _CURRENT_SHARE)
        )
        for largest in [max((abs(p.value) for p in phasors), default=0.0)]
        for phasor in phasors
        if abs(phasor.value) > 1e-3 * largest
    ]  # fmt: skip
    edge = RADIUS + _ROOM
    return element(
        "svg", element("title", title), element("desc", description), _circle(), arrows,
        _angles(placed),
        xmlns="http://www.w3.org/2000/svg", class_="chart phasors", role="img", aria_label=title,
        viewBox=f"{number(-edge)} {number(-edge)} {number(2 * edge)} {number(2 * edge)}",
    )  # fmt: skip


def _circle() -> Markup:
    marks = []
    for degrees in range(0, 360, 30):
        x, y = _point(RADIUS, math.radians(degrees))
        marks.append(element("path", class_="grid", d=f"M0 0L{number(x)} {number(y)}"))
    return element("g", element("circle", class_="rim", r=RADIUS), marks)


def _angles(taken: list[tuple[float, float]]) -> list[Markup]:
    """Angles around the circle, where no name stands."""
    places = {text: _point(RADIUS + 22, math.radians(degrees)) for degrees, text in _ANGLES}
    return [
        element("text", text, x=place[0], y=place[1], class_="angle")
        for text, place in places.items()
        if all(math.dist(place, other) > 2 * _APART for other in taken)
    ]


def _arrow(phasor: Phasor, tip: complex, kind: str, placed: list[tuple[float, float]]) -> Markup:
    size, angle = abs(tip), math.atan2(tip.imag, tip.real)
    head = tip / size * min(11.0, size / 2)
    neck = tip - 0.8 * head
    corners = (tip, tip - head * (1 + 0.36j), neck, tip - head * (1 - 0.36j))
    aside = _ASIDE if kind == "current" else 0.0
    name_x, name_y = _name_place(size + 14, angle - aside, placed)
    return element(
        "g",
        element("title", f"{phasor.text}: {abs(phasor.value):.5g}, {math.degrees(angle):.1f}°"),
        element("path", class_=f"{kind} {phasor.style}",
                d=f"M0 0L{number(neck.real)} {number(-neck.imag)}"),
        element("polygon", class_=f"head {phasor.style}",
                points=" ".join(f"{number(c.real)},{number(-c.imag)}" for c in corners)),
        element("text", phasor.text, class_=f"name {phasor.style}", x=name_x, y=name_y),
    )  # fmt: skip


def _name_place(
    size: float, angle: float, placed: list[tuple[float, float]]
) -> tuple[float, float]:
    """Beyond the tip, further out while another name is there."""
    while any(math.dist(_point(size, angle), other) < _APART for other in placed):
        size += _APART / 2
    placed.append(_point(size, angle))
    return placed[-1]


def _point(size: float, angle: float) -> tuple[float, float]:
    """Place in the drawing, whose vertical axis points down."""
    return size * math.cos(angle), -size * math.sin(angle)
