"""Face: the whole front as SVG, live for a page or still as a picture.

A page gets the face once and then only sets classes: `on` and `flash` on the segments (ids `s0`,
`s1`, ... in the order of `glass.SEGMENTS`), `backlit` on the face, `pressed` on keys. It needs
`STYLE`.
"""

from __future__ import annotations

from smartx96.markup import Markup, element, joined
from smartx96.models import Model
from smartx96.panel import housing
from smartx96.panel.colours import Classed, Colouring, Written
from smartx96.panel.glass import LAMP, SEGMENTS
from smartx96.panel.glass_figures import STROKES, cover, pane, placed, shapes, still_glass
from smartx96.panel.lit import Lit, lit
from smartx96.panel.screen import OFF, Screen
from smartx96.panel.seen import Seen, seen
from smartx96.panel.segment import HEIGHT, WIDTH, Segment

_AT_GLASS = f"translate({housing.GLASS_LEFT:g} {housing.GLASS_TOP:g})"


def face(model: Model, screen: Screen = OFF, *, prefix: str = "") -> Markup:
    """The face for a page, with keys that can be focused.

    Parameters
    ----------
    model : Model
    screen : Screen
        What it shows at first.
    prefix : str
        Of all ids, where a page has several faces.
    """
    paint, masks = Classed(), lit(screen)
    segments = [
        placed(segment, prefix, id=f"{prefix}s{n}", class_=_classes(segment, masks, 1 << n))
        for n, segment in enumerate(SEGMENTS)
    ]
    glass = element(
        "g",
        element("title", screen.title, id=f"{prefix}title"),
        element("desc", "; ".join(screen.spoken), id=f"{prefix}desc"),
        pane(prefix),
        element("g", segments, class_="segments p-ink", **STROKES),
        cover(prefix),
        role="img",
        aria_labelledby=f"{prefix}title {prefix}desc",
        transform=_AT_GLASS,
    )
    return _svg(
        _definitions(prefix, paint),
        _front(model, prefix, paint, live=True),
        glass,
        id=f"{prefix}face",
        class_="meter backlit" if screen.backlight and screen.powered else "meter",
        role="group",
        aria_label=f"SMART {model.name}",
    )


def picture(screen: Screen | Seen, model: Model, *, flashing: bool = True,
            whole: bool = True) -> Markup:  # fmt: skip
    """A still picture, which needs nothing else.

    Parameters
    ----------
    screen : Screen or Seen
    model : Model
    flashing : bool
        Whether what flashes is shown as lit; else as unlit.
    whole : bool
        Whether the face is drawn with its housing; else the glass alone.
    """
    image = seen(screen)
    paint = Written(image.backlight)
    glass = still_glass(image, paint, flashing=flashing)
    named = (
        element("title", f"SMART {model.name}: {image.title}"),
        element("desc", "; ".join(image.spoken)),
        _definitions("", paint, whole=whole),
    )
    if not whole:
        return _svg(*named, glass, size=(WIDTH, HEIGHT), role="img")
    on = image.masks.on if flashing else image.masks.on & ~image.masks.flashing
    shining = on >> SEGMENTS.index(LAMP) & 1
    return _svg(
        *named,
        _front(model, "", paint, live=False),
        element("g", glass, _glow(paint) if shining else None, transform=_AT_GLASS),
        role="img",
    )


def _svg(*content: Markup, size: tuple[float, float] = (housing.SIDE, housing.SIDE),
         **attributes: str | float | None) -> Markup:  # fmt: skip
    width, height = size
    return element(
        "svg",
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        **attributes,
    )


def _definitions(prefix: str, paint: Colouring, *, whole: bool = True) -> Markup:
    gradients = [housing.gradients(prefix, paint)] if whole else []
    return element("defs", gradients, housing.glass_gradients(prefix, paint), shapes(prefix))


def _front(model: Model, prefix: str, paint: Colouring, *, live: bool) -> Markup:
    return joined(
        housing.bezel(prefix, paint),
        housing.name_plate(model, paint),
        housing.lamp_seat(LAMP.x + housing.GLASS_LEFT, LAMP.y + housing.GLASS_TOP, paint),
        housing.keys(prefix, paint, live=live),
    )


def _classes(segment: Segment, masks: Lit, bit: int) -> str:
    """Its own classes, and those that a page sets."""
    kind = f" {segment.kind}" if segment.kind else ""
    on = " on" if masks.on & bit else ""
    flash = " flash" if masks.flashing & bit else ""
    return f"s{kind}{on}{flash}"


def _glow(paint: Written) -> Markup:
    """The lamp while it shines."""
    left, top, right, _ = LAMP.box
    radius = (right - left) / 2
    centre = {"cx": left + radius, "cy": top + radius}
    colour = paint.colours["lamp"]
    return joined(
        element("circle", **centre, r=radius * 1.9, fill=colour, opacity="0.22"),
        element("circle", **centre, r=radius, fill=colour),
        element("circle", **centre, r=radius * 0.45, fill="#fff", opacity="0.75"),
    )
