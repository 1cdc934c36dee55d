"""Energy registers: exact integers by phase and sum, quadrant and tariff; resettable copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.amounts import BITS
from smartx96.meter.reckoning import COUNTED, NETTED, QUADRANTS, SOURCES, reckoning
from smartx96.models import Wiring
from smartx96.quantities import TARIFFS

_NUMERATOR = 2500
_DENOMINATOR = 9 << BITS
"""An amount of 2^-40 Ws is 2500 / (9 2^40) uWh."""

_HAIR = _NUMERATOR << (BITS - 30)
"""2^-30 Ws: 0.0036 Ws, which no binary fraction is, counts as the microwatt-hour that it is."""


def quanta(amount: int) -> int:
    """Whole microwatt-hours in an amount."""
    return (amount * _NUMERATOR + _HAIR) // _DENOMINATOR


def quanta_of(whole: NDArray[np.int64], parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """`quanta` of many amounts at once.

    Parameters
    ----------
    whole, parts : ndarray of int64
        Whole watt-seconds, not negative, and parts of one, 0 to 2^40 - 1.
    """
    whole, left = np.divmod(whole * _NUMERATOR, _DENOMINATOR >> BITS)
    found: NDArray[np.int64] = whole + ((left << BITS) + parts * _NUMERATOR + _HAIR) // _DENOMINATOR
    return found


_COUNTED_BY = {
    phases: tuple(
        tuple(n for n, rows in enumerate(sources) if row in rows) for row in range(len(COUNTED))
    )
    for phases, sources in SOURCES.items()
}
"""For each row, which of `NETTED` and `QUADRANTS` its quanta are part of."""


@dataclass(slots=True)
class Registers:
    """Energy registers of a meter.

    Every flow is a whole number of quanta (1 uWh ...) with the rest below one carried over. All
    else counts those whole quanta: so the tariffs add up to the total, import and export to the
    total and the quadrants to import and export, at every instant.

    Parameters
    ----------
    amounts : list of int
        Of every counted flow since manufacture [2^-40 Ws].
    netted : list of int
        `NETTED` and `QUADRANTS` [quanta].
    tariffs : list of list of int
        `NETTED` of each tariff [quanta].
    reset : list of int
        `NETTED` when the resettable copies were reset [quanta].
    """

    amounts: list[int] = field(default_factory=lambda: [0] * len(COUNTED))
    netted: list[int] = field(default_factory=lambda: [0] * (len(NETTED) + len(QUADRANTS)))
    tariffs: list[list[int]] = field(default_factory=lambda: [[0] * len(NETTED) for _ in TARIFFS])
    reset: list[int] = field(default_factory=lambda: [0] * len(NETTED))
    _quanta: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._quanta = [quanta(amount) for amount in self.amounts]

    def add(self, amounts: list[int], tariff: int, *, phases: bool = True) -> None:
        """Add amounts of one tariff, in the order of `FLOWS`.

        Parameters
        ----------
        amounts : list of int
            [2^-40 Ws].
        tariff : int
            1..4.
        phases : bool
            Whether phases have energies of their own.
        """
        ruling, counted = self.tariffs[tariff - 1], _COUNTED_BY[phases]
        for row, amount in enumerate(amounts[: len(COUNTED)]):
            if amount:
                self.amounts[row] += amount
                gain = quanta(self.amounts[row]) - self._quanta[row]
                self._quanta[row] += gain
                for n in counted[row]:
                    self.netted[n] += gain
                    if n < len(NETTED):
                        ruling[n] += gain

    def reset_copies(self) -> None:
        """Let the resettable energies begin again at nothing."""
        self.reset = self.netted[: len(NETTED)]

    def exact(
        self, wiring: Wiring, netted_by_sum: bool, *, power: bool = True, current: bool = True
    ) -> dict[str, int]:
        """Registers [quanta] by id, of those that the wiring has.

        Parameters
        ----------
        wiring : Wiring
        netted_by_sum : bool
            Which balance is shown as import and export; both are counted.
        power, current : bool
            Whether there are voltages and currents, and currents: without them there are no such
            registers.
        """
        return reckoning(wiring, netted_by_sum, power, current)(self.kept)

    @property
    def kept(self) -> list[int]:
        """All quanta in one row: flows, totals, those of tariffs, and totals as they were reset."""
        return [*self._quanta, *self.netted, *chain.from_iterable(self.tariffs), *self.reset]

    def state(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "amounts": dict(zip(COUNTED, self.amounts, strict=True)),
            "netted": dict(zip(NETTED + QUADRANTS, self.netted, strict=True)),
            "tariffs": {t: dict(zip(NETTED, own, strict=True))
                        for t, own in zip(TARIFFS, self.tariffs, strict=True)},
            "reset": dict(zip(NETTED, self.reset, strict=True)),
        }  # fmt: skip

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Registers:
        """Registers from `state`."""
        return cls(
            [int(state["amounts"][id]) for id in COUNTED],
            [int(state["netted"][id]) for id in NETTED + QUADRANTS],
            [[int(state["tariffs"][t][id]) for id in NETTED] for t in TARIFFS],
            [int(state["reset"][id]) for id in NETTED],
        )

    def rising(self) -> dict[str, int]:
        """What can never fall, by id: the amounts."""
        return dict(zip(COUNTED, self.amounts, strict=True))
