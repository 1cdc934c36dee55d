"""Counters: registers that only grow, and what it means where one of them went back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartx96.models import ROLL_OVER
from smartx96.quantities import BY_ID, Kind
from smartx96.tables.log.row import Value, listed

_GROWING = (Kind.ENERGY, Kind.EXACT, Kind.COUNT)
_EITHER_WAY = ("_net", "_pending")
"""Ends of ids of what is counted and yet may fall: a difference, and what waits."""

_NEAR, _FAR = 0.9, 0.1
"""Shares of the roll-over: from above the one to below the other, it was passed."""


class Counters:
    """The last values of what only grows in one meter.

    Parameters
    ----------
    ids : sequence of str
        Of the values that come.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self._places = {id: n for n, id in enumerate(ids) if _grows(id)}
        self._last = dict[str, float]()

    def forget(self) -> None:
        """Begin anew, as with another meter."""
        self._last.clear()

    def take(self, values: Sequence[Value]) -> list[str]:
        """What went back since the last values, in words."""
        found = list[tuple[str, float, float]]()
        for id, value in self._known(values):
            last = self._last.get(id, value)
            if value < last:
                found.append((id, last, value))
            self._last[id] = value
        return _worded(found)

    def _known(self, values: Sequence[Value]) -> Iterator[tuple[str, float]]:
        for id, place in self._places.items():
            value = values[place]
            if value is not None:
                yield id, value


def _grows(id: str) -> bool:
    quantity = BY_ID.get(id)
    return quantity is not None and quantity.kind in _GROWING and not id.endswith(_EITHER_WAY)


def _worded(found: Sequence[tuple[str, float, float]]) -> list[str]:
    """Words on registers, those with one reason together."""
    reasons = dict[str, list[str]]()
    for id, last, value in found:
        unit = f" {BY_ID[id].unit}" if BY_ID[id].unit else ""
        said = f"{id} from {last:.10g} to {value:.10g}{unit}"
        reasons.setdefault(_reason(id, last, value), []).append(said)
    return [f"went back: {listed(ids)}; {reason}" for reason, ids in reasons.items()]


def _reason(id: str, last: float, value: float) -> str:
    if id.endswith("_resettable"):
        return "it was reset"
    rolls = BY_ID[id].kind is Kind.ENERGY
    if rolls and last > _NEAR * ROLL_OVER and value < _FAR * ROLL_OVER:
        return f"it rolled over at {ROLL_OVER:.1f}"
    return "was the meter exchanged, or its register set?"
