"""Wiring check: what the fundamentals say about swapped, reversed and missing conductors.

Pure functions on three voltage and three current phasors, wherever they come from: the meter's own
windows, or the registers of another meter (`smartx96.metrology.foreign_phasors`).

A wrong wiring is looked for among permutations of the conductors and reversed transformers. Of
those under which every loaded phase looks like a load, the one with the fewest mistakes is told;
where what is there looks like a load already, nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, permutations, product

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import between_lines
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.wiring_findings import (
    NAMES,
    Finding,
    current_angles,
    current_reversed,
    currents_reversed,
    feeding_in,
    joined,
    sequence_reversed,
    voltage_missing,
    voltage_reversed,
)
from smartx96.models import Wiring
from smartx96.quantities import LINES, PHASES

MISSING_SHARE = 0.25
"""A voltage below this share of the largest is missing: half-dead wires carry some by coupling."""
LOADED_SHARE = 0.02
"""A current below this share of the largest says nothing."""
COHERENT_SHARE = 0.3
"""Fundamental over true rms below which a current is noise."""
NOISE_SHARE = 0.01
"""Voltages below this share of the nominal one are what open inputs pick up."""
UNEQUAL_SHARE = 0.6
"""A voltage below this share of the largest has another ratio or another place: no supply is so
unbalanced for seconds."""

_ALIGNED = 0.9
"""Sum of voltages turned onto each other over the sum of their sizes, from which they fit."""
_LARGER = 1.5
"""Derived line voltage over the given ones, from which one of these is reversed (root 3)."""
_OPEN_SHARE = 0.001
"""A current below this share of the largest is none."""
_CERTAIN = 95.0
"""Angle beyond which a current cannot be that of a load; 5 degrees are left to reactive ones and
the transformers [deg]."""
_SAME = 20.0
"""Angle below which two voltages are one [deg]."""
_LOAD = (-65.0, 85.0)
"""Angles that loads have, lagging positive [deg]."""
_GENERATOR = 27.0
"""Angle up to which generators feed in (power factor 0.9) [deg]."""
_ALIKE = 50.0
"""Angles of the phases differ by no more than this where a mistake is to explain them [deg]."""
_TYPICAL = 15.0
"""Angle that loads have most often [deg]; decides between mistakes of one kind."""

_FAR_FETCHED, _UNTYPICAL = 2.0, 30.0
"""Weight of mistakes, and distance from typical angles [deg], beyond which a load that is almost
purely reactive is likelier: a site whose solar power covers its load has one."""

_FIRST, _SECOND, _THIRD = range(3)


def check_wiring(voltage: Phasors, current: Phasors, wiring: Wiring,
                 rms: Values | None = None, nominal: float = 0.0
                 ) -> tuple[Finding, ...]:  # fmt: skip
    """What looks wrong about a wiring.

    Parameters
    ----------
    voltage, current : ndarray of complex, shape (3,)
        Fundamentals of L1, L2, L3 on a common angle [V, A]; NaN where there is none. Without a
        neutral the voltages stand against the star point, and i2 is what i1 and i3 leave.
    wiring : Wiring
    rms : ndarray, shape (3,), optional
        True rms of the currents [A], by which noise is told from load.
    nominal : float
        Nominal voltage [V]: where all voltages are below `NOISE_SHARE` of it nothing is said.

    Returns
    -------
    tuple of Finding
        Empty where all is well, or nothing can be said.
    """
    u, i = (np.where(np.isnan(phasors), 0.0, phasors) for phasors in (voltage, current))
    if np.abs(u).max() < NOISE_SHARE * nominal:
        return ()
    loaded = np.abs(i) > LOADED_SHARE * np.abs(i).max()
    if rms is not None:
        loaded &= np.abs(i) > COHERENT_SHARE * np.where(np.isnan(rms), 0.0, rms)
    if wiring is Wiring.ONE_PHASE:
        return _one_phase(u, i, loaded)
    if not np.abs(u).max() > 0:
        return ()
    if wiring is Wiring.THREE_WIRE and (lines := _lines(u, i, loaded)):
        return lines
    missing = np.abs(u) <= MISSING_SHARE * np.abs(u).max()
    if missing.any():
        return tuple(voltage_missing(n) for n in np.flatnonzero(missing).tolist())
    voltages = (*_unequal(np.abs(u)), *_voltages(u))
    if {f.kind for f in voltages} - _HARMLESS or not loaded.any():
        return voltages
    reversed_sequence = any(f.kind == "voltage_sequence" for f in voltages)
    others = tuple(f for f in voltages if f.kind != "voltage_sequence")
    currents = _currents(u, i, loaded, wiring, reversed_sequence=reversed_sequence)
    return (*others, *currents, *_without_current(np.abs(i), wiring))


_HARMLESS = {"voltage_sequence", "voltage_unequal"}
"""Findings beside which the currents can still be judged."""


def _lines(u: Phasors, i: Phasors, loaded: NDArray[np.bool_]) -> tuple[Finding, ...]:
    """A line voltage that is reversed, or there twice: the third is then much larger."""
    lines = between_lines(u)
    size = np.abs(lines)
    if size[2] < _LARGER * max(size[0], size[1]) or min(size[:2]) < MISSING_SHARE * size[2]:
        return ()
    if abs(float(np.degrees(np.angle(lines[0] * lines[1].conj())))) < _SAME:
        text = "line voltages L1-L2 and L2-L3 are one and the same: connect each to its own"
        return (Finding("voltage_doubled", LINES[:2], text),)
    # Either one turned back makes a balanced supply; the currents tell which.
    fitting = [n for n in (0, 1) if _is_load(_angles(_turned_back(lines, n), i, loaded))]
    which = fitting if len(fitting) == 1 and loaded.any() else [0, 1]
    names = " or ".join(("L1-L2", "L2-L3")[n] for n in which)
    options = " or ".join(("v12=-1", "v23=-1")[n] for n in which)
    text = f"line voltage {names} is reversed: exchange the terminals of its transformer"
    phases = tuple(LINES[n] for n in which)
    return (Finding("voltage_reversed", phases, text, option=f"--scale {options}"),)


def _turned_back(lines: Phasors, which: int) -> Phasors:
    """Voltages against the star point with one of the two line voltages reversed."""
    first, second = (-lines[n] if n == which else lines[n] for n in (0, 1))
    return np.array([2 * first + second, second - first, -first - 2 * second], np.complex128) / 3


def _unequal(size: Values) -> tuple[Finding, ...]:
    largest = int(np.argmax(size))
    share = size / size[largest]
    return tuple(
        Finding(
            "voltage_unequal",
            (PHASES[n],),
            f"voltage {NAMES[n]} is {100 * share[n]:.0f} % of that of {NAMES[largest]}: check "
            "transformer ratio, fuse and terminals of both",
        )
        for n in range(3)
        if share[n] < UNEQUAL_SHARE
    )


def _without_current(size: Values, wiring: Wiring) -> tuple[Finding, ...]:
    if wiring is Wiring.THREE_WIRE:
        return ()
    idle = [n for n in range(3) if size[n] < _OPEN_SHARE * size.max()]
    return tuple(
        Finding(
            "current_missing",
            (PHASES[n],),
            f"no current on {NAMES[n]}: right where nothing is connected, else check its "
            "transformer and its short-circuiting link",
            suspect=False,
        )
        for n in idle
    )


def _one_phase(u: Phasors, i: Phasors, loaded: NDArray[np.bool_]) -> tuple[Finding, ...]:
    angle = float(np.degrees(np.angle(u[0] * i[0].conj())))
    if loaded[0] and np.abs(u[0]) > 0 and abs(angle) > 180 - _GENERATOR:
        return (feeding_in((_FIRST,)),)
    return ()


def _voltages(u: Phasors) -> tuple[Finding, ...]:
    """Sequence, polarity and doubles of three voltages that are all there."""
    turned = np.exp(2j * np.pi / 3 * np.arange(3))
    total = np.abs(u).sum()
    for flips in ((), *((n,) for n in range(3))):
        signs = np.array([-1.0 if n in flips else 1.0 for n in range(3)])
        for forward in (True, False):
            turn = turned if forward else turned.conj()
            if abs((signs * u * turn).sum()) / total > _ALIGNED:
                found = tuple(voltage_reversed(n) for n in flips)
                return found if forward else (*found, sequence_reversed())
    return _voltages_that_fit_nothing(u)


def _voltages_that_fit_nothing(u: Phasors) -> tuple[Finding, ...]:
    pairs = [
        (a, b)
        for a, b in combinations(range(3), 2)
        if abs(float(np.degrees(np.angle(u[a] * u[b].conj())))) < _SAME
    ]
    if pairs:
        phases = tuple(sorted({n for pair in pairs for n in pair}))
        names = joined(phases)
        text = f"voltages {names} are one and the same phase: connect each to its own"
        return (Finding("voltage_doubled", tuple(PHASES[n] for n in phases), text),)
    return (
        Finding("voltage_angles", PHASES, "the angles of the voltages are those of no three-phase "
                "supply: check the terminals one by one"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One way to be wired wrongly: which input carries what, with which sign, and how much it
    takes to come about."""

    voltages: tuple[int, ...]
    currents: tuple[int, ...]
    flips: tuple[int, ...]
    weight: float


