"""Which recordings continue one another, and the order of all."""

from __future__ import annotations

import random

import pytest

from smartx96.archive.chains import chained
from smartx96.archive.item import Measured

DAY = 1_793_750_400_000_000


def recording(name: str, start: float | None, seconds: float = 600.0, rate: float = 12800.0,
              likeness: str = "3p4w", energy: int = 0) -> Measured:  # fmt: skip
    began = None if start is None else DAY + round(start * 1e6)
    energies = {"active_energy_import": energy, "active_energy_export": 3}
    return Measured(name, began, seconds, rate, likeness, 0, 0, seconds, 0, energies)


def names(*recordings: Measured) -> list[list[str]]:
    mixed = list(recordings)
    random.Random(7).shuffle(mixed)
    return [[one.recording for one in chain.recordings] for chain in chained(mixed)]


def test_in_the_order_of_time_and_then_by_name() -> None:
    assert names(
        recording("c", 600), recording("a", 1200), recording("b", 0), recording("z", None),
        recording("d", 5000), recording("y", None),
    ) == [["b", "c", "a"], ["d"], ["y"], ["z"]]  # fmt: skip


@pytest.mark.parametrize(("gap", "seconds", "rate", "together"), [
    (0.9e-3, 1.0, 12800.0, True), (1.2e-3, 1.0, 12800.0, False),
    (1.4 / 400, 1.0, 400.0, True), (1.7 / 400, 1.0, 400.0, False),
    (0.055, 600.0, 12800.0, True), (-0.055, 600.0, 12800.0, True),
    (0.065, 600.0, 12800.0, False), (-0.065, 600.0, 12800.0, False),
])  # fmt: skip
def test_how_far_apart_they_may_be(gap: float, seconds: float, rate: float, together: bool) -> None:
    one = recording("a", 0.0, seconds, rate)
    other = recording("b", seconds + gap, seconds, rate)
    assert names(one, other) == ([["a", "b"]] if together else [["a"], ["b"]])


def test_only_what_is_alike() -> None:
    assert names(recording("a", 0), recording("b", 600, rate=6400.0),
                 recording("c", 600, likeness="3p3w")) == [["a"], ["b"], ["c"]]  # fmt: skip


def test_sites_with_the_same_times_stay_apart() -> None:
    """Also where one of them ends, and the other goes on in another folder."""
    north = [f"north/{day}/{n}.cfg" for n, day in enumerate((1, 1))]
    south = [f"south/{day}/{n}.cfg" for n, day in enumerate((1, 1, 2, 2))]
    both = [recording(name, 600 * n) for site in (north, south) for n, name in enumerate(site)]
    assert names(*both) == [north, south]


def test_a_long_gap_begins_another_chain() -> None:
    assert names(recording("a", 0), recording("b", 700), recording("c", 1300)) == [
        ["a"], ["b", "c"],
    ]  # fmt: skip


def test_energies_add_up() -> None:
    (chain,) = chained([recording("a", 0, energy=5_000_000), recording("b", 600, energy=7_000_001)])
    assert chain.quanta == {
        "active_energy_import": 12_000_001, "active_energy_export": 6,
        "active_energy_total": 12_000_007, "active_energy_net": 6 - 12_000_001,
    }  # fmt: skip
    assert chain.energies["active_energy_import"] == pytest.approx(0.012000001, rel=1e-12)
    assert chain.measured_time == 1200.0
