"""What a measurement leaves in the registers of the meter: demand, tariffs, pulses, as rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smartx96.installation.measurement import Measurement
from smartx96.meter.clock import moment_text
from smartx96.meter.configuration import Configuration
from smartx96.meter.portion import SECOND
from smartx96.meter.pulses import OVERFLOW
from smartx96.quantities import LINES, PHASES, TARIFFS
from smartx96.report.numbers import formatted, moment
from smartx96.samples.source import Source

_DEMANDS = (
    ("active power", "active_power_demand{}"),
    ("import", "active_power_demand_import{}"),
    ("export", "active_power_demand_export{}"),
    ("apparent power", "apparent_power_demand{}"),
    ("reactive power", "reactive_power_demand{}"),
    *((f"current {place.upper()}", f"current_demand{{}}_{place}") for place in (*PHASES, "n")),
)
"""Text, and id that with `_max` is that of the maximum."""

_MAXIMUM = ("maximum demand", "active_power_demand_max_{}")
_OF_TARIFFS = (
    *(
        (f"{kind} {way}", f"{kind}_energy_{way}_{{}}")
        for kind in ("active", "reactive")
        for way in ("import", "export")
    ),
    _MAXIMUM,
)
"""Heading, and id of what every tariff has."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Listing of texts under their headings; the first column names them."""

    headings: list[str]
    rows: list[list[str]]


def demand_rows(
    measured: Measurement, source: Source, configuration: Configuration
) -> Listing | None:
    """Demands that there are, their maxima, and when these were reached; None before any."""
    values = measured.values
    triples = [(text, id.format(""), id.format("_max")) for text, id in _DEMANDS]
    rows = [
        [text, formatted(id, values), formatted(most, values), _reached(measured, source, most)]
        for text, id, most in triples
        if _counted(values[id]) or _counted(values[most])
    ]
    period = configuration.settings.number("demand_period")
    heading = f"demand, {period} min" if period else "demand"
    return Listing([heading, "present", "maximum", "reached"], rows) if rows else None


def tariff_rows(measured: Measurement, source: Source, *, always: bool = False) -> Listing | None:
    """Energies and maximum demands of tariffs.

    None where all was counted in tariff 1 and that is not asked for, or nothing was counted.
    """
    values = measured.values
    active = [t for t in TARIFFS if any(_counted(values[id.format(t)]) for _, id in _OF_TARIFFS)]
    if not active or not (always or set(active) - {TARIFFS[0]}):
        return None
    columns = [
        (text, id)
        for text, id in _OF_TARIFFS
        if any(_counted(values[id.format(tariff)]) for tariff in active)
    ]
    headings = ["tariff", *(text for text, _ in columns)]
    rows = [[t[1:], *(formatted(id.format(t), values) for _, id in columns)] for t in active]
    if _MAXIMUM in columns:
        headings.append("reached")
        for row, tariff in zip(rows, active, strict=True):
            row.append(_reached(measured, source, _MAXIMUM[1].format(tariff)))
    return Listing(headings, rows)


def pulses(measured: Measurement) -> list[tuple[str, str]]:
    """Outputs that gave pulses, with how many, and how many wait."""
    found = []
    for output in (1, 2):
        count, pending = (measured.exact[f"pulse{output}_{what}"] for what in ("count", "pending"))
        if count or pending:
            waiting = f", {pending} waiting" if pending else ""
            waiting = ", overflow" if pending > OVERFLOW else waiting
            found.append((f"pulses on output {output}", f"{count}{waiting}"))
    return found


def overflowing(measured: Measurement) -> list[int]:
    """Outputs that cannot follow the power."""
    return [n for n in (1, 2) if measured.exact[f"pulse{n}_pending"] > OVERFLOW]


def supplied(measured: Measurement) -> bool:
    """Whether there is any voltage."""
    ids = (f"voltage_{place}" for place in (*PHASES, *LINES))
    return any(_counted(measured.values[id]) for id in ids)


def _counted(value: float) -> bool:
    return not math.isnan(value) and value != 0.0


def _reached(measured: Measurement, source: Source, id: str) -> str:
    """When a maximum was reached; where nobody knows the time of day, after the first sample."""
    time = measured.maxima.get(id)
    if time is None:
        return ""
    return moment(time / SECOND) if source.start is None else moment_text(time)
