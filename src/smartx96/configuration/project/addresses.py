"""Addresses: in which order meters of a line get new ones, so that no two ever have one."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

UNITS = range(1, 248)
"""Of a line (Modbus over serial line 1.02, clause 2.2)."""

K = TypeVar("K", bound=Hashable)


class Move(NamedTuple):
    """The address that a meter has, and the one it is to have.

    Parameters
    ----------
    now, then : int
    """

    now: int
    then: int


class Step(NamedTuple, Generic[K]):
    """One thing to be done on a line.

    Parameters
    ----------
    key : hashable
        Which meter.
    aside : bool
        Whether it only makes room: it goes to a free address, and to its own in a later step.
    """

    key: K
    aside: bool = False


def steps(moves: Mapping[K, Move]) -> Iterator[Step[K]]:
    """The order in which meters are set, each where its new address is free by then.

    Meters that form a ring, such as two that change places, need one of them to step aside.

    Parameters
    ----------
    moves : mapping of key to Move
        Of all meters of a line; no two have one address now, nor are to have one.
    """
    left = dict(moves)
    holders = {move.now: key for key, move in moves.items()}
    while left:
        ready = [key for key in left if holders.get(left[key].then, key) == key]
        if not ready:
            key = next(iter(left))
            yield Step(key, aside=True)
            del holders[left[key].now]
            continue
        for key in ready:
            yield Step(key)
            holders.pop(left.pop(key).now, None)


def free_units(moves: Collection[Move]) -> Iterator[int]:
    """Addresses that no meter of a line has, or is to have, the last first."""
    taken = {unit for move in moves for unit in move}
    return (unit for unit in reversed(UNITS) if unit not in taken)
