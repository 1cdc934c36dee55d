"""Meter: readings to registers, by samples or by phasors, under power only, and what is shown."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.meter.clock import Clock
from smartx96.meter.commands import SetCalendar, SetClock
from smartx96.meter.events import EventKind
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile, RowFlag
from smartx96.meter.supply import Supply
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.metrology.stream import Stream
from smartx96.metrology.windows import Flag, Rest
from smartx96.models import MODELS
from smartx96.quantities import BY_ID, Kind
from smartx96.status import Status
from support.calendars import daily
from support.meters import DAY, MINUTE, OWNER, SECOND, T0, Rig, at, configured
from support.signals import Wave, balanced, rich

RATE = 6400.0


def sampled(
    meter: Meter,
    wave: Wave,
    seconds: float,
    *,
    block: float = 0.2,
    start: int = 0,
    rate: float = RATE,
) -> Meter:
    """Feed a wave's samples, from a sample on."""
    samples = wave.samples(start / rate + seconds)[:, start:]
    stream = Stream()
    size = round(block * rate)
    for first in range(0, samples.shape[1], size):
        for piece in stream.push(Block(samples[:, first : first + size], rate, start + first)):
            meter.take(piece)
    for piece in stream.finish():
        meter.take(piece)
    meter.close()
    return meter


def new(settings: dict | None = None, **more) -> Meter:
    return Meter(configured(settings), clock=Clock(T0), **more)


def test_every_sample_counts_once() -> None:
    """Whole windows, what is before them and what is after: energy is that of the whole time."""
    wave = balanced(50.013, 230.0, 5.0, 30.0, rate=RATE)
    for seconds in (0.3, 1.0, 3.337, 7.001):
        meter = sampled(new(), wave, seconds)
        assert meter.measured_time == pytest.approx(round(seconds * RATE) / RATE, abs=1e-9)
        exact = meter.standing().exact
        expected = wave.power.sum() * seconds / 3600 * 1e6
        assert exact["active_energy_import_exact"] == pytest.approx(expected, rel=1e-3)
        truth = wave.samples(seconds)
        products = (truth[:3] * truth[3:]).sum() / RATE / 3600 * 1e6
        assert exact["active_energy_import_exact"] == pytest.approx(products, rel=2e-5, abs=4)


def test_samples_before_a_window_are_beside_it_and_not_beside_the_one_before() -> None:
    """After a gap there is no current: what comes before the next window has none either."""
    meter = sampled(new(), balanced(50.0, 230.0, 5.0, 0.0, rate=RATE), 2.0)
    before = meter.standing().exact["apparent_energy_exact"]
    assert before == pytest.approx(3450 * 2 / 3600 * 1e6, rel=1e-3)
    idle = balanced(50.0, 230.0, 0.0, 0.0, rate=RATE)
    sampled(meter, idle, 2.0, start=round(5.0333 * RATE))
    assert meter.measured_time == pytest.approx(4.0, abs=1e-3)
    assert meter.standing().exact["apparent_energy_exact"] == before


@pytest.mark.parametrize("seconds", [0.005, 0.021, 0.1])
def test_a_recording_too_short_for_a_window_counts(seconds: float) -> None:
    wave = balanced(50.0, 230.0, 5.0, 0.0, rate=RATE)
    meter = sampled(new(), wave, seconds)
    truth = wave.samples(seconds)
    assert meter.measured_time == pytest.approx(truth.shape[1] / RATE)
    products = (truth[:3] * truth[3:]).sum() / RATE / 3600 * 1e6
    exact = meter.standing().exact["active_energy_import_exact"]
    # Direct voltage and current of a part of a cycle are what they are.
    assert exact == pytest.approx(products, rel=0.02, abs=4)


