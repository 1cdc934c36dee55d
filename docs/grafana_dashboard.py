"""The Grafana dashboard of `docs/samples`, made of the metrics, and so of the quantity table.

Every metric of a quantity has a panel; those of a kind stand in a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from smartx96.quantities import BY_ID, Kind
from smartx96.web.metrics import condition
from smartx96.web.metrics.family import Family, Type
from smartx96.web.metrics.names import FAMILIES, HARMONIC

NAME = "../samples/grafana-dashboard.json"

_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_CHOSEN = 'meter=~"$meter"'
_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 24
_STAT_WIDTH, _STAT_HEIGHT = 6, 4
_KILO_HOUR = 3.6e6

_UNITS = {
    "volts": "volt", "amperes": "amp", "watts": "watt", "voltamperes": "voltamp",
    "vars": "voltampreact", "hertz": "hertz", "radians": "radian", "ratio": "percentunit",
    "seconds": "s", "": "none",
}  # fmt: skip
"""Grafana's names of base units."""

_HOURLY = {
    "joules": ("kwatth", _KILO_HOUR),
    "var_seconds": ("suffix: kvarh", _KILO_HOUR),
    "voltampere_seconds": ("suffix: kVAh", _KILO_HOUR),
    "coulombs": ("amph", 3600.0),
}
"""Units in which energies are read, and what of a base unit that is."""

_ROWS = {
    Kind.INSTANTANEOUS: "Readings",
    Kind.ENERGY: "Energies",
    Kind.EXACT: "Energies by quadrant and netting",
    Kind.DEMAND: "Demand",
    Kind.COUNT: "Pulses",
    Kind.HARMONIC: "Harmonics (scrape with the parameter harmonics=true)",
}

_FIRST = ("total_active_power", "total_power_factor", "frequency", "active_energy")
"""Metrics that stand at the top as numbers."""

_CONDITIONS = (condition.STATUS, condition.WINDOW_AGE, condition.POWERED, condition.DRY,
               condition.LOST, condition.EVENTS)  # fmt: skip


def dashboard() -> str:
    """The dashboard, to be imported into Grafana."""
    document = {
        "title": "SMART X96",
        "uid": "smart-x96",
        "tags": ["energy", "x96"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "10s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": _variables()},
        "annotations": {"list": []},
        "panels": list(_placed()),
    }
    return json.dumps(document, indent=1) + "\n"


def _variables() -> list[dict[str, Any]]:
    meters = f"label_values({condition.INFO.sample}, meter)"
    return [
        {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
        {
            "name": "meter", "label": "Meter", "type": "query", "datasource": _SOURCE,
            "query": {"qryType": 1, "query": meters, "refId": "meters"}, "refresh": 2,
            "multi": True, "includeAll": True, "sort": 1,
            "current": {"text": "All", "value": "$__all"},
        },
    ]  # fmt: skip


def _placed() -> Iterator[dict[str, Any]]:
    """Panels with their places, row by row."""
    ids, top = count(1), 0
    for title, panels in _rows():
        if title:
            place = {"x": 0, "y": top, "w": _COLUMNS, "h": 1}
            yield {"id": next(ids), "type": "row", "title": title, "collapsed": False,
                   "gridPos": place, "panels": []}  # fmt: skip
            top += 1
        width, height = (_WIDTH, _HEIGHT) if title else (_STAT_WIDTH, _STAT_HEIGHT)
        each_row = _COLUMNS // width
        for n, panel in enumerate(panels):
            line, column = divmod(n, each_row)
            place = {"x": column * width, "y": top + line * height, "w": width, "h": height}
            yield {"id": next(ids), "gridPos": place, **panel}
        top += -(-len(panels) // each_row) * height


def _rows() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    by_stem = {family.stem: family for family in FAMILIES}
    yield "", [_stat(by_stem[stem]) for stem in _FIRST]
    for kind, title in _ROWS.items():
        of_kind = [f for f, series in FAMILIES.items() if BY_ID[series[0].id].kind is kind]
        yield title, [_panel(family) for family in of_kind]
    yield "Condition", [_panel(family) for family in _CONDITIONS]


def _panel(family: Family) -> dict[str, Any]:
    if family in HARMONIC:
        return _bars(family)
    if family is condition.STATUS:
        return _timeline(family)
    if family.type is Type.COUNTER and family.unit in _HOURLY:
        unit, factor = _HOURLY[family.unit]
        expression = f"increase({_selected(family)}[1h]) / {factor:g}"
        return _drawn("timeseries", family, expression, unit, f"{_title(family)} in an hour")
    if family.type is Type.COUNTER:
        expression = f"increase({_selected(family)}[1h])"
        return _drawn("timeseries", family, expression, "short", f"{_title(family)} in an hour")
    unit, factor = _HOURLY.get(family.unit, (_UNITS.get(family.unit, "none"), 1.0))
    expression = _selected(family) + ("" if factor == 1 else f" / {factor:g}")
    return _drawn("timeseries", family, expression, unit, _title(family))


def _stat(family: Family) -> dict[str, Any]:
    unit, factor = _HOURLY.get(family.unit, (_UNITS.get(family.unit, "none"), 1.0))
    expression = _selected(family) + ("" if factor == 1 else f" / {factor:g}")
    found = _drawn("stat", family, expression, unit, _title(family))
    return found | {"options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "",
                                                  "values": False},
                                "textMode": "value_and_name", "graphMode": "area"}}  # fmt: skip


def _bars(family: Family) -> dict[str, Any]:
    """The orders side by side, the largest of the meters and phases."""
    chosen = _selected(family, 'order!="1"')
    expression = f"max by (order) ({chosen})"
    found = _drawn("bargauge", family, expression, "percentunit", f"{_title(family)}s")
    found["targets"][0] |= {"legendFormat": "{{order}}", "instant": True, "range": False}
    return found | {"options": {"orientation": "vertical", "displayMode": "basic",
                                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "",
                                                  "values": False}}}  # fmt: skip


def _timeline(family: Family) -> dict[str, Any]:
    found = _drawn("state-timeline", family, f"{_selected(family)} == 1", "none", "Conditions")
    found["targets"][0]["legendFormat"] = "{{meter}} {{condition}}"
    return found


def _drawn(kind: str, family: Family, expression: str, unit: str, title: str) -> dict[str, Any]:
    labels = [name for name, _ in FAMILIES[family][0].labels] if family in FAMILIES else []
    legend = " ".join(f"{{{{{name}}}}}" for name in ("meter", *labels))
    return {
        "type": kind,
        "title": title,
        "description": family.text,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "targets": [{"refId": "A", "datasource": _SOURCE, "expr": expression,
                     "legendFormat": legend}],
    }  # fmt: skip


def _selected(family: Family, more: str = "") -> str:
    return f"{family.sample}{{{_CHOSEN}{f',{more}' if more else ''}}}"


def _title(family: Family) -> str:
    text = family.stem.replace("_", " ").replace(" thd", " THD")
    return text[0].upper() + text[1:]
