"""Figures of the glass as SVG: its segments, what lies under them and over them."""

from __future__ import annotations

from collections import Counter

from smartx96.markup import Markup, element, joined
from smartx96.panel import housing
from smartx96.panel.colours import Written
from smartx96.panel.glass import LAMP, SEGMENTS
from smartx96.panel.seen import Seen
from smartx96.panel.segment import HEIGHT, WIDTH, Segment

_SHARED = {
    segment.name: segment.shape
    for segment in SEGMENTS
    if Counter(s.name for s in SEGMENTS)[segment.name] > 1
}
"""Shapes that are defined once and used several times."""

STROKES = {"stroke_linejoin": "round"}
"""How all segments are drawn."""


def shapes(prefix: str = "") -> list[Markup]:
    """Definitions of the shapes that segments share."""
    return [
        element("g", housing.stroked(shape), id=_reference(prefix, name))
        for name, shape in _SHARED.items()
    ]


def placed(segment: Segment, prefix: str = "", **attributes: str | float | None) -> Markup:
    """A segment at its place: a use of its shape where others look the same."""
    if segment.name in _SHARED:
        place = {"x": round(segment.x, 1), "y": round(segment.y, 1)}
        return element("use", href=f"#{_reference(prefix, segment.name)}", **place, **attributes)
    transform = f"translate({segment.x:.1f} {segment.y:.1f})"
    return element("g", housing.stroked(segment.shape), transform=transform, **attributes)


def pane(prefix: str = "") -> Markup:
    """The glass itself."""
    return element("rect", width=WIDTH, height=HEIGHT, rx=8, fill=f"url(#{prefix}glass)")


def cover(prefix: str = "") -> Markup:
    """What lies over the segments: the shadow of the frame, and a reflection of the room."""
    upper, lower = WIDTH * 0.52, WIDTH * 0.3
    reflection = f"M4 0L{upper:g} 0L{lower:g} {HEIGHT:g}L4 {HEIGHT:g}L0 {HEIGHT - 4:g}L0 4Z"
    return joined(
        element("rect", width=WIDTH, height=13, rx=6, fill=f"url(#{prefix}shadow)"),
        element("path", d=reflection, fill=f"url(#{prefix}shine)", pointer_events="none"),
    )


def still_glass(seen: Seen, paint: Written, *, flashing: bool = True, prefix: str = "") -> Markup:
    """A glass that nothing moves on; its lit segments have the id `lit`.

    Parameters
    ----------
    seen : Seen
    paint : Written
    flashing : bool
        Whether what flashes is shown as lit; else as unlit.
    prefix : str
        Of the id, where a drawing has several glasses.
    """
    on = seen.masks.on if flashing else seen.masks.on & ~seen.masks.flashing
    sides: tuple[list[Markup], list[Markup]] = ([], [])
    for n, segment in enumerate(SEGMENTS):
        if segment is not LAMP:
            sides[on >> n & 1].append(placed(segment))
    unlit, bright = sides
    ink = paint("ink") | STROKES
    shadow = element("use", href=f"#{prefix}lit", x=3, y=4)
    return joined(
        pane(),
        element("g", unlit, opacity=paint.colours["unlit"], **ink),
        element("g", shadow, opacity=paint.colours["shade"], **ink),
        element("g", element("g", bright, id=f"{prefix}lit"), **ink),
        cover(),
    )


def _reference(prefix: str, name: str) -> str:
    number = list(_SHARED).index(name)
    return f"{prefix}d{number}"
