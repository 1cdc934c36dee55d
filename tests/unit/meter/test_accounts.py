"""Accounts: portions into registers, demand, tariffs and pulses, however they are cut."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import numpy as np
import pytest

from smartx96.errors import StreamError
from smartx96.meter.amounts import BITS
from smartx96.meter.calendar import Calendars, Tariffs
from smartx96.meter.clock import Clock
from smartx96.meter.events import EventKind
from smartx96.meter.reckoning import NETTINGS
from support.calendars import daily
from support.energy_model import deviation, energies
from support.meters import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    Rig,
    accounts,
    at,
    configured,
    pieces,
    portion,
    registers,
)


def random_portion(seed: int, n: int, *, start: int = T0, length=200_000, scale=1000.0):
    rng = np.random.default_rng(seed)
    p = rng.normal(0, scale, (3, n)) * rng.choice([0.001, 1.0], (3, n))
    q = rng.normal(0, scale / 2, (3, n)) * rng.choice([0.001, 1.0], (3, n))
    p[rng.random((3, n)) < 0.03] = np.nan
    q[rng.random((3, n)) < 0.03] = np.nan
    current = rng.uniform(0, 0.01, (4, n)) * rng.choice([0.5, 500.0], (4, n))
    current[rng.random((4, n)) < 0.03] = np.nan
    return portion(
        start, p, q, length=length, current=current, apparent=rng.uniform(0, 3 * scale, n)
    )


# ---- the exact integral


@pytest.mark.parametrize("starting", [True, False])
@pytest.mark.parametrize("wiring", [1, 2, 3])
@pytest.mark.parametrize("by_sum", [0, 1])
def test_registers_are_the_exact_integral(starting: bool, wiring: int, by_sum: int) -> None:
    settings = {"system_type": wiring, "energy_balance": by_sum, "ct_primary": 5}
    counted = accounts(settings, starting=starting)
    own = random_portion(wiring, 3000)
    counted.take(own)
    threshold = 0.575 if starting else 0.0
    truth = energies(
        [own],
        power=threshold,
        total=threshold * (1 if wiring == 1 else 3),
        current=0.0025 if starting else 0.0,
        phases=wiring != 2,
    )
    if wiring == 1:
        truth = {id: n for id, n in truth.items() if not id.endswith(("_l2", "_l3"))}
    deviation(registers(counted), truth)


def test_import_less_export_is_exact_where_the_sign_changes_with_every_window() -> None:
    """20 000 windows of +-P: each way counts half, what is left is the last bit."""
    n = 20_000
    sizes = np.random.default_rng(2).uniform(100, 3000, (3, n))
    signs = np.where(np.arange(n) % 2, -1.0, 1.0)
    own = portion(T0, sizes * signs)
    counted = accounts()
    counted.take(own)
    exact = registers(counted)
    for k in range(3):
        truth = sum(Fraction(float(p)) * Fraction(0.2) for p in own.active[k]) / Fraction(
            3600, 10**6
        )
        found = exact[f"active_energy_import_l{k + 1}"] - exact[f"active_energy_export_l{k + 1}"]
        assert abs(found - truth) <= 1
    assert exact["active_energy_import_per_phase"] > 1e6
    both = [
        exact[f"active_energy_import_{netting}"] - exact[f"active_energy_export_{netting}"]
        for netting in ("per_phase", "sum")
    ]
    assert abs(both[0] - both[1]) <= 6, "both nettings have the same balance"


@pytest.mark.parametrize("seed", range(4))
def test_cuts_change_nothing(seed: int) -> None:
    """Registers, demand, tariffs, pulses and what a load profile sees, bit by bit."""
    rng = np.random.default_rng(seed)
    settings = {
        "demand_period": int(rng.choice([0, 5, 60])), "demand_slide": 5, "pulse1_rate": 1,
        "pulse1_energy": int(rng.integers(1, 9)), "load_profile_period": 5,
        "system_type": int(rng.choice([2, 3])), "energy_balance": int(rng.integers(2)),
    }  # fmt: skip
    calendar = daily(days={"d": {f"00:{m:02}": 1 + m // 7 % 4 for m in range(0, 60, 7)}})
    whole = random_portion(
        seed, 4000, length=rng.integers(1, 1_900_000, 4000), start=T0 + 123, scale=9000.0
    )
    if seed == 3:
        whole = whole.take(np.flatnonzero(rng.random(4000) > 0.01))
    outcomes = []
    for cuts in ((), range(4000), sorted(rng.integers(0, 4000, 300)), (1, 2049, 2050)):
        counted = accounts(settings, profile=True, starting=True, calendar=calendar)
        closed: list = []
        counted.closed = lambda time, own=counted, seen=closed: seen.append(
            (time, json.dumps(own.state()["registers"]), own.tariff,
             [o.count for o in own.outputs])
        )  # fmt: skip
        for part in pieces(whole, (c for c in cuts if c < len(whole))):
            counted.take(part)
        state = counted.state()
        for output in state["pulses"].values():
            del output["overflowing"]  # which is of the end of a portion
        switched = [e for e in counted.events if e.kind is EventKind.TARIFF_SWITCHED]
        outcomes.append((state, sorted(counted.pulses), switched, closed))
    assert len(outcomes[0][3]) >= 8
    assert len(outcomes[0][1]) > 50
    assert len(outcomes[0][2]) >= 6
    for other in outcomes[1:]:
        assert other == outcomes[0]


def test_what_is_refused_is_told_by_window() -> None:
    counted = accounts(strict=False)
    powers = np.full(5000, 100.0)
    powers[[7, 2048, 4999]] = 1e13
    refused = counted.take(portion(T0 + 1, powers, length=SECOND))
    assert np.flatnonzero(refused).tolist() == [7, 2048, 4999]
    assert counted.refused == 3
    truth = 4997 * 100 / 3600 * 1e6
    assert registers(counted)["active_energy_import"] == pytest.approx(truth, abs=2)
    assert counted.take(portion(T0 + 2 * HOUR, [1.0])) is None
    with pytest.raises(StreamError):
        accounts().take(portion(T0, powers))


# ---- tariffs


def test_energy_goes_to_the_tariff_of_its_second() -> None:
    """A window across a switch counts on both sides of it: 06:00:00.05 within 200 ms."""
    counted = accounts({"demand_period": 0}, calendar=daily())
    counted.take(portion(T0 + 6 * HOUR - 50_000, [3600.0]))
    exact = registers(counted)
    assert exact["active_energy_import_t2"] == 50_000
    assert exact["active_energy_import_t1"] == 150_000
    assert [(e.time, dict(e.details)) for e in counted.events] == [
        (T0 + 6 * HOUR, {"old": 2, "new": 1})
    ]


def test_a_day_by_hours() -> None:
    hours = np.arange(1.0, 25.0) * 100
    counted = accounts(calendar=daily())
    counted.take(portion(T0, np.repeat(hours, 3600), length=SECOND))
    exact = registers(counted)
    night = hours[:6].sum() + hours[22:].sum()
    assert exact["active_energy_import_t2"] == pytest.approx(night * 1e6, abs=1)
    assert exact["active_energy_import_t1"] == pytest.approx(hours[6:22].sum() * 1e6, abs=1)
    assert exact["active_energy_import_tariffs"] == exact["active_energy_import"]


@pytest.mark.parametrize("date", ["2026-03-29", "2026-10-25"])
def test_both_nights_in_which_the_clocks_change(date: str) -> None:
    """Berlin, tariff 3 from 02:00 to 03:00: an hour, none of it, or two."""
    calendar = daily(days={"d": {"00:00": 1, "02:00": 3, "03:00": 1}})
    counted = accounts({"time_zone": "Europe/Berlin"}, calendar=calendar)
    begin = at(f"{date}T00:00:00") - 2 * HOUR
    counted.take(portion(begin, np.full(8 * 3600, 1000.0), length=SECOND))
    expected = {"2026-03-29": 0, "2026-10-25": 2}[date]
    assert registers(counted)["active_energy_import_t3"] == expected * 1_000_000_000


@pytest.mark.parametrize("tariff", [1, 2, 3, 4])
def test_a_fixed_tariff(tariff: int) -> None:
    for clock in (Clock(0), Clock()):
        counted = accounts({"tariff_control": tariff}, calendar=daily(), clock=clock)
        counted.take(portion(T0, [3600.0], length=SECOND))
        assert registers(counted)[f"active_energy_import_t{tariff}"] == 1_000_000
        assert counted.tariff == tariff, "whatever the clock says"


def test_without_a_time_of_day_tariff_1_rules() -> None:
    counted = accounts(calendar=daily(), clock=Clock())
    counted.take(portion(12 * HOUR, np.full(24, 1000.0), length=HOUR))
    assert counted.tariff == 1
    assert counted.events == []
    assert registers(counted)["active_energy_import_t1"] == 24_000_000_000


@pytest.mark.parametrize("off", [60, 1800, 5 * 3600, 7 * 3600, 16 * 3600, 24 * 3600, 500 * 86_400])
def test_after_power_off_the_tariff_that_rules_now_is_active(off: int) -> None:
    """Whatever was missed is told as one switch, when the power comes back."""
    counted = accounts(calendar=daily())
    counted.take(portion(T0 + 5 * HOUR, [1000.0] * 60, length=MINUTE))
    assert counted.tariff == 1  # 06:00 was its end
    counted.events.clear()
    back = T0 + 6 * HOUR + off * SECOND
    counted.wake(back)
    rules = 1 if 6 * HOUR <= (back - T0) % DAY < 22 * HOUR else 2
    assert counted.tariff == rules
    expected = [] if rules == 1 else [(back, {"old": 1, "new": 2})]
    assert [(e.time, dict(e.details)) for e in counted.events] == expected
    counted.take(portion(back, [1000.0], length=SECOND))
    assert registers(counted)[f"active_energy_import_t{rules}"] % 1_000_000_000 == pytest.approx(
        1000 / 3600 * 1e6, abs=2
    )


def test_a_passive_calendar_at_noon() -> None:
    noon = at("2026-03-02T12:00:00")
    calendars = Calendars(
        daily(days={"d": {"00:00": 1}}), daily(name="new", days={"d": {"00:00": 4}}),
        datetime(2026, 3, 2, 12),
    )  # fmt: skip
    counted = accounts()
    counted.tariffs = Tariffs(calendars)
    counted.take(portion(noon - SECOND, [3600.0, 3600.0, 3600.0], length=SECOND))
    exact = registers(counted)
    assert (exact["active_energy_import_t1"], exact["active_energy_import_t4"]) == (
        10**6,
        2 * 10**6,
    )
    assert [(str(e.kind), e.time) for e in counted.events] == [
        ("calendar_changed", noon), ("tariff_switched", noon)
    ]  # fmt: skip
    assert counted.tariffs.calendars.active == calendars.passive
    assert counted.tariffs.calendars.passive is None


def test_an_activation_during_power_off_is_told_when_it_comes_back() -> None:
    calendars = Calendars(daily(), daily(name="new"), datetime(2026, 3, 2, 12))
    counted = accounts()
    counted.tariffs = Tariffs(calendars)
    counted.take(portion(T0 + 8 * HOUR, [1.0]))
    counted.wake(T0 + 20 * HOUR)
    assert [(str(e.kind), e.time) for e in counted.events] == [
        ("calendar_changed", T0 + 20 * HOUR)
    ]  # fmt: skip


# ---- the clock


def fed(counted, start: int, seconds: int, power: float = 600.0):
    counted.take(portion(start, np.full(seconds, power), length=SECOND))


@pytest.mark.parametrize("ahead", [3, -3])
@pytest.mark.parametrize("where", [450, 898, 899, 901, 902])
def test_a_small_correction_of_the_clock_goes_on_with_the_demand(ahead: int, where: int) -> None:
    """Within 1 % of a period of 15 min: the demand is off by no more than what the clock was set,
    no boundary ends twice, and energy is not touched.
    """
    counted = accounts({"demand_period": 15, "demand_slide": 15})
    fed(counted, T0, 900 + where)
    counted.set_clock(ahead * SECOND)
    assert counted.now == T0 + (900 + where + ahead) * SECOND
    fed(counted, counted.now, 1800)
    assert counted.demand.present["active_power_demand"] == pytest.approx(600.0, rel=3.01 / 900)
    highest = counted.demand.maxima["active_power_demand_max"].value
    assert highest <= 600.0 * (1 + 3 / 900) + 1e-6
    assert registers(counted)["active_energy_import"] == (900 + where + 1800) * 600 * 10**6 // 3600


@pytest.mark.parametrize("ahead", [10, 600, 3600, 100_000, -10, -600, -100_000])
def test_a_large_one_begins_a_new_period(ahead: int) -> None:
    """No period of another length is ever taken for a maximum, nor an empty one for that of an
    exporter.
    """
    for power in (600.0, -600.0):
        counted = accounts({"demand_period": 15, "demand_slide": 5})
        fed(counted, T0, 1700, power)
        counted.set_clock(ahead * SECOND)
        assert counted.demand.present == {}
        fed(counted, counted.now, 900, power)
        assert counted.demand.present == {}
        fed(counted, counted.now, 600, power)
        assert counted.demand.present["active_power_demand"] == pytest.approx(power)
        assert counted.demand.maxima["active_power_demand_max"].value == pytest.approx(power)


@pytest.mark.parametrize("ahead", [2, 7 * 3600, 30 * 86_400 + 7200, -2, -7 * 3600])
def test_the_tariff_follows_the_clock(ahead: int) -> None:
    counted = accounts(calendar=daily())
    begin = T0 + 6 * HOUR - SECOND if ahead > 0 else T0 + 6 * HOUR + SECOND
    fed(counted, begin - 10 * SECOND, 10)
    counted.events.clear()
    counted.set_clock(ahead * SECOND)
    hour = (counted.now - T0) % DAY / HOUR
    rules = 1 if 6 <= hour < 22 else 2
    assert counted.tariff == rules
    assert len(counted.events) == 1
    # Across the switch once more it switches once more.
    counted.events.clear()
    if rules == 2 and abs(ahead) < 10:
        fed(counted, counted.now, 10)
        assert [dict(e.details) for e in counted.events] == [{"old": 2, "new": 1}]


def test_a_stream_that_begins_again_earlier_goes_on() -> None:
    """A recording that is repeated after a restart: a day back, and nothing is lost."""
    counted = accounts({"demand_period": 5, "demand_slide": 5})
    fed(counted, T0 + DAY, 600)
    fed(counted, T0, 600)
    assert counted.now == T0 + 600 * SECOND
    assert registers(counted)["active_energy_import"] == 1200 * 600 * 10**6 // 3600
    assert counted.demand.present["active_power_demand"] == pytest.approx(600.0)


@pytest.mark.parametrize("ahead", [-DAY, -100_000, 50_000, DAY])
def test_pulses_keep_their_rhythm_where_the_clock_is_set(ahead: int) -> None:
    counted = accounts({"pulse1_rate": 1})
    counted.take(portion(T0, np.full(30, 400_000.0)))
    before = [p.time for p in counted.pulses if p.output == 1]
    counted.pulses.clear()
    counted.set_clock(ahead)
    counted.take(portion(T0 + 30 * 200_000 + ahead, np.full(30, 400_000.0)))
    after = [p.time for p in counted.pulses if p.output == 1]
    assert after[0] - ahead - before[-1] == 130_000


# ---- state


def test_the_state_goes_on_exactly() -> None:
    settings = {"demand_period": 15, "demand_slide": 5, "pulse1_rate": 1}
    one, two = (accounts(settings, calendar=daily(), starting=True) for _ in range(2))
    whole = random_portion(77, 6000, length=3_000_000, scale=5000.0)
    for part in pieces(whole, range(0, 6000, 371)):
        one.take(part)
        two.take(part)
        fresh = accounts(settings, calendar=daily(), starting=True)
        fresh.restore(json.loads(json.dumps(two.state())), {})
        fresh.pulses, fresh.events = two.pulses, two.events
        two = fresh
    assert two.state() == one.state()
    assert two.pulses == one.pulses
    assert two.events == one.events


def test_what_has_ended_does_not_end_again_after_a_restart() -> None:
    """The clock is set back a little over the end of a period, and the power goes."""
    one, two = (accounts({"demand_period": 15, "demand_slide": 15}) for _ in range(2))
    for counted in (one, two):
        fed(counted, T0, 1801)
        counted.set_clock(-3 * SECOND)
    fresh = accounts({"demand_period": 15, "demand_slide": 15})
    fresh.restore(json.loads(json.dumps(two.state())), {})
    for counted in (one, fresh):
        fed(counted, counted.now, 2, 90_000.0)
        fed(counted, counted.now, 900)
    assert fresh.demand == one.demand


def test_registers_and_pulses_tell_the_same() -> None:
    """Pulses of output 2 times 1125 Ws and what waits and rests are the total energy."""
    counted = accounts()
    counted.take(random_portion(5, 5000))
    output = counted.outputs[1]
    amounts = counted.registers.rising()
    total = sum(
        n for id, n in amounts.items() if id.startswith("active") and not id.endswith("sum")
    )
    assert ((output.count + output.pending) * 1125 << BITS) + output.rest == total


def test_thresholds_stay_with_another_configuration() -> None:
    counted = accounts(starting=True)
    counted.take(portion(T0, [0.5], length=HOUR))
    assert registers(counted)["active_energy_import"] == 0
    counted.follow(replace(configured().rules(), zone="UTC"))
    counted.take(portion(T0 + HOUR, [0.5], length=HOUR))
    assert registers(counted)["active_energy_import"] == 500_000


def test_a_wiring_that_is_changed_and_changed_back_keeps_every_register() -> None:
    counted = accounts()
    four, three = configured().rules(), configured({"system_type": 2}).rules()
    own = random_portion(9, 500)
    counted.take(own)
    before = counted.registers.exact(four.wiring, False)
    counted.follow(three)
    counted.take(random_portion(10, 500, start=T0 + HOUR))
    counted.follow(four)
    after = counted.registers.exact(four.wiring, False)
    # What was counted without phases is in both nettings: what is shown does not go back.
    for id in ("active_energy_import", "reactive_energy_export"):
        grown = [after[f"{id}_{netting}"] - before[f"{id}_{netting}"] for netting in NETTINGS]
        assert grown[0] == grown[1] > 0
    for id, n in before.items():
        if id.endswith(("_l1", "_l2", "_l3")):
            assert after[id] == n
        elif not id.endswith("net"):
            assert after[id] >= n


def test_a_rig_counts_what_it_is_fed() -> None:
    """The support of these tests against the closed form: 3450 W for an hour."""
    assert Rig().run(3600.0, window=1.0).exact["active_energy_import_exact"] == pytest.approx(
        3_450_000_000, abs=3
    )
