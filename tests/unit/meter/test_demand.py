"""Demand: against second-by-second arithmetic, for every period and slide that can be set."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from smartx96.meter.demand import QUANTITIES, Demand
from smartx96.meter.portion import Portion
from smartx96.models import Wiring
from support.calendars import daily
from support.meters import DAY, HOUR, MINUTE, SECOND, T0, accounts, at, configured, pieces, portion

PERIODS = (5, 8, 10, 15, 20, 30, 60)
COMBINATIONS = [(p, s) for p in PERIODS for s in range(1, p + 1) if p % s == 0]


def standard_minute(time: int, zone: str) -> int:
    """Minutes since midnight of standard time: that of the half of the year with the lesser offset
    to UTC.
    """
    year = datetime.fromtimestamp(time / 1e6, UTC).year
    offsets = [datetime(year, month, 10, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]
    standard = min(offset for offset in offsets if offset is not None)
    return (time // SECOND + int(standard.total_seconds())) % 86_400 // 60


def boundaries(start: int, end: int, slide: int, zone: str) -> list[int]:
    first = -(-start // MINUTE) * MINUTE
    return [t for t in range(first, end + 1, MINUTE) if standard_minute(t, zone) % slide == 0]


def by_the_second(
    values: np.ndarray, start: int, period: int, slide: int, zone: str = "UTC"
) -> dict[int, float]:
    """Demand at each boundary from one value for every second from `start`: the mean over the
    period before it, once a whole period lies behind the first boundary.
    """
    ends = boundaries(start, start + len(values) * SECOND, slide, zone)
    summed = np.concatenate([[0.0], np.cumsum(values)])
    span = 60 * period
    return {
        t: (summed[n] - summed[n - span]) / span
        for t in ends
        if t - period * MINUTE >= ends[0] and (n := (t - start) // SECOND) >= span
    }


def load(seconds: int, seed: int = 1, mean: float = 400.0) -> tuple[np.ndarray, ...]:
    """Active and reactive power of three phases, apparent power and currents of four conductors
    for every second; they change every few minutes, and their signs too.
    """
    rng = np.random.default_rng(seed)
    steps = -(-seconds // 97)
    p, q = rng.normal(mean, 900, (3, steps)), rng.normal(0, 500, (3, steps))
    s, i = rng.uniform(0, 4000, (1, steps)), rng.uniform(0, 6, (4, steps))
    return tuple(np.repeat(x, 97, axis=1)[:, :seconds] for x in (p, q, s, i))


def truths(p, q, s, i, *, by_sum: bool) -> dict[str, np.ndarray]:
    total = p.sum(axis=0)
    parts = total[np.newaxis] if by_sum else p
    return {
        "active_power_demand": total,
        "active_power_demand_import": np.maximum(parts, 0).sum(axis=0),
        "active_power_demand_export": np.maximum(-parts, 0).sum(axis=0),
        "apparent_power_demand": s[0],
        "reactive_power_demand": q.sum(axis=0),
        **{f"current_demand_{c}": i[n] for n, c in enumerate(("l1", "l2", "l3", "n"))},
    }


def fed(start: int, p, q, s, i, *, settings: dict, **more):
    """Accounts that took a window for every second, a minute at once, and what they showed."""
    counted, shown = accounts(settings, **more), {}
    whole = portion(start, p, q, length=SECOND, apparent=s[0], current=i)
    for part in pieces(whole, range(0, p.shape[1], 60)):
        counted.take(part)
        counted.pulses.clear()
        shown[int(part.end[-1])] = dict(counted.demand.present)
    return counted, shown


@pytest.mark.parametrize(("period", "slide"), COMBINATIONS)
def test_every_period_and_slide(period: int, slide: int) -> None:
    start, seconds = T0 + 7 * MINUTE, 4 * 3600
    values = load(seconds, seed=period + slide)
    by_sum = bool(slide % 2)
    settings = {"demand_period": period, "demand_slide": slide, "energy_balance": int(by_sum)}
    counted, shown = fed(start, *values, settings=settings)
    for id, truth in truths(*values, by_sum=by_sum).items():
        demands = by_the_second(truth, start, period, slide)
        assert len(demands) >= 2
        for time, own in shown.items():
            due = [t for t in demands if t <= time]
            assert (id in own) is bool(due)
            if due:
                assert own[id] == pytest.approx(demands[due[-1]], abs=2e-3)
        maximum = counted.demand.maxima[QUANTITIES[id]]
        assert maximum.value == pytest.approx(max(demands.values()), abs=2e-3)
        assert demands[maximum.time] == pytest.approx(maximum.value, abs=2e-3)


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", "2026-07-01T20:03:20"),
        ("Europe/Berlin", "2026-01-10T20:03:20"),
        ("Asia/Kolkata", "2026-07-01T20:03:20"),
        ("Asia/Kathmandu", "2026-07-01T20:03:20"),
        ("America/St_Johns", "2026-07-01T20:03:20"),
        ("Australia/Lord_Howe", "2026-01-10T20:03:20"),
        ("Europe/Dublin", "2026-07-01T20:03:20"),
    ],
)
@pytest.mark.parametrize(("period", "slide"), [(60, 60), (8, 8), (30, 15), (20, 20)])
def test_boundaries_count_from_midnight_of_standard_time(zone, start, period, slide) -> None:
    begin, values = at(start), load(5 * 3600 + 100, seed=3)
    settings = {"demand_period": period, "demand_slide": slide, "time_zone": zone}
    counted, shown = fed(begin, *values, settings=settings)
    demands = by_the_second(values[0].sum(axis=0), begin, period, slide, zone)
    for time, own in shown.items():
        due = [t for t in demands if t <= time]
        assert ("active_power_demand" in own) is bool(due)
        if due:
            assert own["active_power_demand"] == pytest.approx(demands[due[-1]], abs=2e-3)
    assert counted.demand.maxima["active_power_demand_max"].time in demands


def test_half_an_hour_of_a_zone_matters() -> None:
    """The hour of Kolkata ends at half past in UTC; this is what the test above would miss if its
    model went wrong the same way.
    """
    settings = {"demand_period": 60, "demand_slide": 60, "time_zone": "Asia/Kolkata"}
    values = load(5 * 3600)
    counted, _ = fed(T0, *values, settings=settings)
    assert counted.demand.maxima["active_power_demand_max"].time % HOUR == HOUR // 2


def test_daylight_saving_moves_no_boundary() -> None:
    """Periods of 8 minutes go on in step over the night of the change."""
    begin = at("2026-03-29T00:00:00")  # the clocks of Berlin change at 01:00 UTC
    values = load(3 * 3600, seed=8)
    settings = {"demand_period": 8, "demand_slide": 8, "time_zone": "Europe/Berlin"}
    counted, shown = fed(begin, *values, settings=settings)
    changed = [t for (t, own), last in zip(shown.items(), [{}, *shown.values()], strict=False)
               if own != last]  # fmt: skip
    assert {b - a for a, b in pairwise(changed)} == {8 * MINUTE}
    assert counted.demand.maxima["active_power_demand_max"].time in changed


@pytest.mark.parametrize("slide", [1, 5, 15])
def test_not_available_before_a_whole_period(slide: int) -> None:
    counted = accounts({"demand_period": 15, "demand_slide": slide})
    counted.take(portion(T0 + 1, np.full(15 * 60 - 1, 500.0), length=SECOND))
    counted.take(portion(T0 + 15 * MINUTE - SECOND + 1, np.full(slide * 60, 500.0), length=SECOND))
    assert counted.demand.values(Wiring.FOUR_WIRE) == {}
    counted.take(portion(T0 + (15 + slide) * MINUTE - SECOND + 1, [500.0], length=SECOND))
    assert counted.demand.present["active_power_demand"] == pytest.approx(500.0)


def test_a_period_that_begins_with_the_first_window_is_whole() -> None:
    counted = accounts({"demand_period": 15, "demand_slide": 15})
    counted.take(portion(T0, np.full(900, 500.0), length=SECOND))
    assert counted.demand.present["active_power_demand"] == pytest.approx(500.0)


@pytest.mark.parametrize("cut", [3, 299, 4000])
def test_growth_of_energy_is_demand_times_period(cut: int) -> None:
    """At each boundary, from windows that lie across it, however portions are cut."""
    rng = np.random.default_rng(cut)
    counted = accounts({"demand_period": 10, "demand_slide": 5})
    n = 30_000
    windows = portion(T0 + 77_777, rng.normal(0, 2000, (3, n)), rng.normal(0, 900, (3, n)))
    grown: dict[int, tuple[int, int]] = {}

    def closed(time: int) -> None:
        exact = counted.registers.exact(Wiring.FOUR_WIRE, False)
        grown[time] = (exact["active_energy_net"], exact["reactive_energy_net"])

    counted.follow(replace(counted.rules, profile_period=5))
    counted.closed = closed
    checked = 0
    for part in pieces(windows, range(0, n, cut)):
        before = dict(counted.demand.present)
        counted.take(part)
        ends = sorted(grown)
        if counted.demand.present != before and len(ends) >= 3:
            checked += 1
            for row, id in enumerate(("active_power_demand", "reactive_power_demand")):
                growth = grown[ends[-3]][row] - grown[ends[-1]][row]
                assert counted.demand.present[id] * 10 / 60 == pytest.approx(growth / 1e6, abs=1e-4)
    assert checked >= (1 if cut == 4000 else 15)


# ---- outages


@pytest.mark.parametrize("off", [90, 1000, 3599, 3700, 7100, 7300, 40_000, 3 * 86_400])
@pytest.mark.parametrize(("period", "slide"), [(60, 1), (60, 60), (15, 5), (30, 30)])
@pytest.mark.parametrize("mean", [800.0, -5000.0])
def test_an_outage_counts_as_nothing(off: int, period: int, slide: int, mean: float) -> None:
    """Divided by the full period; maxima and their times as if every second had been 0."""
    start, before, after = T0 + 11 * SECOND, 9000, 9000
    values = load(before + after, seed=off, mean=mean)
    counted = accounts({"demand_period": period, "demand_slide": slide})
    whole = portion(start, *values[:2], length=SECOND, apparent=values[2][0], current=values[3])
    counted.take(whole.take(slice(0, before)))
    back = portion(
        start + (before + off) * SECOND, values[0][:, before:], values[1][:, before:],
        length=SECOND, apparent=values[2][0, before:], current=values[3][:, before:],
    )  # fmt: skip
    counted.wake(int(back.start[0]))
    counted.take(back)
    total = values[0].sum(axis=0)
    seconds = np.concatenate([total[:before], np.zeros(off), total[before:]])
    demands = by_the_second(seconds, start, period, slide)
    last = max(demands)
    assert counted.demand.present["active_power_demand"] == pytest.approx(demands[last], abs=2e-3)
    maximum = counted.demand.maxima["active_power_demand_max"]
    assert maximum.value == pytest.approx(max(demands.values()), abs=2e-3)
    earliest = min(t for t, own in demands.items() if own > maximum.value - 2e-3)
    assert maximum.time == earliest


def test_a_gap_in_one_portion_is_a_gap_between_two() -> None:
    """A year without windows within one portion, and as two portions."""
    one, two = (accounts({"demand_period": 15, "demand_slide": 5}) for _ in range(2))
    first = portion(T0, np.full(5000, 700.0), length=SECOND)
    second = portion(T0 + 365 * DAY, np.full(5000, 300.0), length=SECOND)
    whole = Portion(*(
        np.concatenate([getattr(first, name), getattr(second, name)], axis=-1)
        for name in ("start", "end", "seconds", "active", "reactive", "apparent", "current")
    ))  # fmt: skip
    one.take(whole)
    two.take(first)
    two.take(second)
    assert one.state() == two.state()
    assert one.demand.present["active_power_demand"] == pytest.approx(300.0)


# ---- maxima


def test_the_maximum_of_an_exporter_is_its_largest_signed_value() -> None:
    """It exports 5 kW, for an hour only 1 kW: the maximum is -1 kW, with the time of that hour."""
    power = np.repeat([-5000.0, -1000.0, -4000.0], [7200, 3600, 7200])
    counted = accounts({"demand_period": 60, "demand_slide": 60})
    counted.take(portion(T0, power, length=SECOND))
    maxima = counted.demand.maxima
    assert maxima["active_power_demand_max"].value == pytest.approx(-1000.0)
    assert maxima["active_power_demand_max"].time == T0 + 3 * HOUR
    assert maxima["active_power_demand_export_max"].value == pytest.approx(5000.0)
    assert maxima["active_power_demand_export_max"].time == T0 + HOUR
    assert maxima["active_power_demand_import_max"].value == 0.0


def test_maxima_of_tariffs() -> None:
    """Tariff 1 from 06:00 to 22:00, else 2; each has the largest demand that ended in it. A period
    that ends with the switch belongs to the tariff before.
    """
    hours = (
        np.array([3, 4, 1, 2, 0.5, 9, 5, 6, 1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8, 7, 2]) * 1e3
    )
    counted = accounts({"demand_period": 60, "demand_slide": 60}, calendar=daily())
    counted.take(portion(T0, np.repeat(hours, 3600), length=SECOND))
    maxima = counted.demand.maxima
    night = max(hours[:6].max(), hours[22:].max())
    assert maxima["active_power_demand_max_t2"].value == pytest.approx(night)
    assert maxima["active_power_demand_max_t2"].time == T0 + 6 * HOUR
    assert maxima["active_power_demand_max_t1"].value == pytest.approx(hours[6:22].max())
    assert maxima["active_power_demand_max_t1"].time == T0 + 22 * HOUR
    assert maxima["active_power_demand_max"].value == pytest.approx(9000.0)
    assert "active_power_demand_max_t3" not in maxima


@pytest.mark.parametrize("power", [0.01, -0.01, 1.5e9])
def test_small_and_large_demands(power: float) -> None:
    """10 mW are 0.6 Ws a minute; 1.5 GW are the largest legal ratios at full load."""
    counted = accounts({"demand_period": 60, "demand_slide": 1, "pulse1_rate": 5,
                        "ct_primary": 9999, "vt_ratio": 9999})  # fmt: skip
    counted.take(portion(T0, np.full(3600, power), length=SECOND))
    assert counted.demand.present["active_power_demand"] == pytest.approx(power, rel=2e-3)


def test_the_first_of_equal_maxima_keeps_its_time() -> None:
    counted = accounts({"demand_period": 5, "demand_slide": 5})
    counted.take(portion(T0, np.full(3600, 512.0), length=SECOND))
    assert counted.demand.maxima["active_power_demand_max"].time == T0 + 5 * MINUTE


# ---- period 0


@pytest.mark.parametrize("by_sum", [0, 1])
def test_period_0_is_the_present_value(by_sum: int) -> None:
    values = load(500, seed=21)
    settings = {"demand_period": 0, "energy_balance": by_sum}
    counted = accounts(settings)
    whole = portion(T0, *values[:2], length=SECOND, apparent=values[2][0], current=values[3])
    for part in pieces(whole, range(0, 500, 33)):
        counted.take(part)
    for id, truth in truths(*values, by_sum=bool(by_sum)).items():
        assert counted.demand.present[id] == pytest.approx(truth[-1])
        maximum = counted.demand.maxima[QUANTITIES[id]]
        assert maximum.value == pytest.approx(truth.max())
        assert maximum.time == int(whole.end[truth.argmax()])


def test_period_0_does_not_take_what_is_refused() -> None:
    counted = accounts({"demand_period": 0}, strict=False)
    counted.take(portion(T0, [500.0, 1e15, 400.0], length=SECOND))
    assert counted.refused == 1
    assert counted.demand.maxima["active_power_demand_max"].value == 500.0
    assert counted.demand.present["active_power_demand"] == 400.0


# ---- changes


@pytest.mark.parametrize(
    "change",
    [
        {"demand_period": 30},
        {"demand_slide": 15},
        {"energy_balance": 1},
        {"ct_primary": 100},
        {"vt_ratio": 2},
        {"system_type": 1},
        {"time_zone": "Asia/Kolkata"},
    ],
)
def test_what_would_mix_two_things_begins_a_new_period(change: dict) -> None:
    settings = {"demand_period": 15, "demand_slide": 5}
    counted = accounts(settings)
    counted.take(portion(T0, np.full(3600, 500.0), length=SECOND))
    maxima = dict(counted.demand.maxima)
    counted.follow(configured({**settings, **change}).rules())
    assert counted.demand.present == {}
    assert counted.demand.maxima == maxima
    later = portion(T0 + HOUR, np.full(2 * 3600, 500.0), length=SECOND)
    counted.take(later)
    assert counted.demand.present["active_power_demand"] == pytest.approx(500.0)
    assert counted.demand.maxima["active_power_demand_max"].value == pytest.approx(500.0)


def test_a_change_of_something_else_does_not() -> None:
    counted = accounts({"demand_period": 15, "demand_slide": 5})
    counted.take(portion(T0, np.full(3600, 500.0), length=SECOND))
    present = dict(counted.demand.present)
    counted.follow(configured({"demand_period": 15, "demand_slide": 5, "pulse1_rate": 1}).rules())
    assert counted.demand.present == present


def test_a_slide_that_does_not_divide_the_period_is_the_period() -> None:
    values = load(3 * 3600)
    counted, _ = fed(T0, *values, settings={"demand_period": 20, "demand_slide": 3})
    demands = by_the_second(values[0].sum(axis=0), T0, 20, 20)
    assert counted.demand.slide == 20
    assert counted.demand.present["active_power_demand"] == pytest.approx(
        demands[max(demands)], abs=2e-3
    )


# ---- what the wiring has


def test_demands_of_conductors_that_there_are() -> None:
    values = load(3600)
    for wiring, currents in (
        (Wiring.FOUR_WIRE, {"l1", "l2", "l3", "n"}),
        (Wiring.THREE_WIRE, {"l1", "l2", "l3"}),
        (Wiring.ONE_PHASE, {"l1"}),
    ):
        counted, _ = fed(T0, *values, settings={"demand_period": 5})
        found = counted.demand.values(wiring)
        assert {id[-2:].strip("_") for id in found if id.startswith("current_demand")} == currents


# ---- state


def test_the_state_goes_on_exactly() -> None:
    values = load(2 * 3600, seed=5)
    settings = {"demand_period": 15, "demand_slide": 3}
    one, two = accounts(settings), accounts(settings)
    whole = portion(T0, *values[:2], length=SECOND, apparent=values[2][0], current=values[3])
    for part in pieces(whole, range(0, 7200, 601)):
        one.take(part)
        two.take(part)
        two.demand = Demand.restored(json.loads(json.dumps(two.demand.state())))
    assert one.demand == two.demand


@pytest.mark.parametrize(
    "damage",
    [
        {"parts": ["1 2 3"]},
        {"parts": ["1 2 3 4 5 6 7 8 nine"]},
        {"parts": [[1, 2, 3]]},
        {"part": [0] * 8},
        {"maxima": {"voltage_l1": [1.0, 2]}},
        {"present": {"frequency": 50.0}},
        {"maxima": {"active_power_demand_max": [1.0]}},
    ],
)
def test_a_damaged_state_is_told(damage: dict) -> None:
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        Demand.restored({**Demand().state(), **damage})
