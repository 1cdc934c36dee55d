"""Frame: what charts with two axes have in common.

Text keeps its size at every width of the page: it stands at percentages in the outer drawing,
while the data lie in an inner one that is stretched.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartx96.markup import Content, Markup, element, joined, number
from smartx96.report.charts.scale import Scale, Values

WIDTH, HEIGHT = 10_000, 2_000
"""Units of the inner drawing; whole ones are finer than any screen."""
TOP, BELOW = 22, 20
"""Room above the plot for the unit, and below it for the numbers [px]."""
_SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale with the unit that stands at its end."""

    scale: Scale
    unit: str = ""


def frame(content: Content, *, title: str, description: str, x: Axis, y: Axis,
          height: int, above: Content = None) -> Markup:  # fmt: skip
    """A chart around drawn data.

    Parameters
    ----------
    content
        What is drawn, in units of `WIDTH` and `HEIGHT`.
    title, description : str
        For those who do not see it.
    x, y : Axis
    height : int
        Of the plot [px].
    above
        What is drawn over the data, at percentages and pixels.
    """
    inner = element(
        "svg", grid(x.scale, y.scale), content, y=TOP, width="100%", height=height,
        viewBox=f"0 0 {WIDTH} {HEIGHT}", preserveAspectRatio="none", overflow="hidden",
    )  # fmt: skip
    return element(
        "svg", element("title", title), element("desc", description), inner,
        _numbers(x, y, height), above,
        xmlns=_SVG, class_="chart", role="img", aria_label=title, width="100%",
        height=height + TOP + BELOW,
    )  # fmt: skip


def grid(x: Scale, y: Scale) -> Markup:
    """Lines at the ticks, zero heavier than the others."""
    across = [
        _line("zero" if tick == 0 else "grid", f"M0 {h}H{WIDTH}")
        for tick in y.ticks
        for h in [_down(y, tick)]
    ]
    along = [_line("grid", f"M{round(float(x.share(t)) * WIDTH)} 0V{HEIGHT}") for t in x.ticks]
    return element("g", along, across)


def across(scale: Scale, values: Values) -> Values:
    """Horizontal places in the inner drawing."""
    return scale.share(values) * WIDTH


def down(scale: Scale, values: Values) -> Values:
    """Vertical places in the inner drawing; values beyond the scale stand at its ends."""
    places: Values = (1.0 - np.clip(scale.share(values), 0.0, 1.0)) * HEIGHT
    return places


def percent(share: float) -> str:
    """A share of the width."""
    return f"{number(100 * share)}%"


def _down(scale: Scale, tick: float) -> int:
    return round(float(down(scale, np.array(tick))))


def _line(style: str, path: str) -> Markup:
    return element("path", class_=style, d=path)


def _numbers(x: Axis, y: Axis, height: int) -> Markup:
    side = [
        element("text", y.scale.text(tick), x=-8, y=place, class_="side")
        for tick in y.scale.ticks
        for place in [TOP + 4 + height * _down(y.scale, tick) / HEIGHT]
    ]  # fmt: skip
    below = [
        element("text", x.scale.text(tick), x=percent(float(x.scale.share(tick))),
                y=height + TOP + 16, class_="below")
        for tick in x.scale.ticks
    ]  # fmt: skip
    units = [
        element("text", y.unit, x=-8, y=9, class_="side unit"),
        element("text", x.unit, x="100%", dx=15, y=height + TOP + 16, class_="unit"),
    ]
    return joined(element("g", side), element("g", below), element("g", units))
