"""Energy registers: exact integers, import and export, netted per phase and over the sum."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import StreamError
from smartx96.metrology.kernels import Values
from smartx96.models import Wiring
from smartx96.quantities import PHASES

MICRO_HOURS_PER_SECOND = 1e6 / 3600
"""Quanta (1 uWh, uvarh, uVAh, uAh) in one Ws, vars, VAs, As."""

_BITS = 16
_FRACTION = 1 << _BITS
"""Parts of a quantum in which a window's energy is rounded and carried over: 2^-17 quantum a
window is 1e-12 kWh in ten years."""

_LARGEST = 1e11
"""Energy of one window at most [Ws]: the largest legal ratios at full load stay far below."""

_KINDS = ("active", "reactive")
_DIRECTIONS = ("import", "export")
_IMPORT, _EXPORT = (
    tuple(f"{kind}_energy_{way}_{place}" for kind in _KINDS for place in (*PHASES, "sum"))
    for way in _DIRECTIONS
)
_UNSIGNED = ("apparent_energy", "charge")


@dataclass(slots=True)
class Energy:
    """Energy registers of a meter.

    Every register is a whole number of quanta (1 uWh ...) with the rest below one carried over.
    Windows may come one by one or a million at once: the sums are integers and do not depend on it.
    Import less export is exact; a window's energy goes to one of them by its sign.

    Parameters
    ----------
    wiring : Wiring
        Without a neutral phases have no energy of their own, and all goes by the sum.
    netted_by_sum : bool
        Which balance is shown as import and export; both are counted.
    strict : bool
        Whether a window beyond what any meter counts is an error; else it is not counted.
    power, current : bool
        Whether there are voltages and currents, and currents: without them there are no such
        registers.

    Attributes
    ----------
    refused : int
        Windows that were not counted.
    """

    wiring: Wiring = Wiring.FOUR_WIRE
    netted_by_sum: bool = False
    strict: bool = True
    power: bool = True
    current: bool = True
    refused: int = 0
    _fine: dict[str, int] = field(default_factory=dict)

    def add(self, active: Values, reactive: Values, apparent: Values, current: Values,
            seconds: Values) -> None:  # fmt: skip
        """Add windows.

        Parameters
        ----------
        active, reactive : ndarray, shape (window, 3)
            Mean power of each phase [W, var].
        apparent, current : ndarray, shape (window,)
            Total apparent power [VA] and sum of the phase currents [A].
        seconds : ndarray, shape (window,)
            Time measured [s].
        """
        power = np.column_stack([active, reactive, apparent, current])
        energy = self._quantised(power * seconds[:, np.newaxis])
        phases = energy[:, :6].reshape(-1, 2, 3)
        signed = np.concatenate([phases, phases.sum(axis=2, keepdims=True)], axis=2)
        self._count(_IMPORT, np.maximum(signed, 0))
        self._count(_EXPORT, np.maximum(-signed, 0))
        self._count(_UNSIGNED, energy[:, 6:])

    def _quantised(self, energy: Values) -> NDArray[np.int64]:
        """Energy [Ws] in parts of a quantum; what is not available counts nothing."""
        known = np.where(np.isfinite(energy), energy, 0.0)
        size = np.abs(known)
        if size.max(initial=0.0) > _LARGEST:
            if self.strict:
                raise StreamError(
                    f"a window of {size.max():g} Ws: no meter counts more than {_LARGEST:g} Ws at "
                    "once; give the true --scale"
                )
            beyond = (size > _LARGEST).any(axis=1)
            known[beyond] = 0.0
            self.refused += int(np.count_nonzero(beyond))
        return np.rint(known * (MICRO_HOURS_PER_SECOND * _FRACTION)).astype(np.int64)

    def _count(self, ids: tuple[str, ...], energy: NDArray[np.int64]) -> None:
        # Whole quanta and rest apart: many windows of the largest legal power stay within int64.
        whole = np.add.reduce(energy >> _BITS, axis=0).ravel().tolist()
        rest = np.add.reduce(energy & (_FRACTION - 1), axis=0).ravel().tolist()
        for id, many, few in zip(ids, whole, rest, strict=True):
            self._fine[id] = self._fine.get(id, 0) + many * _FRACTION + few

    def quanta(self, id: str) -> int:
        """Whole quanta of one primary register, such as `active_energy_import_l1`."""
        return self._fine.get(id, 0) // _FRACTION

    def exact(self) -> dict[str, int]:
        """Registers in quanta, by id, with what adds up from them; none that the wiring lacks."""
        own = PHASES[self.wiring.phases] if self.wiring.has_neutral else ()
        there = dict(zip(_UNSIGNED, (self.power, self.current), strict=True))
        found = {id: self.quanta(id) for id in _UNSIGNED if there[id]}
        for kind in _KINDS if self.power else ():
            for way in _DIRECTIONS:
                id = f"{kind}_energy_{way}"
                parts = [self.quanta(f"{id}_{p}") for p in own]
                found |= {f"{id}_{p}": n for p, n in zip(own, parts, strict=True)}
                found[f"{id}_sum"] = self.quanta(f"{id}_sum")
                if own:
                    found[f"{id}_per_phase"] = sum(parts)
                by_sum = self.netted_by_sum or not own
                found[id] = found[f"{id}_sum" if by_sum else f"{id}_per_phase"]
            for place in ("", *(f"_{p}" for p in own)):
                both = [found[f"{kind}_energy_{way}{place}"] for way in _DIRECTIONS]
                found[f"{kind}_energy_total{place}"] = sum(both)
            shown = [found[f"{kind}_energy_{way}"] for way in reversed(_DIRECTIONS)]
            found[f"{kind}_energy_net"] = shown[0] - shown[1]
        return found
