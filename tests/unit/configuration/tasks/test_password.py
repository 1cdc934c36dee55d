"""A new password, with every fault at every request; the password is the meter's own."""

from __future__ import annotations

import asyncio

import pytest

from smartx96.configuration.advice import advised
from smartx96.configuration.tasks.password import change_password, try_password
from smartx96.errors import OptionError, PasswordError, X96Error
from smartx96.modbus.client.errors import ExchangeError
from support.line_of_meters import Fault, LineOfMeters, Unit

OLD, NEW = 1000, 4321


def password(unit: Unit) -> int:
    """Which of both opens it."""
    unit.lock_up()

    def opens(tried: int) -> bool:
        async def trial(link):
            await try_password(link, tried)

        try:
            LineOfMeters(unit).ask(trial)
        except PasswordError:
            return False
        return True

    (found,) = [tried for tried in (OLD, NEW) if opens(tried)]
    return found


def changed(unit: Unit, *, old=OLD, new=NEW, fault=None, number=0) -> LineOfMeters:
    line = LineOfMeters(unit, faults={} if fault is None else {number: fault})

    async def change(link):
        line.begin()
        await change_password(link, old, new)

    line.ask(change)
    return line


def test_the_meter_has_the_new_one_and_is_locked():
    unit = Unit()
    changed(unit)
    assert not unit.unlocked
    assert password(unit) == NEW


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.ILLEGAL_ADDRESS])
def test_whatever_happens_what_is_said_is_true(fault):
    length = changed(Unit()).count
    for number in range(length):
        unit, said = Unit(), ""
        try:
            changed(unit, fault=fault, number=number)
        except (PasswordError, ExchangeError) as error:
            said = str(error)
        if "not known" not in said:
            assert password(unit) == (OLD if said else NEW), (number, said)
        assert said or not unit.unlocked


def test_a_wrong_old_one_changes_nothing():
    unit = Unit()
    with pytest.raises(PasswordError, match="wrong"):
        changed(unit, old=1)
    assert unit.wrong_passwords == 1
    assert password(unit) == OLD


def test_a_meter_that_is_locked_out_says_so():
    unit = Unit()
    for _ in range(5):
        with pytest.raises(PasswordError):
            changed(unit, old=1)
    with pytest.raises(PasswordError, match="takes no password now"):
        changed(unit)


def test_a_password_that_locks_is_refused():
    line = LineOfMeters(Unit())

    async def change(link):
        line.begin()
        await change_password(link, OLD, 0)

    with pytest.raises(OptionError, match="take 1 to 9999"):
        line.ask(change)
    assert line.count == 0


def test_no_message_tells_a_password():
    said = []
    for fault in Fault:
        for number in range(4):
            try:
                changed(Unit(), fault=fault, number=number)
            except X96Error as error:
                said.append(str(error))
    assert said
    assert [line for line in said if str(OLD) in line or str(NEW) in line] == []


def test_who_stops_it_knows_which_the_meter_has():
    length, ends = changed(Unit()).count, set()
    for number in range(length):
        unit, task = Unit(), list[asyncio.Task[None]]()
        line = LineOfMeters(unit, before=lambda n, at=number, task=task: (
            task[0].cancel() if n == at else None))  # fmt: skip

        async def change(link, line=line, task=task):
            line.begin()
            task.append(asyncio.ensure_future(change_password(link, OLD, NEW)))
            return await asyncio.gather(task[0], return_exceptions=True)

        (stopped,) = line.ask(change)
        assert not unit.unlocked
        ends.add(stopped is None)
        assert unit.password_is(OLD if stopped else NEW), number
    assert ends == {True, False}


@pytest.mark.parametrize("fault", [Fault.UNANSWERED, Fault.UNHEARD, Fault.BUSY])
def test_from_any_place_on_what_is_told_is_true(fault):
    length, told = changed(Unit()).count, set()
    for number in range(length - 1):
        unit, line = Unit(), None
        line = LineOfMeters(unit, always=fault, after=number)

        async def change(link, line=line):
            line.begin()
            with advised(link.target, known=True):
                await change_password(link, OLD, NEW)

        with pytest.raises(ExchangeError) as failed:
            line.ask(change)
        kept = "the password is as it was" in str(failed.value)
        assert kept or "which of both it has is not known" in str(failed.value)
        assert unit.password_is(OLD) or not kept
        told.add(kept)
    assert told == {True, False}
