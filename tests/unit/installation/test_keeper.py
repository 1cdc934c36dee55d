"""Keeper: what is committed is shown and emitted, with the supply's switching in its place."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from smartx96.errors import StoreError
from smartx96.installation import keeper as module
from smartx96.installation.installation import Installation
from smartx96.installation.keeper import Keeper, Kept
from smartx96.installation.live import LiveMeter
from smartx96.meter.clock import Clock
from smartx96.meter.commands import Access, ChangeSettings, Road
from smartx96.meter.events import EventKind
from smartx96.meter.meter import Meter
from smartx96.meter.pulse import Pulse
from smartx96.meter.state import settings_of
from smartx96.meter.supply import Supply
from smartx96.outputs.real_time import RealTimeEmitter, monotonic
from smartx96.samples.scenario import Scenario
from smartx96.store.store import Store
from support.meters import SECOND, T0, Rig, configured
from support.pulses import Journal, Wire
from support.stored import opened


class Emitter:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.closed = False

    def emit(self, pulses: list[Pulse], until: int) -> None:
        self.told.append(("emit", [pulse.number for pulse in pulses], until))

    def power_off(self, time: int) -> None:
        self.told.append(("off", time))

    def close(self) -> None:
        self.closed = True


class Bench:
    """A meter that lives on what it measures, its keeper, and what that tells."""

    def __init__(self, store: Store | None = None, emitter: Any = None) -> None:
        meter = Meter(configured(), clock=Clock(T0), supply=Supply())
        self.live = LiveMeter(Scenario(), meter)
        self.rig, self.emitter = Rig(meter), emitter or Emitter()
        self.said: list[str] = []
        self.kept = Kept(self.live, self.emitter)
        self.keeper = Keeper([self.kept], store, self.said.append)

    def keep(self) -> None:
        asyncio.run(self.keeper.keep())


def test_power_cuts_are_handed_on_when_they_were() -> None:
    """Not when they were committed, and each of several."""
    bench = Bench()
    bench.rig.run(4.0)
    bench.keep()
    assert [told[0] for told in bench.emitter.told] == ["emit"]
    bench.emitter.told.clear()
    for _ in range(2):
        bench.rig.run(2.0, voltage=0.0, current=0.0).run(3.0)
    downs = [e.time for e in bench.rig.meter.outbox.events if e.kind is EventKind.POWER_DOWN]
    # The supply carries half a second.
    assert downs == [T0 + round(4.4 * SECOND), T0 + round(9.4 * SECOND)]
    bench.keep()
    (first, *cuts) = bench.emitter.told
    assert first[0] == "emit"
    assert len(first[1]) > 3
    assert cuts == [("off", time) for time in downs]
    bench.emitter.told.clear()
    bench.keep()
    assert [told[0] for told in bench.emitter.told] == ["emit"]


def test_a_pulse_on_a_line_ends_with_the_supply(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monotonic)
    bench = Bench(emitter=RealTimeEmitter(Journal(), [wire], pytest.fail, latency=300_000))
    bench.rig.run(1.0)
    bench.keep()
    bench.rig.run(2.0, voltage=0.0, current=0.0)
    begun = T0 + round(1.4 * SECOND) - 50_000
    bench.rig.meter.outbox.pulses[:] = [Pulse(1, 1000, begun, 2_000_000)]
    bench.keep()
    bench.emitter.close()
    width = wire.falls(1)[-1] - wire.rises(1)[-1]
    assert 49_000 < width < 110_000


def test_power_cuts_wait_while_nothing_can_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "state") as store:
        bench = Bench(store)
        bench.rig.run(2.0)
        bench.keep()
        bench.emitter.told.clear()
        true = store.commit

        def full(commits: Any) -> None:
            raise StoreError("the disk is full; make room there")

        monkeypatch.setattr(store, "commit", full)
        bench.rig.run(2.0, voltage=0.0, current=0.0).run(1.0)
        bench.keep()
        assert bench.emitter.told == []
        monkeypatch.setattr(module, "MOST_WAITING", 1)
        bench.rig.run(2.0, voltage=0.0, current=0.0).run(1.0)
        bench.keep()
        monkeypatch.setattr(store, "commit", true)
        bench.keep()
        assert bench.said == [
            "store: the disk is full; make room there; measuring goes on",
            "store: works again",
        ]
    # The oldest made room: of two comings and two goings the last one is a coming.
    assert [told[0] for told in bench.emitter.told] == ["emit"]


def test_copies_that_cannot_be_written_are_told_once(tmp_path: Path) -> None:
    with opened(tmp_path / "state") as store:
        bench = Bench(store)
        bench.keep()
        shutil.rmtree(tmp_path / "state/twins")
        for _ in range(3):
            bench.rig.run(1.0)
            bench.keep()
        (line,) = bench.said
        assert line == (
            f"store: {tmp_path}/state/twins/meter: cannot be written: No such file or directory; "
            "the database has everything"
        )
        (tmp_path / "state/twins").mkdir()
        for _ in range(3):
            bench.keep()
        assert bench.said[1:] == ["store: copies of the records are written again"]


@pytest.mark.parametrize("begun", ["", "shown", "changed"])
def test_a_start_that_is_refused_leaves_no_folder(tmp_path: Path, begun: str) -> None:
    """Unless the meter has begun, and something was shown or changed already."""
    store = opened(tmp_path / "deep" / "state")
    bench = Bench(store)
    installation = Installation([bench.kept], store, bench.said.append)
    installation.lead()
    if begun == "shown":
        installation.begin()
    if begun == "changed":
        access = Access(Road.MODBUS, trusted=True)
        bench.kept.live.apply(ChangeSettings({"unit_address": 7}), access)
    asyncio.run(installation.abandon())
    assert bench.emitter.closed
    assert (tmp_path / "deep").exists() is bool(begun)
    if begun:
        with opened(tmp_path / "deep" / "state") as again:
            loaded = again.load("meter")
            assert loaded.sequence == (2 if begun == "shown" else 1)
            assert settings_of(loaded.state)["unit_address"] == (1 if begun == "shown" else 7)
