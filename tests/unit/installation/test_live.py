"""LiveMeter: endless sources, speed, limits."""

from __future__ import annotations

import asyncio
import contextlib
import math
import queue
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.errors import OptionError, StreamError
from smartx96.installation import live as live_module
from smartx96.installation.feeds import endless
from smartx96.installation.live import LiveMeter
from smartx96.installation.measurement import measure_source
from smartx96.meter.clock import Clock, moment
from smartx96.meter.commands import Access, Road, Unlock
from smartx96.meter.configuration import Configuration
from smartx96.meter.lock import UNLOCKED_SECONDS
from smartx96.meter.meter import Meter
from smartx96.meter.snapshot import Snapshot
from smartx96.samples.arrays import ArraySource
from smartx96.samples.scenario import Scenario
from smartx96.status import Status


def run(scenario: Scenario | ArraySource, **options) -> tuple[LiveMeter, list[Snapshot]]:
    meter = LiveMeter(scenario, Meter(Configuration()), speed=math.inf, **options)
    found: list[Snapshot] = []
    meter.listen(found.append)
    asyncio.run(meter.run())
    return meter, found


def test_a_recording_repeats_on_one_sample_clock() -> None:
    blocks = endless(Scenario(duration=0.25), 0.1, repeat=True)
    starts = [next(blocks) for _ in range(7)]
    ends = np.cumsum([b.length for b in starts])
    assert [b.start for b in starts] == [0, *ends[:-1]]


def test_live_and_batch_count_the_same_energy() -> None:
    scenario = Scenario(duration=3.0, frequency=50.1)
    meter, snapshots = run(scenario, repeat=False)
    batch = measure_source(scenario, Configuration())
    # One snapshot for each window, and one for what lies after the last.
    assert len(snapshots) == batch.windows + 1
    assert dict(meter.meter.standing().exact) == batch.exact
    assert all(snapshots[-1].exact[id] == energy for id, energy in batch.exact.items())
    assert snapshots[-2]["active_energy_import"] < snapshots[-1]["active_energy_import"]
    assert meter.meter.measured_time == pytest.approx(3.0, abs=1e-9)


def test_a_snapshot_tells_everything_by_id() -> None:
    _, snapshots = run(Scenario(duration=1.0), repeat=False)
    last = snapshots[-1]
    assert last["voltage_l1"] == pytest.approx(230.0, rel=1e-6)
    assert last["active_energy_import"] == pytest.approx(last["active_energy_import_exact"] / 1e9)
    assert last["voltage_harmonic_l1[1]"] == pytest.approx(100.0)
    assert last["active_power_demand"] is None
    with pytest.raises(KeyError):
        last["nothing"]


def test_the_limit_ends_it() -> None:
    meter, _ = run(Scenario(), limit=1.0)
    assert meter.meter.measured_time == pytest.approx(1.0, abs=0.11)


def test_nothing_to_run_on() -> None:
    with pytest.raises(StreamError, match="no samples"):
        run(ArraySource(np.zeros((6, 0)), 12_800.0))


class Seconds:
    """A steady clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


def test_a_session_that_ends_is_something_new_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps what was made of a revision would show the meter unlocked for ever."""
    clock = Seconds()
    monkeypatch.setattr(live_module, "time", clock)
    meter = LiveMeter(Scenario(duration=1.0), Meter(Configuration()))
    meter.lead()
    locked = meter.revision
    assert meter.revision is locked
    assert Status.UNLOCKED not in Status(meter.snapshot()["status"])
    meter.apply(Unlock(1000), Access(Road.MODBUS, "line"))
    unlocked = meter.revision
    assert unlocked is not locked
    assert Status.UNLOCKED in Status(meter.snapshot()["status"])
    clock.now += UNLOCKED_SECONDS - 0.1
    assert meter.revision is unlocked
    clock.now += 0.2
    ended = meter.revision
    assert ended is not unlocked
    assert Status.UNLOCKED not in Status(meter.snapshot()["status"])
    assert meter.revision is ended


class Tap:
    """A live source of a scenario's samples, in pieces that a test lets through."""

    live, length, start, side = True, None, None, "secondary"
    roles = ("v1", "v2", "v3", "i1", "i2", "i3")

    def __init__(self, seconds: float = 60.0) -> None:
        source = Scenario(duration=seconds)
        self.rate = source.rate
        self._samples = np.concatenate([b.physical() for b in source.blocks(1.0)], axis=1)
        self._queue: queue.Queue[tuple[int, int] | None] = queue.Queue()

    def let(self, begin: float, end: float) -> None:
        """Let through the samples of a stretch [s]."""
        edges = np.arange(round(begin * self.rate), round(end * self.rate) + 1, 1280)
        for first, stop in pairwise(edges.tolist()):
            self._queue.put((first, stop))

    def blocks(self, seconds: float) -> Iterator[Block]:
        while (stretch := self._queue.get()) is not None:
            yield Block(self._samples[:, slice(*stretch)], self.rate, stretch[0])

    def close(self) -> None:
        self._queue.put(None)

    def counters(self) -> dict[str, int]:
        return {}


async def told(found: list[Snapshot], what: Callable[[Snapshot], bool]) -> Snapshot:
    """The first of the newest snapshots that is so."""
    for _ in range(400):
        if found and what(found[-1]):
            return found[-1]
        await asyncio.sleep(0.02)
    raise AssertionError("no such snapshot")


NOW = datetime(2026, 11, 22, tzinfo=UTC)


