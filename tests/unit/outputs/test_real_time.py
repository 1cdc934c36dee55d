"""The thread that puts pulses on contacts, by the real clock."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from smartx96.meter.pulse import Pulse
from smartx96.outputs import paced_output
from smartx96.outputs.pulse_file import PulseFile
from smartx96.outputs.real_time import RealTimeEmitter, monotonic
from support.pulses import T0, Journal, Sink, Wire, train

pytestmark = pytest.mark.alone

SLACK = 60_000
"""A busy machine may wake the thread so much late [us]; accuracy is measured elsewhere."""


def test_pulses_come_a_latency_later_with_their_distances() -> None:
    wire, journal = Wire(monotonic), Journal()
    emitter = RealTimeEmitter(journal, [wire], pytest.fail, latency=500_000)
    begun = monotonic()
    pulses = [*train(2, 8, -400_000, 91_000), *train(1, 3, -400_000, 240_000, 200_000)]
    emitter.emit(pulses, T0)
    assert monotonic() - begun < 50_000, "the meter is kept waiting"
    emitter.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "pulses"]
    assert wire.closed
    for output, period, width in ((2, 91_000, 60_000), (1, 240_000, 200_000)):
        rises, falls = wire.rises(output), wire.falls(output)
        assert all(-1000 < f - r - width < SLACK for r, f in zip(rises, falls, strict=True))
        due = [begun + 500_000 + p.time - T0 for p in pulses if p.output == output]
        assert all(0 <= rise - d < SLACK for rise, d in zip(rises, due, strict=True))
        assert all(abs(b - a - period) < SLACK for a, b in pairwise(rises))
    assert journal.counts == {2: 8, 1: 3}


def test_files_beside_contacts_go_at_their_pace(tmp_path: Path) -> None:
    path, wire = tmp_path / "a.csv", Wire(monotonic)
    emitter = RealTimeEmitter(
        Journal(), [PulseFile(path, "meter"), wire], pytest.fail, latency=200_000
    )
    emitter.emit([Pulse(2, 1, T0, 60_000)], T0)
    assert path.read_text().count("\n") == 1
    emitter.close()
    assert path.read_text().count("\n") == 2
    assert len(wire.edges) == 2


def test_an_edge_does_not_wait_for_a_file() -> None:
    wire, before = Wire(monotonic), []
    slow = Sink()
    slow.emit = lambda pulse: before.append(len(wire.edges))  # type: ignore[method-assign]
    emitter = RealTimeEmitter(Journal(), [slow, wire], pytest.fail, latency=0)
    emitter.emit([Pulse(2, 1, T0, 60_000)], T0)
    emitter.close()
    assert before == [1]


def test_closing_waits_for_what_is_on_its_way_and_for_no_more() -> None:
    wire, journal = Wire(monotonic), Journal()
    emitter = RealTimeEmitter(journal, [wire], pytest.fail, latency=0)
    emitter.emit(train(2, 400, -400 * 90_000, 90_000), T0)
    begun = time.monotonic()
    emitter.close()
    assert 0.9 < time.monotonic() - begun < 3
    assert wire.closed
    emitted = journal.counts[2]
    assert 8 <= emitted < 20
    # Those that did not come to it are not counted as emitted.
    assert [number for _, number in wire.numbers] in (
        list(range(1, emitted + 1)),
        list(range(1, emitted)),
    )


def test_nothing_to_do_ends_at_once() -> None:
    emitter = RealTimeEmitter(Journal(), [Wire(monotonic)], pytest.fail)
    begun = time.monotonic()
    emitter.emit([], T0)
    emitter.close()
    assert time.monotonic() - begun < 0.5


def test_power_off_reaches_the_contacts() -> None:
    wire = Wire(monotonic)
    emitter = RealTimeEmitter(Journal(), [wire], pytest.fail, latency=100_000)
    emitter.emit([Pulse(1, 1, T0, 3_000_000)], T0)
    emitter.power_off(T0 + 50_000)
    begun = time.monotonic()
    emitter.close()
    assert time.monotonic() - begun < 1
    assert 49_000 < wire.falls(1)[0] - wire.rises(1)[0] < 50_000 + SLACK


def test_too_many_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paced_output, "MOST_WAITING", 4)
    said: list[str] = []
    emitter = RealTimeEmitter(Journal(), [Wire(monotonic)], said.append, latency=0)
    for n in range(3):
        emitter.emit([Pulse(2, n * 3 + k, T0 + 10**12, 60_000) for k in (1, 2, 3)], T0)
    emitter.emit([], T0)
    emitter.close()
    assert said == ["pulses: more wait than the contacts can give; those beyond are lost"]


def test_nobody_who_listens_ends_the_pulses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a closed standard error does; what could not be told is told when somebody listens."""
    monkeypatch.setattr(paced_output, "MOST_WAITING", 2)
    wire, said = Wire(monotonic), []
    listening = threading.Event()

    def report(line: str) -> None:
        if not listening.is_set():
            raise BrokenPipeError(32, "Broken pipe")
        said.append(line)

    emitter = RealTimeEmitter(Journal(), [wire], report, latency=0)
    emitter.emit(train(2, 4, 0, 90_000), T0)
    time.sleep(0.3)
    wire.stuck = True
    listening.set()
    emitter.emit([Pulse(1, 1, T0 + 300_000, 60_000)], T0 + 300_000)
    time.sleep(0.3)
    wire.stuck = False
    emitter.close()
    assert (1, 1) in wire.numbers
    assert [number for output, number in wire.numbers if output == 2] == [1, 2]
    assert said == [
        "pulses: more wait than the contacts can give; those beyond are lost",
        "pulses into wire: Input/output error; tried again with every pulse",
        "pulses into wire: works again",
    ]


def test_a_fault_that_nobody_expected_is_told_and_the_pulses_go_on() -> None:
    wire, said = Wire(monotonic), []
    emitter = RealTimeEmitter(Journal(), [wire], said.append, latency=0)
    emitter.emit([(2, 1)], T0)  # type: ignore[list-item]
    emitter.emit([Pulse(2, 1, T0, 60_000)], T0)
    emitter.close()
    assert wire.numbers == [(2, 1)]
    assert said[0].startswith("pulses: ")
    assert said[1:] == ["pulses: works again"]