def _moves(order: tuple[int, ...]) -> int:
    """Exchanges that an order takes: 0, 1, or 2 for all moved on by one."""
    return {3: 0, 1: 1, 0: 2}[sum(a == b for a, b in enumerate(order))]


def _turns(flips: tuple[int, ...], inputs: tuple[int, ...]) -> int:
    """Reversals that it takes: who mounts all transformers the wrong way does so once."""
    return min(len(flips), 2) if flips == inputs else len(flips)


_STRAIGHT = (0, 1, 2)
_TURNING_SUPPLY = 0.5
"""Weight of a supply that turns the other way, less than any exchange of conductors."""


@cache
def _mistakes(wiring: Wiring, reversed_sequence: bool) -> tuple[_Mistake, ...]:
    """Every mistake that can be told apart, the likeliest first."""
    inputs = (_FIRST, _THIRD) if wiring is Wiring.THREE_WIRE else _STRAIGHT
    every = list(permutations(_STRAIGHT))
    orders = [order for order in every if all(order[n] == n or n in inputs for n in range(3))]
    flips = [f for size in range(len(inputs) + 1) for f in combinations(inputs, size)]
    found = []
    for voltages in every if reversed_sequence else (_STRAIGHT,):
        if _moves(voltages) == 2:
            continue
        base = _TURNING_SUPPLY if reversed_sequence and voltages == _STRAIGHT else 0.0
        base += _moves(voltages)
        found += [
            _Mistake(voltages, order, flip, base + _moves(order) + _turns(flip, inputs))
            for order, flip in product(orders, flips)
        ]
    return tuple(sorted(found, key=lambda mistake: mistake.weight))


