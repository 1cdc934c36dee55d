"""Housing: what surrounds the glass: bezel, name plate, lamp and keys."""

from __future__ import annotations

from smartx96.markup import Markup, element, joined
from smartx96.models import PULSE2_CONSTANT, Model
from smartx96.panel.colours import Colouring
from smartx96.panel.keys import Key
from smartx96.panel.lettering import lettering, text_width
from smartx96.panel.segment import WIDTH
from smartx96.panel.shape import Shape

SIDE = 960.0
"""Of the square face."""

GLASS_LEFT, GLASS_TOP = 70.0, 112.0

_LENS = {"x": 42.0, "y": 34.0, "width": SIDE - 84, "height": 744.0, "rx": 20.0}
_RATINGS = ("3\u00d7230/400 V", "1/5 A CT", "50/60 Hz", "Cl. 0.5S")
_RATINGS_TOP = 792.0
_SURFACES = ("body", "ledge", "lens", "key")
_KEYS_TOP, _KEY_WIDTH, _KEY_HEIGHT = 826.0, 172.0, 70.0
_LEGENDS_TOP = 908.0

KEY_NAMES: dict[Key, str] = {Key.UI: "ui", Key.M: "m", Key.P: "p", Key.E: "e"}
"""Ids of the keys end with these."""

_SPOKEN = {
    Key.UI: "voltage and current",
    Key.M: "frequency, power factor, demand",
    Key.P: "power",
    Key.E: "energy",
}

_LEGENDS: dict[Key, tuple[str, str]] = {
    Key.UI: ("M-15 7L-5 -1L-5 15Z", "M-6 7L6 7C15 7 15 19 6 19L-1 19"),
    Key.M: ("M0 1L12 18L-12 18Z", ""),
    Key.P: ("M-12 2L12 2L0 19Z", ""),
    Key.E: ("M-29 1L-14 10L-29 19ZM6 12L16 4L16 20Z", "M15 12L28 12L28 1"),
}
"""What the keys do in set-up, as areas and strokes: back, up, down, next digit and enter."""


def gradients(prefix: str, paint: Colouring) -> Markup:
    """Definitions that the housing refers to."""
    return joined(_gradient(f"{prefix}{name}", name, paint) for name in _SURFACES)


def glass_gradients(prefix: str, paint: Colouring) -> Markup:
    """Definitions that the glass refers to."""
    return joined(
        element(
            "radialGradient",
            element("stop", offset="0.15", **paint("glass-middle")),
            element("stop", offset=1, **paint("glass-edge")),
            id=f"{prefix}glass", cx="0.5", cy="0.45", r="0.75",
        ),
        _fading(f"{prefix}shadow", "#000", (("0", "0.34"), ("1", "0")), x2=0, y2=1),
        _fading(f"{prefix}shine", "#fff", (("0", "0.13"), ("1", "0.02")), x2="0.6", y2=1),
    )  # fmt: skip


def bezel(prefix: str, paint: Colouring) -> Markup:
    """The body, its ledge, and the lens that the glass lies behind."""
    body = {"x": 3.0, "y": 3.0, "width": SIDE - 6, "height": SIDE - 6, "rx": 34.0}
    ledge = {"x": 20.0, "y": 18.0, "width": SIDE - 40, "height": SIDE - 38, "rx": 28.0}
    inner = {"x": 22.5, "y": 20.5, "width": SIDE - 45, "height": SIDE - 43, "rx": 26.0}
    return joined(
        element("rect", **body, fill=f"url(#{prefix}body)"),
        element("rect", **body, **paint("rim")),
        element("rect", **ledge, fill=f"url(#{prefix}ledge)"),
        element("rect", **inner, fill=f"url(#{prefix}body)"),
        element("rect", **_LENS, fill=f"url(#{prefix}lens)"),
        element("rect", **_LENS, **paint("edge")),
    )


def name_plate(model: Model, paint: Colouring) -> Markup:
    """Name, ratings, and the constant of the lamp."""
    height = 29.0
    brand = lettering("SMART", height, (GLASS_LEFT + 2, 56))
    name = lettering(model.name, height, (brand.box[2] + 14, 56))
    constant = f"{PULSE2_CONSTANT} imp/kWh"
    x = GLASS_LEFT + 796 - 16 - text_width(constant, 18)
    return joined(
        element("g", stroked(brand), **paint("soft")),
        element("g", stroked(name), **paint("print")),
        element("g", stroked(lettering(constant, 18, (x, 62))), _ratings(), **paint("soft")),
    )


