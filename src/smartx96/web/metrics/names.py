"""Names: from the quantities of the table to metrics in base units, declared once.

A row gives the ids of quantities and the stem of their metric. In braces stands what the ids differ
by; what does not stand in the stem as well becomes a label. So that sums over a metric mean
something, totals and parts are metrics of their own, and what PromQL makes of others is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from smartx96.quantities import BY_ID, HARMONICS, LINES, PHASES, TABLE, TARIFFS, Kind, Quantity
from smartx96.web.metrics.family import Family, Type

UNITS: dict[str, tuple[str, float]] = {
    "V": ("volts", 1.0),
    "A": ("amperes", 1.0),
    "W": ("watts", 1.0),
    "VA": ("voltamperes", 1.0),
    "var": ("vars", 1.0),
    "Hz": ("hertz", 1.0),
    "deg": ("radians", math.pi / 180),
    "%": ("ratio", 0.01),
    "kWh": ("joules", 3.6e6),
    "kvarh": ("var_seconds", 3.6e6),
    "kVAh": ("voltampere_seconds", 3.6e6),
    "Ah": ("coulombs", 3600.0),
    "uWh": ("joules", 3.6e-3),
    "uvarh": ("var_seconds", 3.6e-3),
    "": ("", 1.0),
}
"""Base unit of each unit of the table, and how many of it that is."""

_PARTS: dict[str, dict[str, str]] = {
    "phase": {p: p.upper() for p in PHASES},
    "lines": {pair: pair.upper().replace("_", "-") for pair in LINES},
    "tariff": {t: f"tariff {t[1]}" for t in TARIFFS},
    "direction": {way: way for way in ("import", "export")},
    "quadrant": {str(n): f"quadrant {n}" for n in range(1, 5)},
    "output": {str(n): f"on output {n}" for n in (1, 2)},
    "sequence": {"negative": "negative", "zero": "zero"},
    "netting": {"per_phase": "per_phase", "sum": "sum"},
    "power": {"active": "", "apparent": "", "reactive": ""},
    "energy": {"active": "", "reactive": ""},
    "channel": {"voltage": "", "current": ""},
}
"""What ids differ by, and the words for it in the texts of the table."""


@dataclass(frozen=True, slots=True)
class _Row:
    """Ids and the stem of their metric.

    Parameters
    ----------
    ids, stem : str
    text : str
        Where the text of the table does not do.
    unit : str
        Where the table has none.
    """

    ids: str
    stem: str
    text: str = ""
    unit: str = ""


_ROWS = (
    _Row("voltage_{phase}", "voltage"),
    _Row("voltage_{lines}", "line_voltage", "voltage between lines"),
    _Row("current_{phase}", "current"),
    _Row("current_n", "neutral_current"),
    _Row("{power}_power_{phase}", "{power}_power"),
    _Row("{power}_power", "total_{power}_power"),
    _Row("active_power_{direction}", "directed_active_power"),
    _Row("power_factor_{phase}", "power_factor", unit="ratio"),
    _Row("power_factor", "total_power_factor", unit="ratio"),
    _Row("displacement_power_factor_{phase}", "displacement_power_factor", unit="ratio"),
    _Row("displacement_power_factor", "total_displacement_power_factor", unit="ratio"),
    _Row("phase_angle_{phase}", "phase_angle"),
    _Row("phase_angle", "total_phase_angle"),
    _Row("frequency", "frequency"),
    _Row("{channel}_thd_{phase}", "{channel}_thd"),
    _Row("voltage_thd_{lines}", "line_voltage_thd", "THD of the voltage between lines"),
    _Row("{channel}_harmonic_{phase}", "{channel}_harmonic"),
    _Row("voltage_unbalance_{sequence}", "voltage_unbalance",
         "unbalance: this over the positive sequence of the voltages (IEC 61000-4-30, 5.7)"),
    _Row("{channel}_sequence", "{channel}_sequence"),
    _Row("load_nature", "load_nature"),
    _Row("{energy}_energy_{direction}", "{energy}_energy"),
    _Row("{energy}_energy_{direction}_{phase}", "phase_{energy}_energy"),
    _Row("{energy}_energy_{direction}_{tariff}", "tariff_{energy}_energy"),
    _Row("{energy}_energy_{direction}_resettable", "resettable_{energy}_energy"),
    _Row("{energy}_energy_{direction}_{netting}_exact", "{energy}_energy_netted_{netting}",
         "energy of one netting of the phases, whatever the setting"),
    _Row("{energy}_energy_net", "net_{energy}_energy"),
    _Row("reactive_energy_q{quadrant}_exact", "quadrant_reactive_energy", "reactive energy"),
    _Row("apparent_energy", "apparent_energy"),
    _Row("charge", "charge"),
    _Row("{power}_power_demand", "total_{power}_power_demand"),
    _Row("{power}_power_demand_max", "total_{power}_power_demand_max"),
    _Row("active_power_demand_{direction}", "active_power_demand"),
    _Row("active_power_demand_{direction}_max", "active_power_demand_max"),
    _Row("active_power_demand_max_{tariff}", "tariff_active_power_demand_max"),
    _Row("current_demand_{phase}", "current_demand"),
    _Row("current_demand_max_{phase}", "current_demand_max"),
    _Row("current_demand_n", "neutral_current_demand"),
    _Row("current_demand_max_n", "neutral_current_demand_max"),
    _Row("pulse{output}_count", "pulses"),
    _Row("pulse{output}_pending", "pulses_pending"),
)  # fmt: skip

LEFT_OUT: dict[str, str] = {
    "voltage_ln_average": "avg by (meter) (x96_voltage_volts)",
    "voltage_ll_average": "avg by (meter) (x96_line_voltage_volts)",
    "current_average": "avg by (meter) (x96_current_amperes)",
    "current_sum": "sum by (meter) (x96_current_amperes)",
    "voltage_thd_ln_average": "avg by (meter) (x96_voltage_thd_ratio)",
    "voltage_thd_ll_average": "avg by (meter) (x96_line_voltage_thd_ratio)",
    "current_thd_average": "avg by (meter) (x96_current_thd_ratio)",
    "power_factor_inverted": "-x96_total_power_factor_ratio",
    **{f"{energy}_energy_total{_of}": f"sum without (direction) (x96_{_stem}_{_unit}_total)"
       for energy, _unit in (("active", "joules"), ("reactive", "var_seconds"))
       for _of, _stem in (("", f"{energy}_energy"), ("_resettable", f"resettable_{energy}_energy"),
                          *((f"_{p}", f"phase_{energy}_energy") for p in PHASES),
                          *((f"_{t}", f"tariff_{energy}_energy") for t in TARIFFS))},
    **{f"{energy}_energy_{_way}_tariffs": f"sum without (tariff) (x96_tariff_{energy}_energy_"
       f"{_unit}_total)" for energy, _unit in (("active", "joules"), ("reactive", "var_seconds"))
       for _way in ("import", "export", "total")},
    "status": "x96_status",
    **{q.id: "the same register in whole units" for q in TABLE
       if q.kind is Kind.EXACT and q.id.removesuffix("_exact") in BY_ID},
}  # fmt: skip
"""Quantities without a metric of their own, and what says the same."""


@dataclass(frozen=True, slots=True)
class Series:
    """A quantity as a series of a metric.

    Parameters
    ----------
    id : str
        Of the quantity.
    labels : tuple of (str, str)
        By which it is told from others of its family, beside the meter.
    factor : float
        Base units in one unit of the quantity.
    """

    id: str
    labels: tuple[tuple[str, str], ...]
    factor: float


def _expanded() -> Iterator[tuple[Family, Series]]:
    for row in _ROWS:
        names = re.findall(r"{(\w+)}", row.ids)
        for values in product(*(_PARTS[name] for name in names)):
            parts = dict(zip(names, values, strict=True))
            id = row.ids.format(**parts)
            if id in BY_ID and id not in LEFT_OUT:
                labels = {k: v for k, v in parts.items() if f"{{{k}}}" not in row.stem}
                yield _family(row, BY_ID[id], parts, labels), _series(BY_ID[id], labels)


def _series(quantity: Quantity, labels: dict[str, str]) -> Series:
    return Series(quantity.id, tuple(labels.items()), UNITS[quantity.unit][1])


def _family(row: _Row, quantity: Quantity, parts: dict[str, str], labels: dict[str, str]) -> Family:
    counted = quantity.kind in (Kind.ENERGY, Kind.EXACT, Kind.COUNT)
    gauge = "net_" in row.stem or row.stem.endswith("pending")
    text = row.text or quantity.text
    for name, value in labels.items():
        text = " ".join(text.replace(_PARTS[name][value], " ", 1).split())
    return Family(
        row.stem.format(**parts),
        Type.COUNTER if counted and not gauge else Type.GAUGE,
        row.unit or UNITS[quantity.unit][0],
        text,
    )


def _families() -> dict[Family, tuple[Series, ...]]:
    found: dict[Family, list[Series]] = {}
    for family, series in _expanded():
        found.setdefault(family, []).append(series)
    return {family: tuple(series) for family, series in found.items()}


FAMILIES: dict[Family, tuple[Series, ...]] = _families()
"""Every metric of a quantity with its series, in the order in which they are told."""

_told = [series.id for every in FAMILIES.values() for series in every]
if sorted([*_told, *LEFT_OUT]) != sorted(BY_ID):
    raise RuntimeError(
        "metrics: not every quantity is told once: "
        f"{sorted({*_told, *LEFT_OUT} ^ set(BY_ID)) or 'one is told twice'}"
    )
if len({family.sample for family in FAMILIES}) != len(FAMILIES):
    raise RuntimeError("metrics: a name stands for two metrics")

HARMONIC: frozenset[Family] = frozenset(
    family
    for family, every in FAMILIES.items()
    if any(series.id in {q.id for q in HARMONICS} for series in every)
)
"""Metrics with a series for each order, of which there are hundreds."""
