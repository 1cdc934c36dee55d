"""Chatter: what comes and goes is told, but not over and over."""

from __future__ import annotations

import pytest

from smartx96.meter.chatter import FIRST, LONGEST, Chatter
from smartx96.meter.events import Event, EventKind
from support.meters import HOUR, MINUTE, SECOND, T0

LOST, RETURNED = EventKind.PHASE_LOST, EventKind.PHASE_RETURNED


class Log:
    """What a chatter passes on."""

    def __init__(self) -> None:
        self.chatter, self.told = Chatter(), []

    def tell(self, time: int, kind: EventKind, **details) -> None:
        self.wait(time)
        self.told += self.chatter.take(Event(time, kind, details))

    def wait(self, time: int) -> None:
        self.told += self.chatter.due(time)

    @property
    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.told]


def test_the_first_time_everything_is_told_at_once() -> None:
    log = Log()
    log.tell(T0, LOST, phase="L1")
    log.tell(T0 + 200_000, RETURNED, phase="L1", voltage=231.0)
    assert log.told == [
        Event(T0, LOST, {"phase": "L1"}),
        Event(T0 + 200_000, RETURNED, {"phase": "L1", "voltage": 231.0}),
    ]


def test_conditions_that_come_seldom_are_always_told_at_once() -> None:
    log = Log()
    for n in range(20):
        log.tell(T0 + n * HOUR, LOST, phase="L1")
        log.tell(T0 + n * HOUR + SECOND, RETURNED, phase="L1")
    assert log.kinds == [LOST, RETURNED] * 20
    assert [e.time for e in log.told[1::2]] == [T0 + n * HOUR + SECOND for n in range(20)]


def test_events_without_an_end_pass() -> None:
    log = Log()
    for n in range(50):
        log.tell(T0 + n, EventKind.RESET, road="modbus")
    assert len(log.told) == 50


