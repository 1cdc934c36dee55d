"""Panels: which values of a log are drawn together, and how."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smartx96.markup import Markup
from smartx96.quantities import BY_ID, LINES, PHASES, Kind
from smartx96.report.charts.frame import Axis
from smartx96.report.charts.lines import Line, Span, line_chart
from smartx96.report.charts.moments import Moments
from smartx96.report.charts.scale import prefix, rounded_scale
from smartx96.report.logged.course import Course
from smartx96.report.numbers import moment as length

HEIGHT = 120
"""Of a chart [px]."""
MOST_SPANS = 200
"""Gaps that are shaded, the longest of more."""

_LEAST = 0.02
"""Differences below this share of the values are not magnified further."""
_LEAST_OF = {"Hz": 0.02, "%": 0.5, "deg": 5.0}
"""The same of units where it is no share."""
_COUNTED = frozenset({Kind.ENERGY, Kind.EXACT, Kind.COUNT})
_PLACE = re.compile(rf"_({'|'.join((*LINES, *PHASES))})(?=\[|$)")
_WAYS = {"import": "active", "export": "reactive"}
_WAY = re.compile(rf"_({'|'.join(_WAYS)})(?=_|$)")


@dataclass(frozen=True, slots=True)
class Panel:
    """Values of one kind.

    Parameters
    ----------
    title : str
    unit : str
    lines : tuple of (int, str, str)
        Place of each value in the row, its name in the legend and its style.
    counted : bool
        Whether they grow, so that only their growth is of interest.
    """

    title: str
    unit: str
    lines: tuple[tuple[int, str, str], ...]
    counted: bool = False


def panels(ids: Sequence[str]) -> list[Panel]:
    """Values drawn together: those of the three phases, and those of the two directions."""
    found = dict[str, list[tuple[int, str, str]]]()
    of = dict[str, str]()
    for n, id in enumerate(ids):
        title, name, style = _named(id)
        of.setdefault(title, id.partition("[")[0])
        found.setdefault(title, []).append((n, name, style))
    return [_panel(title, of[title], tuple(lines)) for title, lines in found.items()]


def _panel(title: str, id: str, lines: tuple[tuple[int, str, str], ...]) -> Panel:
    quantity = BY_ID.get(id)
    if quantity is None:
        return Panel(title, "", lines)
    if quantity.kind in _COUNTED:
        return Panel(f"{title}, since the first row", quantity.unit, lines, counted=True)
    return Panel(title, quantity.unit, lines)


def _named(id: str) -> tuple[str, str, str]:
    """Title of an id's panel, and the name and style of its line."""
    words = id.replace("_", " ")
    if match := _PLACE.search(id):
        place = match[1]
        n = (LINES if place in LINES else PHASES).index(place)
        stem = _PLACE.sub("", id).replace("_", " ")
        of = " between lines" if place in LINES else " by phase"
        return f"{stem}{of}", place.upper().replace("_", "-"), PHASES[n]
    if match := _WAY.search(id):
        return _WAY.sub("", id).replace("_", " "), match[1], _WAYS[match[1]]
    return words, words, "single"


def panel_chart(panel: Panel, course: Course) -> tuple[list[Line], Markup] | None:
    """Lines and chart of a panel; None where the meter has none of its values."""
    lines = [
        _line(panel, course, n, name, style)
        for n, name, style in panel.lines
        if np.isfinite(course.mean[n]).any()
    ]
    if not lines:
        return None
    chart = line_chart(
        lines, title=f"{course.meter}: {panel.title}", description=_described(lines, panel.unit),
        x=Axis(Moments.between(course.start, course.end), "UTC"), y=_axis(panel, lines),
        height=HEIGHT, spans=spans(course),
    )  # fmt: skip
    return lines, chart


def _line(panel: Panel, course: Course, n: int, name: str, style: str) -> Line:
    low, mean, high = (values[n] for values in (course.low, course.mean, course.high))
    # The first point is the mean of several rows; its lowest is what the first of them counted.
    first = low[np.isfinite(low)][0] if panel.counted else 0.0
    return Line(name, style, course.time, mean - first, low - first, high - first)


def spans(course: Course) -> list[Span]:
    """Gaps as marked stretches."""
    longest = sorted(course.longest, key=lambda gap: gap.start - gap.end)[:MOST_SPANS]
    return [
        Span(gap.start, gap.end, f"{gap.fault}: no values for {length(gap.end - gap.start)}")
        for gap in longest
    ]


def _axis(panel: Panel, lines: Sequence[Line]) -> Axis:
    every = np.concatenate([v for line in lines for v in (line.low, line.high) if v is not None])
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    largest = max(abs(low), abs(high))
    scaled = panel.unit in ("V", "A", "W", "var", "VA")
    divisor, symbol = prefix(largest) if scaled else (1.0, "")
    least = _LEAST_OF.get(panel.unit, 0.0 if panel.counted else _LEAST * largest)
    scale = rounded_scale(low, high, max(least, 1e-9), count=3, divisor=divisor)
    return Axis(scale, symbol + panel.unit)


def _described(lines: Sequence[Line], unit: str) -> str:
    return "; ".join(
        f"{line.text} from {np.nanmin(line.y):.5g} to {np.nanmax(line.y):.5g} {unit}".rstrip()
        for line in lines
    )
