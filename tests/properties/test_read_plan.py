"""Plans of reads: all that is wanted, whole, as cheap as can be, and as the server has it."""

from __future__ import annotations

import asyncio
import math
import os
import struct
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96 import quantities
from smartx96.errors import OptionError
from smartx96.modbus.bank import Images, RegisterBank
from smartx96.modbus.calendar.layout import RUNS
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.meter import Meter
from smartx96.modbus.client.read_plan import FEWEST, Limits, ReadPlan
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.registers import BLOCKS, BY_ID, HOLDING, INPUT, Space
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.terms import Terms
from smartx96.settings import Settings

THOROUGH = settings(max_examples=3_000 if os.environ.get("SOAK") else 150, deadline=None)

CALENDAR = [run.at(run.count - 1).id for run in RUNS]
ids = st.lists(st.sampled_from([*BY_ID, *CALENDAR]), min_size=1, max_size=60)
near = st.integers(0, len(INPUT) - 40).flatmap(
    lambda first: st.lists(st.sampled_from([r.id for r in INPUT[first : first + 40]]), min_size=1)
)
limits = st.builds(Limits, st.sampled_from([125, 80, 60, 50]), st.booleans())
costs = st.sampled_from([0, 1, 5, 20, 60, FEWEST])


def addresses(space: Space) -> set[int]:
    """Holding registers of calendars have blocks of their own, without a gap to the next run."""
    found = {address for block in BLOCKS[space] for address in block}
    if space is Space.HOLDING:
        found |= {address for run in RUNS for address in range(run.address, run.end)}
    return found


@THOROUGH
@given(st.one_of(ids, near), limits, costs)
def test_everything_wanted_once_and_whole(wanted, limits, cost):
    plan = ReadPlan.of(wanted, limits, cost)
    found = [each for stretch in plan.stretches for each in stretch.registers]
    assert sorted(each.id for each in found) == sorted(set(wanted))
    for stretch in plan.stretches:
        assert 1 <= stretch.quantity <= limits.max_read
        covered = range(stretch.address, stretch.address + stretch.quantity)
        assert stretch.registers[0].address == covered.start
        assert stretch.registers[-1].end == covered.stop
        for each in stretch.registers:
            assert each.space == stretch.space
            assert {*range(each.address, each.end)} <= {*covered}
        if not limits.gaps:
            assert not stretch.has_gap


@THOROUGH
@given(st.one_of(ids, near), limits, costs)
def test_only_addresses_that_exist(wanted, limits, cost):
    for stretch in ReadPlan.of(wanted, limits, cost).stretches:
        if not any(each.id.startswith("calendar_") for each in stretch.registers):
            covered = range(stretch.address, stretch.address + stretch.quantity)
            assert {*covered} <= addresses(stretch.space)


def cheapest(registers, most: int, gaps: bool, cost: int) -> float:
    """The least cost by trying all ways to cut a few registers of one block."""

    @cache
    def least(begin: int) -> float:
        if begin == len(registers):
            return 0
        found = math.inf
        for end in range(begin + 1, len(registers) + 1):
            part = registers[begin:end]
            size = part[-1].end - part[0].address
            if size <= most and (gaps or size == sum(each.words for each in part)):
                found = min(found, cost + size + least(end))
        return found

    return least(0)


@THOROUGH
@given(
    st.sets(st.integers(0, 0x90), min_size=1, max_size=25), limits, st.sampled_from([0, 3, 20, 999])
)
def test_no_plan_costs_less(places, limits, cost):
    wanted = [each for n, each in enumerate(INPUT) if n in places and each.address < 0x180]
    plan = ReadPlan.of([each.id for each in wanted], limits, cost)
    price = sum(cost + stretch.quantity for stretch in plan.stretches)
    assert price == cheapest(tuple(wanted), limits.max_read, limits.gaps, cost)


@pytest.mark.parametrize(("most", "input", "holding"), [(125, 12, 9), (80, 19, 10), (50, 28, 10)])
def test_the_whole_map_takes_few_requests(most, input, holding):
    """Registers of each block over the limit, rounded up, and one where a value would be cut."""
    for registers, number in ((INPUT, input), (HOLDING, holding)):
        plan = ReadPlan.of([each.id for each in registers], Limits(most))
        assert len(plan.stretches) <= number


def test_a_gap_is_read_across_where_that_is_cheaper():
    ends = ["voltage_l1", "frequency"]  # registers 0 and 0x46
    assert len(ReadPlan.of(ends, request_cost=69).stretches) == 1
    assert len(ReadPlan.of(ends, request_cost=67).stretches) == 2


def test_nothing_takes_no_request():
    assert ReadPlan.of([]).stretches == ()


@pytest.mark.parametrize("id", ["", "voltage", "voltage_l4", "calendar_draft_season[999]", "\n"])
def test_ids_that_no_register_has(id):
    with pytest.raises(OptionError, match="no register has this id") as caught:
        ReadPlan.of([id])
    assert "\n" not in str(caught.value)


def test_a_register_that_does_not_fit_into_a_read():
    with pytest.raises(OptionError, match="time_zone has 16 registers, and 8 may be read"):
        ReadPlan.of(["time_zone"], Limits(8))


VALUES = np.arange(len(quantities.TABLE)) * 1.25 - 40
HARMONICS = np.arange(len(quantities.HARMONICS) * 63).reshape(-1, 63) * 0.03125
EXACT = {each.id: 2**40 + each.address for each in INPUT if each.format == "u64"} | {
    "status": 0x1234
}


def meant(id: str, shown: Settings) -> object:
    """What an input register is to read: the quantity itself, in 32 bits."""
    base, _, order = id.partition("[")
    if id in EXACT:
        return EXACT[id]
    if BY_ID[id].format != "float32":
        return 0
    if order:
        return HARMONICS[quantities.HARMONIC_INDEX[base], int(order[:-1]) - 1]
    return struct.unpack("f", struct.pack("f", VALUES[quantities.INDEX[id]]))[0]


@pytest.mark.parametrize("low_first", [0, 1])
@pytest.mark.parametrize("most", [125, 50])
def test_every_id_reads_what_the_server_has(most, low_first):
    """All registers in one call, over TCP; the order of words and the limit are found out."""
    shown = Settings({"word_order": low_first, "ct_primary": 200, "time_zone": "Europe/Vienna"})
    snapshot = SimpleNamespace(values=VALUES, harmonics=HARMONICS, exact=EXACT)
    clock = (1, 2, 3, 4, 5, 6, 26, 20)
    bank = RegisterBank(Images.of(snapshot, shown, {"clock": clock, "serial_number": 12345678}))

    async def read():
        server = ModbusTcpServer([bank], Terms(max_read=most))
        await server.start("127.0.0.1", 0)
        try:
            async with Client(Place(Kind.TCP, *server.address)) as client:
                meter = Meter(client, 1)
                found = await meter.read(BY_ID)
                return found, meter.limits
        finally:
            server.close()

    found, learnt = asyncio.run(asyncio.wait_for(read(), 20))
    assert learnt == Limits(most)
    assert [*found] == [*BY_ID]
    assert {each.id: found[each.id] for each in INPUT} == {
        each.id: meant(each.id, shown) for each in INPUT
    }
    assert (found["ct_primary"], found["time_zone"]) == (200.0, "Europe/Vienna")
    assert (found["clock"], found["serial_number"]) == (clock, 12345678)
    assert found["word_order"] == low_first
