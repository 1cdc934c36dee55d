"""A calendar into a meter on bad lines: afterwards the old one rules or the new one, and it is told
which.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from smartx96.configuration.changing import passing
from smartx96.configuration.tariffs.outcome import State
from smartx96.configuration.tariffs.reading import read_calendars
from smartx96.configuration.tariffs.writing import push_calendar
from smartx96.meter.calendar import Calendars, DatedCalendar
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.client.errors import ExchangeError
from smartx96.modbus.client.policy import Policy
from support.calendar_meter import PASSWORD, CalendarMeter, Trouble, over_a_line, over_tcp
from support.calendar_registers import HOUSEHOLD
from support.calendars import daily

WHEN = datetime(2027, 1, 1)
OLD = Calendars(daily())

FAULTS = ("silent=0.3", "silent=1", "late=80", "busy=0.3", "late=75,silent=0.1,busy=0.1,noise=0.1")
DAMAGE = ("crc=0.2", "late=75,silent=0.05,crc=0.1,noise=0.1,busy=0.05")
"""For lines: Modbus TCP has no check sum of its own."""


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(passing, "PAUSE", 0.005)


@pytest.fixture
def road(kind, tmp_path):
    """A way to reach a meter."""
    if kind == "tcp":
        return over_tcp
    return lambda unit, *more: over_a_line(unit, tmp_path, *more)


STEPS = ("write part 1", "write part 5", "compare", ("put", "have"))
"""When the trouble begins."""


def pushed(road, faults: str, wanted: DatedCalendar, retries: int, begin=STEPS[0]):
    """A meter, and what became of a push to it."""
    unit, trouble = CalendarMeter(daily()), Trouble(faults)

    def tell(line: str) -> None:
        trouble.begun |= line.startswith(begin)

    async def whole():
        async with road(unit, Policy(timeout=0.06, retries=retries), trouble) as link:
            return await push_calendar(link, wanted, PASSWORD, tell)

    for left in reversed(range(20)):
        try:
            return unit, asyncio.run(asyncio.wait_for(whole(), 60))
        except ExchangeError:
            # A machine at work may be late before the trouble begins; after that nothing is raised.
            if trouble.begun or not left:
                raise
    raise AssertionError


@pytest.mark.parametrize("begin", STEPS, ids=["first", "middle", "compare", "command"])
@pytest.mark.parametrize(
    ("kind", "faults"),
    [*(("tcp", each) for each in FAULTS), *(("line", each) for each in FAULTS + DAMAGE)],
)
@pytest.mark.parametrize("activation", [None, WHEN], ids=["now", "later"])
def test_old_or_new_and_told_which(road, faults, activation, begin):
    wanted = DatedCalendar(HOUSEHOLD, activation)
    new = Calendars(HOUSEHOLD) if activation is None else Calendars(daily(), HOUSEHOLD, WHEN)
    unit, outcome = pushed(road, f"{faults},seed=1", wanted, 1, begin)
    assert unit.calendars in (OLD, new)
    if outcome.state is not State.IN_DOUBT:
        assert outcome.done is (unit.calendars == new), outcome.statement
    if not outcome.done:
        assert outcome.failure
        assert "\n" not in outcome.statement


@pytest.mark.parametrize("kind", ["tcp", "line"])
@pytest.mark.parametrize("faults", [each for each in FAULTS if each != "silent=1"])
def test_with_enough_attempts_it_is_done(road, faults):
    unit, outcome = pushed(road, f"{faults},seed=1", DatedCalendar(HOUSEHOLD), retries=30)
    assert outcome.state is State.RULES
    assert unit.calendars == Calendars(HOUSEHOLD)


@pytest.mark.parametrize("kind", ["tcp", "line"])
@pytest.mark.parametrize("faults", [each for each in FAULTS if each != "silent=1"])
def test_what_is_read_is_what_the_meter_has(road, faults):
    unit = CalendarMeter(HOUSEHOLD, daily(), WHEN)
    trouble = Trouble(f"{faults},seed=2", begun=True)

    async def whole():
        async with road(unit, Policy(timeout=0.06, retries=30), trouble) as link:
            return await read_calendars(link)

    found = asyncio.run(asyncio.wait_for(whole(), 60))
    assert {which: held.calendar for which, held in found.calendars.items()} == {
        Which.ACTIVE: HOUSEHOLD,
        Which.PASSIVE: daily(),
    }
