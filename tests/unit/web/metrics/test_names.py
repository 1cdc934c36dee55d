"""Names of metrics against the rules of Prometheus, and against the quantity table."""

from __future__ import annotations

import math
import re

import pytest

from smartx96.quantities import BY_ID, Kind
from smartx96.web.metrics import condition
from smartx96.web.metrics.family import Type
from smartx96.web.metrics.names import FAMILIES, LEFT_OUT, UNITS

EVERY = (*FAMILIES, *condition.FAMILIES)
BASE = {"volts", "amperes", "watts", "hertz", "joules", "coulombs", "radians", "ratio", "seconds",
        "voltamperes", "vars", "var_seconds", "voltampere_seconds"}  # fmt: skip


def test_every_quantity_is_told_once_or_left_out_for_a_reason():
    told = [series.id for every in FAMILIES.values() for series in every]
    assert len(told) == len(set(told))
    assert not set(told) & set(LEFT_OUT)
    assert set(told) | set(LEFT_OUT) == set(BY_ID)
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize("family", EVERY, ids=lambda family: family.sample)
def test_names_keep_the_rules(family):
    """One unit, a base unit, as a suffix; `_total` for counters and nothing else."""
    assert re.fullmatch(r"x96(_[a-z0-9]+)+", family.sample)
    assert family.sample.endswith("_total") is (family.type is Type.COUNTER)
    assert family.unit == "" or (family.unit in BASE and family.name.endswith(f"_{family.unit}"))
    assert family.text
    assert "\n" not in family.text


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.sample)
def test_series_of_a_family_go_together(family):
    """The same labels with values of their own, the same dimension, and counters never go down."""
    series = FAMILIES[family]
    assert len({tuple(name for name, _ in each.labels) for each in series}) == 1
    assert len({each.labels for each in series}) == len(series)
    assert len({BY_ID[each.id].unit for each in series}) == 1
    counters = {Kind.ENERGY, Kind.EXACT, Kind.COUNT}
    if family.type is Type.COUNTER:
        assert {BY_ID[each.id].kind for each in series} <= counters


def test_names_that_others_rely_on():
    """Dashboards and alerts have them: a change is a break."""
    names = {family.sample: len(series) for family, series in FAMILIES.items()}
    assert names["x96_voltage_volts"] == 3
    assert names["x96_active_energy_joules_total"] == 2
    assert names["x96_total_active_power_watts"] == 1
    assert condition.INFO.sample == "x96_info"


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("kWh", 1000 * 3600), ("Ah", 3600), ("%", 1 / 100), ("deg", math.pi / 180), ("uWh", 3600e-6),
     ("kvarh", 1000 * 3600), ("V", 1)],
)  # fmt: skip
def test_units_in_base_units(unit, factor):
    assert UNITS[unit][1] == pytest.approx(factor, rel=1e-15)
