"""Error charts: errors over a logarithmic current, between the limits that they must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smartx96.markup import Markup, element
from smartx96.report.charts.frame import Axis, across, down, frame
from smartx96.report.charts.lines import Line, path
from smartx96.report.charts.scale import Scale, Values


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit, upwards and downwards, over ranges of current.

    Parameters
    ----------
    text : str
        Its name in the legend.
    style : str
        Class by which it is drawn: `limit` or `limit other`.
    ranges : tuple of (float, float, float)
        Lowest and highest current, and the limit between them, above 0; ascending.
    """

    text: str
    style: str
    ranges: tuple[tuple[float, float, float], ...]

    def corners(self, sign: int) -> tuple[Values, Values]:
        """Corners of the staircase, with NaN where no limit leads on."""
        x: list[float] = []
        y: list[float] = []
        for low, high, limit in self.ranges:
            if x and x[-1] != low:
                x, y = [*x, low], [*y, np.nan]
            x, y = [*x, low, high], [*y, sign * limit, sign * limit]
        return np.array(x), np.array(y)


def error_chart(lines: Sequence[Line], limits: Sequence[Limit], *, title: str, description: str,
                x: Axis, y: Axis, height: int, one_sided: bool = False) -> Markup:  # fmt: skip
    """Draw errors with a dot at every point that was tried.

    Parameters
    ----------
    lines : sequence of Line
    limits : sequence of Limit
    title, description : str
    x, y : Axis
    height : int
        Of the plot [px].
    one_sided : bool
        Whether values are sizes, so that only the upper limit is there.
    """
    signs = (1,) if one_sided else (1, -1)
    drawn = [_staircase(limit, sign, x.scale, y.scale) for limit in limits for sign in signs]
    curves = [
        (element("path", class_=f"line {line.style}", d=path(*_places(line, x.scale, y.scale))),
         element("path", class_=f"dot {line.style}", d=_dots(*_places(line, x.scale, y.scale))))
        for line in lines
    ]  # fmt: skip
    allowed = _allowed(limits, signs, x.scale, y.scale)
    return frame([allowed, drawn, curves], title=title, description=description, x=x, y=y,
                 height=height)  # fmt: skip


def _staircase(limit: Limit, sign: int, x: Scale, y: Scale) -> Markup:
    currents, sizes = limit.corners(sign)
    return element("path", class_=limit.style, d=path(across(x, currents), down(y, sizes)))


def _allowed(limits: Sequence[Limit], signs: Sequence[int], x: Scale, y: Scale) -> Markup | None:
    """Shade what the first of the limits allows."""
    if not limits:
        return None
    floor = -1 if -1 in signs else 0
    boxes = []
    for low, high, limit in limits[0].ranges:
        left, right = np.rint(across(x, np.array([low, high]))).astype(int).tolist()
        top, bottom = np.rint(down(y, np.array([limit, floor * limit]))).astype(int).tolist()
        boxes.append(f"M{left} {top}H{right}V{bottom}H{left}z")
    return element("path", class_="allowed", d="".join(boxes))


def _places(line: Line, x: Scale, y: Scale) -> tuple[Values, Values]:
    return across(x, line.x), down(y, line.y)


def _dots(x: Values, y: Values) -> str:
    known = np.isfinite(y)
    places = zip(np.rint(x[known]).astype(int), np.rint(y[known]).astype(int), strict=True)
    return "".join(f"M{px} {py}h0" for px, py in places)
