"""Error curves: errors of a type test over the current, by class and factor, with their limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartx96.report.charts.decades import Decades
from smartx96.report.charts.errors import Limit, error_chart
from smartx96.report.charts.frame import Axis
from smartx96.report.charts.lines import Line
from smartx96.report.charts.scale import Scale, nice_step
from smartx96.report.contents import Chart, Charts
from smartx96.report.typetest.external import BY_POWER, by_power
from smartx96.report.typetest.wording import allowed, listed, place, worst

CLAUSES = {
    "intrinsic": "Active energy",
    "reactive": "Reactive energy",
    "composite": "Composite error",
}
"""Clauses whose checks are errors over current, and what their charts are called."""

_STYLES = {"balanced": "single", "L1": "l1", "L2": "l2", "L3": "l3"}
_LIMITS = {"balanced": "limit", "single phase": "limit other"}
_HEIGHT = 140
_BESIDE = 1.12
"""Room beside the first and the last current, as a factor."""
_ABOVE = 1.12
"""Height of the axis over the largest limit."""
_MOST = 3.0
"""Values are drawn up to so many times the largest limit; the caption tells the worst anyway."""

Document = Mapping[str, Any]
Check = Mapping[str, Any]


@dataclass(frozen=True)
class Family:
    """Checks of one clause, standard and class, of one row's test and factor."""

    clause: str
    standard: str
    accuracy_class: str
    test: str
    factor: str
    checks: tuple[tuple[Check, Mapping[str, Any]], ...]
    """Each with the point that is judged."""

    @property
    def title(self) -> str:
        """The factor, and the band of temperature where there are several."""
        band = place(self.test.removeprefix("composite error").removeprefix("intrinsic error"))
        return f"{self.factor},{band}" if band else self.factor

    @property
    def one_sided(self) -> bool:
        """Whether values are sizes."""
        return self.clause == "composite"

    def lines(self) -> list[Line]:
        """One for each load, wiring, rated current and direction."""
        groups: dict[tuple[Any, ...], list[tuple[float, float]]] = {}
        for check, point in self.checks:
            line = (point["load"], point["wiring"], point["rated_current"], point["export"])
            value = np.nan if check["value"] is None else check["value"]
            groups.setdefault(line, []).append((point["multiple"], value))
        loads = list(_STYLES)
        # What is of one phase lies above what is of all.
        return [
            Line(line[0], _STYLES[line[0]], *np.array(sorted(places), np.float64).T)
            for line, places in sorted(groups.items(), key=lambda item: loads.index(item[0][0]))
        ]

    def limits(self) -> list[Limit]:
        """One for all phases loaded, one for a single phase."""
        ranges: dict[str, set[tuple[float, float, float]]] = {}
        for check, _ in self.checks:
            ranges.setdefault(check["load"], set()).add((*check["range"], check["limit"]))
        return [
            Limit(f"limit, {load}", _LIMITS[load], tuple(sorted(ranges[load])))
            for load in _LIMITS
            if load in ranges
        ]

    def worst(self) -> tuple[Check, Mapping[str, Any]]:
        """The check that uses up most of its limit."""
        return max(self.checks, key=lambda pair: _used(pair[0]))


def error_curves(document: Document) -> Iterator[Charts]:
    """Charts by clause and class.

    Parameters
    ----------
    document : mapping
        Of a type test.
    """
    groups: dict[tuple[str, str, str], list[Family]] = {}
    for family in families(document):
        key = (family.clause, family.standard, family.accuracy_class)
        groups.setdefault(key, []).append(family)
    for (clause, standard, name), found in groups.items():
        legend: dict[str, str] = {}
        for family in found:
            legend |= {line.text: f"line {line.style}" for line in family.lines()}
            legend |= {limit.text: limit.style for limit in family.limits()}
        energy = CLAUSES[clause] + (BY_POWER if by_power(document) else "")
        title = f"{energy}, class {name}, {standard}"
        currents = _currents(found)
        charts = tuple(_chart(family, energy, currents) for family in found)
        yield Charts(title, _told(document), tuple(legend.items()), charts)


def families(document: Document) -> list[Family]:
    """What is drawn in one chart each, in the order of the checks."""
    groups: dict[tuple[str, str, str, str, str], list[tuple[Check, Mapping[str, Any]]]] = {}
    for check in document["checks"]:
        if check["clause"] in CLAUSES and check["limit"] is not None and check["range"]:
            point = document["trials"][check["trials"]["point"][0]]["points"][-1]
            key = (check["clause"], check["standard"], check["accuracy_class"], check["test"],
                   point["factor"])  # fmt: skip
            groups.setdefault(key, []).append((check, point))
    return [Family(*key, tuple(checks)) for key, checks in groups.items()]


def _currents(found: Iterable[Family]) -> Axis:
    """Of all charts that stand together."""
    ends = [end for family in found for check, _ in family.checks for end in check["range"]]
    return Axis(Decades(min(ends) / _BESIDE, max(ends) * _BESIDE, 1.0), "In")


def _errors(family: Family) -> Axis:
    limit = max(check["limit"] for check, _ in family.checks)
    values = [abs(check["value"]) for check, _ in family.checks if check["value"] is not None]
    top = _ABOVE * max(limit, min(max(values, default=0.0), _MOST * limit))
    low, count = (0.0, 4.0) if family.one_sided else (-top, 2.2)
    return Axis(Scale(low, top, nice_step(top / count)), "%")


def _chart(family: Family, energy: str, x: Axis) -> Chart:
    y = _errors(family)
    check, point = family.worst()
    caption = (
        f"Worst: {worst(check)} of {allowed(check)} at "
        f"{point['multiple']:g} In, {point['load']}, {point['wiring']}."
    )
    title = f"{energy}, class {family.accuracy_class}, {family.title}"
    drawing = error_chart(
        family.lines(), family.limits(), title=title, description=f"{title}. {caption}", x=x, y=y,
        height=_HEIGHT, one_sided=family.one_sided,
    )  # fmt: skip
    return Chart(family.title, caption, drawing)


def _told(document: Document) -> str:
    scope = document["scope"]
    rated = listed([f"{amps} A" for amps in scope["rated_currents"]])
    return (
        f"Error over current, In = {rated}; wirings {', '.join(scope['wirings'])}; each wiring, "
        "rated current and direction is a line of its own. Dots are points that were tried; what "
        "is shaded is allowed with all phases loaded."
    )


def _used(check: Check) -> float:
    return float("inf") if check["value"] is None else abs(check["value"]) / check["limit"]
