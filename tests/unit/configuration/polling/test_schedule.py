"""When meters are due: by the clock, whatever becomes of the clock."""

from __future__ import annotations

import asyncio

import pytest

from smartx96.configuration.polling import schedule
from smartx96.configuration.polling.schedule import Due, Schedule, duration, interval
from smartx96.errors import OptionError

SECOND = 1_000_000
TEN = 10 * SECOND


class Clock:
    """Time that goes on when one sleeps, and by leaps as a test wants."""

    def __init__(self, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = round(seconds * SECOND)
        monkeypatch.setattr(schedule.asyncio, "sleep", self._sleep)

    def __call__(self) -> int:
        return self.time

    async def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += round(seconds * SECOND)

    def leap(self, seconds: float) -> None:
        self.time += round(seconds * SECOND)


def due(plan: Schedule) -> Due:
    return asyncio.run(plan.due())


def test_every_whole_multiple_of_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(1003.2, monkeypatch)
    plan = Schedule(TEN, clock=clock)
    for n in range(5):
        assert due(plan) == Due((1010 + 10 * n) * SECOND)
        assert clock() == (1010 + 10 * n) * SECOND
        clock.leap(3.7)


def test_a_whole_multiple_is_due_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert due(Schedule(TEN, clock=Clock(1010, monkeypatch))).time == 1010 * SECOND


def test_a_little_late_is_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(1010, monkeypatch)
    plan = Schedule(TEN, clock=clock)
    due(plan)
    clock.leap(14.9)
    assert due(plan) == Due(1020 * SECOND)
    assert clock() == 1_024_900_000
    assert due(plan) == Due(1030 * SECOND)


@pytest.mark.parametrize(("late", "then"), [(15.1, 1030), (20, 1030), (25.1, 1040), (8000, 9010)])
def test_what_is_too_late_is_missed(late: float, then: int,
                                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    clock = Clock(1010, monkeypatch)
    plan = Schedule(TEN, clock=clock)
    due(plan)
    clock.leap(late)
    assert due(plan) == Due(then * SECOND, missed=1020 * SECOND)
    assert due(plan) == Due((then + 10) * SECOND)


def test_a_clock_that_is_set_back_gives_no_moment_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, said = Clock(1010, monkeypatch), list[str]()
    plan = Schedule(TEN, said.append, clock)
    first = due(plan)
    clock.leap(-3600)
    assert due(plan) == Due(first.time + TEN)
    assert said == [
        "the clock was set back: goes on at 1970-01-01T00:17:00.000Z, after what it has"
    ]
    clock.leap(-10)
    due(plan)
    assert len(said) == 2


def test_times_as_people_write_them() -> None:
    found = [duration(text) for text in ("10s", "10", "500ms", "15 min", "1.5h", "2d")]
    assert found == [TEN, TEN, SECOND // 2, 900 * SECOND, 5400 * SECOND, 172_800 * SECOND]


@pytest.mark.parametrize("text", ["0", "50ms", "25h", "-1s", "1m", "ten", "", "1e3", "nan"])
def test_intervals_that_cannot_be(text: str) -> None:
    with pytest.raises(OptionError, match="give"):
        interval(text)