def test_what_has_no_end_and_keeps_coming_is_told_with_how_often() -> None:
    log = Log()
    wrong = EventKind.WRONG_PASSWORD
    for n in range(5):
        log.tell(T0 + n * SECOND // 10, wrong, road="modbus")
    first = Event(T0, wrong, {"road": "modbus"})
    assert log.told == [first]
    held = T0 + SECOND // 10
    log.wait(held + FIRST - 1)
    assert len(log.told) == 1
    log.wait(held + FIRST)
    details = {"road": "modbus", "since": "2026-03-02T00:00:00Z", "repeats": 3}
    assert log.told == [first, Event(held + FIRST, wrong, details)]
    log.wait(T0 + HOUR)
    assert len(log.told) == 2
    # A while later it is the first time again.
    log.tell(T0 + HOUR, wrong, road="modbus")
    assert log.told[2:] == [Event(T0 + HOUR, wrong, {"road": "modbus"})]


@pytest.mark.parametrize("period", [SECOND, 12 * SECOND, MINUTE, 9 * MINUTE])
@pytest.mark.parametrize("kind", [EventKind.WRONG_PASSWORD, EventKind.LOCKED_OUT])
def test_a_day_of_it_is_a_few_hundred_events_in_which_all_are_counted(
    kind: EventKind, period: int
) -> None:
    log = Log()
    times = range(T0, T0 + 24 * HOUR, period)
    for time in times:
        log.tell(time, kind, road="modbus")
    log.told += log.chatter.flush()
    assert len(log.told) <= 24 * HOUR // LONGEST + 15
    assert sum(1 + event.details.get("repeats", 0) for event in log.told) == len(times)
    assert [event.time for event in log.told] == sorted(event.time for event in log.told)


def test_what_is_told_when_power_goes_is_not_told_again() -> None:
    log = Log()
    for n in range(3):
        log.tell(T0 + n, EventKind.STORE_FAULT, reason="disk full")
        log.tell(T0 + n, EventKind.STORE_RECOVERED)
    assert [e.kind for e in log.chatter.flush()] == [EventKind.STORE_RECOVERED]
    assert log.chatter.flush() == []


def test_an_end_without_a_beginning_passes() -> None:
    log = Log()
    log.tell(T0, EventKind.SAMPLES_RETURNED)
    assert log.kinds == [EventKind.SAMPLES_RETURNED]


@pytest.mark.parametrize("period", [400_000, SECOND, 7 * SECOND, MINUTE, 9 * MINUTE])
def test_a_day_of_coming_and_going_is_a_few_hundred_events(period: int) -> None:
    log = Log()
    for time in range(T0, T0 + 24 * HOUR, period):
        log.tell(time, LOST, phase="L1")
        log.tell(time + period // 2, RETURNED, phase="L1")
    most = 2 * 24 * HOUR // LONGEST + 30
    assert len(log.told) <= min(most, 2 * 24 * HOUR // period)
    assert log.kinds[:3] == [LOST, RETURNED, LOST]
    # When it is over, that is told, with when it was and how often it came again.
    log.wait(T0 + 25 * HOUR)
    assert log.kinds[-1] is RETURNED
    assert all(a is not b for a, b in zip(log.kinds, log.kinds[1:], strict=False))
    if period < MINUTE:
        assert log.told[-1].details["repeats"] > 100
        assert log.told[-1].details["since"].startswith("2026-03-0")


def test_the_end_is_told_when_it_has_stayed_away() -> None:
    log = Log()
    for n in range(2):
        log.tell(T0 + n * SECOND, LOST, phase="L2")
        log.tell(T0 + n * SECOND + 200_000, RETURNED, phase="L2")
    ended = T0 + SECOND + 200_000
    log.wait(ended + FIRST - 1)
    assert log.kinds == [LOST, RETURNED, LOST]
    log.wait(ended + FIRST)
    assert log.told[-1] == Event(
        ended + FIRST, RETURNED, {"phase": "L2", "since": "2026-03-02T00:00:01Z"}
    )
    log.wait(ended + HOUR)
    assert len(log.told) == 4


def test_phases_outputs_and_kinds_are_apart() -> None:
    log = Log()
    for phase in ("L1", "L2"):
        log.tell(T0, LOST, phase=phase)
        log.tell(T0, EventKind.OVER_CURRENT, phase=phase)
    for output in (1, 2):
        log.tell(T0, EventKind.PULSE_OVERFLOW, output=output)
        log.tell(T0 + 1, EventKind.PULSE_OVERFLOW_ENDED, output=output)
    assert len(log.told) == 8


def test_after_a_quiet_time_it_begins_anew() -> None:
    log = Log()
    for n in range(100):
        log.tell(T0 + n * SECOND, LOST, phase="L1")
        log.tell(T0 + n * SECOND + 1, RETURNED, phase="L1")
    log.wait(T0 + HOUR)
    before = len(log.told)
    log.tell(T0 + 2 * HOUR, LOST, phase="L1")
    log.tell(T0 + 2 * HOUR + 1, RETURNED, phase="L1")
    assert [e.time for e in log.told[before:]] == [T0 + 2 * HOUR, T0 + 2 * HOUR + 1]


def test_a_clock_that_is_set_holds_nothing_back() -> None:
    log = Log()
    for n in range(2):
        log.tell(T0 + n, LOST, phase="L1")
        log.tell(T0 + n, RETURNED, phase="L1")
    log.chatter.set_clock(-10 * HOUR)
    log.wait(T0 - 10 * HOUR + 1 + FIRST)
    assert log.kinds == [LOST, RETURNED, LOST, RETURNED]


def test_power_that_came_back_begins_anew() -> None:
    log = Log()
    for n in range(3):
        log.tell(T0 + n, LOST, phase="L1")
        log.tell(T0 + n, RETURNED, phase="L1")
    log.chatter.flush()
    log.told.clear()
    log.wait(T0 + HOUR)
    log.tell(T0 + HOUR, LOST, phase="L1")
    log.tell(T0 + HOUR, RETURNED, phase="L1")
    assert log.kinds == [LOST, RETURNED]
