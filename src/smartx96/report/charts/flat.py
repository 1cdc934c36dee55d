"""Flat drawings: charts at one size, for programs that know no style variables and no stretching.

Charts are drawn to be stretched by a browser, which keeps their strokes as they are. Here the data
are brought to their places, and colours are those for paper.
"""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree

from smartx96.markup import Markup, number
from smartx96.report.charts import style
from smartx96.report.charts.frame import HEIGHT, WIDTH

_SVG = "http://www.w3.org/2000/svg"
_LEFT, _RIGHT = 40.0, 32.0
"""Room beside the plot for numbers and unit [px]."""
_DOT = 1.9
"""Radius [px]."""
_PIECE = re.compile(r"([MHVlhz])([^MHVlhz]*)")
COLOURS = dict(re.findall(r"(--\w+):([^;]+);", style.LIGHT))
"""Of paper, by the names of the style sheet."""


def flat_chart(chart: Markup, width: float, font: str) -> str:
    """A chart at one size, as a drawing of its own.

    Parameters
    ----------
    chart : Markup
        With one frame of axes.
    width : float
        Of the plot [px].
    font : str
        Family of its numbers.
    """
    root = ElementTree.fromstring(chart)
    height = float(root.get("height", "0"))
    pieces = [
        _flat(child, width) for child in root if child.tag not in (_tag("title"), _tag("desc"))
    ]
    return _drawing("".join(pieces), -_LEFT, _LEFT + width + _RIGHT, height, font)


def flat_sample(style: str) -> str:
    """What a line of a chart's legend looks like."""
    return _drawing(f'<path class="{style}" d="M1 5H23"/>', 0.0, 24.0, 10.0, "")


def _drawing(inside: str, left: float, width: float, height: float, font: str) -> str:
    sheet = re.sub(r"var\((--\w+)\)", lambda found: COLOURS[found[1]], style.STYLE)
    return (
        f'<svg xmlns="{_SVG}" width="{number(width)}" height="{number(height)}" '
        f'viewBox="{number(left)} 0 {number(width)} {number(height)}" class="chart" '
        f'style="font-family:{font};font-size:11.5px"><style>{sheet}</style>{inside}</svg>'
    )


def _flat(element: ElementTree.Element, width: float) -> str:
    name = element.tag.removeprefix(f"{{{_SVG}}}")
    if name == "svg":
        across, down = width / WIDTH, float(element.get("height", "0")) / HEIGHT
        inside = "".join(_scaled(path, across, down) for path in element.iter(_tag("path")))
        return f'<g transform="translate(0 {element.get("y")})">{inside}</g>'
    attributes = dict(element.attrib)
    if attributes.get("x", "").endswith("%"):
        attributes["x"] = number(width * float(attributes["x"][:-1]) / 100)
    told = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    inside = escape(element.text or "") + "".join(_flat(child, width) for child in element)
    return f"<{name}{told}>{inside}</{name}>"


def _scaled(path: ElementTree.Element, across: float, down: float) -> str:
    kind, outline = path.get("class", ""), path.get("d", "")
    if kind.startswith("dot"):
        return "".join(
            f'<circle class="{kind.replace("dot", "bar")}" cx="{number(float(x) * across)}" '
            f'cy="{number(float(y) * down)}" r="{_DOT}"/>'
            for x, y in re.findall(r"M(\d+) (\d+)h0", outline)
        )
    scales = {"M": (across, down), "l": (across, down), "H": (across,), "h": (across,),
              "V": (down,), "z": (1.0,)}  # fmt: skip
    moved = "".join(
        letter + " ".join(
            number(float(place) * scales[letter][n % len(scales[letter])])
            for n, place in enumerate(places.split())
        )
        for letter, places in _PIECE.findall(outline)
    )  # fmt: skip
    return f'<path class="{kind}" d="{moved}"/>'


def _tag(name: str) -> str:
    return f"{{{_SVG}}}{name}"
