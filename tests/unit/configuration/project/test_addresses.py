"""Addresses: whatever is to go where, no two meters ever have one, and each ends at its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartx96.configuration.project.addresses import Move, Step, free_units, steps


def carried_out(moves: dict[str, Move]) -> tuple[dict[str, int], int]:
    """Where the meters are then, and how many stepped aside; each step is looked at."""
    units = {name: move.now for name, move in moves.items()}
    free, aside = free_units(list(moves.values())), 0
    for name, is_aside in steps(moves):
        units[name] = next(free) if is_aside else moves[name].then
        aside += is_aside
        assert len(set(units.values())) == len(units), (name, units)
    return units, aside


@given(st.data())
def test_no_two_ever_have_one(data):
    count = data.draw(st.integers(1, 9))
    units = st.lists(st.integers(1, 12), min_size=count, max_size=count, unique=True)
    now, then = data.draw(units), data.draw(units)
    moves = {f"m{n}": Move(a, b) for n, (a, b) in enumerate(zip(now, then, strict=True))}
    found, aside = carried_out(moves)
    assert found == {name: move.then for name, move in moves.items()}
    assert aside == rings(moves)


def rings(moves: dict[str, Move]) -> int:
    """Rings of meters that each go where the next one is."""
    next_of, count = {move.now: move.then for move in moves.values()}, 0
    while next_of:
        first = unit = next(iter(next_of))
        while unit in next_of:
            unit = next_of.pop(unit) if next_of[unit] != unit else next_of.pop(unit) and -1
        count += unit == first
    return count


def test_who_stays_is_first_and_a_chain_begins_at_its_end():
    moves = {"a": Move(1, 2), "b": Move(2, 3), "c": Move(3, 4), "d": Move(9, 9)}
    assert [step.key for step in steps(moves)] == ["c", "d", "b", "a"]


def test_two_that_change_places():
    moves = {"a": Move(1, 2), "b": Move(2, 1)}
    assert list(steps(moves)) == [Step("a", aside=True), Step("b"), Step("a")]


def test_a_free_address_is_nobodys_before_or_after():
    assert next(free_units([Move(247, 1), Move(2, 246)])) == 245
    assert next(free_units([Move(n, n) for n in range(1, 248)]), None) is None
