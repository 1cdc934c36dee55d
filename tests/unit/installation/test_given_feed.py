"""Windows of given values in a time that only passes when everybody waits."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from smartx96.installation import live as live_module
from smartx96.installation.given_feed import FIRST, LEAST, WINDOW
from smartx96.installation.live import LiveMeter
from smartx96.meter.clock import Clock
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.snapshot import Snapshot
from smartx96.meter.supply import Supply
from smartx96.samples.given import source as source_module
from smartx96.samples.given.source import GivenValues, Stale, Staleness
from smartx96.settings import Settings
from smartx96.status import Status

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
UWH = 1e6 / 3600.0
"""A watt for a second [uWh]."""

ASKED = 0.003
"""Who asks a meter does it so often [s]."""


class Passing(selectors.SelectSelector):
    """Time that passes while nothing is to be done."""

    now = 100.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout:
            self.now += timeout
        return found

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Passing:
    found = Passing()
    for module in (source_module, live_module):
        monkeypatch.setattr(module, "time", found)
    return found


class Loop(asyncio.SelectorEventLoop):
    """A loop whose time is that of a clock."""

    def __init__(self, clock: Passing) -> None:
        self.clock = clock
        super().__init__(clock)

    def time(self) -> float:
        return self.clock.now


Told = list[tuple[float, Snapshot]]
Asked = Callable[[LiveMeter, float], None]


def told(clock: Passing, says: dict[float, str], seconds: float, then: Stale = Stale.HOLD,
         after: float = 30.0, supply: Supply | None = None, ask: Asked | None = None,
         ) -> tuple[LiveMeter, Told]:  # fmt: skip
    """A meter to which messages come at some times, and what it showed when."""
    source = GivenValues(NOW, staleness=Staleness(after, then))
    meter = Meter(Configuration(Settings({})), clock=Clock.of(NOW), supply=supply)
    live = LiveMeter(source, meter, limit=seconds, phasors=True)
    found: Told = []
    begun = clock.now
    live.listen(lambda snapshot: found.append((clock.now - begun, snapshot)))

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for moment, message in says.items():
            loop.call_at(begun + moment, source.post, message.encode())
        for n in range(round(seconds / ASKED) if ask else 0):
            loop.call_at(begun + n * ASKED, lambda: ask(live, clock.now - begun))
        await live.run()

    _run(clock, run)
    return live, found


def _run(clock: Passing, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=lambda: Loop(clock)) as runner:
        runner.run(what())


def exact(live: LiveMeter, way: str) -> int:
    return live.snapshot().exact[f"active_energy_{way}_exact"]


def test_a_phase_that_exports_is_no_wrong_wiring(clock):
    """Nothing is wired: solar power on one phase is what such meters are for."""
    says = {0.2: '{"voltage": 231, "active_power": [1200, 300, -450]}'}
    live, found = told(clock, says, 20.0)
    assert found[-1][1]["active_power_l3"] == pytest.approx(-450)
    assert not live.meter.status() & Status.WIRING_SUSPECT


def test_energy_is_the_integral_to_the_moment_of_each_arrival(clock):
    says = {0.3137: 5e6, 0.9111: -2e6, 1.0: 3e6, 1.3456: 0.0, 2.5: 1e6}
    live, _ = told(clock, {at: f'{{"active_power": {power}}}' for at, power in says.items()}, 4.0)
    ends = [*says, 4.0][1:]
    parts = [power * (end - begin) for (begin, power), end in zip(says.items(), ends, strict=True)]
    for way, sign in (("import", 1.0), ("export", -1.0)):
        expected = sum(sign * part for part in parts if sign * part > 0) * UWH
        assert exact(live, way) == pytest.approx(expected, abs=10), way
    assert live.source.taken == 5


def test_a_value_is_shown_a_short_window_after_it_came(clock):
    says = {at: f'{{"active_power": {1000 + n}}}' for n, at in enumerate((0.5, 1.27, 1.7777))}
    _, found = told(clock, says, 3.0)
    for n, at in enumerate(says):
        first = min(when for when, shown in found
                    if shown.shown("active_power") == pytest.approx(1000 + n))  # fmt: skip
        assert 0 < first - at <= FIRST + LEAST + 1e-9


def test_messages_that_follow_each_other_closely_are_taken_together(clock):
    says = {0.5 + n / 1000: f'{{"active_power": {n}}}' for n in range(400)}
    live, found = told(clock, says, 2.0)
    during = [shown for when, shown in found if 0.5 <= when < 0.9]
    assert live.source.taken == 400
    assert len(during) <= 0.4 / LEAST + 1
    assert live.snapshot().shown("active_power") == pytest.approx(399)
    # Each at most as long as its window too late: the mean of a ramp of 1 kW a second.
    whole = sum(n / 1000 for n in range(399)) + 399 * (2.0 - 0.899)
    assert exact(live, "import") == pytest.approx(whole * UWH, abs=400 * LEAST * UWH)


def test_while_nothing_comes_windows_are_long_and_whole(clock):
    _, found = told(clock, {0.5: '{"active_power": 100}'}, 3.0)
    times = [when for when, _ in found if when > 0.6]
    steps = [b - a for a, b in pairwise(times) if b - a > 1e-6]
    assert steps == pytest.approx([WINDOW] * len(steps))


@pytest.mark.parametrize(("then", "power"), [(Stale.HOLD, 5000.0), (Stale.ZERO, 0.0)])
def test_what_becomes_of_old_values_becomes_of_them_in_time(clock, then, power):
    live, found = told(clock, {1.0: '{"active_power": 5000}'}, 4.0, then, after=1.5)
    stale = min(when for when, shown in found if when > 1.1 and shown.input.dry)
    assert stale == pytest.approx(2.5, abs=FIRST + LEAST)
    assert found[-1][1].shown("active_power") == pytest.approx(power)
    flowed = 1.5 if then is Stale.ZERO else 3.0
    assert exact(live, "import") == pytest.approx(5000 * flowed * UWH, rel=1e-3)
    assert found[-1][1].input.outages == 1


@pytest.mark.parametrize("supply", [Supply(auxiliary=True), Supply()])
def test_silence_comes_and_goes_without_a_zero_on_the_way(clock, supply):
    """Whoever asks at whatever moment, also before the first message."""
    says = {1.0: '{"active_power": 5000}', 4.0: '{"active_power": 2000}'}
    asked: list[tuple[float, float | None, bool]] = []

    def ask(live: LiveMeter, when: float) -> None:
        asked.append((when, live.snapshot().shown("active_power"), live.silent))

    live, found = told(clock, says, 6.0, Stale.SILENT, after=1.5, supply=supply, ask=ask)
    for when, power, silent in asked:
        due = 5000 if 1.03 < when < 2.5 else 2000 if 4.03 < when < 5.5 else None
        nearly = 0.03 + LEAST
        if all(abs(when - turn) > nearly for turn in (1.0, 2.5, 4.0, 5.5)):
            assert power == (None if due is None else pytest.approx(due)), when
        assert silent is (power is None), when
        assert power != 0.0, when
    assert not any(shown.shown("active_power") == 0.0 for _, shown in found)
    assert exact(live, "import") == pytest.approx((5000 + 2000) * 1.5 * UWH, rel=1e-3)


def test_before_the_first_message_a_silent_meter_has_no_mains(clock):
    """It is not switched on, to be switched off at once."""
    live, _ = told(clock, {}, 3.0, Stale.SILENT, supply=Supply())
    assert not live.meter.powered
    assert live.snapshot().standing.powered == 0


def test_it_ends_when_it_is_to(clock):
    live, _ = told(clock, {0.1: '{"active_power": 5000}'}, 1.9)
    assert live.meter.measured_time == pytest.approx(1.9, abs=1e-6)