def lamp_seat(x: float, y: float, paint: Colouring) -> Markup:
    """The lamp while it is dark, its corner given."""
    return joined(
        element("circle", cx=x + 12, cy=y + 12, r=16, **paint("lamp-rim")),
        element("circle", cx=x + 12, cy=y + 12, r=12, **paint("lamp-off")),
    )


def keys(prefix: str, paint: Colouring, *, live: bool) -> Markup:
    """The four keys; live ones can be focused and are named."""
    step = (WIDTH - _KEY_WIDTH) / (len(Key) - 1)
    places = [GLASS_LEFT + place * step for place in range(len(Key))]
    return joined(
        element("g", _key(key, x, prefix, paint, live), **_named(key, prefix) if live else {})
        for key, x in zip(Key, places, strict=True)
    )


def stroked(shape: Shape) -> Markup:
    """A shape in the colour of its group."""
    if not shape.stroke:
        return element("path", d=shape.path, fill="currentColor", fill_rule="evenodd")
    return element(
        "path", d=shape.path, fill="none", stroke="currentColor", stroke_width=shape.stroke
    )


def _named(key: Key, prefix: str) -> dict[str, str]:
    return {
        "id": f"{prefix}key-{KEY_NAMES[key]}",
        "class_": "key",
        "role": "button",
        "tabindex": "0",
        "data_key": key.value,
        "aria_label": f"{key.value}: {_SPOKEN[key]}; in set-up: {key.in_setup}",
    }


def _key(key: Key, x: float, prefix: str, paint: Colouring, live: bool) -> Markup:
    cap = {"x": x, "y": _KEYS_TOP, "width": _KEY_WIDTH, "height": _KEY_HEIGHT, "rx": 16.0}
    centre = x + _KEY_WIDTH / 2
    height = 32.0
    legend = lettering(
        key.value, height,
        (centre - text_width(key.value, height) / 2, _KEYS_TOP + (_KEY_HEIGHT - height) / 2),
    )  # fmt: skip
    shine = f"M{x + 16:g} {_KEYS_TOP + 2:g}L{x + _KEY_WIDTH - 16:g} {_KEYS_TOP + 2:g}"
    well = {"x": x - 4, "y": _KEYS_TOP - 4, "width": _KEY_WIDTH + 8, "height": _KEY_HEIGHT + 9}
    return joined(
        element("rect", **well, rx=20, **paint("key-edge")),
        element("rect", **well, rx=20, class_="ring") if live else None,
        element(
            "g",
            element("rect", **cap, fill=f"url(#{prefix}key)"),
            element("path", d=shine, **paint("key-shine")),
            element("g", stroked(legend), **paint("print")),
            class_="cap" if live else None,
        ),
        element("g", _legend(key, centre), **paint("soft")),
    )


def _legend(key: Key, centre: float) -> Markup:
    filled, lines = _LEGENDS[key]
    return element(
        "g",
        element("path", d=filled, fill="currentColor"),
        stroked(Shape(lines, (0.0, 0.0, 0.0, 0.0), 3.6)) if lines else None,
        transform=f"translate({centre:g} {_LEGENDS_TOP:g})",
    )


def _ratings() -> Markup:
    """The ratings, with even spaces from edge to edge of the glass."""
    height = 16.0
    widths = [text_width(text, height) for text in _RATINGS]
    space = (WIDTH - 12 - sum(widths)) / (len(_RATINGS) - 1)
    path, x = "", GLASS_LEFT + 6
    for text, width in zip(_RATINGS, widths, strict=True):
        path += lettering(text, height, (x, _RATINGS_TOP)).path
        x += width + space
    return stroked(Shape(path, (GLASS_LEFT, _RATINGS_TOP, x, _RATINGS_TOP + height), 2.3))


def _gradient(id: str, name: str, paint: Colouring) -> Markup:
    top = element("stop", offset=0, **paint(f"{name}-top"))
    foot = element("stop", offset=1, **paint(f"{name}-foot"))
    return element("linearGradient", top, foot, id=id, x2=0, y2=1)


def _fading(id: str, colour: str, stops: tuple[tuple[str, str], ...],
            **direction: str | float) -> Markup:  # fmt: skip
    """A gradient of one colour that gets transparent."""
    inside = [
        element("stop", offset=place, stop_color=colour, stop_opacity=opacity)
        for place, opacity in stops
    ]
    return element("linearGradient", inside, id=id, **direction)
