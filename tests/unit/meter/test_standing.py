"""Standing: registers, demands and counts of one moment."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.meter.meter import Meter
from smartx96.meter.snapshot import Snapshot
from smartx96.quantities import BY_ID, INSTANTANEOUS, TABLE, Kind
from support.meters import HOUR, MINUTE, T0, Rig, configured


def rig(**settings) -> Rig:
    return Rig(settings={"demand_period": 5, "demand_slide": 5, **settings}).run(
        3600.0, window=1.0, current=[5.0, 4.0, 1.0], angle=[30.0, -160.0, 0.0]
    )


def test_everything_but_readings_has_a_value() -> None:
    found = rig().meter.standing()
    kinds = (Kind.ENERGY, Kind.DEMAND, Kind.EXACT, Kind.COUNT)
    missing = {q.id for q in TABLE if q.kind in kinds and found.get(q.id) is None}
    assert missing == {f"active_power_demand_max_t{n}" for n in (2, 3, 4)}
    assert all(found.get(id) is None for id in INSTANTANEOUS)
    assert set(found.known) == {q.id for q in TABLE if q.kind in kinds[:2]} - missing


def test_kilowatt_hours_are_the_exact_ones() -> None:
    found = rig().meter.standing()
    pairs = [(id, id.removesuffix("_exact")) for id in found.exact if id.endswith("_exact")]
    shown = [(exact, id) for exact, id in pairs if id in BY_ID and BY_ID[id].kind is Kind.ENERGY]
    assert len(shown) == 8
    for exact, id in shown:
        factor = 1e-6 if id == "charge" else 1e-9
        assert found.get(id) == pytest.approx(found.exact[exact] * factor, rel=1e-15)
    assert found.get("active_energy_import") == pytest.approx(
        (1150 * np.cos(np.pi / 6) + 230) / 1e3, rel=1e-6
    )
    assert found.get("charge") == pytest.approx(10.0, rel=1e-6)


def test_maxima_have_times() -> None:
    found = rig().meter.standing()
    assert found.maxima["active_power_demand_max"] == T0 + 5 * MINUTE
    assert set(found.maxima) == {id for id in found.known if "demand" in id and "max" in id}


@pytest.mark.parametrize(("seconds", "minutes"), [(60.0, 1.0), (899.0, 899 / 60), (900.0, 0.0)])
def test_time_elapsed_in_the_demand_interval(seconds: float, minutes: float) -> None:
    own = Rig(settings={"demand_period": 15}).run(seconds, window=1.0)
    assert own.meter.standing().demand_time == pytest.approx(minutes)


def test_the_demand_interval_is_that_of_the_zone() -> None:
    own = Rig(settings={"demand_period": 60, "time_zone": "Asia/Kolkata"}).run(60.0, window=1.0)
    assert own.meter.standing().demand_time == pytest.approx(31.0)
    assert Rig(settings={"demand_period": 0}).run(60.0).meter.standing().demand_time == 0.0


def test_what_there_is_not_is_not_there() -> None:
    """Without voltages there is charge, without currents nothing."""
    meter = Meter(configured(), np.array([False] * 3 + [True] * 3))
    known = set(meter.standing().known)
    assert known == {"charge"}
    assert set(meter.standing().exact) == {
        "charge_exact", "pulse1_count", "pulse1_pending", "pulse2_count", "pulse2_pending"
    }  # fmt: skip
    meter = Meter(configured(), np.array([True] * 3 + [False] * 3))
    assert meter.standing().known == {}


def test_a_standing_cannot_be_changed() -> None:
    found = rig().meter.standing()
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 1.0
    with pytest.raises(TypeError):
        found.exact["charge_exact"] = 1  # type: ignore[index]


def test_a_snapshot_shows_what_was_committed() -> None:
    """Readings are the newest, registers those that may be shown."""
    own = rig()
    committed = own.meter.standing()
    own.run(600.0, window=1.0, current=2.0)
    snapshot = own.meter.snapshot(committed)
    assert isinstance(snapshot, Snapshot)
    assert snapshot["current_l1"] == pytest.approx(2.0)
    for id in ("active_energy_import", "active_energy_import_exact", "pulse2_count"):
        assert snapshot[id] == committed.get(id)
        newest = own.meter.snapshot()
        assert newest is not None
        assert newest[id] > committed.get(id)
    assert snapshot.standing is committed
    assert snapshot.clock == T0 + HOUR + 10 * MINUTE
    assert snapshot.powered
    assert snapshot["status"] == own.meter.status()


def test_before_the_first_window_there_is_no_snapshot() -> None:
    meter = Rig().meter
    assert meter.snapshot() is None
    found = meter.standing()
    assert (found.tariff, found.exact["active_energy_import_exact"]) == (1, 0)
