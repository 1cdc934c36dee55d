"""Trend figures: quantities over the whole recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smartx96.markup import Content, Markup, element
from smartx96.metrology.losses import Gap
from smartx96.quantities import BY_ID, PHASES
from smartx96.report.charts.frame import Axis
from smartx96.report.charts.lines import Line, Span, legend, line_chart
from smartx96.report.charts.scale import exact_scale, prefix, rounded_scale
from smartx96.report.figures import figure
from smartx96.report.subject import Subject, place_text
from smartx96.report.trends import Bins

_HOURS = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 12.0, 24.0, 48.0)
_MINUTES = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0)
_UNITS = ((7200.0, 3600.0, "h", _HOURS), (120.0, 60.0, "min", _MINUTES))
"""From which duration on, seconds in it, symbol, steps."""


@dataclass(frozen=True, slots=True)
class _Panel:
    """One chart: its lines as id, text and style; the span [share or unit] that it has at least."""

    title: str
    lines: tuple[tuple[str, str, str], ...]
    least: float
    relative: bool = True
    zero: bool = True


def trend_figure(subject: Subject) -> Markup | None:
    """Charts of everything that has a trend; None without windows."""
    bins = _broken(subject.observation.trends.bins(), subject.measured.losses.listed)
    if not len(bins.start):
        return None
    divisor, unit, steps = _time_unit(subject.observation.stretches.end)
    x = Axis(exact_scale(0.0, subject.observation.stretches.end / divisor, steps=steps), unit)
    spans = [
        Span(gap.start / divisor, gap.end / divisor, f"no samples: {gap.length:.4g} s")
        for gap in subject.measured.losses.listed
    ]
    drawn = [_chart(panel, subject, bins, divisor, x, spans) for panel in _panels(subject)]
    return figure([chart for chart in drawn if chart is not None], _caption(bins, bool(spans)))


def _caption(bins: Bins, gaps: bool) -> str:
    text = "One point a window of about 0.2 s."
    if bins.windows > 1:
        text = f"Mean of every {bins.windows} windows as a line, their lowest to highest as a band."
    return text + (" Stretches without samples are shaded." if gaps else "")


def _panels(subject: Subject) -> list[_Panel]:
    def each(id: str, places: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
        styles = zip(places, PHASES, strict=False)
        return tuple((id.format(place), place_text(place), style) for place, style in styles)

    voltages, phases = subject.voltage_places, subject.phases
    powers = (("active_power", "active power P", "active"),
              ("reactive_power", "reactive power Q", "reactive"))  # fmt: skip
    unbalance = (("voltage_unbalance_negative", "negative sequence", "active"),
                 ("voltage_unbalance_zero", "zero sequence", "reactive"))  # fmt: skip
    return [
        _Panel("Voltage", each("voltage_{}", voltages), 0.02, zero=False),
        _Panel("Current", each("current_{}", phases), 0.02),
        _Panel("Power", powers, 0.02),
        _Panel("Frequency", (("frequency", "frequency", "single"),), 0.02, False, False),
        _Panel("Voltage THD", each("voltage_thd_{}", voltages), 0.5, False),
        _Panel("Current THD", each("current_thd_{}", phases), 0.5, False),
        _Panel("Voltage unbalance", unbalance, 0.5, False),
    ]


def _chart(panel: _Panel, subject: Subject, bins: Bins, divisor: float, x: Axis,
           spans: list[Span]) -> Content:  # fmt: skip
    middle = (bins.start + bins.end) / (2 * divisor)
    lines = [
        Line(text, style, middle, bins.mean[n], bins.low[n], bins.high[n])
        for id, text, style in panel.lines
        for n in [subject.observation.ids.index(id)]
        if np.isfinite(bins.mean[n]).any()
    ]
    if not lines:
        return None
    chart = line_chart(
        lines, title=f"Trend: {panel.title}", description=_described(lines), x=x,
        y=_axis(panel, lines), height=120, spans=spans,
    )  # fmt: skip
    heading = element("p", panel.title, class_="channel")
    return element("div", heading, legend(lines), chart, class_="panel")


def _axis(panel: _Panel, lines: list[Line]) -> Axis:
    every = np.concatenate([v for line in lines for v in (line.low, line.high) if v is not None])
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    largest = max(abs(low), abs(high))
    least = panel.least * largest if panel.relative else panel.least
    units = list(dict.fromkeys(BY_ID[id].unit for id, _, _ in panel.lines))
    divisor, symbol = prefix(largest) if panel.relative else (1.0, "")
    scale = rounded_scale(low, high, max(least, 1e-9), zero=panel.zero, count=3, divisor=divisor)
    return Axis(scale, ", ".join(symbol + unit for unit in units))


def _described(lines: list[Line]) -> str:
    return "; ".join(
        f"{line.text} from {np.nanmin(line.y):.5g} to {np.nanmax(line.y):.5g}" for line in lines
    )


def _time_unit(end: float) -> tuple[float, str, tuple[float, ...]]:
    return next((u[1:] for u in _UNITS if end >= u[0]), (1.0, "s", ()))


def _broken(bins: Bins, gaps: Sequence[Gap]) -> Bins:
    """Bins with nothing put in where a gap is, so that no line runs across it."""
    middle = (bins.start + bins.end) / 2
    places = np.searchsorted(middle, [gap.start for gap in gaps])
    inner = sorted({int(p) for p in places if 0 < p < len(middle)})
    if not inner:
        return bins
    low, mean, high = (
        np.insert(v, inner, np.nan, axis=1) for v in (bins.low, bins.mean, bins.high)
    )
    start, end = (np.insert(v, inner, np.nan) for v in (bins.start, bins.end))
    return Bins(start, end, low, mean, high, bins.windows)
