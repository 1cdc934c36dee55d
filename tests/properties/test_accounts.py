"""Whatever a meter lives through, its registers are the exact integral and fit together."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartx96.meter.clock import Clock
from smartx96.meter.commands import ChangeSettings, Reset, Resettable, SetCalendar, SetClock
from smartx96.meter.configuration import Configuration
from smartx96.meter.events import EventKind
from smartx96.meter.meter import Meter
from smartx96.meter.portion import Portion
from smartx96.meter.profile import LoadProfile
from smartx96.meter.registers import NETTED, QUADRANTS
from smartx96.meter.state import restore, settings_of, state
from smartx96.meter.supply import Supply
from smartx96.models import Wiring
from smartx96.quantities import PHASES, TARIFFS
from support.calendars import daily
from support.meters import HOUR, OWNER, SECOND, T0, Rig, accounts, pieces, portion, registers

SOAK = bool(os.environ.get("SOAK"))
MONTH = 30 * 86_400

# ---- a month, ten years


STEPS = 1024
"""Powers and currents are whole multiples of 1/1024 W and A, so that sums of integers are exact."""

BLOCK = 1 << 15
THRESHOLD = 589
"""0.575 W: 588.8 steps."""
TOTAL = 1767
"""1.725 W: 1766.4 steps."""
CURRENT = 3
"""0.0025 A: 2.56 steps."""


def loads(seed: int) -> tuple[np.ndarray, ...]:
    """Active and reactive power, apparent power and currents of a block of windows, in steps: large
    and small ones, of both signs, and such as are not known (as the lowest int64).
    """
    rng = np.random.default_rng(seed)
    size = rng.choice([1500, 30_000, 4_000_000], (6, BLOCK), p=[0.3, 0.2, 0.5])
    power = rng.integers(-size, size)
    current = rng.integers(0, rng.choice([6, 6000], (4, BLOCK), p=[0.2, 0.8]))
    apparent = rng.integers(0, 9_000_000, (1, BLOCK))
    for values in (power, current, apparent):
        values[rng.random(values.shape) < 0.01] = UNKNOWN
    return power[:3], power[3:], apparent[0], current


UNKNOWN = np.iinfo(np.int64).min


def watts(steps: np.ndarray) -> np.ndarray:
    return np.where(steps == UNKNOWN, np.nan, steps / STEPS)


def sums(p: np.ndarray, q: np.ndarray, s: np.ndarray, i: np.ndarray) -> dict[str, int]:
    """Step-windows of every register, by masks over integers."""
    p, q, s = (np.where(x == UNKNOWN, 0, x) for x in (p, q, s))
    flowing = np.where(i[:3] < CURRENT, 0, i[:3])
    found = {"charge": int(flowing.sum()), "apparent_energy": int(s[flowing.any(axis=0)].sum())}
    places = [(f"l{k + 1}", p[k], q[k], THRESHOLD) for k in range(3)]
    for name, active, reactive, least in [*places, ("sum", p.sum(0), q.sum(0), TOTAL)]:
        a = np.where(abs(active) >= least, active, 0)
        r = np.where(abs(reactive) >= least, reactive, 0)
        found[f"active_energy_import_{name}"] = int(a[a > 0].sum())
        found[f"active_energy_export_{name}"] = -int(a[a < 0].sum())
        for n, (way, lag) in enumerate(
            [(a >= 0, r > 0), (a < 0, r > 0), (a < 0, r < 0), (a >= 0, r < 0)], 1
        ):
            found[f"reactive_energy_q{n}_{name}"] = abs(int(r[way & lag].sum()))
    return found


def assert_exact(counted, truth: dict[str, int], second: Fraction) -> None:
    """Every flow to the quantum, and what adds up flows to the quantum of each."""
    quantum = Fraction(3600, 10**6)
    exact = {id: Fraction(n * 2500, 9 << 40) for id, n in counted.registers.rising().items()}
    shown = registers(counted)
    for id, steps in truth.items():
        value = Fraction(steps, STEPS) * second / quantum
        assert abs(exact[id] - value) < Fraction(1, 2), id
    for netting, names in (("per_phase", PHASES), ("sum", ("sum",))):
        for kind, flows in (
            ("active_energy_import", ["active_energy_import"]),
            ("active_energy_export", ["active_energy_export"]),
            ("reactive_energy_import", ["reactive_energy_q1", "reactive_energy_q2"]),
            ("reactive_energy_export", ["reactive_energy_q3", "reactive_energy_q4"]),
        ):
            rows = [f"{flow}_{name}" for flow in flows for name in names]
            value = Fraction(sum(truth[row] for row in rows), STEPS) * second / quantum
            short = value - shown[f"{kind}_{netting}"]
            assert -Fraction(1, 2) < short < len(rows) + Fraction(1, 2), (kind, netting)
    for id in ("charge", "apparent_energy"):
        assert -1 < Fraction(truth[id], STEPS) * second / quantum - shown[id] < 2


@pytest.mark.parametrize("length", [1_000_000, 200_000], ids=["1 s", "200 ms"])
def test_a_month_of_readings_is_the_exact_integral(length: int) -> None:
    """With SOAK ten years of readings of 1 s, and one year of 200 ms."""
    seconds = MONTH * ((120 if length == SECOND else 12) if SOAK else 1)
    windows, blocks = seconds * SECOND // length, 6
    drawn = [loads(seed) for seed in range(blocks)]
    ready = [
        portion(0, watts(p), watts(q), length=length, apparent=watts(s), current=watts(i))
        for p, q, s, i in drawn
    ]
    of_block = [sums(*block) for block in drawn]
    # Five times fewer pulses than of 5/5 A, at the same threshold.
    counted = accounts({"ct_secondary": 1}, starting=True, calendar=daily())
    truth: dict[str, int] = dict.fromkeys(of_block[0], 0)
    start, done = T0 + 70_000, 0
    while done < windows:
        n = done // BLOCK % blocks
        own, expected = ready[n], of_block[n]
        if windows - done < BLOCK:
            own = own.take(slice(0, windows - done))
            expected = sums(*(x[..., : windows - done] for x in drawn[n]))
        counted.take(Portion(own.start + start, own.end + start, own.seconds, own.active,
                             own.reactive, own.apparent, own.current))  # fmt: skip
        counted.pulses.clear()
        truth = {id: steps + expected[id] for id, steps in truth.items()}
        start, done = start + len(own) * length, done + len(own)
    assert counted.now == T0 + 70_000 + seconds * SECOND
    assert_exact(counted, truth, Fraction(length, SECOND))
    exact = registers(counted)
    for kind in ("active", "reactive"):
        own = [exact[f"{kind}_energy_import_{t}"] for t in TARIFFS]
        assert sum(own) == exact[f"{kind}_energy_import"]
        # Eight hours of the night against sixteen of the day.
        assert own[1] / own[0] == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("power", [1234.567, -0.6001, 1.0 / 3.0])
def test_days_of_one_load_are_the_exact_integral(power: float) -> None:
    """Whatever is rounded, is rounded alike in every window: four days, with SOAK four months."""
    counted = accounts({"ct_secondary": 1}, starting=True)
    n = 4 * 86_400 * 5 * (30 if SOAK else 1)
    block = 1 << 16
    own = portion(0, np.full((3, block), power))
    for first in range(0, n, block):
        part = own.take(slice(0, min(block, n - first)))
        start = T0 + first * 200_000
        counted.take(Portion(part.start + start, part.end + start, part.seconds, part.active,
                             part.reactive, part.apparent, part.current))  # fmt: skip
        counted.pulses.clear()
    each = Fraction(abs(power)) * Fraction(0.2) * n / 3600 * 10**6 if abs(power) > 0.575 else 0
    together = Fraction(abs(power)) * 3 * Fraction(0.2) * n / 3600 * 10**6
    exact, way = registers(counted), "import" if power > 0 else "export"
    assert abs(exact[f"active_energy_{way}_l2"] - each) <= 1
    registers_together = exact[f"active_energy_{way}_sum"]
    assert abs(registers_together - (together if 3 * abs(power) > 1.725 else 0)) <= 1


# ---- invariants


def assert_fits(meter: Meter) -> None:
    """Everything adds up, whichever balance is shown."""
    counted = meter.accounts
    wiring = counted.rules.wiring
    for by_sum in (False, True):
        exact = counted.registers.exact(wiring, by_sum)
        for kind in ("active", "reactive"):
            for place in ("", *(f"_{p}" for p in PHASES), "_resettable", "_tariffs",
                          *(f"_{t}" for t in TARIFFS)):  # fmt: skip
                if f"{kind}_energy_import{place}" in exact:
                    into, out, total = (
                        exact[f"{kind}_energy_{way}{place}"]
                        for way in ("import", "export", "total")
                    )
                    assert into + out == total
                    assert min(into, out) >= 0
            for way in ("import", "export", "total"):
                own = [exact[f"{kind}_energy_{way}_{t}"] for t in TARIFFS]
                assert sum(own) == exact[f"{kind}_energy_{way}"]
                assert sum(own) == exact[f"{kind}_energy_{way}_tariffs"]
            net = exact[f"{kind}_energy_export"] - exact[f"{kind}_energy_import"]
            assert exact[f"{kind}_energy_net"] == net
        q = [exact[f"reactive_energy_q{n}"] for n in (1, 2, 3, 4)]
        assert q[0] + q[1] == exact["reactive_energy_import"]
        assert q[2] + q[3] == exact["reactive_energy_export"]


def assert_phases_add_up(meter: Meter) -> None:
    exact = meter.accounts.registers.exact(Wiring.FOUR_WIRE, False)
    for kind in ("active", "reactive"):
        for way in ("import", "export"):
            phases = [exact[f"{kind}_energy_{way}_{p}"] for p in PHASES]
            assert sum(phases) == exact[f"{kind}_energy_{way}_per_phase"]


def never_falling(meter: Meter) -> dict[str, int]:
    """Everything that cannot be reset."""
    counted = meter.accounts
    found = counted.registers.state()
    return {
        **found["amounts"],
        **{f"{id} netted": n for id, n in found["netted"].items()},
        **{f"{id} {t}": n for t in TARIFFS for id, n in found["tariffs"][t].items()},
        **{f"pulses {o.output}": o.count for o in counted.outputs},
        "events": meter.logbook.count,
        "powered": meter.supply.powered,
    }


@dataclass
class Life:
    """A meter, and what must be true of it at every instant."""

    rig: Rig
    supply: bool
    three: bool = False
    highest: dict[str, int] = field(default_factory=dict)
    emitted: dict[int, list[int]] = field(default_factory=lambda: {1: [], 2: []})
    times: dict[int, int] = field(default_factory=dict)

    def check(self) -> None:
        meter = self.rig.meter
        assert_fits(meter)
        self.three |= meter.accounts.rules.wiring is Wiring.THREE_WIRE
        if not self.three:
            assert_phases_add_up(meter)
        now = never_falling(meter)
        fallen = {id: n for id, n in self.highest.items() if now[id] < n}
        assert not fallen
        self.highest = now
        outbox = meter.emptied()
        for pulse in outbox.pulses:
            self.emitted[pulse.output].append(pulse.number)
        for output, numbers in self.emitted.items():
            assert numbers == list(range(1, len(numbers) + 1)), "none lost, none doubled"
            owed = meter.accounts.outputs[output - 1].owed
            assert len(numbers) == meter.accounts.outputs[output - 1].count - owed

    def restart(self, behind: int = 0) -> None:
        """The power goes and comes; the last pulses that were committed were not emitted."""
        meter = self.rig.meter
        for numbers in self.emitted.values():
            del numbers[max(0, len(numbers) - behind) :]
        data = json.loads(json.dumps(state(meter), allow_nan=False))
        again = Meter(
            Configuration(settings_of(data), starting=True),
            clock=Clock(meter.clock.origin),
            supply=Supply(auxiliary=not self.supply),
            profile=LoadProfile(),
        )
        restore(again, data, {output: len(numbers) for output, numbers in self.emitted.items()})
        self.rig.meter = again


POWERS = st.sampled_from([0.0, 0.001, 0.4, 1.0, 5.9, 6.0, 40.0])
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "energy_balance": st.sampled_from([0, 1]),
        "system_type": st.sampled_from([1, 2, 3, 3]),
        "tariff_control": st.sampled_from([0, 0, 1, 4]),
        "time_zone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
        "demand_period": st.sampled_from([0, 5, 15, 60]),
        "demand_slide": st.sampled_from([1, 5, 15]),
        "pulse1_energy": st.integers(1, 8),
        "pulse1_rate": st.integers(1, 5),
        "pulse1_width": st.sampled_from([60, 100, 200]),
        "ct_primary": st.sampled_from([5, 100]),
        "vt_ratio": st.sampled_from([1, 20]),
        "load_profile_period": st.sampled_from([1, 15, 60]),
        "apparent_power_method": st.sampled_from([0, 1, 2]),
    },
)
CALENDARS = st.builds(
    lambda tariffs: daily(
        days={"d": {f"{3 * n:02}:{7 * n:02}": tariff for n, tariff in enumerate(tariffs)}}
    ),
    st.lists(st.integers(1, 4), min_size=1, max_size=6),
)
ACTIONS = st.one_of(
    st.tuples(
        st.just("feed"), st.integers(1, 40), st.sampled_from([0.01, 0.2, 0.2, 3.0, 97.0, 4000.0]),
        POWERS, st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 1.0, 1.0, 1.3]),
    ),
    st.tuples(st.just("skip"), st.sampled_from([0.0007, 0.2, 61.0, 7000.0, 9000.0, 4e5])),
    st.tuples(st.just("change"), CHANGES),
    st.tuples(st.just("calendar"), CALENDARS, st.sampled_from([None, "2026-03-02T09:30:00"])),
    st.tuples(st.just("clock"), st.sampled_from([-1, 2, -30, 45, 3600, -7200, 10**6, -(10**6)])),
    st.tuples(st.just("reset"), st.sampled_from(list(Resettable))),
    st.tuples(st.just("restart"), st.sampled_from([0, 0, 1, 7])),
)  # fmt: skip


def lived(life: Life, action: tuple) -> None:
    rig, meter = life.rig, life.rig.meter
    match action:
        case ("feed", n, window, current, seed, voltage):
            rng = np.random.default_rng(seed)
            angles = np.exp(2j * np.pi * rng.random((n, 6)))
            sizes = np.concatenate([230.0 * voltage * rng.choice([1.0, 1.0, 0.0], (n, 3)),
                                    current * rng.uniform(0.5, 1.5, (n, 3))], axis=1)  # fmt: skip
            sizes[rng.random(n) < 0.05] = np.nan
            rig.feed(sizes * angles, window=window)
        case ("skip", seconds):
            rig.skip(seconds)
        case ("change", changes):
            meter.apply(ChangeSettings(changes), OWNER)
        case ("calendar", calendar, activation):
            meter.apply(SetCalendar(calendar, activation), OWNER)
        case ("clock", ahead):
            meter.apply(SetClock(meter.now + ahead * SECOND), OWNER)
        case ("reset", what):
            meter.apply(Reset(what), OWNER)
        case ("restart", behind):
            life.restart(behind)


@settings(
    max_examples=3000 if SOAK else 120, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(actions=st.lists(ACTIONS, min_size=2, max_size=16), supply=st.booleans())
def test_whatever_happens_everything_adds_up_and_nothing_falls(actions, supply: bool) -> None:
    meter = Meter(
        Configuration(starting=True), clock=Clock(T0 + 5 * HOUR),
        supply=Supply(auxiliary=not supply), profile=LoadProfile(),
    )  # fmt: skip
    life = Life(Rig(meter), supply)
    for action in actions:
        lived(life, action)
        life.check()


# ---- cuts and restarts


SETTINGS = st.fixed_dictionaries(
    {
        "system_type": st.sampled_from([1, 2, 3]),
        "energy_balance": st.sampled_from([0, 1]),
        "demand_period": st.sampled_from([0, 5, 8, 60]),
        "demand_slide": st.sampled_from([1, 4, 5]),
        "pulse1_energy": st.integers(1, 8),
        "pulse1_rate": st.sampled_from([1, 2]),
        "pulse1_width": st.sampled_from([60, 200]),
        "time_zone": st.sampled_from(["UTC", "Asia/Kathmandu"]),
        "load_profile_period": st.sampled_from([1, 5]),
    }
)


def outcome(whole: Portion, cuts, own: dict, calendar) -> tuple:
    counted = accounts(own, profile=True, starting=True, calendar=calendar)
    closed: list = []
    counted.closed = lambda time: closed.append(
        (time, json.dumps(counted.registers.state()), [o.count for o in counted.outputs])
    )
    for part in pieces(whole, cuts):
        counted.take(part)
    found = counted.state()
    for output in found["pulses"].values():
        del output["overflowing"]  # which is looked after at the end of a portion
    switched = [e for e in counted.events if e.kind is EventKind.TARIFF_SWITCHED]
    return found, sorted(counted.pulses), switched, closed


@settings(max_examples=2000 if SOAK else 80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 120),
    longest=st.sampled_from([1000, 200_000, 7_000_000, 90_000_000]),
    gaps=st.booleans(),
    cuts=st.sets(st.integers(1, 119), max_size=12),
    own=SETTINGS,
    calendar=CALENDARS,
)
def test_where_portions_are_cut_changes_no_bit(
    seed, n, longest, gaps, cuts, own, calendar
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    size = 10 ** rng.uniform(-1, 5, (6, n))
    power = size * rng.choice([-1.0, 1.0, 1.0, np.nan], (6, n), p=[0.3, 0.3, 0.3, 0.1])
    whole = portion(
        T0 + 5 * HOUR + int(rng.integers(0, HOUR)), power[:3], power[3:],
        length=rng.integers(1, longest, n), current=rng.choice([0.0, 0.004, 3.0], (4, n)),
    )  # fmt: skip
    if gaps:
        whole = whole.take(np.flatnonzero(rng.random(n) < 0.8)[: n or 1])
        if not len(whole):
            return
    inside = {cut for cut in cuts if cut < len(whole)}
    assert outcome(whole, inside, own, calendar) == outcome(whole, (), own, calendar)


@settings(max_examples=1000 if SOAK else 40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    window=st.sampled_from([0.2, 1.0, 13.7]),
    restarts=st.sets(st.integers(1, 11), max_size=4),
    own=SETTINGS,
)
def test_a_meter_that_is_restored_goes_on_as_if_nothing_had_been(seed, window, restarts, own):
    """Fed the same, without a moment lost: registers, demand, pulses, tariffs, rows, clock."""

    def rig() -> Rig:
        found = Rig(settings=own, profile=LoadProfile(), start=T0 + 5 * HOUR)
        found.meter.apply(SetCalendar(daily()), OWNER)
        return found

    rng = np.random.default_rng(seed)
    one, two = rig(), rig()
    outboxes: list[list] = [[], []]
    for n in range(12):
        if n in restarts:
            life = Life(two, supply=False)
            life.emitted = {o.output: [0] * o.count for o in two.meter.accounts.outputs}
            life.restart()
        count = int(rng.integers(1, 60))
        phasors = rng.choice([230.0, 0.0], (count, 6), p=[0.9, 0.1]) * np.exp(
            2j * np.pi * rng.random((count, 6))
        )
        phasors[:, 3:] *= 10 ** rng.uniform(-5, 1, (count, 3)) / 230.0
        for own_rig, outbox in zip((one, two), outboxes, strict=True):
            own_rig.feed(phasors, window=window)
            outbox.append(own_rig.meter.emptied())
    first, second = (state(rig.meter) for rig in (one, two))
    assert second["accounts"] == first["accounts"]
    for part in ("settings", "calendars", "clock_offset", "powered"):
        assert second[part] == first[part]
    assert dict(two.meter.standing().exact) == dict(one.meter.standing().exact)
    for a, b in zip(*outboxes, strict=True):
        assert b.pulses == a.pulses
        assert [(r.time, dict(r.values)) for r in b.rows] == [
            (r.time, dict(r.values)) for r in a.rows
        ]


def test_the_lists_of_registers_are_those_that_the_invariants_look_at() -> None:
    """A register that is added must be looked at too."""
    exact = accounts().registers.exact(Wiring.FOUR_WIRE, False)
    found = {id for id in exact if id.endswith(("per_phase", "sum")) and "_total_" not in id}
    assert found == {*NETTED, *QUADRANTS}
