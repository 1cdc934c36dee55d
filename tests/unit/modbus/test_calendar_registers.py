"""The tariff calendar in registers, against a layout that the tests state on their own."""

from __future__ import annotations

import zlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.meter.calendar import Calendar
from smartx96.meter.calendar.plain import calendar_from
from smartx96.modbus.calendar import layout
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.draft import Order
from smartx96.modbus.calendar.layout import BLOCKS, RUNS, parameter_at, place_of
from smartx96.modbus.calendar.reading import calendar_in
from smartx96.modbus.calendar.writing import block
from smartx96.modbus.exceptions import IllegalAddressError
from support.calendar_registers import HOUSEHOLD, by_the_page, control, largest, on, words
from support.calendars import calendars, daily

DRAFT = 0xC000
NAMES = st.text(min_size=1, max_size=32).filter(
    lambda text: text.isprintable() and text == text.strip() and len(text.encode()) <= 32
)


def test_a_calendar_as_people_would_write_it_down() -> None:
    draft = on(HOUSEHOLD)
    assert draft.image().read(0x4000, 16) == b"Household 2026".ljust(32, b"\0")
    assert words(draft, 0x4080, 9) == "0000 0401 0001 0000 1001 0002 0000 0000 0000"
    assert words(draft, 0x4100, 8) == "0202 0202 0203 0300 0404 0404 0401 0300"
    assert words(draft, 0x4200, 3) == "0000 0101 0003"
    assert words(draft, 0x4212, 3) == "2026 0403 0003"
    assert words(draft, 0x4800, 8) == "0000 0002 0800 0001 1300 0002 0000 0000"
    assert words(draft, 0x48C0, 10) == "0000 0002 0600 0001 1700 0003 2000 0001 2200 0002"
    assert draft.image().read(0x5B10, 16) == b"summer-workday".ljust(32, b"\0")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-02-last", "2026 0299 0001"),
        ("02-penultimate", "0000 0298 0001"),
        ("05-last-mon", "0000 0599 0101"),
        ("11-22-thu", "0000 1122 0401"),
        ("*-*", "0000 0000 0001"),
        ("2000-*-*-sun", "2000 0000 0701"),
    ],
)
def test_dates(date: str, expected: str) -> None:
    calendar = daily(special_days={date: "d"})
    assert words(on(calendar), 0x4200, 3) == expected
    assert on(calendar).calendar() == calendar


@settings(max_examples=150, deadline=None)
@given(data=calendars(), name=st.one_of(st.just(""), NAMES), renamed=st.lists(
    NAMES, min_size=3, max_size=3, unique=True))  # fmt: skip
def test_any_calendar_comes_back(data: dict, name: str, renamed: list[str]) -> None:
    new = dict(zip(data["days"], renamed, strict=True))
    data = {
        **data,
        "name": name,
        "days": {new[day]: times for day, times in data["days"].items()},
        "weeks": {week: {d: new[day] for d, day in of.items()}
                  for week, of in data["weeks"].items()},
        "special_days": {date: new[day] for date, day in data["special_days"].items()},
    }  # fmt: skip
    calendar = calendar_from(data).calendar
    expected = by_the_page(data)
    assert block(calendar) == expected
    assert calendar_in(expected) == calendar


def test_the_largest_that_the_registers_hold() -> None:
    data = largest()
    calendar = calendar_from(data).calendar
    draft = on(calendar)
    assert draft.readings()["calendar_active_state"] == 1
    assert draft.image().read(0x4000, 0x1F00) == by_the_page(data)
    assert draft.calendar() == calendar
    assert all(any(draft.image().read(run.at(run.count - 1).address, run.part.words))
               for run in RUNS if run.which is Which.ACTIVE)  # fmt: skip


def beyond(which: str) -> Calendar:
    data = largest()
    day = next(iter(data["days"]))
    if which == "times":
        data["days"][day] = data["days"][day] | {"23:00": 1}
    elif which == "name":
        data["name"] = "ä" * 17
    else:
        data["seasons"]["ß" * 17] = data["seasons"].popitem()[1]
    return calendar_from(data).calendar


