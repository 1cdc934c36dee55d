"""Checks of the meter itself: its answers, its clock, its condition, its password."""

from __future__ import annotations

from datetime import timedelta

from smartx96.configuration.commissioning.checks.check import Check, Matter
from smartx96.configuration.commissioning.subject import Subject
from smartx96.errors import OptionError
from smartx96.meter.calendar.local_clock import time_zone
from smartx96.modbus.readings import clock_time
from smartx96.settings import BY_ID
from smartx96.status import Status
from smartx96.wording import counted

_EXCHANGE = Matter("exchange", "Answers")
_CLOCK = Matter("clock", "Clock")
_CONDITION = Matter("condition", "Condition")
_PASSWORD = Matter("password", "Password")

_SHORT = 120
"""Below this a difference is told in seconds [s]."""
_LATE = timedelta(minutes=1)
"""By which the clock may be wrong: a demand period is longer."""
_TOLD_ELSEWHERE = (
    Status.WIRING_SUSPECT | Status.SEQUENCE_REVERSED | Status.CLOCK_INVALID | Status.UNLOCKED
)
"""Bits that other checks tell, or that are no fault."""
_PASSING = Status.WARMING_UP
_DEFAULT_PASSWORD = BY_ID["password"].default


def exchange(subject: Subject) -> Check:
    """Whether the meter answered every time."""
    observation = subject.observation
    told = f"{counted(len(observation.readings), 'reading')} in {observation.duration:.0f} s"
    if observation.lost:
        return _EXCHANGE.failed(
            f"{told}, {observation.lost} more without an answer of use: check the line, its "
            "termination, and who else asks"
        )
    if subject.retries:
        times = counted(subject.retries, "request")
        return _EXCHANGE.open(f"{told}, {times} asked again: is the line sound?")
    return _EXCHANGE.passed(f"{told}, every request answered at once")


def clock(subject: Subject) -> Check:
    """Whether it shows the time of day of its zone."""
    fields = subject.registers.get("clock")
    if not isinstance(fields, tuple):
        return _CLOCK.open("the meter tells none")
    shown = clock_time(fields)
    if shown is None:
        return _CLOCK.failed("the meter shows no time that can be: `x96 clock --set`")
    zone = subject.settings.name("time_zone")
    if int(subject.values.get("status", 0)) & Status.CLOCK_INVALID:
        return _CLOCK.failed("nobody has told the meter the time: `x96 clock --set`")
    try:
        now = subject.clock_read.astimezone(time_zone(zone)).replace(tzinfo=None)
    except OptionError as error:
        return _CLOCK.open(str(error))
    ahead = shown - now
    told = f"{shown.isoformat(' ')} in {zone}, {_difference(ahead)} this computer's clock"
    if abs(ahead) <= _LATE:
        return _CLOCK.passed(told)
    return _CLOCK.failed(f"{told}: `x96 clock --set`")


def _difference(ahead: timedelta) -> str:
    size = abs(ahead)
    seconds = round(size.total_seconds())
    told = f"{seconds} s" if seconds < _SHORT else f"{timedelta(seconds=seconds)} h"
    told = counted(size.days, "day") if size.days else told
    return f"{told} {'ahead of' if ahead > timedelta() else 'behind'}"


def condition(subject: Subject) -> Check | None:
    """What the meter says of itself."""
    if "status" not in subject.values:
        return None
    found = Status(int(subject.values["status"])) & ~_TOLD_ELSEWHERE
    faults = [bit.text for bit in Status if bit & found & ~_PASSING]
    if faults:
        return _CONDITION.failed(f"the meter tells {', '.join(faults)}")
    if found & _PASSING:
        return _CONDITION.open("warming up: its accuracy is there a minute after it came on")
    return _CONDITION.passed("the meter tells no fault")


def password(subject: Subject) -> Check:
    """Says what is to be done: to try it would count as wrong ones do."""
    return _PASSWORD.open(
        f"not tried; where it is still the factory's {_DEFAULT_PASSWORD}, `x96 password` sets "
        "another"
    )
