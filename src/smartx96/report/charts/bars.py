"""Bar charts: the spectrum of one channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smartx96.markup import Markup, element
from smartx96.report.charts.frame import HEIGHT, TOP, WIDTH, Axis, down, frame, percent
from smartx96.report.charts.scale import Scale, Values

_FILLED = 0.66
"""Share of its place that a bar takes."""


def spectrum_chart(orders: Values, *, style: str, title: str, description: str, y: Axis,
                   height: int, marked: Sequence[int]) -> Markup:  # fmt: skip
    """Draw a spectrum as bars; the fundamental is cut off, and says so.

    Parameters
    ----------
    orders : ndarray, shape (n,)
        From order 1 [% of the fundamental]; NaN where not available.
    style : str
        Class by which bars are drawn.
    title, description : str
    y : Axis
    height : int
        Of the plot [px].
    marked : sequence of int
        Orders that get a number below.
    """
    count = len(orders)
    place = WIDTH / count
    tops = down(y.scale, orders)
    bars = [
        element("rect", element("title", f"order {n + 1}: {orders[n]:.3f} %"),
                class_=f"bar {style}" + (" cut" if orders[n] > y.scale.high else ""),
                x=place * (n + (1 - _FILLED) / 2), width=place * _FILLED,
                y=tops[n], height=HEIGHT - tops[n])
        for n in np.flatnonzero(np.isfinite(orders)).tolist()
    ]  # fmt: skip
    x = Axis(Scale(0.5, count + 0.5, 1.0, marked=tuple(map(float, marked))))
    above = None
    if orders[0] > y.scale.high:
        above = element("text", "100 %", x=percent(1.2 / count), y=TOP - 6, class_="note")
    return frame([_absent(orders, place), bars], title=title, description=description, x=x, y=y,
                 height=height, above=above)  # fmt: skip


def _absent(orders: Values, place: float) -> Markup | None:
    """Shade the orders above the highest that there is."""
    highest = int(np.flatnonzero(np.isfinite(orders)).max(initial=-1)) + 1
    if highest == len(orders):
        return None
    text = element("title", f"orders above {highest}: not available")
    return element("rect", text, class_="absent", x=highest * place, y=0,
                   width=(len(orders) - highest) * place, height=HEIGHT)  # fmt: skip
