"""Lines of snapshots, taken apart by a reader that follows the protocol's own description."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import smartx96
from smartx96.meter.snapshot import InputState
from smartx96.outputs.influx.points import MEASUREMENTS, Points, Subject
from smartx96.quantities import BY_ID, HARMONIC_ORDERS, HARMONICS, TABLE, Kind

SUBJECT = Subject("meter", "X96-5A", 10000001)
SPLIT = re.compile(r"(?<!\\) ")
COMMA = re.compile(r"(?<!\\),")


def read(line):
    """Measurement, tags, fields, time: unescaped and typed."""
    head, fields, time = SPLIT.split(line.rstrip("\n"))
    measurement, *tags = COMMA.split(head)
    return (
        measurement,
        {k: re.sub(r"\\([ ,=])", r"\1", v) for k, v in (tag.split("=", 1) for tag in tags)},
        dict(_field(field) for field in fields.split(",")),
        int(time),
    )


def _field(text):
    name, _, value = text.partition("=")
    if value in ("true", "false"):
        return name, value == "true"
    return name, int(value[:-1]) if value.endswith("i") else float(value)


@pytest.fixture
def meter():
    with smartx96.simulate(voltage=230, current=5, phase_angle=30, tcp=False) as made:
        made.advance(hours=3)
        yield made


def snapshot_of(meter):
    return meter._simulation.built[0].live.snapshot()


def written(meter, **terms):
    points = Points(SUBJECT, 10.0, harmonics=terms.get("harmonics", False))
    return {read(line)[0]: read(line) for line in points.lines(snapshot_of(meter))}


def test_every_quantity_is_in_its_measurement(meter):
    found = written(meter)
    assert set(found) == set(MEASUREMENTS.values()) - {MEASUREMENTS[Kind.HARMONIC]}
    for quantity in TABLE:
        fields, true = found[MEASUREMENTS[quantity.kind]][2], meter[quantity.id]
        assert (quantity.id in fields) is (true is not None), quantity.id
        if true is not None:
            assert fields[quantity.id] == pytest.approx(float(true), rel=1e-8), quantity.id
            assert isinstance(fields[quantity.id], int) is isinstance(true, int)


def test_time_and_tags(meter):
    for _, tags, _, time in written(meter).values():
        assert tags == {"meter": "meter", "model": "X96-5A", "serial": "10000001"}
        assert time == snapshot_of(meter).clock * 1000


def test_harmonics_have_a_line_for_each_channel(meter):
    meter.set(voltage_harmonics={5: 4.0})
    points = Points(SUBJECT, 10.0, harmonics=True)
    lines = [read(line) for line in points.lines(snapshot_of(meter))]
    rows = {tags["quantity"]: fields for name, tags, fields, _ in lines if name == "x96_harmonics"}
    assert set(rows) == {q.id for q in HARMONICS}
    assert rows["voltage_harmonic_l2"]["h5"] == pytest.approx(4.0, rel=1e-6)
    assert len(rows["current_harmonic_l1"]) == HARMONIC_ORDERS


def test_without_a_supply_it_says_how_it_stands_and_no_more(meter):
    meter.power_off()
    found = written(meter)
    assert list(found) == ["x96_state"]
    assert found["x96_state"][2]["powered"] is False


def test_what_is_not_available_has_no_field():
    with smartx96.simulate(voltage=230, wiring="1p2w", tcp=False) as meter:
        fields = written(meter)["x96_readings"][2]
        assert "voltage_l1" in fields
        assert "voltage_l2" not in fields


def test_a_live_input_and_its_gaps(meter):
    snapshot = replace(snapshot_of(meter), input=InputState(dry=True, gaps=2, lost_samples=48))
    (state,) = (read(line)[2] for line in Points(SUBJECT, 1, harmonics=False).lines(snapshot)
                if line.startswith("x96_state"))  # fmt: skip
    assert (state["dry"], state["gaps"], state["lost_samples"]) == (True, 2, 48)
    assert "age" not in state
    given = replace(snapshot, input=InputState(age=12.5))
    assert ",age=12.500" in Points(SUBJECT, 1, harmonics=False).lines(given)[0]


def test_lines_stand_at_whole_multiples_of_the_interval(meter):
    points, first = Points(SUBJECT, 10.0, harmonics=False), snapshot_of(meter)
    start = first.clock - first.clock % 10_000_000
    times = [start + n * 200_000 for n in range(-3, 160)]
    found = [time for time in times if points.of(replace(first, clock=time))]
    assert found == [times[0], start, start + 10_000_000, start + 20_000_000, start + 30_000_000]


def test_a_clock_that_is_set_back_writes_on(meter):
    points, first = Points(SUBJECT, 10.0, harmonics=False), snapshot_of(meter)
    assert points.of(first)
    assert points.of(replace(first, clock=first.clock - 3_600_000_000))


@pytest.mark.parametrize("name", ["a b", "a,b=c", "küche", "back\\slash"])
def test_names_are_escaped(meter, name):
    points = Points(Subject(name, "X96-5A", 1), 10.0, harmonics=False)
    for line in points.lines(snapshot_of(meter)):
        assert read(line)[1]["meter"] == name


def test_ids_need_no_escapes():
    assert all(re.fullmatch(r"[a-z0-9_]+", id) for id in BY_ID)
