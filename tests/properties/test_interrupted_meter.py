"""A meter that is stored and restored at any moments goes on as one that never stopped."""

from __future__ import annotations

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.meter.clock import Clock
from smartx96.meter.commands import ChangeSettings, Reset, Resettable, SetCalendar, SetClock
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile, RowFlag
from smartx96.meter.state import restore, settings_of, state
from smartx96.meter.supply import Supply
from support.calendars import daily
from support.meters import OWNER, SECOND, Rig, at

SOAK = bool(os.environ.get("SOAK"))
START = at("2026-03-28T22:50:00")
"""Before a switch of the calendar and the night in which the clocks change."""

COUNTED = (
    "tariff_switched", "calendar_changed", "clock_set", "parameter_changed", "reset"
)  # fmt: skip
"""Events of what is counted; conditions of the mains are found anew after power came back."""


def begun(first: dict) -> Meter:
    configuration = Configuration(settings_of({"settings": first}), starting=True)
    return Meter(configuration, clock=Clock(START), profile=LoadProfile(), supply=Supply())


def interrupted(meter: Meter) -> Meter:
    """Another process goes on, with what was stored as text."""
    data = json.loads(json.dumps(state(meter), allow_nan=False))
    new = Meter(
        Configuration(settings_of(data), starting=True), clock=Clock(START),
        profile=LoadProfile(), supply=Supply(),
    )  # fmt: skip
    emitted = {output.output: output.count for output in meter.accounts.outputs}
    restore(new, data, emitted)
    return new


class Life:
    """A meter and all that it has told."""

    def __init__(self, first: dict) -> None:
        self.rig = Rig(begun(first))
        self.pulses: list = []
        self.rows: list = []
        self.events: list = []

    def step(self, step: tuple) -> None:
        what, value, seconds = step
        if what == "settings":
            self.rig.meter.apply(ChangeSettings(value), OWNER)
        elif what == "reset":
            self.rig.meter.apply(Reset(value), OWNER)
        elif what == "clock":
            self.rig.meter.apply(SetClock(self.rig.meter.now + value * SECOND), OWNER)
        elif what == "calendar":
            self.rig.meter.apply(SetCalendar(daily(), value), OWNER)
        elif what == "off":
            self.rig.run(seconds, window=1.7, voltage=0.0)
            # The supply needs 75 % again, with and without an interruption.
            self.rig.run(5, window=1.0)
        elif what == "gap":
            self.rig.skip(seconds)
        else:
            self.rig.run(seconds, **value)
        told = self.rig.meter.emptied()
        self.pulses += told.pulses
        self.events += told.events
        self.rows += told.rows

    def interrupt(self) -> None:
        self.rig.meter = interrupted(self.rig.meter)

    def counted(self) -> dict:
        found = state(self.rig.meter)
        del found["event_count"]
        found["profile"]["flags"] &= ~int(RowFlag.POWER_OFF)
        return found

    def log(self) -> list:
        return [event for event in self.events if event.kind in COUNTED]

    def table(self) -> list:
        return [(row.time, row.flags & ~RowFlag.POWER_OFF, row.values) for row in self.rows]


POWERS = st.fixed_dictionaries(
    {
        "window": st.sampled_from([0.199_987, 1.3, 20.0]),
        "voltage": st.sampled_from([230.0, 231.37]),
        "current": st.sampled_from([0.0, 0.02, 4.9, (5.0, 0.1, 3.0)]),
        "angle": st.sampled_from([0.0, 100.0, -170.0, (0.0, 180.0, 90.0)]),
        "batch": st.sampled_from([16, 64]),
    }
)
SETTINGS = st.sampled_from(
    [
        {"demand_period": 5, "demand_slide": 1}, {"demand_period": 0}, {"tariff_control": 2},
        {"energy_balance": 1}, {"ct_primary": 50}, {"pulse1_energy": 3}, {"system_type": 2},
        {"load_profile_period": 1}, {"time_zone": "Europe/Berlin"}, {"pulse1_rate": 1},
    ]
)  # fmt: skip
LENGTHS = st.one_of(st.integers(1, 60), st.integers(100, 2500))
STEPS = st.one_of(
    st.tuples(st.just("run"), POWERS, LENGTHS),
    st.tuples(st.just("run"), POWERS, LENGTHS),
    st.tuples(st.just("settings"), SETTINGS, st.just(0)),
    st.tuples(st.just("reset"), st.sampled_from(list(Resettable)), st.just(0)),
    st.tuples(st.just("clock"), st.sampled_from([-4000, -3, 3, 4000]), st.just(0)),
    st.tuples(st.just("calendar"), st.sampled_from([None, "2026-03-29T00:30:00"]), st.just(0)),
    st.tuples(st.sampled_from(["off", "gap"]), st.none(), LENGTHS),
)


@settings(max_examples=1500 if SOAK else 60, deadline=None)
@given(
    st.sampled_from(
        [
            {},
            {"demand_period": 5, "load_profile_period": 1, "time_zone": "Europe/Berlin"},
            {"pulse1_rate": 1, "pulse1_energy": 2, "demand_period": 15, "demand_slide": 15},
            {"system_type": 2, "demand_period": 8, "demand_slide": 2},
        ]
    ),
    st.lists(st.tuples(STEPS, st.booleans()), min_size=1, max_size=10),
)
def test_a_meter_goes_on_as_if_it_had_not_stopped(first: dict, steps: list) -> None:
    lasting, broken = Life(first), Life(first)
    start = ("run", {"window": 1.0}, 5)
    for step, cut in [(start, True), *steps]:
        lasting.step(step)
        broken.step(step)
        if cut:
            broken.interrupt()
        # The time of day is known from the first window on.
        for life in (lasting, broken):
            life.step(("run", {"window": 0.7}, 7))
    assert broken.counted() == lasting.counted()
    assert broken.pulses == lasting.pulses
    assert broken.table() == lasting.table()
    if all(what != "gap" for (what, *_), _ in steps):
        # After power-off only the tariff that rules now is told, after missing samples all.
        assert broken.log() == lasting.log()
    one, other = lasting.rig.meter.standing(), broken.rig.meter.standing()
    assert (other.known, dict(other.exact), other.maxima) == (
        one.known, dict(one.exact), one.maxima
    )  # fmt: skip
