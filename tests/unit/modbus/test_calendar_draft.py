"""The draft of a tariff calendar: what a client writes, and what the meter is told to take."""

from __future__ import annotations

import re
from datetime import datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.meter.calendar import Calendars, SwitchingTime
from smartx96.meter.calendar.plain import calendar_data, calendar_from
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.layout import RUNS, Run, parameter_at
from smartx96.modbus.calendar.parts import ParameterError
from smartx96.modbus.calendar.reading import calendar_in
from smartx96.modbus.calendar.writing import EMPTY, block
from smartx96.modbus.encoding import decode
from smartx96.modbus.registers import Format
from support.calendar_registers import HOUSEHOLD, control, on
from support.calendars import daily

DRAFT = 0xC000


@pytest.mark.parametrize("id", ["calendar_active_season[1]", "calendar_passive_name", "ct_primary"])
def test_only_the_draft_is_written(id: str) -> None:
    with pytest.raises(KeyError):
        on(HOUSEHOLD).write({id: (0, 0, 1, 1, 0, 1)})


def test_one_switching_time_is_changed() -> None:
    after = on(HOUSEHOLD).write({"calendar_draft_time[2,2]": (5, 30, 0, 1)})
    assert after.command is None
    assert control(after.draft, "calendar_draft_state") == b"\0\1"
    outcome = after.draft.write({"calendar_command": 1})
    (expected,) = [day for day in outcome.command.calendar.days if day.name == "summer-workday"]
    assert expected.times[1] == SwitchingTime(time(5, 30), 1)
    data = calendar_data(HOUSEHOLD)
    times = data["days"]["summer-workday"]
    times["05:30"] = times.pop("06:00")
    assert outcome.command.calendar == calendar_from(data).calendar
    assert outcome.command.activation is None
    assert outcome.draft.own is None
    assert after.draft.standing.calendars.active is HOUSEHOLD


def test_times_and_parts_stand_in_any_order_and_without_names() -> None:
    draft = on().write({
        "calendar_draft_time[9,7]": (22, 0, 0, 2),
        "calendar_draft_time[9,31]": (0, 0, 0, 2),
        "calendar_draft_time[9,8]": (6, 0, 0, 1),
        "calendar_draft_week[24]": (9,) * 7 + (0,),
        "calendar_draft_season[3]": (0, 0, 1, 1, 0, 24),
        "calendar_draft_special[512]": (0, 0, 12, 25, 0, 9),
    }).draft  # fmt: skip
    assert draft.fault == 0
    assert calendar_data(draft.calendar()) == {
        "seasons": {"season 03": {"start": "01-01", "week": "week 24"}},
        "weeks": {"week 24": {"mon-sun": "day 09"}},
        "days": {"day 09": {"00:00": 2, "06:00": 1, "22:00": 2}},
        "special_days": {"12-25": "day 09"},
    }


def test_a_part_is_taken_away_with_zeros() -> None:
    gone = {f"calendar_draft_special[{n}]": (0,) * 6 for n in range(1, 11)}
    without = on(HOUSEHOLD).write({**gone, "calendar_draft_name": ""}).draft.calendar()
    data = calendar_data(HOUSEHOLD) | {"special_days": {}}
    del data["name"]
    assert without == calendar_from(data).calendar


def test_all_or_none() -> None:
    draft = on(HOUSEHOLD)
    with pytest.raises(ParameterError, match=r"calendar_draft_time\[1,2\]"):
        draft.write({"calendar_draft_time[1,1]": (0, 0, 0, 3),
                     "calendar_draft_time[1,2]": (24, 0, 0, 3)})  # fmt: skip
    assert draft.own is None
    assert draft.data == block(HOUSEHOLD)


def test_activation_and_command_in_one_request() -> None:
    when = {"calendar_draft_activation": (20, 27, 1, 1, 12, 0, 0, 0)}
    outcome = on(HOUSEHOLD).write({"calendar_command": 2, **when})
    assert (outcome.command.calendar, outcome.command.activation) == (
        HOUSEHOLD, "2027-01-01T12:00:00"
    )  # fmt: skip
    assert outcome.draft.activation is None
    waiting = on(HOUSEHOLD).write(when).draft
    assert control(waiting, "calendar_draft_activation").hex(" ", 2) == "2027 0101 1200 0000"
    assert control(waiting, "calendar_draft_state") == b"\0\0"
    assert waiting.write({"calendar_command": 1}).command.activation is None
    cleared = waiting.write({"calendar_draft_activation": (0,) * 8}).draft
    with pytest.raises(ParameterError, match="write calendar_draft_activation before"):
        cleared.write({"calendar_command": 2})


def test_what_the_command_takes_is_what_the_meter_takes() -> None:
    outcome = on(HOUSEHOLD).write({
        "calendar_draft_activation": (20, 99, 12, 31, 23, 59, 59, 0), "calendar_command": 2,
    })  # fmt: skip
    taken = Calendars().taking(
        outcome.command.calendar, datetime.fromisoformat(outcome.command.activation)
    )
    assert taken == Calendars(None, HOUSEHOLD, datetime(2099, 12, 31, 23, 59, 59))