def test_samples_and_phasors_give_the_same() -> None:
    wave = rich(50.0, 7, angle=40.0, orders=40, rate=12_800.0)
    settings = {"demand_period": 0}
    by_samples = Meter(configured(settings), clock=Clock(T0))
    stream, pieces = Stream(), []
    for piece in stream.push(Block(wave.samples(12.0), 12_800.0, 0)):
        pieces.append(piece)
        by_samples.take(piece)
    windows = [piece for piece in pieces if not isinstance(piece, Rest)]
    count, begin = by_samples.windows, by_samples.snapshot().time
    assert count == sum(len(piece) for piece in windows) >= 55
    by_phasors = Meter(configured(settings), clock=Clock(T0))
    edges = begin - 0.2 * np.arange(count, -1, -1)
    phasors = np.broadcast_to(wave.phasors[:, :40], (count, 6, 40))
    readings = readings_of_phasors(phasors, np.full(count, 50.0), by_phasors.conditions)
    by_phasors.take_readings(readings, edges[:-1], edges[1:], 50)
    one, other = by_samples.snapshot(), by_phasors.snapshot()
    for id, quantity in BY_ID.items():
        if quantity.kind is Kind.INSTANTANEOUS and one[id] is not None:
            assert other[id] == pytest.approx(one[id], rel=1e-4, abs=1e-3), id
    share = by_phasors.measured_time / by_samples.measured_time
    for id, value in by_phasors.standing().exact.items():
        if BY_ID[id].kind is Kind.EXACT:
            expected = by_samples.standing().exact[id] * share
            assert value == pytest.approx(expected, rel=1e-4, abs=20), id


def test_blocks_of_any_size_count_the_same() -> None:
    wave = rich(49.97, 3, angle=200.0, orders=20, rate=RATE)
    found = [
        sampled(new({"demand_period": 0}), wave, 5.0, block=block).standing().exact
        for block in (5.0, 0.2, 0.037)
    ]
    for id, value in found[0].items():
        assert found[1][id] == pytest.approx(value, abs=2), id
        assert found[2][id] == pytest.approx(value, abs=2), id


def test_before_and_after_the_first_window() -> None:
    meter = new()
    assert meter.snapshot() is None
    assert meter.nominal_frequency is None
    assert meter.now == T0
    rig = Rig(meter).run(0.2)
    snapshot = meter.snapshot()
    assert (snapshot.time, snapshot.clock) == (0.2, T0 + 200_000)
    assert snapshot["voltage_l1"] == pytest.approx(230.0)
    assert snapshot["voltage_harmonic_l1[1]"] == pytest.approx(100.0)
    assert snapshot["active_power_demand"] is None
    assert meter.nominal_frequency == 50
    assert snapshot["status"] == snapshot.exact["status"] == meter.status()
    rig.run(0.2, voltage=231.0)
    assert snapshot["voltage_l1"] == pytest.approx(230.0), "a snapshot is frozen"


def test_what_is_handed_on_is_handed_on_once() -> None:
    rig = Rig(profile=LoadProfile()).run(1000, window=1.0)
    told = rig.meter.emptied()
    assert [str(e.kind) for e in told.events] == ["power_up"]
    assert len(told.rows) == 1
    assert [p.number for p in told.pulses if p.output == 2] == list(
        range(1, 1 + sum(p.output == 2 for p in told.pulses))
    )
    assert sum(p.output == 2 for p in told.pulses) == rig.exact["pulse2_count"] > 3000
    again = rig.meter.emptied()
    assert (again.events, again.rows, again.pulses) == ([], [], [])


def test_events_are_counted_since_manufacture() -> None:
    rig = Rig().run(1)
    rig.meter.logbook.count = 100
    rig.run(1, voltage=(230, 230, 300))
    assert rig.meter.logbook.count == 101
    assert rig.meter.standing().event_count == 101


def test_lost_samples_are_told_once() -> None:
    rig = Rig().run(1)
    rig.events()
    rig.meter.lost_samples()
    rig.meter.lost_samples()
    assert rig.events() == [("samples_lost", {})]
    assert Status.SAMPLES_LOST in rig.meter.status()
    rig.skip(60).run(1)
    assert rig.events() == [("samples_returned", {})]
    assert Status.SAMPLES_LOST not in rig.meter.status()


def test_without_power_nobody_tells_of_lost_samples() -> None:
    rig = Rig(supply=Supply()).run(1, voltage=0)
    rig.meter.lost_samples()
    assert rig.events() == []


def test_a_disk_that_comes_and_goes_does_not_flood_the_log() -> None:
    rig = Rig().run(1)
    rig.events()
    faults = 6 * 360  # for six hours one every ten seconds
    for _ in range(faults):
        rig.meter.log(EventKind.STORE_FAULT, {"reason": "disk full"})
        rig.run(5.0, window=5.0)
        rig.meter.log(EventKind.STORE_RECOVERED, {})
        rig.run(5.0, window=5.0)
    rig.run(700)
    told = rig.events()
    assert [kind for kind, _ in told[:3]] == ["store_fault", "store_recovered", "store_fault"]
    assert len(told) < 2 * 6 * 6 + 30
    assert told[-1][0] == "store_recovered"
    assert sum(kind == "store_fault" for kind, _ in told) + sum(
        details.get("repeats", 0) for _, details in told
    ) == faults  # fmt: skip