def live(tap: Tap, steps: Callable[[list[Snapshot]], Awaitable[None]], **more) -> LiveMeter:
    meter = LiveMeter(tap, Meter(Configuration(), clock=Clock.of(NOW)), **more)
    found: list[Snapshot] = []
    meter.listen(found.append)

    async def both() -> None:
        running = asyncio.ensure_future(meter.run())
        await steps(found)
        tap.close()
        await running

    asyncio.run(both())
    return meter


def test_a_live_source_that_dries_up_and_comes_back() -> None:
    tap = Tap()

    async def steps(found: list[Snapshot]) -> None:
        tap.let(0, 2)
        first = await told(found, lambda s: s["voltage_l1"] is not None and s.time > 1.5)
        assert first.input is not None
        assert not first.input.dry
        assert first["status"] == 0
        dry = await told(found, lambda s: s.input.dry)
        assert dry["voltage_l1"] == pytest.approx(230)
        assert dry["status"] & Status.SAMPLES_LOST
        gone = await told(found, lambda s: s["voltage_l1"] is None)
        assert gone.input.dry
        assert gone["status"] == Status.SAMPLES_LOST
        assert np.isnan(gone.harmonics).all()
        for id in ("frequency", "active_power", "current_l3", "voltage_sequence"):
            assert gone[id] is None, id
        assert gone["active_energy_import"] == dry["active_energy_import"] > 0
        assert "missing" in gone.flags.names
        tap.let(4, 6)
        back = await told(found, lambda s: s["voltage_l1"] is not None and s.time > 5)
        assert back["voltage_l1"] == pytest.approx(230)
        assert back["status"] == 0
        assert not back.input.dry
        assert back.input.lost_samples == 2 * tap.rate

    meter = live(tap, steps)
    assert meter.ended
    assert meter.meter.measured_time == pytest.approx(4.0, abs=1e-9)
    whole = measure_source(Scenario(duration=4.0), Configuration())
    assert meter.meter.standing().exact["active_energy_import_exact"] == pytest.approx(
        whole.exact["active_energy_import_exact"], rel=1e-3
    )
    assert meter.input is not None
    assert (meter.input.outages, meter.input.gaps) == (1, 1)


def test_an_outage_beyond_what_the_engine_bridges() -> None:
    tap = Tap()

    async def steps(found: list[Snapshot]) -> None:
        tap.let(0, 2)
        await told(found, lambda s: s["voltage_l1"] is None)
        tap.let(40, 42)
        back = await told(found, lambda s: s["voltage_l1"] is not None and s.time > 41)
        assert 41 < back.time <= 42
        assert back.input.lost_samples == 38 * tap.rate

    meter = live(tap, steps)
    assert meter.meter.measured_time == pytest.approx(4.0, abs=1e-9)


def test_before_the_first_sample_there_is_a_snapshot_too() -> None:
    tap = Tap(3.0)

    async def steps(found: list[Snapshot]) -> None:
        none = await told(found, lambda s: s.input.dry)
        assert none["status"] == Status.SAMPLES_LOST
        assert none["voltage_l1"] is None
        assert none["active_energy_import"] == 0
        assert none["active_energy_import_exact"] == 0
        tap.let(0, 2)
        await told(found, lambda s: s["voltage_l1"] is not None)

    live(tap, steps)


def test_the_clock_goes_by_when_the_first_sample_came() -> None:
    """A stream knows it then; a change of settings later on must not set the clock."""
    tap = Tap(3.0)

    async def steps(found: list[Snapshot]) -> None:
        await told(found, lambda s: s.input.dry)
        tap.start = NOW + timedelta(minutes=10)
        tap.let(0, 2)
        shown = await told(found, lambda s: s["voltage_l1"] is not None)
        assert moment(shown.clock) == tap.start + timedelta(seconds=shown.time)

    live(tap, steps)


def test_live_samples_are_counted_as_those_of_a_recording() -> None:
    tap = Tap(3.0)

    async def steps(found: list[Snapshot]) -> None:
        tap.let(0, 3)
        await told(found, lambda s: s.time > 2.5)

    meter = live(tap, steps)
    batch = measure_source(Scenario(duration=3.0), Configuration())
    assert dict(meter.meter.standing().exact) == batch.exact


def test_a_limit_ends_a_live_meter_with_and_without_samples() -> None:
    tap = Tap(3.0)
    tap.let(0, 3)
    meter = LiveMeter(tap, Meter(Configuration()), limit=1.0)
    asyncio.run(meter.run())
    assert meter.meter.measured_time == pytest.approx(1.0, abs=0.11)
    silent = LiveMeter(Tap(1.0), Meter(Configuration()), limit=0.3)
    begun = time.monotonic()
    asyncio.run(silent.run())
    assert 0.25 < time.monotonic() - begun < 5
    assert not silent.ended


def test_a_live_source_without_a_sample() -> None:
    tap = Tap(1.0)
    tap.close()
    with pytest.raises(StreamError, match="ended before a whole sample"):
        asyncio.run(LiveMeter(tap, Meter(Configuration())).run())


def test_live_samples_have_a_speed_of_their_own() -> None:
    with pytest.raises(OptionError, match="--speed"):
        LiveMeter(Tap(1.0), Meter(Configuration()), speed=2.0)


def test_stopped_the_last_samples_are_counted() -> None:
    tap = Tap(3.0)

    async def stopped(meter: LiveMeter) -> None:
        running = asyncio.ensure_future(meter.run())
        tap.let(0, 1.3)
        while meter.input is None or tap._queue.qsize() or meter.meter.windows < 5:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    meter = LiveMeter(tap, Meter(Configuration()))
    asyncio.run(stopped(meter))
    assert meter.meter.measured_time == pytest.approx(1.3, abs=1e-9)
