"""Standing: registers, demands and counts as they stood at one moment.

What is shown of them is what the store has committed, so that nothing shown ever goes back after a
power cut: it is renewed once a second, while readings are renewed with every window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.accounts import Accounts
from smartx96.meter.calendar import standard_offset
from smartx96.meter.configuration import Configuration
from smartx96.meter.portion import SECOND
from smartx96.quantities import INDEX, TABLE, Kind

_KILO = 1e-9
"""Quanta (micro) to the unit shown (kilo)."""
_WHOLE = 1e-6
"""Quanta (micro) to ampere-hours."""

_ENERGIES = {
    q.id: (INDEX[q.id], _WHOLE if q.unit == "Ah" else _KILO) for q in TABLE if q.kind is Kind.ENERGY
}
_EXACT = {q.id.removesuffix("_exact"): q.id for q in TABLE if q.kind is Kind.EXACT}


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything of a meter that is no reading of a window.

    Parameters
    ----------
    time : int
        By the meter's clock [us since 1970-01-01T00:00Z].
    values : ndarray, shape (quantities,)
        Energies and demands in the order of `smartx96.quantities.TABLE`; all else NaN.
    exact : mapping of str to int
        Exact energies and pulse counts.
    maxima : mapping of str to int
        When each maximum was reached [us].
    tariff : int
        That rules.
    demand_time : float
        Time elapsed in the present demand interval [min].
    event_count : int
        Events logged since manufacture.
    powered : int
        Time under power [us].
    awaited : frozenset of str
        Demands and maxima that the meter has, and that come with the first whole period.
    """

    time: int
    values: NDArray[np.float64]
    exact: Mapping[str, int]
    maxima: Mapping[str, int]
    tariff: int = 1
    demand_time: float = 0.0
    event_count: int = 0
    powered: int = 0
    awaited: frozenset[str] = frozenset()

    @property
    def known(self) -> dict[str, float]:
        """Energies and demands that there are, by id."""
        return {id: float(self.values[n]) for id, n in INDEX.items()
                if not np.isnan(self.values[n])}  # fmt: skip

    def get(self, id: str) -> float | int | None:
        """Value of a quantity; None where not available."""
        if id in self.exact:
            return self.exact[id]
        value = float(self.values[INDEX[id]])
        return None if np.isnan(value) else value


def energies(exact: Mapping[str, int]) -> dict[str, float]:
    """Energy registers in the units shown (kWh, kvarh, kVAh, Ah), of those that the table has."""
    return {id: quanta * _ENERGIES[id][1] for id, quanta in exact.items() if id in _ENERGIES}


def integers(exact: Mapping[str, int]) -> dict[str, int]:
    """Exact registers by their ids."""
    return {own: exact[id] for id, own in _EXACT.items() if id in exact}


def vector(exact: Mapping[str, int], demands: Mapping[str, float]) -> NDArray[np.float64]:
    """Energies and demands in the order of the table of quantities."""
    values = np.full(len(TABLE), np.nan)
    ids, places, factors = _columns(tuple(exact))
    values[places] = np.array([exact[id] for id in ids], float) * factors
    values[[INDEX[id] for id in demands]] = list(demands.values())
    values.setflags(write=False)
    return values


@lru_cache(maxsize=32)
def _columns(
    ids: tuple[str, ...],
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.float64]]:
    """Of those that the table has, the place in it and the factor to the unit shown."""
    known = tuple(id for id in ids if id in _ENERGIES)
    places = np.array([_ENERGIES[id][0] for id in known], np.int64)
    return known, places, np.array([_ENERGIES[id][1] for id in known], float)


def standing(
    accounts: Accounts, configuration: Configuration, event_count: int, powered: int, *,
    power: bool = True, current: bool = True,
) -> Standing:  # fmt: skip
    """Everything as accounts have it.

    Parameters
    ----------
    accounts : Accounts
    configuration : Configuration
    event_count : int
        Events logged since manufacture.
    powered : int
        Time under power [us].
    power, current : bool
        Whether there are voltages and currents, and currents: without them there are no such
        registers.
    """
    wiring, rules, demand = configuration.wiring, accounts.rules, accounts.demand
    exact = accounts.registers.exact(wiring, rules.netted_by_sum, power=power, current=current)
    own = {id for id in demand.ids(wiring) if power or (current and id.startswith("current"))}
    demands = {id: value for id, value in demand.values(wiring).items() if id in own}
    pulses = {
        f"pulse{output.output}_{what}": getattr(output, what)
        for output in accounts.outputs
        for what in ("count", "pending")
    }
    return Standing(
        time=accounts.now or 0,
        values=vector(exact, demands),
        exact=MappingProxyType({**integers(exact), **pulses}),
        maxima=MappingProxyType(
            {id: maximum.time for id, maximum in demand.maxima.items() if id in demands}
        ),
        tariff=accounts.tariff or 1,
        demand_time=_elapsed(accounts),
        event_count=event_count,
        powered=powered,
        awaited=frozenset() if demand.present else frozenset(own - demands.keys()),
    )


def _elapsed(accounts: Accounts) -> float:
    """Time since the present demand period began [min]."""
    period = accounts.rules.demand_period * 60 * SECOND
    if not period or accounts.now is None:
        return 0.0
    standard = accounts.now + standard_offset(accounts.rules.zone, accounts.now) * SECOND
    return standard % period / (60 * SECOND)


NOTHING = Standing(
    0, vector({}, {}), MappingProxyType({}), MappingProxyType({})
)  # fmt: skip
"""Before anything was counted."""
