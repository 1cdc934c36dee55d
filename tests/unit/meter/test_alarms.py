"""Alarms: conditions begin and end once, with time and details, however windows are batched."""

from __future__ import annotations

import cmath
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.meter.alarms import Alarms, Limits
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.metrology.windows import Flag
from smartx96.status import Status
from support.meters import T0, Rig, configured

WINDOW = 200_000
TURN = np.exp(-2j * np.pi / 3 * np.arange(3))
LIMITS = Limits(230.0, 5.0)
LINES = Limits(400.0, 5.0)

MISSING, CLIPPED, OUT = Flag.MISSING, Flag.CLIPPED, Flag.FREQUENCY_OUT_OF_RANGE


class Watch:
    """Alarms, and windows that are fed to them."""

    def __init__(self, system_type: int = 3, limits: Limits = LIMITS) -> None:
        self.alarms, self.limits, self.count = Alarms(), limits, 0
        self.conditions = configured({"system_type": system_type}).conditions()

    def take(self, voltage, current=None, *, frequency=50.0, flags=0) -> list[tuple]:
        """What is told of windows: voltages and currents of shape (window, 3) or (3,)."""
        u = np.atleast_2d(np.asarray(voltage, complex))
        i = np.broadcast_to(np.full(3, 1.0) * TURN if current is None else current, u.shape)
        n = len(u)
        phasors = np.concatenate([u, i], axis=1)[:, :, np.newaxis]
        readings = readings_of_phasors(phasors, np.full(n, frequency), self.conditions)
        flags = np.broadcast_to(np.asarray(flags, np.int64), (n,))
        end = T0 + WINDOW * (self.count + 1 + np.arange(n))
        self.count += n
        told = self.alarms.take(readings, flags, end, self.limits)
        return [((e.time - T0) // WINDOW, str(e.kind), dict(e.details)) for e in told]

    @property
    def status(self) -> int:
        return self.alarms.status


def phases(*sizes: float) -> np.ndarray:
    return np.array(sizes) * TURN


FINE = phases(230, 230, 230)


def test_nothing_is_told_of_a_mains_that_is_in_order() -> None:
    watch = Watch()
    assert watch.take([FINE] * 50) == []
    assert watch.status == 0


def test_a_phase_is_lost_and_returns() -> None:
    watch = Watch()
    assert watch.take([FINE, phases(230, 4.5, 230)]) == [
        (2, "phase_lost", {"phase": "L2", "voltage": 4.5})
    ]
    assert watch.status == Status.PHASE_MISSING
    # Between 2 and 4 % of the largest it stays lost.
    assert watch.take([phases(230, 9.1, 230), phases(230, 4.7, 230)]) == []
    assert watch.take([phases(230, 9.3, 230)]) == [
        (5, "phase_returned", {"phase": "L2", "voltage": 9.3})
    ]
    # And once back it stays, down to 2 %.
    assert watch.take([phases(230, 4.7, 230)]) == []
    assert watch.status == 0


def test_two_phases_and_all_of_them() -> None:
    watch = Watch()
    assert [t[2]["phase"] for t in watch.take(phases(230, 0, 0))] == ["L2", "L3"]
    told = watch.take(phases(0, 0, 0))
    assert told == [(2, "phase_lost", {"phase": "L1", "voltage": 0.0})]
    assert [t[1] for t in watch.take(FINE)] == ["phase_returned"] * 3


@pytest.mark.parametrize(
    ("kind", "place", "limit", "name"),
    [("over_voltage", "voltage", 276.0, "L3"), ("over_current", "current", 6.0, "L3")],
)
def test_above_120_percent(kind: str, place: str, limit: float, name: str) -> None:
    watch = Watch()

    def at(value: float) -> list[tuple]:
        if place == "voltage":
            return watch.take(phases(230, 230, value))
        return watch.take(FINE, phases(1, 1, value))

    assert at(limit * 0.9999) == []
    above = float(f"{limit * 1.001:.4g}")
    assert at(above) == [(2, kind, {"phase": name, place: above})]
    assert (
        watch.status
        == {"over_voltage": Status.OVER_VOLTAGE, "over_current": Status.OVER_CURRENT}[kind]
    )
    assert at(limit * 0.9801) == []
    under = float(f"{limit * 0.979:.4g}")
    assert at(under) == [(4, f"{kind}_ended", {"phase": name, place: under})]
    assert watch.status == 0


def test_the_sequence() -> None:
    watch = Watch()
    reversed_ = FINE.conj()
    assert watch.take([FINE, reversed_, reversed_]) == [(2, "sequence_reversed", {})]
    assert watch.status == Status.SEQUENCE_REVERSED
    # With a phase missing nobody knows: it stays as it was.
    lost = watch.take([reversed_ * [1, 1, 0]])
    assert [kind for _, kind, _ in lost] == ["phase_lost"]
    assert watch.status == Status.PHASE_MISSING | Status.SEQUENCE_REVERSED
    assert (6, "sequence_normal", {}) in watch.take([FINE * [1, 1, 0], FINE])
    assert watch.status == 0


@pytest.mark.parametrize(
    ("flag", "begins", "ends", "bit", "details"),
    [
        (MISSING, "samples_lost", "samples_returned", Status.SAMPLES_LOST, {}),
        (CLIPPED, "clipping", "clipping_ended", Status.CLIPPING, {}),
        (
            OUT,
            "frequency_out_of_range",
            "frequency_in_range",
            Status.FREQUENCY_OUT_OF_RANGE,
            {"frequency": 44.321},
        ),
    ],
)
def test_what_flags_tell(flag: Flag, begins: str, ends: str, bit: Status, details: dict) -> None:
    watch = Watch()
    told = watch.take([FINE] * 4, flags=[0, flag, flag, 0], frequency=44.3211)
    assert told == [(2, begins, details), (4, ends, details)]
    watch.take(FINE, flags=flag | Flag.QUESTIONABLE)
    assert watch.status == bit


def test_without_samples_there_is_no_window_to_say_so() -> None:
    watch = Watch()
    assert [str(e.kind) for e in watch.alarms.lost_samples(T0)] == ["samples_lost"]
    assert watch.alarms.lost_samples(T0 + 1) == []
    assert watch.status == Status.SAMPLES_LOST
    assert watch.take(FINE) == [(1, "samples_returned", {})]
    # A window with a part of its samples does not bring them back.
    watch.alarms.lost_samples(T0)
    assert watch.take(FINE, flags=MISSING) == []


def test_three_wires_go_by_lines() -> None:
    watch = Watch(2, LINES)
    star = phases(400, 400, 400) / np.sqrt(3)
    assert watch.take(star) == []
    # 1.21 Un between all lines.
    told = watch.take(star * 1.21)
    assert told == [
        (2, "over_voltage", {"phase": line, "voltage": 484.0})
        for line in ("L1-L2", "L2-L3", "L3-L1")
    ]
    assert [t[1] for t in watch.take(star)] == ["over_voltage_ended"] * 3
    # L2 and L3 short: no voltage between them, but twice two thirds of one each against L1.
    one, other = 2 / 3 * 400, -1 / 3 * 400
    assert watch.take([one, other, other]) == [
        (4, "phase_lost", {"phase": "L2-L3", "voltage": 0.0})
    ]
    told = watch.take(star, phases(6.1, 1, 1))
    assert (5, "over_current", {"phase": "L1", "current": 6.1}) in told


def test_one_phase_knows_of_no_other() -> None:
    watch = Watch(1)
    assert watch.take(phases(230, 0, 0)) == []
    assert watch.take(phases(280, 0, 0)) == [(2, "over_voltage", {"phase": "L1", "voltage": 280.0})]
    assert watch.take(phases(0, 900, 900), phases(0, 90, 90)) == [
        (3, "phase_lost", {"phase": "L1", "voltage": 0.0}),
        (3, "over_voltage_ended", {"phase": "L1", "voltage": 0.0}),
    ]


def test_what_is_not_measured_neither_begins_nor_ends() -> None:
    watch = Watch()
    watch.take(phases(280, 0, 230), phases(7, 1, 1))
    before = watch.status
    assert watch.take([np.full(3, np.nan)] * 3, np.full(3, np.nan)) == []
    assert (
        watch.status == before == Status.PHASE_MISSING | Status.OVER_VOLTAGE | Status.OVER_CURRENT
    )


def test_power_that_came_back_begins_anew() -> None:
    watch = Watch()
    watch.take(phases(280, 0, 230))
    watch.alarms.clear()
    assert watch.status == 0
    assert [t[1] for t in watch.take(phases(280, 0, 230))] == ["phase_lost", "over_voltage"]


class Model:
    """The conditions one by one, in plain numbers."""

    def __init__(self) -> None:
        self.on: set[tuple] = set()

    def step(self, u, i, flags: int) -> list[str]:
        size, told = [abs(x) for x in u], []
        most = max(size)
        for k in range(3):
            self.turn(told, ("phase", k), size[k] <= 0.02 * most, size[k] > 0.04 * most)
        for name, values, rated in (("voltage", u, 230.0), ("current", i, 5.0)):
            for k in range(3):
                share = abs(values[k]) / rated
                self.turn(told, (name, k), share > 1.2, share < 1.2 * 0.98)
        a = cmath.exp(2j * cmath.pi / 3)
        normal = abs(u[0] + a * u[1] + a * a * u[2])
        reverse = abs(u[0] + a * a * u[1] + a * u[2])
        known = min(size) > 0.02 * most
        self.turn(
            told, ("sequence",), known and reverse > 2 * normal, known and normal > 2 * reverse
        )
        for flag in (MISSING, CLIPPED, OUT):
            self.turn(told, (flag,), bool(flags & flag), not flags & flag)
        return told

    def turn(self, told: list, key: tuple, begins: bool, ends: bool) -> None:
        if begins and key not in self.on:
            self.on.add(key)
            told.append((key[0], True))
        elif ends and not begins and key in self.on:
            self.on.discard(key)
            told.append((key[0], False))


SIZES = st.sampled_from([230.0, 200.0, 4.0, 6.0, 12.0, 0.0, 280.0, 273.0, 270.0])
AMPERES = st.sampled_from([1.0, 0.0, 5.9, 5.95, 6.1])
WINDOWS = st.tuples(
    st.tuples(SIZES, SIZES, SIZES),
    st.tuples(AMPERES, AMPERES, AMPERES),
    st.booleans(),
    st.sampled_from([0, MISSING, CLIPPED, OUT, MISSING | CLIPPED]),
)
NAMES = {
    "phase_lost": ("phase", True),
    "phase_returned": ("phase", False),
    "over_voltage": ("voltage", True),
    "over_voltage_ended": ("voltage", False),
    "over_current": ("current", True),
    "over_current_ended": ("current", False),
    "sequence_reversed": ("sequence", True),
    "sequence_normal": ("sequence", False),
    "samples_lost": (MISSING, True),
    "samples_returned": (MISSING, False),
    "clipping": (CLIPPED, True),
    "clipping_ended": (CLIPPED, False),
    "frequency_out_of_range": (OUT, True),
    "frequency_in_range": (OUT, False),
}


@settings(max_examples=150, deadline=None)
@given(st.lists(WINDOWS, min_size=1, max_size=40), st.sets(st.integers(1, 39), max_size=6))
def test_any_windows_in_any_batches(windows: list, cuts: set[int]) -> None:
    u = np.array([phases(*v).conj() if turned else phases(*v) for v, _, turned, _ in windows])
    i = np.array([phases(*a) for _, a, _, _ in windows])
    flags = np.array([int(f) for *_, f in windows])
    watch, model = Watch(), Model()
    found = []
    for first, stop in pairwise(sorted({0, len(windows), *(c for c in cuts if c < len(windows))})):
        found += watch.take(u[first:stop], i[first:stop], flags=flags[first:stop])
    expected = [
        (n + 1, *told)
        for n in range(len(windows))
        for told in model.step(u[n].tolist(), i[n].tolist(), int(flags[n]))
    ]
    assert [(n, *NAMES[kind]) for n, kind, _ in found] == expected


def test_noise_on_every_limit_makes_no_flood() -> None:
    """An hour of a voltage and a current on their limits, with 0.5 % noise."""
    rng, watch, told = np.random.default_rng(1), Watch(), []
    for _ in range(18):
        noise = 1 + 0.005 * rng.uniform(-1, 1, (1000, 1))
        told += watch.take(noise * phases(276, 230, 276 * 0.02), noise * phases(6, 1, 1))
    assert sorted(t[1] for t in told) == ["over_current", "over_voltage", "phase_lost"]


def test_what_flutters_makes_no_flood_in_the_log_of_a_meter() -> None:
    rig = Rig()
    rig.run(5)
    rig.events()
    for n in range(300):
        rig.run(0.2, voltage=(230, 230, 0 if n % 2 else 230), flags=int(OUT) if n % 2 else 0)
    # When it is over, that is told once more.
    rig.run(1300)
    kinds = rig.kinds()
    for begins, ends in (
        ("phase_lost", "phase_returned"),
        ("frequency_out_of_range", "frequency_in_range"),
    ):
        assert 2 <= kinds.count(begins) == kinds.count(ends) <= 12
    assert rig.meter.status() & 0b1000_0010 == 0


@pytest.mark.parametrize("batch", [1, 7, 4096])
def test_the_log_of_a_meter_is_the_same_in_any_batches(batch: int) -> None:
    def log(size: int) -> list:
        # A current that is turned round from the beginning is a finding of the wiring check.
        rig = Rig().run(9, current=(-5, 5, 5), batch=size)
        for turn in range(6):
            rig.run(7, batch=size)
            rig.run(0.6, voltage=(230, 230, 0), batch=size)
            rig.run(3.2 + turn, voltage=(290, 230, 230), current=(8, 5, 5), batch=size)
        rig.run(900, batch=size)
        return [(e.time, str(e.kind), dict(e.details)) for e in rig.meter.emptied().events]

    found = log(batch)
    assert found == log(64)
    assert {"wiring_suspect", "wiring_in_order", "over_voltage_ended"} <= {e[1] for e in found}
    assert [e[0] for e in found] == sorted(e[0] for e in found)
