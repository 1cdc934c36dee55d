"""Amounts: energies of windows as integers, sorted by their signs, as far as they register."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from smartx96.errors import StreamError
from smartx96.meter.amounts import BITS, FLOWS, PLACES, ROW, amounts
from smartx96.meter.portion import Starting
from support.meters import portion

EVERYTHING = Starting()


def flows(windows, starting: Starting = EVERYTHING, *, phases: bool = True) -> dict[str, float]:
    """Energies that are not 0 [Ws] by flow."""
    found = amounts(windows, starting, phases=phases, strict=True)
    sums = found.sums(0, len(windows))
    return {flow: n / 2**BITS for flow, n in zip(FLOWS, sums, strict=True) if n}


def quadrant(p: float, q: float) -> int:
    return {(True, True): 1, (False, True): 2, (False, False): 3, (True, False): 4}[p >= 0, q >= 0]


@pytest.mark.parametrize("p", [1000.0, -1000.0])
@pytest.mark.parametrize("q", [300.0, -300.0])
def test_each_quadrant(p: float, q: float) -> None:
    """IEC 62053-23: 1 imports both, 2 exports active and imports reactive power, and so round."""
    found = flows(portion(0, [p], [[q], [0], [0]], length=1_000_000, current=np.zeros((4, 1))))
    way = "import" if p > 0 else "export"
    expected = {
        f"active_energy_{way}_l1": 1000.0,
        f"active_energy_{way}_sum": 1000.0,
        f"reactive_energy_q{quadrant(p, q)}_l1": 300.0,
        f"reactive_energy_q{quadrant(p, q)}_sum": 300.0,
        "apparent_energy": pytest.approx(np.hypot(p, q)),
    }
    assert found == expected


def test_signs_of_the_phases_are_their_own() -> None:
    """L1 and L2 import and lag, L3 exports and leads; the sum imports and leads."""
    found = flows(
        portion(0, [[100.0], [50.0], [-30.0]], [[10.0], [5.0], [-40.0]], length=1_000_000)
    )
    active = {flow: n for flow, n in found.items() if flow.startswith("active")}
    assert active == {
        "active_energy_import_l1": 100.0,
        "active_energy_import_l2": 50.0,
        "active_energy_export_l3": 30.0,
        "active_energy_import_sum": 120.0,
    }
    reactive = {flow: n for flow, n in found.items() if flow.startswith("reactive")}
    assert reactive == {
        "reactive_energy_q1_l1": 10.0,
        "reactive_energy_q1_l2": 5.0,
        "reactive_energy_q3_l3": 40.0,
        "reactive_energy_q4_sum": 25.0,
    }


def test_without_a_neutral_there_is_the_sum_only() -> None:
    windows = portion(0, [[100.0], [50.0], [-30.0]], [[9.0], [9.0], [9.0]], length=1_000_000)
    found = flows(windows, phases=False)
    assert {flow for flow in found if "energy" in flow} == {
        "active_energy_import_sum", "reactive_energy_q1_sum", "apparent_energy"
    }  # fmt: skip
    assert found["active_energy_import_sum"] == 120.0
    assert found["reactive_energy_q1_sum"] == 27.0


def test_amounts_are_the_energy_to_half_a_part() -> None:
    """Each of 3000 windows by itself against exact fractions, in every quadrant."""
    rng = np.random.default_rng(5)
    n = 3000
    windows = portion(0, rng.normal(0, 1000, (3, n)), rng.normal(0, 700, (3, n)))
    fine = amounts(windows, Starting(), phases=True, strict=True).fine
    for k in range(3):
        into = fine[:, ROW[f"active_energy_import_{PLACES[k]}"]]
        out = fine[:, ROW[f"active_energy_export_{PLACES[k]}"]]
        for w in range(n):
            truth = Fraction(float(windows.active[k, w] * windows.seconds[w]))
            found = Fraction((int(into[0, w] + out[0, w]) << BITS) + int(into[1, w] + out[1, w]),
                             2**BITS)  # fmt: skip
            assert abs(found - truth) <= Fraction(1, 2 ** (BITS + 1))
            assert not (into[:, w].any() and out[:, w].any())


def test_the_sum_is_exactly_the_phases() -> None:
    rng = np.random.default_rng(6)
    windows = portion(0, rng.normal(0, 1000, (3, 2000)), rng.normal(0, 700, (3, 2000)))
    fine = amounts(windows, Starting(), phases=True, strict=True).fine
    whole, parts = (limb.astype(object) for limb in fine)
    total = whole * 2**BITS + parts
    for kind in (("active_energy_import", "active_energy_export"),
                 tuple(f"reactive_energy_q{n}" for n in (1, 2, 3, 4))):  # fmt: skip
        phases = sum(total[ROW[f"{flow}_{p}"]] for flow in kind for p in PLACES[:3])
        together = sum(total[ROW[f"{flow}_sum"]] for flow in kind)
        assert (phases == together).all()


@pytest.mark.parametrize(("share", "registers"), [(0.999, False), (1.0, True), (1.001, True)])
@pytest.mark.parametrize("kind", ["active", "reactive"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_phase_registers_from_its_threshold(
    share: float, registers: bool, kind: str, sign: float
) -> None:
    """Active and reactive power each by itself: the one registers while the other does not."""
    starting = Starting(power=10.0, total=30.0, current=0.0)
    small, large = sign * 10.0 * share, 1000.0
    p, q = (small, large) if kind == "active" else (large, small)
    found = flows(portion(0, [p], [[q], [0], [0]], length=1_000_000), starting)
    assert any(f.startswith(kind) and f.endswith("l1") for f in found) is registers
    other = "reactive" if kind == "active" else "active"
    assert any(f.startswith(other) and f.endswith("l1") for f in found)


@pytest.mark.parametrize(("each", "registers"), [(9.99, False), (10.0, True)])
def test_the_sum_registers_from_three_times_the_threshold(each: float, registers: bool) -> None:
    starting = Starting(power=1e6, total=30.0, current=0.0)
    found = flows(portion(0, [[each]] * 3, [[-each]] * 3, length=1_000_000), starting)
    assert ("active_energy_import_sum" in found) is registers
    assert ("reactive_energy_q4_sum" in found) is registers
    assert not any(f.endswith("l1") and "energy" in f for f in found)


def test_the_sum_counts_phases_that_do_not_register_by_themselves() -> None:
    """Three phases of 9 W: none registers, their sum of 27 W does not, of 30 W it does."""
    starting = Starting(power=10.0, total=27.0, current=0.0)
    found = flows(portion(0, [[9.0]] * 3, length=1_000_000), starting)
    assert found["active_energy_import_sum"] == 27.0
    assert "active_energy_import_l1" not in found


def test_the_sum_registers_where_a_phase_is_not_known() -> None:
    windows = portion(0, [[40.0], [np.nan], [np.nan]], length=1_000_000)
    found = flows(windows, Starting(power=10.0, total=30.0, current=0.5))
    assert found["active_energy_import_sum"] == 40.0


def test_currents_register_from_their_threshold() -> None:
    """Only the phases that flow are in the charge; apparent energy as soon as one does."""
    current = np.array([[1.0, 0.4], [0.5, 0.4], [0.499, 0.4], [3.0, 3.0]])
    windows = portion(0, np.zeros((3, 2)), length=1_000_000, current=current, apparent=[7.0, 9.0])
    found = flows(windows, Starting(power=1.0, total=3.0, current=0.5))
    assert found["charge"] == 1.5
    assert found["apparent_energy"] == 7.0
    # Currents for demand have no threshold.
    assert found["current_l3"] == pytest.approx(0.899)
    assert found["current_n"] == 6.0


def test_charge_is_the_sum_of_the_phases_and_not_of_the_neutral() -> None:
    current = np.array([[1.0], [2.0], [4.0], [100.0]])
    assert flows(portion(0, [0.0], length=2_000_000, current=current))["charge"] == 14.0


def test_what_is_not_available_counts_nothing_and_takes_nothing_with_it() -> None:
    nan = np.nan
    windows = portion(
        0, [[nan, 10.0], [5.0, nan], [np.inf, 1.0]], [[nan, 1.0], [2.0, 1.0], [3.0, nan]],
        length=1_000_000, apparent=[nan, 8.0], current=[[nan, 1], [1, nan], [1, 1], [nan, 2]],
    )  # fmt: skip
    found = flows(windows)
    assert found["active_energy_import_sum"] == 16.0
    assert found["active_energy_import_l3"] == 1.0
    assert found["reactive_energy_q1_sum"] == 7.0
    assert (found["apparent_energy"], found["charge"], found["current_n"]) == (8.0, 4.0, 2.0)


def test_more_than_any_meter_counts() -> None:
    windows = portion(0, [1.0, 1e15, 3.0], length=1_000_000)
    with pytest.raises(StreamError, match=r"1e\+15 Ws: no meter counts more than 1e\+11 Ws"):
        amounts(windows, Starting(), phases=True, strict=True)
    found = amounts(windows, Starting(), phases=True, strict=False)
    assert found.refused is not None
    assert found.refused.tolist() == [False, True, False]
    sums = dict(zip(FLOWS, found.sums(0, 3), strict=True))
    assert sums["active_energy_import_l1"] == 4 << BITS
    assert sums["charge"] == (2 * 3) << BITS, "nothing of the window counts"


def test_shown_adds_up_the_places() -> None:
    rng = np.random.default_rng(8)
    windows = portion(0, rng.normal(0, 1000, (3, 50)), rng.normal(0, 700, (3, 50)))
    found = amounts(windows, Starting(), phases=True, strict=True)
    whole, parts = found.shown(slice(0, 3)).astype(object)
    sums = dict(zip(FLOWS, found.sums(0, 50), strict=True))
    signs = (1, -1, 1, 1, -1, -1)
    names = ("active_energy_import", "active_energy_export",
             *(f"reactive_energy_q{n}" for n in (1, 2, 3, 4)))  # fmt: skip
    for row, (name, sign) in enumerate(zip(names, signs, strict=True)):
        total = sum(whole[row] * 2**BITS + parts[row])
        assert sign * total == sum(sums[f"{name}_{p}"] for p in PLACES[:3])
