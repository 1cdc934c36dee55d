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
    pieces = "".join(_flat(child, width) for child in root if child.tag not in _TOLD)
    return _drawing(pieces, (-_LEFT, 0.0), (_LEFT + width + _RIGHT, height), font)


def flat_drawing(drawing: Markup, font: str) -> str:
    """A drawing that nothing stretches, such as a phasor diagram, as one of its own.

    Parameters
    ----------
    drawing : Markup
        With a `viewBox`.
    font : str
        Family of its names.
    """
    root = ElementTree.fromstring(drawing)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    pieces = "".join(_flat(child, width) for child in root if child.tag not in _TOLD)
    return _drawing(pieces, (left, top), (width, height), font)


def flat_sample(style: str) -> str:
    """What a line of a chart's legend looks like."""
    return _drawing(f'<path class="{style}" d="M1 5H23"/>', (0.0, 0.0), (24.0, 10.0), "")


def _drawing(inside: str, corner: tuple[float, float], size: tuple[float, float],
             font: str) -> str:  # fmt: skip
    sheet = re.sub(r"var\((--\w+)\)", lambda found: COLOURS[found[1]], style.STYLE)
    return (
        f'<svg xmlns="{_SVG}" width="{number(size[0])}" height="{number(size[1])}" '
        f'viewBox="{" ".join(map(number, (*corner, *size)))}" class="chart" '
        f'style="font-family:{font};font-size:11.5px"><style>{sheet}</style>{inside}</svg>'
    )


def _flat(element: ElementTree.Element, width: float) -> str:
    name = element.tag.removeprefix(f"{{{_SVG}}}")
    if name == "svg":
        across, down = width / WIDTH, float(element.get("height", "0")) / HEIGHT
        inside = "".join(_placed(each, across, down) for each in element.iter())
        return f'<g transform="translate(0 {element.get("y")})">{inside}</g>'
    attributes = dict(element.attrib)
    if attributes.get("x", "").endswith("%"):
        attributes["x"] = number(width * float(attributes["x"][:-1]) / 100)
    told = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    inside = escape(element.text or "") + "".join(_flat(child, width) for child in element)
    return f"<{name}{told}>{inside}</{name}>"


def _placed(element: ElementTree.Element, across: float, down: float) -> str:
    """What a chart is drawn of: marked stretches, and paths."""
    if element.tag == _tag("path"):
        return _scaled(element, across, down)
    if element.tag != _tag("rect"):
        return ""
    scales = {"x": across, "width": across, "y": down, "height": down}
    told = "".join(
        f' {name}="{number(float(element.get(name, "0")) * scale)}"'
        for name, scale in scales.items()
    )
    return f'<rect class="{element.get("class", "")}"{told}/>'


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


_TOLD = (_tag("title"), _tag("desc"))
"""For those who do not see it; paper says it beside."""
