"""A calendar into a meter: what is written, what is told, and what rules after any failure."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from smartx96.configuration.changing import passing
from smartx96.configuration.changing.outcome import Interruption
from smartx96.configuration.tariffs.outcome import State
from smartx96.configuration.tariffs.plan import planned
from smartx96.configuration.tariffs.template import TEMPLATE
from smartx96.configuration.tariffs.writing import push_calendar
from smartx96.errors import OptionError, PasswordError
from smartx96.meter.calendar import Calendars, DatedCalendar
from smartx96.meter.calendar.plain import calendar_data, calendar_from
from smartx96.modbus.client.errors import ExchangeError
from smartx96.modbus.client.policy import Policy
from support.calendar_meter import PASSWORD, CalendarMeter, Cut, Trouble
from support.calendar_registers import HOUSEHOLD, largest
from support.calendars import daily

LARGEST = calendar_from(largest()).calendar
WHEN = datetime(2027, 1, 1, 6)
NOW, LATER = DatedCalendar(HOUSEHOLD), DatedCalendar(HOUSEHOLD, WHEN)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(passing, "PAUSE", 0.0)


def push(unit, wanted=NOW, password=PASSWORD, tell=lambda line: None, **more):
    return unit.run(lambda link: push_calendar(link, wanted, password, tell), **more)


def calendar_writes(unit):
    """Where it was written, but to the lock."""
    return [address for address, _ in unit.written if address != 0x000E]


@pytest.mark.parametrize("old", [None, daily(), LARGEST], ids=["none", "one", "most"])
def test_it_rules_at_once(old):
    unit, said = CalendarMeter(old), []
    outcome = push(unit, tell=said.append)
    assert outcome.done
    assert outcome.state is State.RULES
    assert unit.calendars == Calendars(HOUSEHOLD)
    assert not unit.drafted
    assert outcome.statement == "calendar 'Household 2026' rules: read back and compared"
    assert said[0] == "unlock"
    assert said[-2:] == ["compare the draft", "put the calendar in force"]


def test_the_largest():
    unit = CalendarMeter(daily())
    assert push(unit, DatedCalendar(LARGEST)).state is State.RULES
    assert unit.calendars.active == LARGEST


def test_it_waits_and_the_old_one_rules():
    unit = CalendarMeter(daily(), LARGEST, datetime(2026, 12, 1))
    outcome = push(unit, LATER)
    assert (outcome.done, outcome.state) == (True, State.WAITS)
    assert unit.calendars == Calendars(daily(), HOUSEHOLD, WHEN)
    assert "it rules from 2027-01-01 06:00:00 on, until then" in outcome.statement
    assert any("that was to rule from 2026-12-01 00:00:00 is replaced" in n for n in outcome.notes)
    document = outcome.document()
    assert (document["state"], document["activation"]) == ("waits", "2027-01-01T06:00:00")


def test_the_calendar_that_rules_may_wait_as_well():
    """Nothing of the draft is to be written then."""
    unit = CalendarMeter(HOUSEHOLD)
    assert push(unit, LATER).state is State.WAITS
    assert unit.calendars == Calendars(HOUSEHOLD, HOUSEHOLD, WHEN)


@pytest.mark.parametrize(("unit", "wanted"), [
    (CalendarMeter(HOUSEHOLD), NOW),
    (CalendarMeter(daily(), HOUSEHOLD, WHEN), LATER),
    (CalendarMeter(HOUSEHOLD), DatedCalendar(HOUSEHOLD, datetime(2026, 1, 1))),
], ids=["rules", "waits", "past"])  # fmt: skip
def test_what_is_there_is_not_written(unit, wanted):
    outcome = push(unit, wanted, password=None)
    assert outcome.done
    assert outcome.state is State.SAME
    assert unit.written == []


def test_another_activation_is_written():
    unit = CalendarMeter(daily(), HOUSEHOLD, datetime(2028, 1, 1))
    assert push(unit, LATER).state is State.WAITS
    assert unit.calendars.activation == WHEN


def test_a_draft_of_somebody_is_no_part_of_it():
    unit = CalendarMeter(daily())
    unit._draft = unit._draft_now().write({"calendar_draft_special[9]": (0, 0, 1, 1, 0, 1)}).draft
    outcome = push(unit)
    assert unit.calendars.active == HOUSEHOLD
    assert any("a draft that somebody began: it is discarded" in note for note in outcome.notes)


def test_consequences_are_told():
    def notes(wanted, *calendars, **settings):
        return CalendarMeter(*calendars, **settings).run(lambda link: planned(link, wanted)).notes

    assert notes(NOW, time_zone="Europe/Berlin") == ()
    assert "tariff_control is 2" in notes(NOW, tariff_control=2, time_zone="Europe/Berlin")[0]
    assert "time_zone is UTC" in notes(NOW)[0]
    assert "still comes to rule from 2027-01-01 06:00:00" in notes(NOW, None, daily(), WHEN)[1]
    past = DatedCalendar(HOUSEHOLD, datetime(2026, 3, 2, 12))
    assert "past by the meter's clock, 2026-03-02 12:00:00" in notes(past)[1]


def test_plan_document():
    data = calendar_data(HOUSEHOLD)
    data["days"]["winter-workday"]["17:00"] = 4
    wanted = calendar_from(data)
    document = CalendarMeter(HOUSEHOLD).run(lambda link: planned(link, wanted)).document()
    assert (document["writes"], document["same"]) == (1, False)
    assert document["differences"] == [
        {"key": 'days.winter-workday."17:00"', "before": 3, "after": 4}
    ]


def test_no_password_and_a_wrong_one_write_nothing():
    unit = CalendarMeter(daily())
    with pytest.raises(OptionError, match="give the meter's password"):
        push(unit, password=None)
    with pytest.raises(PasswordError, match="wrong"):
        push(unit, password=1001)
    assert calendar_writes(unit) == []


class Unlike(CalendarMeter):
    """A meter in whose draft another value stands than was written."""

    def write(self, address, data, session=None, *, read_only=False):
        if address == 0xC200:
            data = data[:-1] + bytes((data[-1] ^ 1,))
        super().write(address, data, session, read_only=read_only)


def test_a_draft_that_is_another_one_is_not_taken():
    unit = Unlike(daily())
    outcome = push(unit)
    assert (outcome.done, outcome.state) == (False, State.OLD)
    assert unit.calendars == Calendars(daily())
    assert not unit.drafted
    assert "not taken, what ruled before still does: the draft has check sum" in outcome.statement
    assert "\n" not in outcome.statement


class Refusing(CalendarMeter):
    """A meter that takes what it is told only for itself: another calendar comes to rule."""

    def write(self, address, data, session=None, *, read_only=False):
        if (address, data) == (0xF734, b"\0\1"):
            self._live.meter.set_calendars(Calendars(LARGEST))
            return
        super().write(address, data, session, read_only=read_only)


def test_another_calendar_that_has_come_to_rule_is_told():
    outcome = push(Refusing(daily()))
    assert (outcome.done, outcome.state) == (False, State.OTHER)
    assert "another one rules than before" in outcome.statement


def last_request(old, wanted) -> int:
    """Requests of a push in which nothing goes wrong."""
    cut = Cut()
    assert push(CalendarMeter(old), wanted, cut=cut).done
    return cut.seen


ONCE_MORE = Policy(timeout=5, retries=1)


@pytest.mark.parametrize("back", [True, False], ids=["comes back", "stays away"])
@pytest.mark.parametrize("answered", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("wanted", [NOW, LATER], ids=["now", "later"])
def test_a_cut_at_each_place_of_the_conversation(wanted, answered, back):
    """After it the meter has the old calendar or the new one as a whole, and it is told which."""
    states = set()
    for at in range(1, last_request(daily(), wanted) + 1):
        unit = CalendarMeter(daily())
        states.add(after_a_cut(unit, wanted, Cut(at, answered=answered, back=back)))
    # To read is repeated, to write the draft as well, and a command is looked after.
    if back:
        assert states == {State.WAITS if wanted.activation else State.RULES}
    else:
        assert states == {None, State.OLD, State.IN_DOUBT,
                          *([State.WAITS if wanted.activation else State.RULES])}  # fmt: skip


def after_a_cut(unit, wanted, cut) -> State | None:
    before = unit.calendars
    taken = (Calendars(wanted.calendar) if wanted.activation is None
             else Calendars(before.active, *wanted))  # fmt: skip
    try:
        outcome = push(unit, wanted, policy=ONCE_MORE, cut=cut)
    except (ExchangeError, PasswordError):
        assert unit.calendars == before
        assert calendar_writes(unit) == []
        return None
    assert unit.calendars in (before, taken)
    if outcome.state is not State.IN_DOUBT:
        assert (unit.calendars == taken) is outcome.done
        assert outcome.done or "still does: " in outcome.statement
    assert outcome.done or "\n" not in outcome.statement
    if unit.drafted:
        assert outcome.notes[-1] == "the draft is left in the meter, where it rules nothing"
    return outcome.state


class Slow(CalendarMeter):
    """A meter whose first command is done, and answered far too late."""

    def __init__(self, *calendars):
        super().__init__(*calendars)
        self.commands = []

    def write(self, address, data, session=None, *, read_only=False):
        super().write(address, data, session, read_only=read_only)
        if address == 0xF734:
            self.commands.append(data[-1])


@pytest.mark.parametrize("wanted", [NOW, LATER], ids=["now", "later"])
def test_a_command_whose_answer_is_lost_is_looked_after_and_not_repeated(wanted):
    """A second one would take what stands in the draft by then: the old calendar."""
    at = last_request(daily(), wanted) - 2
    unit = Slow(daily())
    outcome = push(unit, wanted, policy=ONCE_MORE, cut=Cut(at, answered=True))
    assert outcome.done
    assert unit.commands[1:] in ([1], [2])


def test_a_command_that_comes_twice_changes_nothing_more():
    """A gateway may send it again by itself."""

    class Twice(CalendarMeter):
        def write(self, address, data, session=None, *, read_only=False):
            super().write(address, data, session, read_only=read_only)
            if (address, data) == (0xF734, b"\0\2"):
                super().write(address, data, session, read_only=read_only)

    unit = Twice(daily())
    assert push(unit, LATER).state is State.WAITS
    assert unit.calendars == Calendars(daily(), HOUSEHOLD, WHEN)


def test_it_is_unlocked_again_when_that_takes_long(monkeypatch):
    from smartx96.configuration.changing import unlocking

    monkeypatch.setattr(unlocking, "_STAYS", -1.0)
    unit = CalendarMeter(daily())
    assert push(unit).done


def test_it_is_locked_afterwards():
    async def talk(link):
        await push_calendar(link, NOW, PASSWORD)
        return await link.meter.read(["lock"])

    assert CalendarMeter(daily()).run(talk) == {"lock": 0.0}


@pytest.mark.parametrize("at", ["write part 2 of", "compare"])
def test_stopped_by_its_user_it_says_what_rules_and_is_locked(at):
    unit = CalendarMeter(daily())

    async def talk(link):
        def tell(line):
            if line.startswith(at):
                task.cancel()

        task = asyncio.ensure_future(push_calendar(link, NOW, PASSWORD, tell))
        with pytest.raises(Interruption) as stopped:
            await task
        assert stopped.value.outcome.state is State.OLD
        assert stopped.value.outcome.statement.endswith("still does: stopped before the end")
        return await link.meter.read(["lock"])

    assert unit.run(talk) == {"lock": 0.0}
    assert unit.calendars == Calendars(daily())
    assert not unit.drafted


def test_stopped_after_the_command_it_rules():
    """Who stops it then is told that it was too late."""
    tasks = []

    class Stopping(CalendarMeter):
        def write(self, address, data, session=None, *, read_only=False):
            super().write(address, data, session, read_only=read_only)
            if (address, data) == (0xF734, b"\0\1"):
                tasks[0].cancel()

    async def talk(link):
        tasks.append(asyncio.ensure_future(push_calendar(link, NOW, PASSWORD)))
        with pytest.raises(Interruption) as stopped:
            await tasks[0]
        return stopped.value.outcome.state

    unit = Stopping(daily())
    assert unit.run(talk) is State.RULES
    assert unit.calendars == Calendars(HOUSEHOLD)


def test_stopped_with_the_command_on_its_way_and_no_word_any_more():
    """Nobody knows whether it came."""
    unit, trouble, tasks = CalendarMeter(daily()), Trouble("silent=1"), []

    async def talk(link):
        def tell(line):
            if line.startswith("put"):
                trouble.begun = True
                asyncio.get_running_loop().call_later(0.02, tasks[0].cancel)

        tasks.append(asyncio.ensure_future(push_calendar(link, NOW, PASSWORD, tell)))
        with pytest.raises(Interruption) as stopped:
            await tasks[0]
        return stopped.value.outcome

    outcome = unit.run(talk, policy=Policy(timeout=0.2, retries=0), faults=trouble)
    assert outcome.state is State.IN_DOUBT
    assert outcome.statement.startswith("in doubt: calendar 'Household 2026' rules")


def test_stopped_before_anything_is_written():
    unit = CalendarMeter(daily())

    async def talk(link):
        task = asyncio.ensure_future(push_calendar(link, NOW, PASSWORD, lambda _: task.cancel()))
        with pytest.raises(asyncio.CancelledError) as stopped:
            await task
        assert not isinstance(stopped.value, Interruption)

    unit.run(talk)
    assert calendar_writes(unit) == []


def test_the_template_is_a_calendar(tmp_path):
    from smartx96.configuration.calendar_file import read_calendar

    (tmp_path / "t.toml").write_text(TEMPLATE)
    found = read_calendar(tmp_path / "t.toml")
    assert found.activation is None
    assert len(found.calendar.seasons) == 2
    (tmp_path / "t.toml").write_text(TEMPLATE.replace("# activation", "activation"))
    assert read_calendar(tmp_path / "t.toml").activation == datetime(2027, 1, 1)
