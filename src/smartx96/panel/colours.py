"""Colours of the face, and how they get into a drawing.

A page takes them from a style sheet, so that the backlight goes on and off by a class; a picture
has them written into each element, as readers of SVG differ in what they know of style sheets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HOUSING: dict[str, str] = {
    "body-top": "#43474b", "body-foot": "#26292c", "rim": "#5c6166", "edge": "#15171a",
    "ledge-top": "#1d2022", "ledge-foot": "#3b3f43",
    "lens-top": "#17191c", "lens-foot": "#08090a",
    "print": "#f2f4f5", "print-soft": "#b6bdc3",
    "key-top": "#565b60", "key-foot": "#383c40", "key-edge": "#17191b", "key-shine": "#82888e",
    "focus": "#7cc4ff",
    "lamp": "#ff4332", "lamp-off": "#571d19", "lamp-rim": "#2b2e31",
}  # fmt: skip
"""Of the housing, whatever the glass shows."""

BACKLIT: dict[str, str] = {
    "ink": "#0c1722", "still": "#700000", "glass-middle": "#f1f8fd", "glass-edge": "#c3dcee",
    "unlit": "0.05", "shade": "0.1",
}  # fmt: skip
"""Of the glass with backlight; what would flash is `still` where motion is not wanted."""

REFLECTING: dict[str, str] = {
    "ink": "#141a17", "still": "#700000", "glass-middle": "#b4beb0", "glass-edge": "#98a497",
    "unlit": "0.05", "shade": "0.18",
}  # fmt: skip
"""Of the glass without, in the light of the room."""

PAINTS: dict[str, str] = {
    "rim": "fill:none;stroke:var(--rim);stroke-width:2",
    "edge": "fill:none;stroke:var(--edge);stroke-width:2",
    "print": "color:var(--print)",
    "soft": "color:var(--print-soft)",
    "key-edge": "fill:var(--key-edge)",
    "key-shine": "fill:none;stroke:var(--key-shine);stroke-width:1.6;opacity:0.7",
    "lamp-rim": "fill:var(--lamp-rim)",
    "lamp-off": "fill:var(--lamp-off)",
    "ink": "color:var(--ink)",
    "body-top": "stop-color:var(--body-top)", "body-foot": "stop-color:var(--body-foot)",
    "ledge-top": "stop-color:var(--ledge-top)", "ledge-foot": "stop-color:var(--ledge-foot)",
    "lens-top": "stop-color:var(--lens-top)", "lens-foot": "stop-color:var(--lens-foot)",
    "key-top": "stop-color:var(--key-top)", "key-foot": "stop-color:var(--key-foot)",
    "glass-middle": "stop-color:var(--glass-middle)", "glass-edge": "stop-color:var(--glass-edge)",
}  # fmt: skip
"""What elements of a class look like; the colours are those above."""

_VARIABLE = re.compile(r"var\(--([\w-]+)\)")


@dataclass(frozen=True, slots=True)
class Written:
    """Colours written into the elements.

    Parameters
    ----------
    backlight : bool
    """

    backlight: bool

    @property
    def colours(self) -> dict[str, str]:
        """By name."""
        return HOUSING | (BACKLIT if self.backlight else REFLECTING)

    def __call__(self, paint: str) -> dict[str, str]:
        """Attributes of an element that is to look so."""
        text = _VARIABLE.sub(lambda found: self.colours[found[1]], PAINTS[paint])
        return dict(rule.split(":") for rule in text.split(";"))


@dataclass(frozen=True, slots=True)
class Classed:
    """Colours left to a style sheet."""

    def __call__(self, paint: str) -> dict[str, str]:
        """Attributes of an element that is to look so."""
        return {"class_": f"p-{paint}"}


Colouring = Written | Classed
