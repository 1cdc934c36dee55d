"""Calibration: what was set, and the errors before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np

from smartx96.report.charts.decades import Decades
from smartx96.report.charts.errors import Limit, error_chart
from smartx96.report.charts.frame import Axis
from smartx96.report.charts.lines import Line
from smartx96.report.charts.scale import Scale, nice_step
from smartx96.report.contents import BAD, GOOD, Block, Chart, Charts, Table, Text
from smartx96.report.typetest.results import basis
from smartx96.report.typetest.wording import MINUS, MISSING, allowed, figure, words, worst

_UNITS = {"voltage_gain": "%", "current_gain": "%", "phase_correction": "min"}
_TIMES = ("before", "after")
_HEIGHT, _BESIDE, _ABOVE = 140, 1.12, 1.12
_CURVES = "Each phase loaded by itself, calibrated at In"
_TOLD = (
    "Error over current before and after, on the same axes. Dots are points that were tried; what "
    "is shaded is allowed."
)

Document = Mapping[str, Any]


def calibration(document: Document) -> Iterator[Block]:
    """What the report says of a calibration; nothing where there was none.

    Parameters
    ----------
    document : mapping
        Of a type test, as its JSON has it.
    """
    found = document.get("calibration")
    if found is None:
        return
    yield Text(headline(document))
    yield corrections(found)
    yield _curves(found)
    yield _clauses(document, found)


def headline(document: Document) -> str:
    """What came of it, in one sentence."""
    before = document["calibration"]["before"]
    checks, failed = (sum(s[key] for s in before) for key in ("checks", "failed"))
    told = f"{failed} of {checks} checks were outside limits" if failed else "all limits were kept"
    return (
        f"Before the calibration {told}. The verdict and all other results are those after it: the "
        "meter was set as below, and the whole plan run again."
    )


def corrections(found: Mapping[str, Any]) -> Table:
    """Gains and delays, and the numbers of their settings."""
    rows = tuple(
        (words(id), *(_signed(value) for value in values), _UNITS[id],
         ", ".join(_numbers(found["settings"], id)))
        for id, values in found["corrections"].items()
    )  # fmt: skip
    return Table(
        "What the meter was set to: gains are added, phase corrections delay the current at 50 Hz",
        ("setting", "L1", "L2", "L3", "unit", "as numbers"), rows, (0, 4, 5),
    )  # fmt: skip


def _numbers(settings: Mapping[str, int], id: str) -> Iterator[str]:
    for n in (1, 2, 3):
        number = settings.get(f"{id}_l{n}")
        yield MISSING if number is None else str(number).replace("-", MINUS)


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", MINUS)


def _curves(found: Mapping[str, Any]) -> Charts:
    """Two charts of each factor, side by side on the same axes."""
    legend = {f"L{n}": f"line l{n}" for n in (1, 2, 3)}
    charts: list[Chart] = []
    for factor, group in groupby(found["curve"], key=lambda point: point["factor"]):
        points = list(group)
        limits = [_limit(row) for row in found["limits"] if row["factor"] == factor]
        legend |= {limit.text: limit.style for limit in limits}
        charts += _pair(factor, points, limits)
    return Charts(_CURVES, _TOLD, tuple(legend.items()), tuple(charts))


def _limit(row: Mapping[str, Any]) -> Limit:
    name = f"limit of class {row['accuracy_class']}, a single phase"
    return Limit(name, "limit", tuple(map(tuple, row["ranges"])))


def _pair(factor: str, points: list[Mapping[str, Any]], limits: list[Limit]) -> Iterator[Chart]:
    currents = [point["multiple"] for point in points]
    x = Axis(Decades(min(currents) / _BESIDE, max(currents) * _BESIDE, 1.0), "In")
    largest = max(abs(point[time]) for point in points for time in _TIMES)
    top = _ABOVE * max([largest, *(row[2] for limit in limits for row in limit.ranges)])
    y = Axis(Scale(-top, top, nice_step(top / 2.2)), "%")
    for time in _TIMES:
        most = max(points, key=lambda point: abs(point[time]))
        caption = f"Largest: {figure(most[time], '%')} at {most['multiple']:g} In, {most['load']}."
        title = f"{factor}, {time}"
        drawing = error_chart(
            _lines(points, time), limits, title=title, description=f"{title}. {caption}", x=x, y=y,
            height=_HEIGHT,
        )  # fmt: skip
        yield Chart(title, caption, drawing)


def _lines(points: list[Mapping[str, Any]], time: str) -> list[Line]:
    return [
        Line(load, load.lower(),
             *np.array([(p["multiple"], p[time]) for p in points if p["load"] == load], float).T)
        for load in ("L1", "L2", "L3")
    ]  # fmt: skip


def _clauses(document: Document, found: Mapping[str, Any]) -> Table:
    """The worst of each clause, before and after."""
    rows = tuple(
        (one["title"], basis(one), _worst(one), _word(one), _worst(two), _word(two))
        for one, two in zip(found["before"], document["summary"], strict=True)
        if one["worst"] and two["worst"]
    )
    return Table(
        "The worst value of each clause before and after, of the limit that holds there",
        ("clause", "tested against", "before", "verdict", "after", "verdict"), rows, (0, 1),
    )  # fmt: skip


def _worst(summary: Mapping[str, Any]) -> str:
    return f"{worst(summary['worst'])} of {allowed(summary['worst'])}"


def _word(summary: Mapping[str, Any]) -> str:
    return GOOD if summary["passed"] else BAD