@pytest.mark.parametrize("which", ["times", "name", "season"])
def test_a_calendar_beyond_the_registers_is_told_and_not_shown(which: str) -> None:
    draft = on(beyond(which), beyond(which), datetime(2027, 1, 1))
    assert control(draft, "calendar_active_state") == control(draft, "calendar_passive_state")
    assert control(draft, "calendar_active_state") == b"\0\2"
    for base in (0x4000, 0xA000, DRAFT):
        assert not any(draft.image().read(base, 0x1F00))
    with pytest.raises(OptionError, match="the passive calendar is too large"):
        draft.write({"calendar_command": Order.COPY_PASSIVE})
    with pytest.raises(OptionError, match="there is no day profile yet"):
        draft.write({"calendar_command": Order.PUT_IN_FORCE})


def test_without_a_calendar() -> None:
    draft = on()
    assert not any(draft.image().read(0x4000, 0x1F00) + draft.image().read(0xA000, 0x1F00))
    for id in ("active_state", "passive_state", "draft_state", "passive_activation"):
        assert not any(control(draft, f"calendar_{id}")), id
    assert control(draft, "calendar_draft_fault") == b"\xc8\x00"


def test_what_tells_of_the_calendars() -> None:
    passive = daily()
    draft = on(HOUSEHOLD, passive, datetime(2027, 2, 28, 23, 59, 1))
    assert control(draft, "calendar_passive_activation").hex(" ", 2) == "2027 0228 2359 0100"
    assert control(draft, "calendar_active_state") == b"\0\1"
    assert draft.image().read(0xA000, 0x1F00) == block(passive)
    for which in Which:
        data = draft.image().read(BLOCKS[which].start, 0x1F00)
        assert control(draft, f"calendar_{which}_crc") == zlib.crc32(data).to_bytes(4, "big")
    assert control(draft, "calendar_active_crc") == control(draft, "calendar_draft_crc")
    assert control(draft, "calendar_command") == b"\0\0"


def test_blocks_and_what_lies_between() -> None:
    draft = on(HOUSEHOLD, daily())
    for block_ in BLOCKS.values():
        assert len(draft.image().read(block_.start, len(block_))) == 2 * len(block_)
    for address in (0x3FFF, 0x5F00, 0x7531, 0x9C40, 0x9C41, 0x9FFF, 0xBF00, 0xDF00):
        with pytest.raises(IllegalAddressError):
            draft.image().read(address, 1)
    taken = {a for run in RUNS for a in range(run.address, run.end)}
    gaps = [a for block_ in BLOCKS.values() for a in block_ if a not in taken]
    assert all(parameter_at(a) is None and not any(draft.image().read(a, 1)) for a in gaps)
    assert len(gaps) == 3 * (0x1F00 - 16 - 24 * 3 - 24 * 4 - 512 * 3 - 64 * 32 * 2 - 112 * 16)


def test_every_parameter_is_found_by_address_and_by_id() -> None:
    seen = set()
    for run in RUNS:
        for place in range(run.count):
            register = run.at(place)
            assert parameter_at(register.address) == parameter_at(register.end - 1) == register
            assert place_of(register.id) == (run, place)
            seen.add(register.id)
    assert len(seen) == 3 * (1 + 24 + 24 + 512 + 64 * 32 + 112)
    assert parameter_at(0xC804).id == "calendar_draft_time[1,3]"
    assert parameter_at(0xC840).id == "calendar_draft_time[2,1]"
    access = {parameter_at(base + 0x80).description.access for base in (0x4000, 0xA000)}
    assert access == {"ro"}
    assert parameter_at(DRAFT + 0x80).description.access == "rw-locked"


@pytest.mark.parametrize("id", [
    "calendar_draft_time", "calendar_draft_time[1]", "calendar_draft_time[0,1]",
    "calendar_draft_time[1,33]", "calendar_draft_time[65,1]", "calendar_draft_season[25]",
    "calendar_draft_season[0]", "calendar_draft_name[1]", "calendar_draft_season[01]",
    "calendar_draft_colour[1]", "calendar_draft_season[1,1]", "ct_primary", "",
])  # fmt: skip
def test_no_such_parameter(id: str) -> None:
    with pytest.raises(KeyError):
        place_of(id)


def test_the_check_finds_runs_that_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    one = layout.RUNS[1]
    wrong = layout.Run(one.which, one.part._replace(offset=0x0081 + 71 - 3 * 24))
    monkeypatch.setattr(layout, "RUNS", (wrong, *layout.RUNS[1:]))
    with pytest.raises(RuntimeError, match="overlap"):
        layout._check()
    monkeypatch.setitem(layout.BLOCKS, Which.DRAFT, range(0xC000, 0xE000))
    with pytest.raises(RuntimeError, match="touches another block"):
        layout._check()
