"""Values: what a meter in place showed, as tables and as a phasor diagram."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence
from typing import Any

from smartx96.quantities import LINES, PHASES
from smartx96.report.charts.phasors import Phasor, phasor_diagram
from smartx96.report.contents import Facts, Figure, Table, Text
from smartx96.report.numbers import formatted
from smartx96.report.shown import NATURE, PER_LINE, PER_PHASE, SEQUENCE, name
from smartx96.report.subject import place_text

Document = Mapping[str, Any]

NOT_TOLD = "\u2013"
_SINGLE = ("frequency", "current_n")
_WIDTH = 62.0
"""Of the phasor diagram on paper [mm]."""
_BEHIND = " The current of a resistive load lies 30° behind its line voltage: I1 behind U12."


def phase_values(document: Document) -> Table | None:
    """Values by phase and of all together."""
    wiring = document["meter"]["wiring"]
    phases = PHASES[:1] if wiring == "1p2w" else PHASES
    rows: Sequence[tuple[str, str, str]] = PER_PHASE
    if wiring == "3p3w":
        rows = tuple(row for row in rows if row[0] not in ("voltage", "voltage THD"))
    seen = document["observation"]
    count, seconds = seen["readings"], seen["seconds"]
    caption = f"Mean of {count} readings in {seconds:g} s, and by how much the most restless moved"
    return _table(caption, rows, phases, document)


def line_values(document: Document) -> Table | None:
    """Values between lines."""
    return _table("Between lines", PER_LINE, LINES, document)


def _table(caption: str, quantities: Sequence[tuple[str, str, str]], places: Sequence[str],
           document: Document) -> Table | None:  # fmt: skip
    """A row for each quantity that there is."""
    values = document["values"]
    alone = len(places) == 1
    rows = []
    for text, each, together in quantities:
        ids = [each.format(place) for place in places] + ([] if alone else [together])
        if any(id in values for id in ids):
            rows.append((text, *(_mean(id, values) for id in ids), _moved(ids, values)))
    if not rows:
        return None
    last = [] if alone else ["mean" if places is LINES else "total or mean"]
    return Table(caption, ("", *map(place_text, places), *last, "moved by"), tuple(rows))


def _mean(id: str, values: Mapping[str, Any]) -> str:
    return formatted(id, {id: values[id]["mean"]}) if id in values else NOT_TOLD


def _moved(ids: Sequence[str], values: Mapping[str, Any]) -> str:
    """The largest spread of a row."""
    spreads = {id: values[id]["most"] - values[id]["least"] for id in ids if id in values}
    largest = max(spreads, key=spreads.__getitem__)
    return formatted(largest, {largest: float(f"{spreads[largest]:.2g}")})


def single_values(document: Document) -> Facts:
    """What has one value only."""
    values = document["values"]
    entries = [(name(id), _mean(id, values)) for id in _SINGLE if id in values]
    for id, words in (("voltage_sequence", SEQUENCE), ("load_nature", NATURE)):
        word = words.get(round(values[id]["mean"])) if id in values else None
        if word is not None:
            entries.append((name(id), word))
    return Facts(tuple(entries))


def phasors(document: Document) -> tuple[Figure | Text, ...]:
    """The diagram, and what cannot be known of it."""
    found = document["phasors"]
    voltages, currents = (_arrows(found[kind]) for kind in ("voltage", "current"))
    if not voltages:
        return (Text("The meter tells no voltage, and so no phasors."),)
    every = [*found["voltage"], *found["current"]]
    told = "; ".join(f"{one['name']} {one['rms']:.5g} at {angle(one)}" for one in every)
    behind = _BEHIND if document["meter"]["wiring"] == "3p3w" and currents else ""
    caption = (
        f"Fundamental phasors, counter-clockwise; voltages solid [V], currents dashed [A], each "
        f"kind on a scale of its own: {told}.{behind} {' '.join(found['notes'])}"
    )
    drawing = phasor_diagram(voltages, currents, title="Phasor diagram", description=told)
    return (Figure(drawing, caption, _WIDTH),)


def angle(one: Mapping[str, Any]) -> str:
    """The angle of a phasor, with a sign as it is printed."""
    return f"{one['angle']:.1f}°".replace("-", "\u2212")


def _arrows(found: Sequence[Mapping[str, Any]]) -> list[Phasor]:
    return [
        Phasor(one["name"], one["place"][:2], cmath.rect(one["rms"], math.radians(one["angle"])))
        for one in found
    ]