def test_suspect_wiring_is_told_when_it_begins_and_ends() -> None:
    rig = Rig().run(30)
    rig.events()
    # Power of a phase that turns round for a while is none of the wiring.
    rig.run(280, current=(5, -5, 5))
    assert rig.kinds() == []
    rig.run(40, current=(5, -5, 5))
    (told,) = rig.meter.emptied().events
    assert str(told.kind) == "wiring_suspect"
    assert T0 + 330 * SECOND <= told.time <= T0 + 336 * SECOND
    assert "reversed" in told.details["findings"]
    assert Status.WIRING_SUSPECT in rig.meter.status()
    rig.run(70)
    assert rig.events() == [("wiring_in_order", {})]
    assert Status.WIRING_SUSPECT not in rig.meter.status()


def absent(system_type: int, model: str = "X96-5A") -> set[str]:
    meter = Meter(
        configured({"system_type": system_type, "demand_period": 0}, model=MODELS[model]),
        clock=Clock(T0),
    )
    snapshot = Rig(meter).run(5).meter.snapshot()
    return {id for id in BY_ID if BY_ID[id].kind is not Kind.HARMONIC and snapshot[id] is None} | {
        id for id in ("voltage_harmonic_l1[3]",) if snapshot[id] is None
    }


def test_three_wires_have_no_phases() -> None:
    found, whole = absent(2), absent(3)
    gone = found - whole
    for kind in ("active", "reactive"):
        assert {f"{kind}_power_l{n}" for n in (1, 2, 3)} <= gone
        assert {f"{kind}_energy_{way}_l{n}" for way in ("import", "export", "total")
                for n in (1, 2, 3)} <= gone  # fmt: skip
        assert f"{kind}_energy_import_per_phase_exact" in gone
    assert {"voltage_l1", "voltage_l2", "voltage_l3"} <= gone
    assert not {id for id in gone if id.startswith(("voltage_l1_", "active_power_demand"))}
    assert {"active_power", "active_energy_import", "current_l2", "voltage_l2_l3"} <= set(
        BY_ID
    ) - found


def test_one_phase_has_no_others() -> None:
    gone = absent(1) - absent(3)
    others = {
        id for id in BY_ID
        if id.endswith(("_l2", "_l3", "_l1_l2", "_l2_l3", "_l3_l1"))
        and BY_ID[id].kind is not Kind.HARMONIC
    }  # fmt: skip
    assert others <= gone
    assert {"voltage_l1", "active_power_l1", "active_energy_import_l1"} & gone == set()


def test_the_smaller_model_has_no_harmonics() -> None:
    gone = absent(3, "X96-5E") - absent(3)
    assert {"voltage_thd_l1", "current_thd_l3", "voltage_harmonic_l1[3]"} <= gone
    assert not {id for id in gone if "energy" in id or "power" in id}
    with pytest.raises(OptionError, match=r"^model X96-5E has no wiring 3p3w"):
        configured({"system_type": 2}, model=MODELS["X96-5E"])


@pytest.mark.parametrize("by", ["readings", "samples"])
def test_a_spike_is_refused_and_flagged(by: str) -> None:
    if by == "readings":
        meter = Rig(strict=False).run(2).run(0.2, voltage=1e15).run(2).meter
    else:
        wave = balanced(50.0, 230.0, 5.0, 0.0, rate=RATE)
        meter = sampled(new(strict=False), wave, 2.0)
        before = meter.standing().exact["active_energy_import_exact"]
        wave.phasors[:3, 0] *= 1e9
        sampled(meter, wave, 1.0, start=round(2 * RATE))
        assert meter.standing().exact["active_energy_import_exact"] < 2 * before
    assert Flag.QUESTIONABLE in meter.flags
    assert meter.accounts.refused >= 1


