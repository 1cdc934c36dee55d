"""Contents of messages against the meter that they are of."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

import smartx96
from smartx96.meter.snapshot import InputState
from smartx96.outputs.mqtt import contents
from smartx96.outputs.mqtt.held import held
from smartx96.outputs.mqtt.topics import Topic, Topics
from smartx96.quantities import TABLE, Kind
from smartx96.status import Status


@pytest.fixture(scope="module")
def meter():
    with smartx96.simulate(voltage=230, current=5, phase_angle=30, tcp=False) as made:
        made.advance(hours=3)
        yield made


@pytest.fixture(scope="module")
def live(meter):
    return meter._simulation.built[0].live


@pytest.fixture
def snapshot(live):
    return live.snapshot()


def test_every_quantity_that_the_meter_has_is_in_one_of_them(meter, live, snapshot):
    has = held(live.configuration)
    told = (
        contents.readings(snapshot, has)
        | contents.energies(snapshot, has)
        | contents.demand(snapshot, has)
    )
    kinds = (Kind.INSTANTANEOUS, Kind.ENERGY, Kind.DEMAND)
    ids = [q.id for q in TABLE if q.kind in kinds and meter[q.id] is not None]
    assert len(ids) > 100
    for id in ids:
        assert told[id] == pytest.approx(meter[id], rel=1e-6, abs=1e-6), id


def test_energies_are_exact_to_a_milliwatt_hour(meter, live, snapshot):
    """3 * 230 V * 5 A * cos 30 degrees for three hours."""
    found = contents.energies(snapshot, held(live.configuration))
    expected = 3 * 230 * 5 * np.cos(np.pi / 6) * 3 / 1000
    assert found["active_energy_import"] == pytest.approx(expected, rel=1e-4)
    assert found["active_energy_import"] == round(found["active_energy_import"], 6)


def test_harmonics_are_by_order(live, snapshot):
    found = contents.harmonics(snapshot, held(live.configuration))
    orders = [value for id, value in found.items() if id != "time"]
    assert len(orders) == 6
    assert all(len(each) == 63 and each[0] == pytest.approx(100.0) for each in orders)


def test_what_is_not_available_is_null_and_never_nan(live, snapshot):
    gone = replace(snapshot, values=np.full_like(snapshot.values, np.nan),
                   harmonics=np.full_like(snapshot.harmonics, np.nan))  # fmt: skip
    has = held(live.configuration)
    for made in (contents.readings, contents.harmonics):
        content = made(gone, has)
        message = Topics("x96", 10.0).message("meter", Topic.READINGS, content)
        read = json.loads(message.payload, parse_constant=pytest.fail)
        assert set(read) == set(content)
        flat = [v for id, v in read.items() if id != "time"]
        assert all(v is None or set(v) == {None} for v in flat)


def test_the_age_of_stated_values_is_told(live, snapshot):
    assert "age" not in contents.readings(snapshot, held(live.configuration))
    stated = replace(snapshot, input=InputState(0, 0, 0, False, age=12.34))
    assert contents.readings(stated, held(live.configuration))["age"] == 12.3


def test_times_are_of_the_meter_with_their_zone(live, snapshot):
    text = contents.readings(snapshot, held(live.configuration))["time"]
    assert datetime.fromisoformat(text).timestamp() == pytest.approx(snapshot.clock / 1e6, abs=1e-3)


def test_the_condition_tells_the_status_bit_by_bit(live, snapshot):
    for bit in Status:
        told = contents.condition(
            replace(snapshot, exact={**snapshot.exact, "status": int(bit)}), live.configuration
        )
        assert [b for b in Status if told[contents.key(b)]] == [bit]
    assert told["wiring"] == "3p4w"


def test_readings_do_not_outlive_three_intervals_at_the_broker():
    topics = Topics("x96", 20.0)
    lives = {kind: topics.message("meter", kind, "").life for kind in Topic}
    assert lives == dict.fromkeys(Topic) | {Topic.READINGS: 60, Topic.HARMONICS: 60}
    assert not topics.message("meter", Topic.EVENTS, "").retain
