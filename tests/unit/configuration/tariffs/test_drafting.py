"""The writes that make a draft a calendar: what they make, and that none is too many."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.configuration.tariffs.comparison import differences
from smartx96.configuration.tariffs.draft import drafting, pieces, wanted_block
from smartx96.errors import OptionError
from smartx96.meter.calendar import Calendar, DatedCalendar
from smartx96.meter.calendar.plain import calendar_data, calendar_from
from smartx96.modbus.calendar.draft import Draft, Order
from smartx96.modbus.calendar.writing import EMPTY, block
from smartx96.modbus.encoding import decode
from smartx96.modbus.writing import parameters
from support.calendar_registers import HOUSEHOLD, largest, on
from support.calendars import calendars, daily

LARGEST = calendar_from(largest()).calendar

KINDS = ((0x0000, 1, 16), (0x0080, 24, 3), (0x0100, 24, 4), (0x0200, 512, 3), (0x0800, 2048, 2),
         (0x1800, 24, 16), (0x1980, 24, 16), (0x1B00, 64, 16))  # fmt: skip
"""Offset, number and registers each, as the page of the calendar registers has them."""


def written(draft: Draft, writes) -> Draft:
    """What a meter makes of writes, each whole parameters one behind the other."""
    for address, data in writes:
        found = parameters(address, data)
        draft = draft.write({each.register.id: decode(each.register, each.data)
                             for each in found}).draft  # fmt: skip
    return draft


def fewest(before: bytes, wanted: bytes) -> int:
    """Fewest writes by trying all: the least for the registers up to each end."""
    ends = [(offset + n * words, offset + (n + 1) * words)
            for offset, count, words in KINDS for n in range(count)]  # fmt: skip
    costs = [0]
    for last, (first, end) in enumerate(ends):
        if before[2 * first : 2 * end] == wanted[2 * first : 2 * end]:
            costs.append(costs[-1])
            continue
        best, begin = 10**9, last
        while begin >= 0 and end - ends[begin][0] <= 123:
            if begin < last and ends[begin][1] != ends[begin + 1][0]:
                break
            best = min(best, costs[begin] + 1)
            begin -= 1
        costs.append(best)
    return costs[-1]


@settings(max_examples=25)
@given(before=calendars(), after=calendars())
def test_any_calendar_out_of_any_other(before, after):
    old, new = (calendar_from(data).calendar for data in (before, after))
    check(old, new)


def check(old: Calendar | None, new: Calendar) -> None:
    begin, wanted = EMPTY if old is None else block(old), block(new)
    writes = list(pieces(begin, wanted))
    assert written(on(old), writes).data == wanted
    assert len(writes) == fewest(begin, wanted)
    assert all(0 < len(data) <= 246 for _, data in writes)


@pytest.mark.parametrize("old", [None, daily(), LARGEST], ids=["none", "one", "most"])
@pytest.mark.parametrize("new", [HOUSEHOLD, LARGEST], ids=["house", "most"])
def test_small_and_large(old, new):
    check(old, new)


@settings(max_examples=50)
@given(st.sets(st.integers(0, 7935), max_size=40))
def test_no_write_goes_over_registers_without_a_parameter(places):
    inside = [n for n in places if any(o <= n < o + c * w for o, c, w in KINDS)]
    wanted = bytearray(EMPTY)
    for n in inside:
        wanted[2 * n] = 1
    found = bytearray(EMPTY)
    for address, data in pieces(EMPTY, bytes(wanted)):
        assert parameters(address, data)
        first = 2 * (address - 0xC000)
        found[first : first + len(data)] = data
    assert found == wanted
    assert len(list(pieces(EMPTY, bytes(wanted)))) == fewest(EMPTY, bytes(wanted))


def test_one_time_of_the_calendar_that_rules_is_one_write():
    data = calendar_data(HOUSEHOLD)
    data["days"]["winter-workday"]["17:00"] = 4
    way = drafting(block(HOUSEHOLD), block(calendar_from(data).calendar))
    assert way.beginning is Order.DISCARD
    assert way.pieces == ((0xC000 + 0x800 + 3 * 64 + 4, bytes.fromhex("17000004")),)


def test_a_calendar_of_its_own_begins_with_an_empty_draft():
    """To take away what the largest one has would be far more writes."""
    way = drafting(block(LARGEST), block(daily()))
    assert way.beginning is Order.CLEAR
    assert len(way.pieces) == fewest(EMPTY, block(daily())) <= 6


def test_what_registers_cannot_hold_is_told_before():
    data = {"weeks": {"w": "d"}, "days": {"d": {f"{n // 4:02}:{n % 4 * 15:02}": 1
                                              for n in range(33)}}}  # fmt: skip
    with pytest.raises(OptionError, match=r"days\.d: 33 switching times, registers hold 32: "):
        wanted_block(calendar_from(data).calendar)
    long = {"weeks": {"ä" * 17: "d"}, "days": {"d": 1}}
    with pytest.raises(OptionError, match=r'"ä+": the name has 34 bytes, registers hold 32'):
        wanted_block(calendar_from(long).calendar)


def test_differences_by_the_keys_of_a_file():
    data = calendar_data(daily())
    data |= {"name": "x", "special_days": {"12-25": "d"}}
    data["days"]["d"] = {"00:00": 2, "06:00": 3}
    found = differences(DatedCalendar(daily()), calendar_from(data))
    assert [str(each) for each in found] == [
        "+ name = x",
        '  days.d."06:00" = 1 -> 3',
        "+ special_days.12-25 = d",
        '- days.d."22:00" = 2',
    ]
    assert differences(calendar_from(data), calendar_from(data)) == []
    assert len(differences(None, calendar_from(data))) == len(list(data["days"]["d"])) + 2 + 7 + 2
