"""Which values are logged, and what they cost."""

from __future__ import annotations

import csv

import pytest

from smartx96.configuration.polling.selection import GROUPS, MAIN, selected
from smartx96.errors import OptionError
from smartx96.modbus.client.read_plan import ReadPlan
from support.shared import SHARED

SPEC = SHARED / "spec" / "input_registers.csv"


def test_the_main_values_come_with_one_request() -> None:
    layout = selected()
    assert layout.ids == GROUPS[MAIN]
    assert {"voltage_l1", "current_l3", "active_power", "frequency"} <= set(layout.ids)
    assert {"active_energy_import", "reactive_energy_export"} <= set(layout.ids)
    assert len(ReadPlan.of(layout.ids).stretches) == 1


@pytest.mark.skipif(not SPEC.is_file(), reason="the specification is not beside the project")
def test_all_is_every_register_of_the_specification() -> None:
    with SPEC.open() as file:
        listed = {line["id"]: line["format"] for line in csv.DictReader(file)}
    layout = selected(groups=["all"])
    single = {id for id in layout.ids if "[" not in id}
    assert single == {id for id in listed if id in single or "harmonic" not in id}
    whole = {id for id in single if listed[id] in ("u16", "u32", "u64", "s16")}
    assert layout.integers == whole
    assert len([id for id in layout.ids if "[" in id]) == 6 * 62


def test_groups_are_the_kinds_of_quantities() -> None:
    assert "voltage_thd_l1" in GROUPS["thd"]
    assert "voltage_harmonic_l2[63]" in GROUPS["harmonic"]
    assert set(GROUPS["energy"]) & {"active_energy_import_t4", "charge"}
    assert "active_energy_import_exact" in GROUPS["exact"]
    assert not set(GROUPS["energy"]) & set(GROUPS["exact"])
    assert "active_power_demand_max" in GROUPS["demand"]


def test_ids_come_in_their_order_each_once() -> None:
    layout = selected(["frequency", "voltage_l1", "frequency"], ["main"])
    assert layout.ids[:2] == ("frequency", "voltage_l1")
    assert len(set(layout.ids)) == len(layout.ids) == len(GROUPS[MAIN])
    assert selected(["serial_number", "tariff_active"]).integers == {
        "serial_number", "tariff_active",
    }  # fmt: skip


def test_a_harmonic_quantity_stands_for_its_orders() -> None:
    ids = selected(["current_harmonic_l1"]).ids
    assert ids == tuple(f"current_harmonic_l1[{n}]" for n in range(2, 64))


@pytest.mark.parametrize(
    ("ids", "groups", "said"),
    [
        (["voltage_l4"], [], "'voltage_l4': no register has this id; did you mean"),
        (["clock"], [], "clock: is no number; logs have numbers only"),
        (["voltage_unbalance_zero"], [], "voltage_unbalance_zero: has no register"),
        ([], ["energies"], "'energies' is no group of values"),
    ],
)
def test_what_cannot_be_logged(ids: list[str], groups: list[str], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        selected(ids, groups)
