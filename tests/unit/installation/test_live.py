"""LiveMeter: endless sources, speed, limits."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest

from smartx96.errors import StreamError
from smartx96.installation.live import LiveMeter, endless
from smartx96.installation.measurement import Configuration, measure_source
from smartx96.meter.meter import integers
from smartx96.meter.snapshot import Snapshot
from smartx96.samples.arrays import ArraySource
from smartx96.samples.scenario import Scenario


def run(scenario: Scenario | ArraySource, **options) -> tuple[LiveMeter, list[Snapshot]]:
    meter = LiveMeter(scenario, Configuration(), speed=math.inf, **options)
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
    assert len(snapshots) == batch.windows
    assert integers(meter.meter.energy.exact()) == batch.exact
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
