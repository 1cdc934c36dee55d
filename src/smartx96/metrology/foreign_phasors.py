"""Phasors of a meter that shows none, from its other readings.

Sizes of three phasors and of what lies between them make triangles, which have their angles by the
law of cosines; the sequence tells a triangle from its mirror image. Active and reactive power say
how the currents stand to the voltages.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import between_lines
from smartx96.metrology.symmetry import sequences
from smartx96.metrology.synchronisation import Phasors
from smartx96.models import Wiring
from smartx96.quantities import LINES, PHASES

Readings = Mapping[str, float]

_NORMAL, _REVERSE = 1, 2
_TURN = np.exp(2j * np.pi / 3 * np.arange(3))
_FLIPS = np.array([[1, 1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]])


def phasors_of(values: Readings, wiring: Wiring = Wiring.FOUR_WIRE) -> tuple[Phasors, Phasors]:
    """Fundamentals from the readings of a meter, which have no angles; U1, or U12, has 0.

    A distortion that is given is taken out of true rms. Where line voltages are not given, voltages
    are taken to be a third of a turn apart; where the sequence is not, to turn as usual.

    Parameters
    ----------
    values : mapping of str to float
        By quantity id: `voltage_l1`.., `voltage_l1_l2`.., `current_l1`.., `active_power_l1`..,
        `reactive_power_l1`.., `voltage_sequence`, `voltage_thd_l1`.., `current_thd_l1`..; in a
        three-wire system line voltages and total powers. What is left out is not known.
    wiring : Wiring

    Returns
    -------
    voltage, current : ndarray of complex, shape (3,)
        As `smartx96.metrology.wiring_check` takes them: without a neutral the voltages stand
        against the star point. NaN where something that it takes is not known.
    """
    current = _fundamentals(values, "current", PHASES)
    if wiring is Wiring.THREE_WIRE:
        voltage = _star(_fundamentals(values, "voltage", LINES), _sequence(values))
        power = _power(values, "")
        return voltage, _closed_currents(voltage, current, complex(power[0]))
    size = _fundamentals(values, "voltage", PHASES)
    if wiring is Wiring.ONE_PHASE:
        voltage = np.where(np.arange(3) == 0, size, np.nan).astype(np.complex128)
    else:
        voltage = _spread(size, _fundamentals(values, "voltage", LINES), _sequence(values))
    power = _power(values, *(f"_{phase}" for phase in PHASES))
    lag = np.where(power == 0, np.nan, np.angle(power))
    turned: Phasors = current * np.exp(1j * (np.angle(voltage) - lag))
    return voltage, np.where(current == 0, 0, turned)


def _fundamentals(values: Readings, kind: str, places: tuple[str, ...]) -> Values:
    """Sizes of fundamentals: true rms without its distortion, where that is known."""
    rms, thd = (np.array([values.get(f"{id}_{place}", np.nan) for place in places])
                for id in (kind, f"{kind}_thd"))  # fmt: skip
    found: Values = rms / np.sqrt(1 + (np.nan_to_num(thd) / 100) ** 2)
    return found


def _power(values: Readings, *places: str) -> Phasors:
    active, reactive = (np.array([values.get(f"{id}{place}", np.nan) for place in places])
                        for id in ("active_power", "reactive_power"))  # fmt: skip
    return active + 1j * reactive


def _sequence(values: Readings) -> int:
    told = values.get("voltage_sequence", 0.0)
    return int(told) if told in (_NORMAL, _REVERSE) else 0


def _spread(size: Values, line: Values, sequence: int) -> Phasors:
    """Voltages against neutral, of their sizes and those of their differences."""
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = _angle((size**2 + np.roll(size, -1) ** 2 - line**2) / 2, size * np.roll(size, -1))
    # The second lies on one side of the first; on which side the third, the last line tells.
    across = np.array([[0, -apart[0], side * apart[2]] for side in (1, -1)])
    sides = np.asarray(size * np.exp(1j * across), np.complex128)
    misses = [abs(abs(between_lines(u)[1]) - line[1]) for u in sides]
    return _turning(sides[int(misses[1] < misses[0])], sequence)


def _angle(inner: Values, sizes: Values) -> Values:
    """Angle between phasors of their inner product; a third of a turn where there is none."""
    known = (sizes > 0) & ~np.isnan(inner)
    cosine = np.divide(inner, sizes, out=np.full(3, -0.5), where=known)
    angle: Values = np.arccos(np.clip(cosine, -1, 1))
    return angle


def _triangle(size: Values) -> Phasors:
    """Three phasors that sum to nothing, the first at 0, the others as usual behind it."""
    first, second, third = size**2
    apart = _angle(np.full(3, (third - first - second) / 2), np.full(3, size[0] * size[1]))[0]
    two = size[:2] * np.exp(-1j * np.array([0.0, apart]))
    return np.append(two, -two.sum())


def _star(line: Values, sequence: int) -> Phasors:
    """Voltages against the star point of those between lines, L1-L2 at 0."""
    between = _triangle(line)
    found: Phasors = (between - np.roll(between, 1)) / 3
    return _turning(found, sequence)


def _turning(u: Phasors, sequence: int) -> Phasors:
    """Phasors or their mirror image, whichever turn so."""
    if sequence:
        positive, negative, _ = np.abs(sequences(u))
        return u.conj() if (negative > positive) == (sequence == _NORMAL) else u
    # Of one that is reversed neither sequence is clear: whichever fits better then.
    fits = [np.abs((_FLIPS * each * _TURN).sum(axis=-1)).max() for each in (u, u.conj())]
    return u.conj() if fits[1] > fits[0] else u


def _closed_currents(u: Phasors, size: Values, power: complex) -> Phasors:
    """Currents that sum to nothing, turned so that they make a power with voltages."""
    if not size.any():
        return np.zeros(3, np.complex128)
    usual = _triangle(size)
    made = [(abs(complex((u * i.conj()).sum())), i) for i in (usual, usual.conj())]
    i = min(made, key=lambda each: abs(each[0] - abs(power)))[1]
    found: Phasors = i * np.exp(1j * (np.angle((u * i.conj()).sum()) - np.angle(power)))
    return found
