"""Connection: from the channels that a source has to those that the engine measures.

The engine measures three voltages against a star point and three currents. In a three-wire system
the star point is the lines' own: with currents that sum to nothing the power is the same against
any point (Blondel), so that mean(u12*i1 + u32*i3) and the sum over the phases are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Samples
from smartx96.errors import ChannelError
from smartx96.models import LINE_ROLES, ROLES, Wiring

VOLTAGES, CURRENTS = ROLES[:3], ROLES[3:]

Phasors = NDArray[np.complex128]

Mixture = dict[str, float]
"""A channel as a sum of others: role and weight."""

_AGAINST_NEXT: dict[str, tuple[Mixture, Mixture]] = {
    "v1v2v3": ({"v1": 1, "v2": -1}, {"v2": 1, "v3": -1}),
    "v12v23": ({"v12": 1}, {"v23": 1}),
    "v12v31": ({"v12": 1}, {"v12": -1, "v31": -1}),
    "v23v31": ({"v23": -1, "v31": -1}, {"v23": 1}),
}
"""Line voltages L1-L2 and L2-L3 of a three-wire system, by the voltages that there are."""

_THREE_WIRE_CURRENTS: dict[str, tuple[Mixture, Mixture, Mixture]] = {
    "i1i3": ({"i1": 1}, {"i1": -1, "i3": -1}, {"i3": 1}),
    "i1i2": ({"i1": 1}, {"i2": 1}, {"i1": -1, "i2": -1}),
    "i2i3": ({"i2": -1, "i3": -1}, {"i2": 1}, {"i3": 1}),
}
"""Line currents of a three-wire system, by the two that are taken; of three, L1 and L3."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How the channels of a source become those of the engine.

    Parameters
    ----------
    present : ndarray of bool, shape (6,)
        Which of v1, v2, v3, i1, i2, i3 there are.
    rows : tuple of tuple of (int, float)
        For every channel of the engine the source's channels that it is the sum of, with weights.
        A seventh is the sum of three currents that ought to be nothing.
    straight : bool
        Whether the source's channels are the engine's.
    """

    present: NDArray[np.bool_]
    rows: tuple[tuple[tuple[int, float], ...], ...]
    straight: bool

    def __call__(self, block: Block) -> Block:
        """The block with the engine's channels; the same block where nothing is to be done."""
        if self.straight:
            return block
        given = block.physical()
        made: Samples = np.zeros((len(self.rows), block.length))
        for channel, parts in zip(made, self.rows, strict=True):
            for index, weight in parts:
                channel += weight * given[index]
        return Block(made, block.rate, block.start, None, block.quality)

    def phasors(self, given: Phasors) -> Phasors:
        """Phasors of the engine's channels, shape (..., 6 or 7, orders), from the source's.

        The same array where nothing is to be done.
        """
        if self.straight:
            return given
        made = np.zeros((*given.shape[:-2], len(self.rows), given.shape[-1]), np.complex128)
        for channel, parts in enumerate(self.rows):
            for index, weight in parts:
                made[..., channel, :] += weight * given[..., index, :]
        return made


def connect(roles: Sequence[str], wiring: Wiring) -> Connection:
    """Connect a source's channels in a wiring.

    Voltages or currents alone are measured too; a wiring's voltages, and its currents, are there
    as a whole or not at all.

    Parameters
    ----------
    roles : sequence of str
        Roles of the source's channels.
    wiring : Wiring

    Raises
    ------
    ChannelError
        A channel that the wiring needs is missing; names what is needed and what is missing.
    """
    if wiring is Wiring.THREE_WIRE:
        mixtures = _three_wire(roles)
    else:
        needed = ("v1", "i1") if wiring is Wiring.ONE_PHASE else ROLES
        _check_whole(roles, wiring, needed)
        mixtures = [{role: 1} if role in needed and role in roles else {} for role in ROLES]
    place = {role: n for n, role in enumerate(roles)}
    rows = tuple(
        tuple((place[role], float(weight)) for role, weight in mixture.items())
        for mixture in mixtures
    )
    return Connection(
        present=np.array([bool(row) for row in rows[: len(ROLES)]]),
        rows=rows,
        straight=rows == tuple(((n, 1.0),) for n in range(len(ROLES))) and len(roles) == len(ROLES),
    )


def _check_whole(roles: Sequence[str], wiring: Wiring, needed: Sequence[str]) -> None:
    groups = [[r for r in needed if r in kind] for kind in (VOLTAGES, CURRENTS)]
    there = [[r for r in group if r in roles] for group in groups]
    some = [found for found in there if found]
    if some and all(found in groups for found in some):
        return
    missing = ", ".join(role for role in needed if role not in roles)
    lines = [role for role in LINE_ROLES if role in roles]
    advice = f"; {', '.join(lines)} are for wiring 3p3w" if lines else ""
    if not advice and len(there[1]) == 2:
        advice = "; two currents are enough for wiring 3p3w"
    raise ChannelError(f"wiring {wiring} needs {', '.join(needed)}: {missing} not found{advice}")


def _three_wire(roles: Sequence[str]) -> list[Mixture]:
    lines = next((pair for key, pair in _AGAINST_NEXT.items() if _all_of(key, roles)), None)
    pairs = _THREE_WIRE_CURRENTS.items()
    currents = next((parts for key, parts in pairs if _all_of(key, roles)), None)
    some_voltage = any(role in roles for role in (*VOLTAGES, *LINE_ROLES))
    some_current = any(role in roles for role in CURRENTS)
    if (lines is None and (some_voltage or not currents)) or (currents is None and some_current):
        raise ChannelError(
            "wiring 3p3w needs two of v12, v23, v31 or all of v1, v2, v3, and two of i1, i2, i3: "
            f"found {', '.join(roles) or 'none of them'}"
        )
    found: list[Mixture] = [{}, {}, {}] if lines is None else _star(*lines)
    found.extend(({}, {}, {}) if currents is None else currents)
    if all(role in roles for role in CURRENTS):
        found.append(dict.fromkeys(CURRENTS, 1))
    return found


def _star(first: Mixture, second: Mixture) -> list[Mixture]:
    """Voltages against the lines' own star point from L1-L2 and L2-L3."""
    weights = ((2 / 3, 1 / 3), (-1 / 3, 1 / 3), (-1 / 3, -2 / 3))
    return [_sum(first, a, second, b) for a, b in weights]


def _sum(first: Mixture, a: float, second: Mixture, b: float) -> Mixture:
    total: Mixture = {}
    for mixture, factor in ((first, a), (second, b)):
        for role, weight in mixture.items():
            total[role] = total.get(role, 0.0) + factor * weight
    return {role: weight for role, weight in total.items() if weight}


def _all_of(key: str, roles: Sequence[str]) -> bool:
    """Whether all roles that a key such as `v12v23` names are there."""
    named = [key[0] + part for part in key[1:].split(key[0])]
    return all(role in roles for role in named)
