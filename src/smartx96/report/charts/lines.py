"""Line charts: values over time, with the band between lowest and highest where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from smartx96.markup import Markup, element
from smartx96.report.charts.frame import HEIGHT, Axis, across, down, frame
from smartx96.report.charts.scale import Scale, Values


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Parameters
    ----------
    text : str
        Its name in the legend.
    style : str
        Class by which it is drawn: `l1`, `l2`, `l3`, `active`, `reactive`, `single`.
    x, y : ndarray, shape (n,)
        NaN in `y` breaks it.
    low, high : ndarray, shape (n,), optional
        Ends of the band around it.
    """

    text: str
    style: str
    x: Values
    y: Values
    low: Values | None = None
    high: Values | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A marked stretch of the horizontal axis, and what it says."""

    start: float
    end: float
    text: str


def line_chart(lines: Sequence[Line], *, title: str, description: str, x: Axis, y: Axis,
               height: int, spans: Iterable[Span] = ()) -> Markup:  # fmt: skip
    """Draw lines over common axes.

    Parameters
    ----------
    lines : sequence of Line
    title, description : str
    x, y : Axis
    height : int
        Of the plot [px].
    spans : iterable of Span
        Stretches to be marked.
    """
    marked = [_span(span, x.scale) for span in spans]
    bands = [_band(line, x.scale, y.scale) for line in lines]
    curves = [
        element("path", class_=f"line {line.style}", d=path(across(x.scale, line.x),
                                                          down(y.scale, line.y)))
        for line in lines
    ]  # fmt: skip
    return frame(
        [marked, bands, curves], title=title, description=description, x=x, y=y, height=height
    )


def legend(lines: Sequence[Line]) -> Markup | None:
    """Which line is which; nothing where there is one only."""
    if len(lines) < 2:
        return None
    entries = [
        element("li", element("svg", element("path", class_=f"line {line.style}", d="M1 5H23"),
                              width=24, height=10, aria_hidden="true"), line.text)
        for line in lines
    ]  # fmt: skip
    return element("ul", entries, class_="legend")


def path(x: Values, y: Values) -> str:
    """Path through points in whole units, each relative to the last; NaN lifts the pen."""
    return "".join(
        f"M{px[0]} {py[0]}" + (_steps(px, py) if len(px) > 1 else "h0") for px, py in _runs(x, y)
    )


def _runs(x: Values, y: Values) -> Iterable[tuple[list[int], list[int]]]:
    known = np.isfinite(x) & np.isfinite(y)
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    for start, end in edges.reshape(-1, 2).tolist():
        yield (
            np.rint(x[start:end]).astype(int).tolist(),
            np.rint(y[start:end]).astype(int).tolist(),
        )


def _steps(x: list[int], y: list[int]) -> str:
    moves = zip(np.diff(x).tolist(), np.diff(y).tolist(), strict=True)
    return "l" + " ".join(f"{dx} {dy}" for dx, dy in moves)


def _band(line: Line, x: Scale, y: Scale) -> Markup | None:
    if line.low is None or line.high is None or not (line.high > line.low).any():
        return None
    there, top, bottom = across(x, line.x), down(y, line.high), down(y, line.low)
    outline = ""
    for (px, high), (_, low) in zip(_runs(there, top), _runs(there, bottom), strict=True):
        if len(px) > 1:
            outline += f"M{px[0]} {high[0]}{_steps([*px, *px[::-1]], [*high, *low[::-1]])}z"
    return element("path", class_=f"band {line.style}", d=outline)


def _span(span: Span, x: Scale) -> Markup:
    start, end = across(x, np.array([span.start, span.end])).tolist()
    return element("rect", element("title", span.text), class_="span", x=start, y=0,
                   width=max(end - start, 12.0), height=HEIGHT)  # fmt: skip
