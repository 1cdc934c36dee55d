"""The lock: a wrong password is tried once, a meter is locked again, a password of 0."""

from __future__ import annotations

import pytest

from smartx96.configuration.changing import unlocking
from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.outcome import State
from smartx96.configuration.changing.plan import planned
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.errors import OptionError, PasswordError
from smartx96.modbus.client.errors import NoAnswerError
from smartx96.modbus.exceptions import IllegalAddressError, IllegalValueError, RefusedError
from smartx96.modbus.registers import BY_ID
from support.line_of_meters import Fault, LineOfMeters, Unit

PASSWORD, WRONG = 1000, 1234
LOCK = BY_ID["lock"].address


def pushing(line, wanted, password=PASSWORD):
    async def push(link):
        plan = planned(link, await link.read_settings(), wanted)
        line.begin()
        return await carry_out(link, plan, password)

    return push


def with_password(password: int) -> Unit:
    unit = Unit()
    unit.change(password=password)
    return unit


def test_a_wrong_password_is_tried_once_and_nothing_is_written():
    line = LineOfMeters(Unit())
    with pytest.raises(PasswordError, match="the password is wrong") as caught:
        line.ask(pushing(line, {"ct_primary": 200, "scroll_time": 5}, WRONG))
    assert str(WRONG) not in str(caught.value)
    assert line.units[0].wrong_passwords == 1
    assert line.units[0].settings["scroll_time"] == 0


def test_a_wrong_password_is_entered_again_only_where_its_answer_was_lost():
    line = LineOfMeters(Unit(), faults={0: Fault.UNANSWERED})
    with pytest.raises(PasswordError):
        line.ask(pushing(line, {"ct_primary": 200}, WRONG))
    assert line.units[0].wrong_passwords == 2


def test_a_right_one_whose_answer_was_lost_is_not_entered_again():
    line = LineOfMeters(Unit(), faults={0: Fault.UNANSWERED})
    assert line.ask(pushing(line, {"ct_primary": 200})).done
    # The password, the setting, and locked again.
    assert [address for address, _ in line.writes] == [LOCK, BY_ID["ct_primary"].address, LOCK]


def test_a_meter_that_takes_no_password_now_is_not_asked_again():
    unit = Unit()
    line = LineOfMeters(unit)
    for _ in range(5):
        with pytest.raises(PasswordError):
            line.ask(pushing(line, {"ct_primary": 200}, WRONG))
    with pytest.raises(PasswordError, match="wait a minute"):
        line.ask(pushing(line, {"ct_primary": 200}, PASSWORD))
    assert unit.settings["ct_primary"] == 5


def test_without_a_password_nothing_protected_is_begun():
    line = LineOfMeters(Unit())
    with pytest.raises(OptionError, match=r"ct_primary: protected.*X96_PASSWORD"):
        line.ask(pushing(line, {"ct_primary": 200, "scroll_time": 5}, None))
    assert not line.writes


def test_a_meter_is_not_unlocked_for_what_nobody_protects():
    line = LineOfMeters(Unit())
    assert line.ask(pushing(line, {"scroll_time": 5}, WRONG)).done
    assert LOCK not in [address for address, _ in line.writes]


def test_a_password_of_0_unlocks():
    """0 in the register of the lock would lock."""
    unit = with_password(0)
    assert LineOfMeters(unit).ask(pushing(LineOfMeters(unit), {"ct_primary": 200}, 0)).done
    assert not unit.unlocked


@pytest.mark.parametrize("unlocked", [False, True])
def test_a_wrong_0_sets_no_password(unlocked):
    """In the other register it would set one, where somebody else has unlocked the line."""
    unit = with_password(77)
    line = LineOfMeters(unit)
    if unlocked:
        unit.open("line")
        assert line.ask(pushing(line, {"ct_primary": 200}, 0)).done
    else:
        with pytest.raises(PasswordError):
            line.ask(pushing(line, {"ct_primary": 200}, 0))
    assert unit.password_is(77)


class RulesAll(Unit):
    """A meter whose lock rules all settings, as one of others may have it."""

    def write(self, address, data, session=None, *, read_only=False):
        if address != LOCK and not self._meter.lock.unlocked(session, 0.0):
            raise RefusedError("locked")
        super().write(address, data, session, read_only=read_only)


@pytest.mark.parametrize(("password", "state"),
                         [(PASSWORD, State.WRITTEN), (None, State.REFUSED)])  # fmt: skip
def test_a_lock_that_rules_more_than_ours_is_opened_when_it_says_no(password, state):
    line = LineOfMeters(RulesAll())
    outcome = line.ask(pushing(line, {"scroll_time": 5, "demand_period": 15}, password))
    assert {entry.state for entry in outcome.entries[:1]} == {state}
    assert outcome.done == (state is State.WRITTEN)
    assert not line.units[0].unlocked


class Lockless(Unit):
    """A meter without a register of the lock, which protects nothing."""

    def write(self, address, data, session=None, *, read_only=False):
        if address == LOCK:
            raise IllegalAddressError("no lock")
        self.open(session)
        super().write(address, data, session, read_only=read_only)


def test_a_meter_without_a_lock_is_written_to():
    line = LineOfMeters(Lockless())
    assert line.ask(pushing(line, {"ct_primary": 200})).done


def test_a_meter_is_locked_again_where_it_refused():
    def refuse(address, data):
        if address == BY_ID["ct_primary"].address:
            raise IllegalValueError("not so many")
        return data

    line = LineOfMeters(Unit(bend=refuse))
    outcome = line.ask(pushing(line, {"ct_primary": 200}))
    assert outcome.ids(State.REFUSED) == ("ct_primary",)
    assert not line.units[0].unlocked


def test_a_password_whose_answer_never_came_leaves_no_unlocked_meter():
    """The line comes back when it is given up."""
    line = LineOfMeters(Unit(), faults=dict.fromkeys(range(4), Fault.UNANSWERED))
    with pytest.raises(NoAnswerError):
        line.ask(pushing(line, {"ct_primary": 200}))
    assert not line.units[0].unlocked


def test_nothing_is_locked_that_was_not_unlocked_here():
    line = LineOfMeters(Unit())

    async def dialogue(link):
        line.begin()
        await Unlocking(link, PASSWORD).lock()
        await Unlocking(link, None).unlock()
        return line.count

    assert line.ask(dialogue) == 0


def test_it_is_unlocked_anew_before_the_minute_is_over(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(unlocking.time, "monotonic", lambda: now[0])
    line = LineOfMeters(Unit())

    async def dialogue(link):
        lock = Unlocking(link, PASSWORD)
        await link.read_settings()
        counts = []
        for seconds in (0, 39, 21, 1):
            now[0] += seconds
            line.begin()
            await lock.unlock()
            counts.append(line.count)
        await lock.lock()
        return counts

    assert line.ask(dialogue) == [1, 0, 1, 0]
