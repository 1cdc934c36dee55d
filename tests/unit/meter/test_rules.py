"""Rules: what settings mean, by the arithmetic of the specification."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.meter.rules import Boundary, rated, rules, starting_threshold
from smartx96.models import Wiring
from smartx96.settings import Settings
from support.meters import MINUTE, accounts, portion, registers

UN = 230.0


def test_half_a_thousandth_of_the_rated_power_at_5_amperes() -> None:
    starting = starting_threshold(Settings())
    assert starting.power == pytest.approx(0.575)
    assert starting.total == pytest.approx(3 * 0.575)
    assert starting.current == pytest.approx(0.0025)


@pytest.mark.parametrize("vt", [1, 35])
@pytest.mark.parametrize(("primary", "secondary"), [(5, 5), (1, 1), (200, 5), (750, 1), (9999, 5)])
def test_thresholds_stand_on_the_secondary_side(primary: int, secondary: int, vt: int) -> None:
    settings = Settings({"ct_primary": primary, "ct_secondary": secondary, "vt_ratio": vt})
    starting = starting_threshold(settings)
    on_secondary = starting.power / (primary / secondary) / vt
    assert on_secondary == pytest.approx(0.5 * 0.001 * UN * secondary)
    assert starting.current / (primary / secondary) == pytest.approx(0.0005 * secondary)


def test_one_phase_is_its_own_sum() -> None:
    starting = starting_threshold(Settings({"system_type": 1}))
    assert starting.total == starting.power


@pytest.mark.parametrize("vt", [1, 20])
@pytest.mark.parametrize(("primary", "secondary"), [(5, 5), (1, 1), (400, 5), (100, 1)])
@pytest.mark.parametrize("wiring", [1, 2, 3])
@pytest.mark.parametrize("by_sum", [0, 1])
def test_the_starting_current_registers_and_an_open_circuit_does_not(
    primary: int, secondary: int, vt: int, wiring: int, by_sum: int
) -> None:
    """0.001 In at Un and cos 1 in all phases of the wiring counts in every register that it should;
    0.0004 In, noise in an open circuit, in none.
    """
    settings = {
        "ct_primary": primary, "ct_secondary": secondary, "vt_ratio": vt, "system_type": wiring,
        "energy_balance": by_sum,
    }  # fmt: skip
    phases = 1 if wiring == 1 else 3
    nan = [np.nan] * (3 - phases)
    for share, counts in ((0.001, True), (0.0004, False)):
        current = share * primary
        power = np.array([UN * vt * current] * phases + nan)[:, np.newaxis] * np.ones(10)
        flowing = np.array([*[current] * phases, *nan, 0.0])[:, np.newaxis] * np.ones(10)
        apparent = np.full(10, phases * UN * vt * current)
        for active, reactive, way in (
            (power, power * 0.0, "active_energy_import"),
            (-power, power * 0.0, "active_energy_export"),
            (power * 0.0, power, "reactive_energy_import"),
            (power * 0.0, -power, "reactive_energy_export"),
        ):
            counted = accounts(settings, starting=True)
            counted.take(
                portion(0, active, reactive, length=MINUTE, apparent=apparent, current=flowing)
            )
            exact = registers(counted)
            found = {id for id, n in exact.items() if n}
            expected = {way, f"{way}_sum", f"{way}_per_phase", f"{way}_l1"} & set(exact)
            expected |= {"charge", "apparent_energy"}
            assert (found >= expected) if counts else (found == set())
            energy = phases * UN * vt * current * 10 / 60 * 1e6
            if counts:
                assert exact[way] == pytest.approx(energy, abs=3)
                assert exact["charge"] == pytest.approx(phases * current / 6 * 1e6, abs=1)


def test_a_meter_that_measures_recordings_counts_everything() -> None:
    """Without a threshold a millionth of In registers."""
    counted = accounts(starting=False)
    tiny = np.full((3, 60), 1e-6 * 5 * UN)
    counted.take(portion(0, tiny, length=MINUTE, current=np.full((4, 60), 5e-6)))
    exact = registers(counted)
    assert exact["active_energy_import"] == pytest.approx(3 * 1150, abs=3)
    assert exact["charge"] == 15


@pytest.mark.parametrize(("wiring", "voltage"), [(1, 230.0), (2, 400.0), (3, 230.0)])
def test_rated_values(wiring: int, voltage: float) -> None:
    limits = rated(Settings({"system_type": wiring, "vt_ratio": 10, "ct_primary": 250}))
    assert (limits.voltage, limits.current) == (10 * voltage, 250.0)


def test_which_places_are_shown() -> None:
    assert rules(Settings()).places == slice(0, 3)
    assert rules(Settings({"energy_balance": 1})).places == slice(3, 4)
    three = rules(Settings({"system_type": 2}))
    assert (three.netted_by_sum, three.phases, three.wiring) == (True, False, Wiring.THREE_WIRE)


def test_what_comes_again_and_again() -> None:
    settings = {"demand_period": 30, "demand_slide": 10, "load_profile_period": 5}
    assert rules(Settings(settings), profile=True).grids == (
        (Boundary.DEMAND, 10 * MINUTE), (Boundary.PROFILE, 5 * MINUTE)
    )  # fmt: skip
    assert rules(Settings({"demand_period": 0})).grids == ()
