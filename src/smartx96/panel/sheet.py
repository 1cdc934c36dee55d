"""Sheet: many glasses in one picture, which shares what they have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

from smartx96.markup import Markup, element
from smartx96.panel import housing
from smartx96.panel.colours import Written
from smartx96.panel.glass import LAMP, SEGMENTS
from smartx96.panel.glass_figures import STROKES, cover, pane, placed, shapes
from smartx96.panel.seen import Seen
from smartx96.panel.segment import HEIGHT, WIDTH

COLUMNS = 3
_MARGIN, _CAPTION = 40.0, 64.0
_PITCH = (WIDTH + _MARGIN, HEIGHT + _CAPTION + _MARGIN / 2)
_BACKGROUND, _TEXT = "#17191c", "#f2f4f5"
_FONT = "ui-monospace,Menlo,Consolas,monospace"


def sheet(title: str, glasses: Sequence[tuple[str, Seen]]) -> Markup:
    """Glasses with their captions, in rows of `COLUMNS`; what flashes is lit.

    Parameters
    ----------
    title : str
    glasses : sequence of (str, Seen)
        Captions and what is seen.
    """
    columns = min(COLUMNS, len(glasses))
    lines = math.ceil(len(glasses) / columns)
    width, height = columns * _PITCH[0] + _MARGIN, lines * _PITCH[1] + _MARGIN / 2
    return element(
        "svg",
        element("title", title),
        element("defs", [_definitions(shines) for shines in (True, False)], shapes(), _unlit()),
        element("rect", width=width, height=height, rx=24, fill=_BACKGROUND),
        [_placed(number, *glass) for number, glass in enumerate(glasses)],
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
    )


def _definitions(shines: bool) -> Markup:
    """What the glasses with backlight, and those without, are made of."""
    prefix, paint = _prefix(shines), Written(shines)
    return element(
        "g",
        housing.glass_gradients(prefix, paint),
        element("g", pane(prefix), element("use", href="#unlit", **paint("ink"), **_faint(paint)),
                id=f"{prefix}under"),
        element("g", cover(prefix), id=f"{prefix}over"),
    )  # fmt: skip


def _faint(paint: Written) -> dict[str, str]:
    return {"opacity": paint.colours["unlit"]}


def _unlit() -> Markup:
    """Every segment, each with an id by which it is lit elsewhere."""
    segments = [placed(s, id=f"s{n}") for n, s in enumerate(SEGMENTS) if s is not LAMP]
    return element("g", segments, id="unlit", **STROKES)


def _placed(number: int, caption: str, seen: Seen) -> Markup:
    """A glass at its place."""
    prefix, paint = _prefix(seen.backlight), Written(seen.backlight)
    lit = [
        element("use", href=f"#s{n}")
        for n, segment in enumerate(SEGMENTS)
        if segment is not LAMP and seen.masks.on >> n & 1
    ]
    line, column = divmod(number, COLUMNS)
    x, y = _MARGIN + column * _PITCH[0], _MARGIN + line * _PITCH[1]
    return element(
        "g",
        element("use", href=f"#{prefix}under"),
        element("g", lit, **paint("ink"), **STROKES),
        element("use", href=f"#{prefix}over"),
        element("text", caption, x=8, y=HEIGHT + 46, font_size=38, font_family=_FONT, fill=_TEXT),
        transform=f"translate({x:g} {y:g})",
    )


def _prefix(shines: bool) -> str:
    return "b" if shines else "r"