def test_samples_outside_windows_are_measured_time_of_the_load_profile() -> None:
    ids = ("active_power", "active_energy_import")
    meter = new({"load_profile_period": 1}, profile=LoadProfile(ids))
    sampled(meter, balanced(50.0, 230.0, 5.0, 0.0, rate=1600.0), 121.0, rate=1600.0)
    found = meter.emptied().rows
    assert [(row.time - T0, row.flags) for row in found] == [
        (MINUTE, RowFlag.NOTHING), (2 * MINUTE, RowFlag.NOTHING)
    ]  # fmt: skip
    assert found[1].values["active_power"] == pytest.approx(3450.0, rel=1e-6)
    assert found[1].values["active_energy_import"] == pytest.approx(0.115, rel=1e-5)


# The supply.


def test_off_is_off() -> None:
    rig = Rig(supply=Supply(), settings={"demand_period": 5}).run(10, voltage=170)
    assert (rig.meter.powered, rig.meter.snapshot().powered) == (False, False)
    assert rig.exact["charge_exact"] == rig.exact["active_energy_import_exact"] == 0
    assert rig.events() == []
    assert rig.meter.measured_time == 0.0
    rig.run(600, window=1.0, voltage=173)
    before = rig.exact
    assert before["active_energy_import_exact"] == pytest.approx(173 * 15 / 6 * 1e6, abs=4)
    rig.run(600, window=1.0, voltage=137)
    assert rig.exact == before
    assert rig.meter.accounts.now == T0 + 610 * SECOND
    maximum = rig.meter.standing().get("active_power_demand_max")
    rig.run(10, window=1.0)
    assert rig.meter.standing().get("active_power_demand_max") == maximum
    assert rig.exact["active_energy_import_exact"] > before["active_energy_import_exact"]
    assert rig.meter.standing().powered == 610 * SECOND
    told = [(str(e.kind), e.time - T0) for e in rig.meter.emptied().events]
    assert told == [
        ("power_up", 10 * SECOND), ("power_down", 610 * SECOND), ("power_up", 1210 * SECOND)
    ]  # fmt: skip


def test_a_dip_is_carried() -> None:
    rig = Rig(supply=Supply()).run(10)
    rig.run(0.4, voltage=0, current=5).run(10)
    assert rig.kinds().count("power_down") == 0
    assert rig.meter.measured_time == pytest.approx(20.4)
    rig.run(0.6, voltage=0).run(10)
    assert rig.kinds().count("power_down") == 1
    # The window in which it gave out counts no more.
    assert rig.meter.measured_time == pytest.approx(30.4 + 0.4)


def test_the_best_phase_feeds_it() -> None:
    rig = Rig(supply=Supply()).run(5, voltage=(0, 0, 180))
    assert rig.meter.powered
    rig.run(5, voltage=(137, 137, 139))
    assert rig.meter.powered
    rig.run(5, voltage=(137, 137, 137))
    assert not rig.meter.powered


def test_three_wires_feed_it_by_lines() -> None:
    """75 % of 400 V between lines: 300 V, which is 173.2 V of each against the star point."""
    rig = Rig(supply=Supply(), settings={"system_type": 2}).run(5, voltage=173.1)
    assert not rig.meter.powered
    rig.run(5, voltage=173.3)
    assert rig.meter.powered
    rig.run(5, voltage=240 / 3**0.5 - 0.1)
    assert not rig.meter.powered


def test_voltage_transformers_feed_it() -> None:
    rig = Rig(supply=Supply(), settings={"vt_ratio": 100}).run(5, voltage=17_200)
    assert not rig.meter.powered
    rig.run(5, voltage=17_300)
    assert rig.meter.powered


def test_it_warms_up_for_a_minute() -> None:
    rig = Rig(supply=Supply()).run(59.8)
    assert Status.WARMING_UP in rig.meter.status()
    rig.run(0.4)
    assert Status.WARMING_UP not in rig.meter.status()
    rig.run(1, voltage=0).run(1)
    assert Status.WARMING_UP in rig.meter.status()
    assert Status.WARMING_UP not in Rig().run(1).meter.status()


