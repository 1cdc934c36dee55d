"""Amounts: energies of windows as exact integers, sorted into what registers count.

An amount is a whole number of parts of a watt-second (var-second ...), 2^-40 of it: what rounding
loses in ten years of windows stays below a thousandth of a microwatt-hour. In arrays it stands as
whole watt-seconds and parts apart, so that a million of the largest legal windows add up in int64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import StreamError
from smartx96.meter.portion import Portion, Starting
from smartx96.metrology.kernels import Values


class UncountableError(StreamError):
    """A window with more energy than any meter counts."""


BITS = 40
"""Parts of a watt-second, as a power of two."""

_LARGEST = 1e11
"""Energy of one window at most [Ws]: the largest legal ratios at full load stay far below."""

PLACES = ("l1", "l2", "l3", "sum")
"""Where active and reactive energy are netted: each phase, and the total."""

FLOWS: tuple[str, ...] = (
    *(f"active_energy_{way}_{place}" for way in ("import", "export") for place in PLACES),
    *(f"reactive_energy_q{quadrant}_{place}" for quadrant in (1, 2, 3, 4) for place in PLACES),
    "apparent_energy",
    "charge",
    *(f"current_{place}" for place in ("l1", "l2", "l3", "n")),
)
"""Rows of amounts; quadrants as in IEC 62053-23: 1 and 4 import active power, 1 and 2 reactive."""

ROW = {id: n for n, id in enumerate(FLOWS)}

_OUTWARD = ("active_energy_export", "reactive_energy_q3", "reactive_energy_q4")
_SIGNS = np.array([-1 if flow.startswith(_OUTWARD) else 1 for flow in FLOWS])

_NETTED = ROW["apparent_energy"]
"""Rows that are netted, four places each."""

_PART = (1 << BITS) - 1


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of consecutive windows.

    Parameters
    ----------
    fine : ndarray of int64, shape (2, flow, window)
        Whole watt-seconds and parts of `FLOWS`; what flows out is negative.
    refused : ndarray of bool, shape (window,), or None
        Windows beyond what any meter counts, which count nothing.
    """

    fine: NDArray[np.int64]
    refused: NDArray[np.bool_] | None = None

    def sums(self, first: int, stop: int) -> list[int]:
        """Amount of every flow over some of the windows.

        Returns
        -------
        list of int
            In the order of `FLOWS`, none negative [2^-40 Ws].
        """
        whole, parts = np.add.reduce(self.fine[:, :, first:stop], axis=2) * _SIGNS
        return [(w << BITS) + p for w, p in zip(whole.tolist(), parts.tolist(), strict=True)]

    def shown(self, places: slice) -> NDArray[np.int64]:
        """Active energy in and out and reactive energy of the quadrants over some of `PLACES`.

        Parameters
        ----------
        places : slice

        Returns
        -------
        ndarray of int64, shape (2, 6, window)
            Whole watt-seconds and parts; what flows out is negative.
        """
        found: NDArray[np.int64] = np.add.reduce(_by_place(self.fine)[:, :, places], axis=2)
        return found


def _by_place(fine: NDArray[np.int64]) -> NDArray[np.int64]:
    """The netted flows as shape (2, 6, 4, window): ways and quadrants, places."""
    return fine[:, :_NETTED].reshape(2, -1, len(PLACES), fine.shape[2])


def amounts(portion: Portion, starting: Starting, *, phases: bool, strict: bool) -> Amounts:
    """Amounts of windows.

    Parameters
    ----------
    portion : Portion
    starting : Starting
    phases : bool
        Whether phases have energies of their own: without a neutral they have not.
    strict : bool
        Whether a window beyond what any meter counts is an error; else it is not counted.

    Raises
    ------
    StreamError
        Such a window, where `strict`.
    """
    power = _powers(portion, starting)
    energy = power * portion.seconds
    refused = _refused(energy, strict)
    whole = np.floor(energy)
    fine = np.empty((2, *energy.shape), np.int64)
    fine[0] = whole
    fine[1] = np.rint((energy - whole) * (1 << BITS))
    found = np.empty((2, len(FLOWS), energy.shape[1]), np.int64)
    _sort(_netted(fine, power, starting, phases), _by_place(found))
    found[:, _NETTED:] = fine[:, 6:]
    return Amounts(found, refused)


def _powers(portion: Portion, starting: Starting) -> Values:
    """Powers and currents: active, reactive, apparent, sum of the phases' and each current, shape
    (12, window); what is not available is 0.
    """
    power = np.empty((12, len(portion)))
    power[0:3], power[3:6] = portion.active, portion.reactive
    power[6], power[8:12] = portion.apparent, portion.current
    unknown = ~np.isfinite(power)
    unknown[7] = False
    if unknown.any():
        power[unknown] = 0.0
    if starting.current:
        flowing = power[8:11] >= starting.current
        power[6] *= np.logical_or.reduce(flowing, axis=0)
        np.add.reduce(power[8:11], axis=0, where=flowing, out=power[7])
    else:
        np.add.reduce(power[8:11], axis=0, out=power[7])
    return power


def _refused(energy: Values, strict: bool) -> NDArray[np.bool_] | None:
    """Which windows, shape (window,), hold more than any meter counts: they count nothing."""
    size = np.abs(energy)
    if size.max(initial=0.0) <= _LARGEST:
        return None
    if strict:
        raise UncountableError(
            f"a window of {size.max():g} Ws: no meter counts more than {_LARGEST:g} Ws at once"
        )
    refused: NDArray[np.bool_] = np.logical_or.reduce(size > _LARGEST, axis=0)
    energy[:, refused] = 0.0
    return refused


def _netted(
    fine: NDArray[np.int64], power: Values, starting: Starting, phases: bool
) -> NDArray[np.int64]:
    """Active and reactive amounts of L1, L2, L3 and the sum as far as they register, shape
    (2, 2, 4, window).
    """
    found = np.empty((2, 2, 4, fine.shape[2]), np.int64)
    found[:, :, :3] = fine[:, :6].reshape(2, 2, 3, -1)
    total = found[:, :, 3]
    np.add.reduce(found[:, :, :3], axis=2, out=total)
    total[0] += total[1] >> BITS
    total[1] &= _PART
    if starting.power:
        size = power[:6].reshape(2, 3, -1)
        found[:, :, :3] &= _mask(np.abs(size) >= starting.power)
        total &= _mask(np.abs(np.add.reduce(size, axis=1)) >= starting.total)
    if not phases:
        found[:, :, :3] = 0
    return found


def _sort(netted: NDArray[np.int64], found: NDArray[np.int64]) -> None:
    """Sort amounts by their signs into import and export and quadrants, shape (2, 6, 4, window).

    The shift by 63 makes a mask of the sign of the whole watt-seconds, which are rounded down.
    """
    negative = netted[0] >> 63
    out = netted & negative
    into = netted - out
    exporting = negative[0]
    found[:, 0], found[:, 1] = into[:, 0], out[:, 0]
    lagging, leading = into[:, 1], out[:, 1]
    np.bitwise_and(lagging, exporting, out=found[:, 3])
    np.subtract(lagging, found[:, 3], out=found[:, 2])
    np.bitwise_and(leading, exporting, out=found[:, 4])
    np.subtract(leading, found[:, 4], out=found[:, 5])


def _mask(kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """All bits where something is kept, none elsewhere."""
    return -kept.astype(np.int64)
