"""Who is asked when: lines at once, meters in turn, those that are silent last."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from smartx96.configuration.polling.poller import Poller
from smartx96.configuration.polling.schedule import now
from smartx96.configuration.target import Target
from smartx96.modbus.place import Place
from smartx96.tables.log.row import Row

INTERVAL = 100_000


@dataclass
class ScriptedMeter:
    """A meter that takes its time, or never answers."""

    name: str
    place: str = "tcp:a:502"
    takes: float = 0.0
    fault: str | None = None
    silent: bool = False
    earlier: int | None = None
    begun: list[int] = field(default_factory=list)

    @property
    def polled(self) -> Any:
        return self

    @property
    def target(self) -> Target:
        return Target(Place.named(self.place))

    async def begin(self) -> str | None:
        self.silent = self.fault is not None
        return self.fault

    async def poll(self, due: int) -> Row:
        self.begun.append(now())
        await asyncio.sleep(self.takes)
        self.silent = self.fault is not None
        return Row(due, self.name, None, None, None, self.fault, ())

    def rests(self, left: float) -> bool:
        return self.silent and self.takes > left

    def gap_since(self, interval: int, due: int) -> Row | None:
        return None if self.earlier is None else self.gap(due - interval, "missed")

    def gap(self, due: int, fault: str) -> Row:
        return Row(due, self.name, None, None, None, fault, ())


def polled(*meters: ScriptedMeter, count: int = 3) -> tuple[list[Row], list[str]]:
    rows, said = list[Row](), list[str]()
    poller = Poller(meters, INTERVAL, rows.append, said.append)  # type: ignore[arg-type]
    asyncio.run(asyncio.wait_for(poller.run(count=count), 30))
    return rows, said


def of(rows: list[Row], name: str) -> list[str | None]:
    return [row.fault for row in rows if row.meter == name]


def test_all_at_whole_multiples() -> None:
    a, b = ScriptedMeter("a"), ScriptedMeter("b", "tcp:b:502")
    rows, said = polled(a, b)
    assert len(rows) == 6
    assert all(row.time % INTERVAL == 0 for row in rows)
    assert [r.time for r in rows if r.meter == "a"] == [r.time for r in rows if r.meter == "b"]
    first = rows[0].time
    assert [r.time - first for r in rows if r.meter == "a"] == [0, INTERVAL, 2 * INTERVAL]
    assert all(begun >= row.time for begun, row in zip(a.begun, rows[::2], strict=True))
    assert said == []


def test_a_slow_line_holds_up_no_other() -> None:
    slow, quick = ScriptedMeter("slow", takes=0.04), ScriptedMeter("quick", "tcp:b:502")
    behind = ScriptedMeter("behind")
    polled(slow, behind, quick)
    for n in range(3):
        assert behind.begun[n] - slow.begun[n] >= 39_000
    # A machine at work may be late once.
    assert sorted(behind.begun[n] - quick.begun[n] for n in range(3))[1] > 20_000


def test_moments_that_go_by_are_missed_and_told_once() -> None:
    rows, said = polled(ScriptedMeter("a", takes=0.17), count=4)
    assert of(rows, "a").count("missed") >= 2
    assert of(rows, "a").count(None) == 4
    assert len({row.time for row in rows}) == len(rows)
    assert [row.time for row in rows] == sorted(row.time for row in rows)
    (line,) = said
    assert line.startswith("a:502: 1 meter took 0.2 s at ")
    assert line.endswith("longer than the interval: moments that go by are missed")


def test_the_silent_come_last_and_only_where_there_is_time() -> None:
    dead = ScriptedMeter("dead", takes=0.2, fault="no answer")
    alive = [ScriptedMeter(f"m{n}") for n in range(3)]
    rows, _ = polled(dead, *alive, count=5)
    for meter in alive:
        assert of(rows, meter.name) == [None] * 5
    assert of(rows, "dead") == ["not asked"] * 5
    brief = ScriptedMeter("dead", takes=0.02, fault="no answer")
    rows, _ = polled(brief, *alive, count=3)
    assert [row.meter for row in rows if row.time == rows[0].time][-1] == "dead"
    assert of(rows, "dead") == ["no answer"] * 3


def test_where_there_is_no_connection_nobody_else_waits_for_one() -> None:
    first = ScriptedMeter("first", takes=0.02, fault="not connected")
    second = ScriptedMeter("second")
    rows, _ = polled(first, second, count=2)
    first.silent = False
    assert of(rows, "first") == ["not connected"] * 2
    assert len(second.begun) == 2, "a silent one comes last"
    third = ScriptedMeter("third", takes=0.02, fault="not connected")
    rows, _ = polled(first, third, count=2)
    assert of(rows, "third") == of(rows, "first") == ["not connected"] * 2
    assert len(first.begun) + len(third.begun) == 4


def test_until_a_time() -> None:
    rows = list[Row]()
    poller = Poller([ScriptedMeter("a")], INTERVAL, rows.append, print)  # type: ignore[list-item]
    until = now() + 350_000
    asyncio.run(asyncio.wait_for(poller.run(until=until), 10))
    assert 2 <= len(rows) <= 4
    assert all(row.time <= until for row in rows)


def test_a_gap_since_an_earlier_run_begins_with_a_row() -> None:
    rows, _ = polled(ScriptedMeter("a", earlier=1), ScriptedMeter("b"), count=1)
    assert [(row.meter, row.fault) for row in rows] == [("a", "missed"), ("a", None), ("b", None)]
    assert rows[0].time < rows[1].time == rows[2].time
