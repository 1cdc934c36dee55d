"""Edges on the wire, at a clock that is told the time."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from smartx96.meter.pulse import PAUSE, Pulse
from smartx96.outputs import paced_output
from smartx96.outputs.outlets import Outlets
from smartx96.outputs.pace import LATENCY, Pace
from smartx96.outputs.paced_output import PacedOutput
from support.pulses import T0, Journal, Time, Wire, train

SECOND = 1_000_000


class Bench:
    """Both outputs with a wire, and a loop that sleeps to the microsecond, or later by a jitter."""

    def __init__(self, jitter: int = 0) -> None:
        self.clock = Time()
        self.wire = Wire(self.clock)
        self.log: list = []
        self.journal = Journal(self.log)
        self.said: list[str] = []
        self.pace = Pace()
        outlets = Outlets(self.journal, [self.wire], self.said.append)
        self.outputs = {n: PacedOutput(outlets, self.pace, self.clock, n) for n in (1, 2)}
        self.start = self.clock.now
        self.chance, self.jitter = random.Random(3), jitter

    def commit(self, pulses: list[Pulse], until: int) -> None:
        self.pace.observe(self.clock.now, until)
        for pulse in pulses:
            assert self.outputs[pulse.output].add(pulse, until)
        self.step()

    def step(self) -> None:
        for output in self.outputs.values():
            output.step()

    def run(self, until: int) -> None:
        """Up to `until`, seconds since the start in us."""
        while True:
            times = [t for o in self.outputs.values() if (t := o.next()) is not None]
            if not times or min(times) > self.start + until:
                break
            late = self.chance.randrange(self.jitter) if self.jitter else 0
            self.clock.now = max(self.clock.now, min(times)) + late
            self.step()
        self.clock.now = max(self.clock.now, self.start + until)

    def play(self, pulses: list[Pulse], seconds: int, lateness: int = 0) -> None:
        """Commit pulses every second, some time after their second, and let them out."""
        for n in range(1, seconds + 1):
            self.run(n * SECOND + (self.chance.randrange(lateness) if lateness else 0))
            begin, end = T0 + (n - 1) * SECOND, T0 + n * SECOND
            self.commit([pulse for pulse in pulses if begin <= pulse.time < end], end)
        self.run((seconds + 5) * SECOND)


def test_edges_are_those_of_the_sample_clock_a_latency_later() -> None:
    bench = Bench()
    one, two = train(1, 40, 77_777, 437_003, 200_000), train(2, 150, 3, 111_111)
    bench.play([*one, *two], 20)
    for output, pulses in ((1, one), (2, two)):
        truth = [pulse.time - T0 + bench.start + LATENCY for pulse in pulses]
        assert bench.wire.rises(output) == truth
        assert bench.wire.falls(output) == [t + pulses[0].width for t in truth]


def test_distances_to_a_millisecond_though_commits_come_irregularly() -> None:
    bench = Bench(jitter=300)
    two = train(2, 600, 0, 111_111)
    bench.play(two, 70, lateness=140_000)
    rises = bench.wire.rises(2)
    assert len(rises) == 600
    assert max(abs(b - a - 111_111) for a, b in pairwise(rises)) < 1000
    assert all(60_000 <= f - r < 61_000 for r, f in zip(rises, bench.wire.falls(2), strict=True))
    assert max(rises[n + 90] - rises[n] - 90 * 111_111 for n in range(500)) < 2000


def test_late_pulses_come_as_soon_as_they_can() -> None:
    """A meter that stood for 5 s gives them all at once; then the pace is as before."""
    bench = Bench()
    bench.commit([], T0)
    old, new = train(2, 40, -4_000_000, 100_000), train(2, 60, 5_000_000, 100_000)
    new = [pulse._replace(number=pulse.number + 40) for pulse in new]
    bench.commit(old, T0)
    bench.run(5 * SECOND)
    bench.commit([], T0 + 5 * SECOND)
    for n in range(6, 13):
        bench.run(n * SECOND)
        end = T0 + n * SECOND
        bench.commit([p for p in new if end - SECOND <= p.time < end], end)
    bench.run(20 * SECOND)
    rises, falls = bench.wire.rises(2), bench.wire.falls(2)
    first = bench.start
    assert rises[:40] == [first + n * (60_000 + PAUSE) for n in range(40)]
    assert rises[40:] == [p.time - T0 + bench.start + LATENCY for p in new]
    assert all(f - r == 60_000 for r, f in zip(rises, falls, strict=True))
    assert bench.wire.numbers == [(2, n) for n in range(1, 101)]


def test_no_pulse_twice() -> None:
    bench = Bench()
    bench.journal.counts = {2: 5}
    bench.commit([*train(2, 10, 0, 90_000), *train(2, 10, 0, 90_000)], T0 + SECOND)
    bench.run(5 * SECOND)
    assert bench.wire.numbers == [(2, n) for n in range(6, 11)]


def test_the_journal_is_written_just_before_the_edge() -> None:
    """Whenever the process ends, one pulse of an output is lost at most."""
    bench = Bench()
    bench.commit(train(2, 9, -SECOND, 90_000), T0)
    while (due := bench.outputs[2].next()) is not None:
        bench.clock.now = due
        bench.step()
        assert 0 <= len(bench.log) - len(bench.wire.numbers) <= 1
        if len(bench.log) > len(bench.wire.numbers):
            assert 0 <= bench.outputs[2].next() - bench.clock.now < PAUSE
    assert len(bench.wire.numbers) == 9


def test_power_off_cuts_the_pulse_on_its_way() -> None:
    bench = Bench()
    pulses = train(1, 3, -500_000, 230_000, 200_000)
    bench.commit(pulses, T0)
    off = pulses[2].time + 30_000
    for output in bench.outputs.values():
        output.power_off(off)
    bench.run(5 * SECOND)
    widths = [f - r for r, f in zip(bench.wire.rises(1), bench.wire.falls(1), strict=True)]
    assert widths == [200_000, 200_000, 30_000]
    later = [Pulse(1, 4, T0 + 5 * SECOND, 200_000)]
    bench.commit(later, T0 + 5 * SECOND)
    bench.run(9 * SECOND)
    assert bench.wire.falls(1)[3] - bench.wire.rises(1)[3] == 200_000


def test_power_off_while_the_contact_is_closed() -> None:
    bench = Bench()
    pulse = Pulse(1, 1, T0, 200_000)
    bench.commit([pulse], T0)
    bench.run(LATENCY + 10_000)
    assert bench.wire.rises(1) == [bench.start + LATENCY]
    bench.outputs[1].power_off(T0 + 50_000)
    bench.run(5 * SECOND)
    assert bench.wire.falls(1) == [bench.start + LATENCY + 50_000]


def test_every_power_cut_counts_and_none_for_pulses_behind_it() -> None:
    """Two cuts within the latency, told before the first pulse is on the wire."""
    bench = Bench()
    first, second, third = train(1, 3, 0, 600_000, 200_000)
    bench.commit([first, second, third], T0 + 2 * SECOND)
    for time in (first.time + 40_000, second.time + 90_000):
        for output in bench.outputs.values():
            output.power_off(time)
    bench.run(9 * SECOND)
    widths = [f - r for r, f in zip(bench.wire.rises(1), bench.wire.falls(1), strict=True)]
    assert widths == [40_000, 90_000, 200_000]
    # A clock that was set back since: the cuts are those of the pulses before.
    bench.commit([third._replace(number=4, time=first.time)], T0 + 4 * SECOND)
    bench.run(19 * SECOND)
    assert bench.wire.falls(1)[3] - bench.wire.rises(1)[3] == 200_000


def test_a_contact_that_does_not_open_is_tried_again() -> None:
    bench = Bench()
    bench.wire.stuck = True
    bench.commit(train(2, 3, -SECOND, 100_000), T0)
    bench.run(3 * SECOND)
    assert bench.wire.numbers == [(2, 1)]
    assert len(bench.said) == 1
    assert "Input/output error" in bench.said[0]
    bench.wire.stuck = False
    bench.run(9 * SECOND)
    assert bench.wire.numbers == [(2, 1), (2, 2), (2, 3)]
    assert len(bench.wire.falls(2)) == 3
    assert bench.said[1:] == ["pulses into wire: works again"]


def test_a_journal_that_cannot_be_written_is_tried_again() -> None:
    bench = Bench()
    bench.journal.refusing = True
    bench.commit(train(2, 3, -SECOND, 100_000), T0)
    bench.run(3 * SECOND)
    assert bench.wire.numbers == []
    assert len(bench.said) == 1
    bench.journal.refusing = False
    bench.run(9 * SECOND)
    assert bench.wire.numbers == [(2, 1), (2, 2), (2, 3)]


def test_pulses_of_a_clock_that_was_set_back_are_not_waited_for() -> None:
    bench = Bench()
    hour = 3600 * SECOND
    bench.commit([Pulse(1, 1, T0 + hour, 60_000)], T0)
    bench.run(4 * SECOND)
    assert bench.wire.numbers == [(1, 1)]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paced_output, "MOST_WAITING", 4)
    output = Bench().outputs[2]
    assert [output.add(pulse, T0) for pulse in train(2, 6, 0, 1)] == [True] * 4 + [False] * 2
