"""A meter that lives on the voltage that it measures: off means off, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.meter.clock import Clock
from smartx96.meter.commands import SetCalendar, SetClock
from smartx96.meter.meter import Meter
from smartx96.meter.supply import Supply
from smartx96.metrology.stream import Stream
from smartx96.status import Status
from support.calendars import daily
from support.meters import HOUR, OWNER, SECOND, T0, Rig, at, configured
from support.signals import balanced


def rig(**more) -> Rig:
    return Rig(supply=Supply(), **more)


def told(own: Rig) -> list[tuple[str, float]]:
    return [(str(e.kind), (e.time - T0) / 1e6) for e in own.meter.emptied().events]


def test_off_counts_nothing_and_time_passes() -> None:
    own = rig(settings={"pulse1_rate": 1}).run(60.0)
    before, standing = own.exact, own.meter.standing()
    outbox = own.meter.emptied()
    assert len(outbox.pulses) > 100
    # The supply carries less than half a second: two windows count, as low as they are.
    own.run(100.0, voltage=100.0)
    assert not own.meter.powered
    after = own.exact
    two = 3 * 100.0 * 5.0 * 0.4 / 3600 * 1e6
    assert after["active_energy_import_exact"] - before["active_energy_import_exact"] == (
        pytest.approx(two, abs=3)
    )
    assert told(own) == [("power_down", 60.4)]
    assert own.meter.now == T0 + 160 * SECOND
    # Back at 65 % nothing happens, at 75 % it goes on.
    own.run(10.0, voltage=0.65 * 230).run(30.0)
    assert told(own) == [("power_up", 170.0)]
    assert own.meter.emptied().pulses == []
    grown = own.exact["active_energy_import_exact"] - after["active_energy_import_exact"]
    assert grown == pytest.approx(3450 * 30 / 3600 * 1e6, abs=3)
    powered = own.meter.standing().powered - standing.powered
    assert powered == pytest.approx(30.4 * SECOND, abs=1)


def test_pulses_do_not_come_while_it_is_off() -> None:
    own = rig(settings={"pulse1_rate": 1}).run(60.0, current=600.0)
    waiting = own.meter.accounts.outputs[0].pending
    assert waiting > 0
    own.meter.emptied()
    own.run(100.0, voltage=0.0, current=600.0)
    assert [p for p in own.meter.emptied().pulses if p.time > T0 + 60_400_000] == []
    own.run(20.0, current=0.0)
    found = [p for p in own.meter.emptied().pulses if p.output == 1]
    assert found[0].time >= T0 + 160 * SECOND
    assert min(np.diff([p.time for p in found])) >= 130_000


def test_warming_up_is_told_for_a_minute() -> None:
    own = rig().run(59.8)
    assert Status.WARMING_UP in own.meter.status()
    own.run(0.2)
    assert Status.WARMING_UP not in own.meter.status()
    own.run(2.0, voltage=0.0)
    assert Status.WARMING_UP not in own.meter.status()
    own.run(59.0)
    assert Status.WARMING_UP in own.meter.status()
    own.meter.apply(SetClock(own.meter.now + HOUR), OWNER)
    assert Status.WARMING_UP in own.meter.status(), "a clock that is set forward warms nothing"
    own.run(1.2)
    assert Status.WARMING_UP not in own.meter.status()
    own.meter.apply(SetClock(own.meter.now - 5 * HOUR), OWNER)
    assert Status.WARMING_UP not in own.meter.status(), "one that is set back cools nothing"


def test_an_auxiliary_supply_keeps_it_on() -> None:
    own = Rig().run(10.0, voltage=0.0)
    assert own.meter.powered
    assert Status.WARMING_UP not in own.meter.status()
    assert told(own)[0] == ("power_up", 0.0)


@pytest.mark.parametrize("off", [2.0, 1000.0, 8000.0, 30 * 86_400.0])
def test_power_off_across_tariff_switches(off: float) -> None:
    """The tariff that rules when it comes back is told once, after the power."""
    own = rig(start=T0 + 5 * HOUR + 3500 * SECOND)
    own.meter.apply(SetCalendar(daily()), OWNER)
    own.run(99.0)
    own.meter.emptied()
    own.run(2.0, voltage=100.0).skip(off).run(2.0)
    expected = ["power_down", "power_up", "tariff_switched"]
    events = own.meter.emptied().events
    assert [str(e.kind) for e in events] == expected
    assert [e.time for e in events] == sorted(e.time for e in events)
    assert events[-1].details == {"old": 2, "new": 1}
    assert own.meter.standing().tariff == 1


def test_a_calendar_that_was_set_while_it_was_off_rules_from_the_power_up_on() -> None:
    own = rig().run(10.0).run(10.0, voltage=100.0)
    own.meter.apply(SetCalendar(daily(days={"d": {"00:00": 4}})), OWNER)
    own.meter.emptied()
    own.run(10.0)
    assert own.kinds() == ["power_up", "tariff_switched"]
    assert own.meter.standing().tariff == 4


def test_a_clock_that_nobody_has_set_is_told_with_every_power_up() -> None:
    own = Rig(Meter(configured(starting=True), clock=Clock(), supply=Supply()))
    own.run(10.0).run(2.0, voltage=0.0).run(10.0)
    kinds = own.kinds()
    assert kinds.count("clock_invalid") == kinds.count("power_up") == 2
    assert Status.CLOCK_INVALID in own.meter.status()
    own.meter.apply(SetClock(at("2026-07-01")), OWNER)
    assert Status.CLOCK_INVALID not in own.meter.status()
    own.run(2.0, voltage=0.0).run(1.0)
    assert "clock_invalid" not in own.kinds()


def test_alarms_begin_anew_with_the_power() -> None:
    """What lasts is told again: the log must make sense from the power up on."""
    lost = [230.0, 230.0, 0.0]
    own = rig().run(10.0, voltage=lost).run(10.0, voltage=0.0).run(10.0, voltage=lost)
    kinds = own.kinds()
    assert kinds.count("phase_lost") >= 2
    assert kinds.index("power_up", 1) < len(kinds) - 1
    assert kinds[-1] == "phase_lost"
    assert Status.PHASE_MISSING in own.meter.status()


# ---- samples


def pieces_of(x: np.ndarray, rate: float, block: float = 0.1):
    stream, size = Stream(), round(block * rate)
    for first in range(0, x.shape[1], size):
        yield from stream.push(Block(x[:, first : first + size], rate, first))
    yield from stream.finish()


def test_energy_of_every_sample_under_power() -> None:
    """Rests before the first and after the last window count, in the order of time."""
    wave = balanced(50.0, angle=0.0)
    x = wave.samples(5.0)
    meter = Meter(configured(starting=True), clock=Clock(T0), supply=Supply())
    for piece in pieces_of(x, wave.rate):
        meter.take(piece)
    meter.close()
    truth = (x[:3] * x[3:]).sum() / wave.rate / 3600 * 1e6
    exact = meter.standing().exact
    assert exact["active_energy_import_exact"] == pytest.approx(truth, rel=1e-6)
    assert meter.measured_time == pytest.approx(5.0)
    (event,) = meter.emptied().events
    assert (str(event.kind), event.time) == ("power_up", T0), "with the first sample"


def test_samples_without_power_count_nothing() -> None:
    wave = balanced(50.0, voltage=100.0)
    meter = Meter(configured(starting=True), clock=Clock(T0), supply=Supply())
    for piece in pieces_of(wave.samples(3.0), wave.rate):
        meter.take(piece)
    meter.close()
    assert not any(meter.standing().exact.values())
    assert meter.measured_time == 0.0
    assert meter.emptied().events == []
    assert not meter.powered


def test_power_that_goes_and_comes_in_the_samples() -> None:
    """Two seconds on, two off, two on: what was on counts, to the windows at the edges."""
    wave = balanced(50.0, angle=0.0)
    x = wave.samples(6.0)
    n = int(wave.rate)
    x[:3, 2 * n : 4 * n] *= 0.1
    meter = Meter(configured(starting=True), clock=Clock(T0), supply=Supply())
    for piece in pieces_of(x, wave.rate):
        meter.take(piece)
    meter.close()
    events = [(str(e.kind), (e.time - T0) / 1e6) for e in meter.emptied().events]
    assert [kind for kind, _ in events if kind.startswith("power")] == [
        "power_up", "power_down", "power_up"
    ]  # fmt: skip
    down, up = (time for kind, time in events[1:] if kind.startswith("power"))
    assert 2.4 <= down <= 2.8
    assert 3.8 <= up <= 4.2
    counted = meter.standing().exact["active_energy_import_exact"] / 1e6 * 3600
    truth = (x[:3] * x[3:]).sum(axis=0) / wave.rate
    assert counted == pytest.approx(truth[: 2 * n].sum() + truth[4 * n :].sum(), rel=0.06)