def test_draft_commands() -> None:
    passive, when = daily(), datetime(2027, 1, 1)
    draft = on(HOUSEHOLD, passive, when).write({"calendar_draft_name": "mine"}).draft
    empty = draft.write({"calendar_command": 5})
    assert (empty.draft.data, empty.command) == (EMPTY, None)
    assert empty.draft.write({"calendar_command": 3}).draft.calendar() == HOUSEHOLD
    copy = empty.draft.write({"calendar_command": 4}).draft
    assert (copy.calendar(), copy.activation) == (passive, when)
    assert copy.write({"calendar_command": 2}).command.activation == "2027-01-01T00:00:00"
    with pytest.raises(ParameterError, match="there is no passive calendar"):
        on(HOUSEHOLD).write({"calendar_command": 4})


@pytest.mark.parametrize("value", [0, 6, 0xFFFF, -1, "1", 1.5, (1,)])
def test_unknown_commands(value: object) -> None:
    with pytest.raises(ParameterError, match=r"calendar_command \(0xF734\) = .*: must be 1 to 5"):
        on(HOUSEHOLD).write({"calendar_command": value})


def test_a_draft_follows_the_meter_until_it_is_written() -> None:
    draft = on(HOUSEHOLD)
    assert draft.following(draft.standing.calendars) is draft
    other = Calendars(daily())
    assert draft.following(other).calendar() == other.active
    written = draft.write({"calendar_draft_name": "mine"}).draft.following(other)
    assert written.calendar().name == "mine"
    assert written.calendar().days == HOUSEHOLD.days
    assert written.image().read(0x4000, 0x1F00) == block(other.active)


