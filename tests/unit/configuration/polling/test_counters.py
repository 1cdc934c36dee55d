"""Registers that went back."""

from __future__ import annotations

import pytest

from smartx96.configuration.polling.counters import Counters


@pytest.mark.parametrize(
    ("id", "last", "value", "said"),
    [
        ("active_energy_import", 9_999_999.5, 0.3,
         "went back: active_energy_import from 9999999.5 to 0.3 kWh; it rolled over at 9999999.9"),
        ("active_energy_import", 5000.0, 4999.0,
         "went back: active_energy_import from 5000 to 4999 kWh; was the meter exchanged, or its "
         "register set?"),
        ("active_energy_total_resettable", 12.0, 0.0,
         "went back: active_energy_total_resettable from 12 to 0 kWh; it was reset"),
        ("active_energy_import_exact", 2**60, 2**60 - 1, "exchanged"),
        ("pulse1_count", 100, 3, "went back: pulse1_count from 100 to 3; was the meter"),
    ],
)  # fmt: skip
def test_what_only_grows_and_fell(id: str, last: float, value: float, said: str) -> None:
    counters = Counters([id])
    assert counters.take([last]) == []
    (found,) = counters.take([value])
    assert said in found
    assert counters.take([value]) == [], "once"


@pytest.mark.parametrize("id", ["active_power", "active_energy_net", "pulse1_pending", "frequency",
                                "active_power_demand_max", "tariff_active"])  # fmt: skip
def test_what_may_fall(id: str) -> None:
    counters = Counters([id])
    assert counters.take([100.0]) == counters.take([3.0]) == []


def test_a_gap_is_no_fall() -> None:
    counters = Counters(["frequency", "active_energy_import"])
    assert counters.take([50.0, 10.0]) == counters.take([None, None]) == []
    assert counters.take([50.0, 10.0]) == []
    assert len(counters.take([50.0, 9.0])) == 1


def test_many_are_told_in_one_line() -> None:
    ids = [f"active_energy_import_t{n}" for n in range(1, 5)]
    counters = Counters(ids)
    counters.take([5.0] * 4)
    (said,) = counters.take([1.0] * 4)
    assert "and 1 more" in said


def test_of_another_meter_nothing_is_known() -> None:
    counters = Counters(["active_energy_import"])
    counters.take([5.0])
    counters.forget()
    assert counters.take([1.0]) == []
