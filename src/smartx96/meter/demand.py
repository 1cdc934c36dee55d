"""Demand: means over the demand period, renewed every slide, and their maxima."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from smartx96.meter.amounts import BITS, PLACES, ROW
from smartx96.meter.portion import Portion
from smartx96.models import Wiring
from smartx96.quantities import TARIFFS

_COARSE = 30
"""Whole slides are kept in 2^-10 Ws: sixty of them are written every second."""

_ACTIVE, _IMPORT, _EXPORT = (
    "active_power_demand", "active_power_demand_import", "active_power_demand_export"
)  # fmt: skip

QUANTITIES: dict[str, str] = {
    _ACTIVE: "active_power_demand_max",
    _IMPORT: "active_power_demand_import_max",
    _EXPORT: "active_power_demand_export_max",
    "apparent_power_demand": "apparent_power_demand_max",
    "reactive_power_demand": "reactive_power_demand_max",
    **{f"current_demand_{p}": f"current_demand_max_{p}" for p in ("l1", "l2", "l3", "n")},
}
"""Every demand and its maximum."""

_APPARENT, _CURRENTS = ROW["apparent_energy"], ROW["current_l1"]
_BLOCKS = range(0, _APPARENT, len(PLACES))
"""First rows of the netted flows."""

_NOTHING = (0,) * len(QUANTITIES)

_OF_TARIFFS = tuple(f"active_power_demand_max_{t}" for t in TARIFFS)


_IDS = frozenset({*QUANTITIES, *QUANTITIES.values(), *_OF_TARIFFS})


@dataclass(frozen=True, slots=True)
class Maximum:
    """A largest demand [W ...] and when its period ended [us]."""

    value: float
    time: int


def demand_amounts(amounts: list[int], places: slice) -> tuple[int, ...]:
    """Amounts of every quantity of `QUANTITIES`, from those of all flows.

    Active and reactive demand are import less export, over some of `PLACES`.
    """
    into, out, q1, q2, q3, q4 = [sum(amounts[first:][places]) for first in _BLOCKS]
    return (
        into - out, into, out, amounts[_APPARENT], q1 + q2 - q3 - q4, *amounts[_CURRENTS:]
    )  # fmt: skip


@dataclass(slots=True)
class Demand:
    """Demand by block with sliding window (`demand_period`, `demand_slide`).

    Parameters
    ----------
    period, slide : int
        [min]; a period of 0 shows the present values.
    parts : deque of tuple of int
        Amounts of the last slides that are whole, at most a period of them [2^-10 Ws].
    texts : deque of str
        The same as the state has them: sixty are kept every second, and one of them is new a
        minute.
    part : tuple of int or None
        Amounts of the present slide [2^-40 Ws]; None before the first boundary.
    present : dict of str to float
        Demands as they stand; none before a whole period.
    maxima : dict of str to Maximum
        By the id of the maximum, those of the tariffs among them.
    """

    period: int = 60
    slide: int = 1
    parts: deque[tuple[int, ...]] = field(default_factory=deque)
    part: tuple[int, ...] | None = None
    present: dict[str, float] = field(default_factory=dict)
    maxima: dict[str, Maximum] = field(default_factory=dict)
    texts: deque[str] = field(init=False)
    _totals: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.texts = deque(_text(part) for part in self.parts)
        self._totals = tuple(map(sum, zip(*self.parts, strict=True))) or _NOTHING

    def add(self, amounts: tuple[int, ...]) -> None:
        """Add amounts to the present slide, as `demand_amounts` gives them."""
        if self.part is not None:
            self.part = _sum(self.part, amounts)

    def close(self, time: int, tariff: int) -> None:
        """The present slide ends at a boundary [us], in a tariff."""
        if self.part is not None:
            part = tuple([(n + (1 << _COARSE - 1)) >> _COARSE for n in self.part])
            self.parts.append(part)
            self.texts.append(_text(part))
            self._totals = _sum(self._totals, part)
        self.part = _NOTHING
        if len(self.parts) > self.period // self.slide:
            gone, _ = self.parts.popleft(), self.texts.popleft()
            self._totals = tuple([a - b for a, b in zip(self._totals, gone, strict=True)])
        if len(self.parts) == self.period // self.slide:
            seconds = 60 * self.period << (BITS - _COARSE)
            self.present = {
                id: total / seconds for id, total in zip(QUANTITIES, self._totals, strict=True)
            }
            self.compare(self.present, time, tariff)

    def instantaneous(self, portion: Portion, netted_by_sum: bool, tariff: int) -> None:
        """The present values of windows are the demand, where the period is 0."""
        power = np.nan_to_num(portion.active)
        active, reactive = power.sum(axis=0), np.nan_to_num(portion.reactive).sum(axis=0)
        exchanged = active[np.newaxis] if netted_by_sum else power
        values = np.stack(
            [
                active,
                np.maximum(exchanged, 0.0).sum(axis=0),
                np.maximum(-exchanged, 0.0).sum(axis=0),
                np.nan_to_num(portion.apparent),
                reactive,
                *np.nan_to_num(portion.current),
            ]
        )
        self.present = dict(zip(QUANTITIES, values[:, -1].tolist(), strict=True))
        for id, row, window in zip(QUANTITIES, values, values.argmax(axis=1), strict=True):
            self.compare({id: float(row[window])}, int(portion.end[window]), tariff)

    def compare(self, values: Mapping[str, float], time: int, tariff: int) -> None:
        """Keep what is larger than its maximum; before a tariff rules it is 0."""
        for id, value in values.items():
            self._compare(QUANTITIES[id], value, time)
        if tariff and _ACTIVE in values:
            self._compare(_OF_TARIFFS[tariff - 1], values[_ACTIVE], time)

    def _compare(self, id: str, value: float, time: int) -> None:
        if id not in self.maxima or value > self.maxima[id].value:
            self.maxima[id] = Maximum(value, time)

    def reset_maxima(self) -> None:
        """Forget the maxima."""
        self.maxima.clear()

    def restart(self, period: int | None = None, slide: int | None = None) -> None:
        """Begin a new period, of other lengths where they are given [min]; maxima stay."""
        self.period = self.period if period is None else period
        self.slide = self.slide if slide is None else slide
        self.parts.clear()
        self.texts.clear()
        self.part, self._totals = None, _NOTHING
        self.present = {}

    def values(self, wiring: Wiring) -> dict[str, float]:
        """Demands and maxima by id, of those that the wiring has."""
        found = self.present | {id: maximum.value for id, maximum in self.maxima.items()}
        own = self.ids(wiring)
        return {id: value for id, value in found.items() if id in own}

    @staticmethod
    def ids(wiring: Wiring) -> frozenset[str]:
        """Ids of the demands and maxima that a wiring has."""
        return _IDS - _not_of(wiring)

    def state(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "period": self.period,
            "slide": self.slide,
            "parts": list(self.texts),
            "part": None if self.part is None else list(self.part),
            "present": dict(self.present),
            "maxima": {id: [m.value, m.time] for id, m in self.maxima.items()},
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Demand:
        """Demand from `state`.

        Raises
        ------
        ValueError
            It holds other quantities.
        """
        part = state["part"]
        parts = [[int(n) for n in text.split()] for text in state["parts"]]
        maxima = {id: Maximum(float(v), int(t)) for id, (v, t) in state["maxima"].items()}
        sizes = {len(own) for own in [*parts, *([] if part is None else [part])]}
        known = {*QUANTITIES.values(), *_OF_TARIFFS}
        if not (sizes <= {len(QUANTITIES)} and known >= set(maxima)
                and set(QUANTITIES) >= set(state["present"])):  # fmt: skip
            raise ValueError("demands of other quantities")
        return cls(
            int(state["period"]),
            int(state["slide"]),
            deque(tuple(own) for own in parts),
            None if part is None else tuple(int(n) for n in part),
            {id: float(value) for id, value in state["present"].items()},
            maxima,
        )


def _text(part: tuple[int, ...]) -> str:
    return " ".join(map(str, part))


def _sum(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([a + b for a, b in zip(one, other, strict=True)])


def _not_of(wiring: Wiring) -> set[str]:
    """Demands of conductors that a wiring has not."""
    gone = {Wiring.FOUR_WIRE: (), Wiring.THREE_WIRE: ("n",), Wiring.ONE_PHASE: ("l2", "l3", "n")}
    return {f"current_demand{mid}_{p}" for p in gone[wiring] for mid in ("", "_max")}