@pytest.mark.parametrize(
    ("id", "value", "reason"),
    [
        ("season[1]", (20, 26, 2, 30, 0, 1), "2026-02-30: there is no such date"),
        ("season[1]", (19, 99, 1, 1, 0, 1), "year 1999: must be 2000 to 2099"),
        ("season[1]", (0, 26, 1, 1, 0, 1), "year 26: must be 2000 to 2099"),
        ("season[1]", (0, 0, 13, 1, 0, 1), "month 13"),
        ("season[1]", (0, 0, 1, 0, 0, 1), "must tell the day of the month"),
        ("season[1]", (0, 0, 1, 1, 0, 25), "must name a week profile, 1 to 24"),
        ("season[1]", (0, 0, 1, 1, 0, 0), "must name a week profile, 1 to 24"),
        ("special[1]", (0, 0, 1, 97, 0, 1), "day 97"),
        ("special[1]", (0, 0, 1, 1, 8, 1), "weekday 8"),
        ("special[1]", (0, 0, 1, 98, 1, 1), "penultimate day takes no weekday"),
        ("special[1]", (0, 0, 1, 1, 0, 65), "must name a day profile, 1 to 64"),
        ("week[1]", (1, 1, 1, 1, 1, 1, 0, 0), "7 numbers of day profiles"),
        ("week[1]", (1, 1, 1, 1, 1, 1, 65, 0), "7 numbers of day profiles"),
        ("week[1]", (1, 1, 1, 1, 1, 1, 1, 1), "7 numbers of day profiles"),
        ("time[1,1]", (0, 0, 0, 5), "must have a tariff, 1 to 4"),
        ("time[1,2]", (6, 0, 0, 0), "must have a tariff, 1 to 4"),
        ("time[1,2]", (24, 0, 0, 1), "no such time of day"),
        ("time[1,2]", (6, 60, 0, 1), "no such time of day"),
        ("time[1,2]", (6, 0, 60, 1), "no such time of day"),
        ("time[1,2]", (6, 0, 1), "is no value of bcd"),
        ("time[1,2]", "06:00", "is no value of bcd"),
        ("time[1,2]", 6, "is no value of bcd"),
        ("name", (1,) * 32, "is no value of utf8"),
        ("name", "ä" * 17, "at most 32 bytes"),
        ("name", " a", "no name"),
        ("name", "a\x1b[2J", "no name"),
        ("day_name[64]", "\ud800", "no name"),
        ("activation", (20, 27, 2, 29, 0, 0, 0, 0), "no such date and time"),
        ("activation", (20, 27, 1, 1, 24, 0, 0, 0), "no such date and time"),
        ("activation", (20, 27, 1, 1, 0, 0, 0, 1), "last byte must be 0"),
        ("activation", (21, 0, 1, 1, 0, 0, 0, 0), "must be of 2000 to 2099"),
    ],
)
def test_a_wrong_value_is_one_line(id: str, value: object, reason: str) -> None:
    draft = on(HOUSEHOLD)
    with pytest.raises(OptionError, match=reason) as told:
        draft.write({f"calendar_draft_{id}": value})
    line = str(told.value)
    assert re.match(rf"calendar_draft_{re.escape(id)} \(0x[0-9A-F]{{4}}\) = ", line)
    assert "\n" not in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"season[2]": (0, 0, 10, 1, 0, 3)},
         "calendar_draft_season[2] (0xC083) = 00 00 10 01 00 03: there is no week profile 3"),
        ({"week[1]": (2, 2, 2, 2, 2, 3, 5, 0)},
         "calendar_draft_week[1] (0xC100) = 02 02 02 02 02 03 05 00: there is no day profile 5"),
        ({"special[11]": (0, 0, 0, 1, 0, 64)},
         "calendar_draft_special[11] (0xC21E) = 00 00 00 01 00 64: there is no day profile 64"),
        ({"special[11]": (0, 0, 12, 25, 0, 1)},
         "calendar_draft_special[11] (0xC21E) = '12-25': the same as calendar_draft_special[5]"),
        ({"season[2]": (0, 0, 4, 1, 0, 2)},
         "calendar_draft_season[2] (0xC083) = '04-01': the same as calendar_draft_season[1]"),
        ({"day_name[4]": "sunday"},
         "calendar_draft_day_name[4] (0xDB30) = 'sunday': the same as calendar_draft_day_name[3]"),
        ({"day_name[3]": "day 04", "day_name[4]": ""},
         "calendar_draft_day_name[4] (0xDB30) = 'day 04': the same as calendar_draft_day_name[3]"),
        ({"day_name[9]": "more"},
         'calendar_draft_time[9,1] (0xCA00): days.more: the first time must be "00:00"'),
        ({"time[1,1]": (0, 0, 1, 2)},
         'calendar_draft_time[1,1] (0xC800): days.saturday: the first time must be "00:00"'),
        ({"time[1,4]": (8, 0, 0, 4)},
         "calendar_draft_time[1,1] (0xC800): days.saturday: 08:00 does not come after 08:00"),
        ({"week_name[3]": "more"},
         "calendar_draft_week[3] (0xC108): is unused, but the week has a name"),
        ({"season_name[3]": "more"},
         "calendar_draft_season[3] (0xC086): is unused, but the season has a name"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told_with_its_register(changes: dict, line: str) -> None:
    writes = {f"calendar_draft_{id}": value for id, value in changes.items()}
    draft = on(HOUSEHOLD).write(writes).draft
    with pytest.raises(OptionError) as told:
        draft.write({"calendar_command": 1})
    assert str(told.value) == line
    address = int(re.search(r"0x([0-9A-F]{4})", line)[1], 16)
    assert control(draft, "calendar_draft_fault") == address.to_bytes(2, "big")


@pytest.mark.parametrize(("gone", "missing"), [
    (["season[1]", "season[2]", "season_name[1]", "season_name[2]"], "season"),
])  # fmt: skip
def test_nothing_of_a_kind(gone: list[str], missing: str) -> None:
    zeros = {f"calendar_draft_{id}": "" if "name" in id else (0,) * 6 for id in gone}
    draft = on(HOUSEHOLD).write(zeros).draft
    with pytest.raises(OptionError, match=rf"0xC080\): there is no {missing} yet"):
        draft.calendar()


SOUND = block(HOUSEHOLD)


PLACES = [*range(0x240), *range(0x800, 0x860), *range(0x1800, 0x1820), *range(0x1B00, 0x1B50)]
WORDS = st.one_of(
    st.sampled_from([0, 1, 0x99, 0x0101, 0x2026, 0x9999, 0xFFFF]), st.integers(0, 0xFFFF)
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), WORDS), max_size=6))
def test_hostile_words_give_a_calendar_or_one_line(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SOUND)
    for register, word in changes:
        data[2 * register : 2 * register + 2] = word.to_bytes(2, "big")
    told = None
    try:
        calendar = calendar_in(bytes(data))
    except ParameterError as error:
        told = error
    if told is None:
        assert calendar_in(block(calendar)) == calendar
    else:
        assert "\n" not in str(told)
        assert parameter_at(told.register.address) == told.register


@settings(max_examples=200, deadline=None)
@given(run=st.sampled_from([r for r in RUNS if r.which is Which.DRAFT]),
       data=st.data())  # fmt: skip
def test_hostile_values_change_nothing_or_are_there(run: Run, data: st.DataObject) -> None:
    register = run.at(data.draw(st.integers(0, run.count - 1)))
    value = data.draw(
        st.text(max_size=40)
        if register.format is Format.UTF8
        else st.lists(st.integers(0, 99), min_size=2 * run.part.words,
                      max_size=2 * run.part.words).map(tuple)
    )  # fmt: skip
    before = on(HOUSEHOLD)
    try:
        after = before.write({register.id: value}).draft
    except OptionError:
        return
    got = after.image().read(register.address, register.words)
    assert decode(register, got) == value
    others = bytearray(after.data)
    at = 2 * (register.address - DRAFT)
    others[at : at + len(got)] = SOUND[at : at + len(got)]
    assert bytes(others) == SOUND