def test_missing_samples_are_no_power_failure() -> None:
    rig = Rig(supply=Supply()).run(5)
    rig.run(30, voltage=np.nan, frequency=np.nan, flags=int(Flag.MISSING)).run(5)
    assert "power_down" not in rig.kinds()
    assert rig.meter.powered


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_power_by_any_batches(batch: int) -> None:
    def lived(size: int) -> tuple:
        rig = Rig(supply=Supply(), settings={"demand_period": 5, "demand_slide": 1})
        for n in range(40):
            rig.run(7.4, voltage=0 if n % 3 else 230, batch=size)
            rig.run(0.4 + 0.2 * (n % 3), voltage=130, batch=size)
            rig.run(5, voltage=(175, 100, 20), batch=size)
        told = rig.meter.emptied()
        standing = rig.meter.standing()
        return told.events, told.pulses, dict(standing.exact), standing.known, standing.powered

    assert lived(batch) == lived(1000)


def test_without_voltages_it_cannot_live_on_them() -> None:
    meter = new(supply=Supply())
    meter.connect(np.array([False] * 3 + [True] * 3), None, strict=False)
    assert meter.powered
    Rig(meter).run(10)
    assert meter.standing().exact["charge_exact"] == pytest.approx(150 / 3600 * 1e6, abs=1)
    known = meter.standing().known
    assert "active_energy_import" not in known


def test_currents_alone_have_a_demand() -> None:
    meter = new({"demand_period": 5}, present=np.array([False] * 3 + [True] * 3))
    Rig(meter).run(601, window=1.0)
    standing = meter.standing()
    assert standing.get("current_demand_l1") == pytest.approx(5.0)
    assert standing.maxima["current_demand_max_l1"] == T0 + 5 * MINUTE
    assert standing.get("active_power_demand") is None
    assert "active_power_demand_max" not in standing.maxima


def test_maxima_are_of_what_there_is() -> None:
    meter = new({"system_type": 1, "demand_period": 5})
    found = Rig(meter).run(301, window=1.0).meter.standing()
    assert {"current_demand_max_l1", "active_power_demand_max"} <= set(found.maxima)
    assert set(found.maxima) <= set(found.known)


# The clock.


def test_a_clock_set_a_little_keeps_the_demand() -> None:
    rig = Rig(settings={"demand_period": 15, "demand_slide": 15}).run(1800, window=1.0)
    demand = rig.meter.standing().get("active_power_demand")
    for ahead in (3, -5):
        rig.meter.apply(SetClock(rig.meter.now + ahead * SECOND), OWNER)
        assert rig.meter.standing().get("active_power_demand") == demand
    rig.run(1000, window=1.0)
    assert rig.meter.standing().get("active_power_demand") == pytest.approx(3450, rel=0.01)
    rig.meter.apply(SetClock(rig.meter.now - 3600 * SECOND), OWNER)
    assert rig.meter.standing().get("active_power_demand") is None
    assert rig.meter.standing().maxima["active_power_demand_max"] > T0


def test_a_clock_set_a_little_back_over_a_boundary_ends_nothing_twice() -> None:
    rig = Rig(profile=LoadProfile()).run(902, window=1.0)
    rig.meter.emptied()
    rig.meter.apply(SetClock(rig.meter.now - 5 * SECOND), OWNER)
    rig.run(905, window=1.0)
    found = rig.meter.emptied().rows
    assert [row.time for row in found] == [T0 + 30 * MINUTE]
    assert RowFlag.CLOCK_SET in found[0].flags


@pytest.mark.parametrize(
    ("to", "tariff"),
    [("2026-03-02T05:59:59", 2), ("2026-03-02T06:00:00", 1), ("2026-03-01T23:00:00", 2)],
)
def test_a_clock_that_is_set_lets_the_tariff_of_that_time_rule(to: str, tariff: int) -> None:
    rig = Rig(start=at("2026-03-02T12:00:00")).run(10)
    rig.meter.apply(SetCalendar(daily()), OWNER)
    rig.meter.emptied()
    rig.meter.apply(SetClock(at(to)), OWNER)
    assert rig.meter.standing().tariff == tariff
    switched = [("tariff_switched", {"old": 1, "new": 2})] if tariff == 2 else []
    assert rig.events()[1:] == switched


def test_registers_do_not_care_for_the_clock() -> None:
    rig = Rig().run(100)
    for days in (0.5, -3, 400, -390):
        before = rig.exact
        rig.meter.apply(SetClock(rig.meter.now + int(days * DAY)), OWNER)
        assert rig.exact == before
        rig.run(100)
    assert rig.exact["active_energy_import_exact"] == pytest.approx(3450 * 500 / 3600 * 1e6, abs=4)
