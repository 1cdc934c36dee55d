"""Every fault at every request: what an outcome says of each setting is what the meter has.

Nothing here compares with what our client believes: the settings are read out of the meter itself.
"""

from __future__ import annotations

import asyncio

import pytest

from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.outcome import Interruption, Outcome, State
from smartx96.configuration.changing.plan import planned
from smartx96.configuration.link import Link
from smartx96.errors import PasswordError
from smartx96.modbus.client.errors import ExchangeError
from support.line_of_meters import Fault, LineOfMeters, Unit
from support.truth import check_truth

PASSWORD = 1000
WANTED = {
    "demand_period": 15, "scroll_time": 7, "ct_primary": 200, "ct_secondary": 1,
    "time_zone": "Europe/Berlin", "word_order": 1, "backlight_time": 60, "unit_address": 9,
    "baud_rate": 3, "parity_stop": 1,
}  # fmt: skip
"""In four stretches of the map, some protected, one as it is; and all that moves the meter."""
SAID_NO = (Fault.RESTART, Fault.ILLEGAL_ADDRESS, Fault.REFUSED)
"""A meter that says no, or is gone, is taken at its word in some places: and told of."""


async def pushed(link: Link, line: LineOfMeters) -> Outcome:
    plan = planned(link, await link.read_settings(), WANTED)
    line.begin()
    return await carry_out(link, plan, PASSWORD)


def outcome_of(line: LineOfMeters) -> Outcome | None:
    """The outcome; None where nothing was written, which is made sure of."""
    (unit,) = line.units
    before = dict(unit.settings)
    try:
        outcome = line.ask(lambda link: pushed(link, line))
    except (PasswordError, ExchangeError):
        assert unit.settings == before
        return None
    check_truth(outcome, before, unit.settings)
    return outcome


@pytest.fixture(scope="module")
def length() -> int:
    """Requests of a talk without faults."""
    line = LineOfMeters(Unit())
    outcome = outcome_of(line)
    assert outcome is not None
    assert outcome.done
    assert outcome.target == "line 19200 E1 unit 9"
    assert not line.units[0].unlocked
    return line.count


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in SAID_NO])
def test_one_fault_at_any_place_keeps_nothing_from_being_done(length, fault):
    for number in range(length):
        line = LineOfMeters(Unit(), faults={number: fault})
        outcome = outcome_of(line)
        assert outcome is not None, number
        assert outcome.done, (number, outcome.statement)
        assert not line.units[0].unlocked, number


@pytest.mark.parametrize("fault", SAID_NO)
def test_after_a_no_at_any_place_the_outcome_is_true(length, fault):
    done = [
        outcome.done
        for number in range(length)
        if (outcome := outcome_of(LineOfMeters(Unit(), faults={number: fault}))) is not None
    ]
    assert any(done)


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_that_does_not_end_is_never_called_done_and_never_told_wrong(length, fault):
    states = set[State]()
    for number in range(length):
        outcome = outcome_of(LineOfMeters(Unit(), always=fault, after=number))
        if outcome is not None:
            states |= {entry.state for entry in outcome.entries}
    assert State.WRITTEN in states


@pytest.mark.parametrize("first", [Fault.UNHEARD, Fault.UNANSWERED, Fault.BUSY, Fault.LOCKED])
@pytest.mark.parametrize("second", [Fault.UNHEARD, Fault.UNANSWERED, Fault.BUSY, Fault.LOCKED])
def test_two_faults_one_after_the_other(length, first, second):
    for number in range(length):
        outcome_of(LineOfMeters(Unit(), faults={number: first, number + 1: second}))


@pytest.mark.parametrize("after", range(1, 5))
def test_what_was_read_before_the_last_attempt_is_no_knowledge(length, after):
    """A write that nobody heard, read back as not done; one that was done, and silence."""
    for number in range(length):
        outcome_of(LineOfMeters(
            Unit(), faults={number: Fault.UNHEARD}, always=Fault.UNANSWERED, after=number + after,
        ))  # fmt: skip


def test_stopped_at_any_request_the_user_is_told_what_was_written(length):
    statements = set[str]()
    for number in range(length):
        tasks = list[asyncio.Task[Outcome]]()
        line = LineOfMeters(
            Unit(), before=lambda n, stop=number, tasks=tasks: n == stop and tasks[0].cancel()
        )
        before = dict(line.units[0].settings)

        async def stopped(link, tasks=tasks, line=line):
            tasks.append(asyncio.create_task(pushed(link, line)))
            await tasks[0]

        with pytest.raises(asyncio.CancelledError) as caught:
            line.ask(stopped)
        if not isinstance(caught.value, Interruption):
            # Before the first write there is nothing to tell.
            assert not line.writes
            assert line.units[0].settings == before
            continue
        outcome = caught.value.outcome
        check_truth(outcome, before, line.units[0].settings)
        assert State.IN_DOUBT not in {entry.state for entry in outcome.entries}
        assert not line.units[0].unlocked
        statements.add(outcome.statement)
    assert any("stopped before the end" in statement for statement in statements)
    assert len(statements) > 4