def _currents(u: Phasors, i: Phasors, loaded: NDArray[np.bool_], wiring: Wiring, *,
              reversed_sequence: bool) -> tuple[Finding, ...]:  # fmt: skip
    as_found = _angles(u, i, loaded)
    sequence = (sequence_reversed(),) if reversed_sequence else ()
    if _is_load(as_found):
        return sequence
    if _is_load(as_found + 180, _GENERATOR):
        return (*sequence, feeding_in(tuple(np.flatnonzero(loaded).tolist())))
    certain = bool((np.abs(as_found) > _CERTAIN).any())
    explained = _explanation(u, i, loaded, wiring, reversed_sequence, certain)
    if explained is None:
        beside_load = bool(((as_found > _LOAD[0]) | (as_found < _GENERATOR - 180)).all())
        return (*sequence, *((current_angles(suspect=not beside_load),) if certain else ()))
    findings = _findings(explained, certain, wiring)
    return findings if explained.voltages != _STRAIGHT else (*sequence, *findings)


def _explanation(u: Phasors, i: Phasors, loaded: NDArray[np.bool_], wiring: Wiring,
                 reversed_sequence: bool, certain: bool) -> _Mistake | None:  # fmt: skip
    """The mistake of the fewest exchanges that makes loads of all; of equals the most typical.

    What may be a load as it is, is explained only by a likely mistake that makes a typical one.
    """
    best: tuple[float, float] = (np.inf, np.inf)
    found: _Mistake | None = None
    for mistake in _mistakes(wiring, reversed_sequence):
        if mistake.weight > best[0]:
            break
        angles = _angles(*_righted(u, i, mistake, wiring), loaded[list(mistake.currents)])
        if not _is_load(angles) or np.ptp(angles) > _ALIKE:
            continue
        merit = (mistake.weight, float(np.abs(angles - _TYPICAL).mean()))
        if not certain and (mistake.weight > _FAR_FETCHED or merit[1] > _UNTYPICAL):
            continue
        if merit < best:
            best, found = merit, mistake
    return found


def _righted(u: Phasors, i: Phasors, mistake: _Mistake, wiring: Wiring) -> tuple[Phasors, Phasors]:
    """Phasors as they would be without the mistake."""
    signs = np.array([-1.0 if n in mistake.flips else 1.0 for n in range(3)])
    right = (signs * i)[list(mistake.currents)]
    if wiring is Wiring.THREE_WIRE:
        right[_SECOND] = -right[_FIRST] - right[_THIRD]
    return u[list(mistake.voltages)], right


def _angles(u: Phasors, i: Phasors, loaded: NDArray[np.bool_]) -> Values:
    """Angle of each loaded phase, lagging positive [deg]."""
    angles: Values = np.degrees(np.angle(u * i.conj()))[loaded]
    return angles


def _is_load(angles: Values, width: float | None = None) -> bool:
    low, high = _LOAD if width is None else (-width, width)
    wrapped = (angles + 180) % 360 - 180
    return bool(((wrapped >= low) & (wrapped <= high)).all())


def _findings(mistake: _Mistake, certain: bool, wiring: Wiring) -> tuple[Finding, ...]:
    found = []
    for kind, order in (("voltage", mistake.voltages), ("current", mistake.currents)):
        moved = tuple(n for n in range(3) if order[n] != n)
        phases = tuple(PHASES[n] for n in moved)
        if len(moved) == 2:
            text = f"{kind}s {joined(moved)} are swapped: exchange them"
            found.append(Finding(f"{kind}_swapped", phases, text, certain))
        elif moved:
            where = ", ".join(f"that of {NAMES[n]} is on input {NAMES[order[n]]}" for n in moved)
            text = (
                f"each {kind} is on a wrong phase: {where}; unless power really flows out with so "
                "much reactive power"
            )
            found.append(Finding(f"{kind}_moved", phases, text, certain))
    if len(mistake.flips) == 3 and not found:
        found.append(currents_reversed(certain))
    else:
        alone = len(mistake.flips) == 1
        found.extend(current_reversed(n, certain, wiring, alone=alone) for n in mistake.flips)
    if not certain:
        found = [
            replace(f, text=f"{f.text}; or the load is almost purely reactive", suspect=False)
            for f in found
        ]
    return tuple(found)
