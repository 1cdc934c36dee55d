"""Read plans for meters of others touch no address that only this project documents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartx96.modbus.client.read_plan import Limits, ReadPlan
from smartx96.modbus.registers import BY_ID, Origin, Register

OWN = {
    (register.space, address)
    for register in BY_ID.values()
    if register.origin is Origin.OWN
    for address in range(register.address, register.end)
}
DOCUMENTED = [id for id, register in BY_ID.items() if register.origin is not Origin.OWN]


def touched(plan: ReadPlan) -> set[tuple[str, int]]:
    return {
        (each.space, address)
        for each in plan.stretches
        for address in range(each.address, each.address + each.quantity)
    }


def addresses(register: Register) -> set[tuple[str, int]]:
    return {(register.space, address) for address in range(register.address, register.end)}


@given(st.sets(st.sampled_from(DOCUMENTED), min_size=1))
def test_it_reads_what_is_wanted_and_nothing_of_ours(ids):
    plan = ReadPlan.of(ids, Limits(own=False))
    found = touched(plan)
    assert not found & OWN
    assert all(addresses(BY_ID[id]) <= found for id in ids)
    # It splits only where it has to.
    assert len(plan.stretches) <= len(ReadPlan.of(ids, Limits(gaps=False)).stretches)
    if not touched(ReadPlan.of(ids)) & OWN:
        assert plan == ReadPlan.of(ids)


def test_what_is_own_is_read_where_it_is_asked_for():
    plan = ReadPlan.of(["ct_primary", "vt_ratio"], Limits(own=False))
    assert [(each.address, each.quantity) for each in plan.stretches] == [(0x34, 2), (0x38, 2)]
