"""Reckoning: which energy registers there are, and of what each is the sum.

Everything is a sum or difference of what `smartx96.meter.registers.Registers` keeps. The sums are
written down once for each wiring and netting, and followed with the integers ever after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, reduce
from itertools import count
from operator import add

from smartx96.meter.amounts import FLOWS, PLACES, ROW
from smartx96.models import Wiring
from smartx96.quantities import PHASES, TARIFFS

KINDS = ("active", "reactive")
DIRECTIONS = ("import", "export")
NETTINGS = ("per_phase", "sum")

COUNTED = FLOWS[: ROW["charge"] + 1]
"""Flows that are registers; the others are means over the demand period only."""

NETTED: tuple[str, ...] = tuple(
    f"{kind}_energy_{way}_{netting}" for netting in NETTINGS for kind in KINDS for way in DIRECTIONS
)
"""Totals over the phases, which every tariff has of its own."""

QUADRANTS: tuple[str, ...] = tuple(
    f"reactive_energy_q{n}_{netting}" for netting in NETTINGS for n in (1, 2, 3, 4)
)

MEMBERS: dict[str, tuple[str, ...]] = {
    "active_energy_import": ("active_energy_import",),
    "active_energy_export": ("active_energy_export",),
    "reactive_energy_import": ("reactive_energy_q1", "reactive_energy_q2"),
    "reactive_energy_export": ("reactive_energy_q3", "reactive_energy_q4"),
}
"""Flows that add up to energies."""

_PLACES_OF = {
    ("per_phase", True): PLACES[:3],
    ("sum", True): PLACES[3:],
    ("per_phase", False): PLACES[3:],
    ("sum", False): PLACES[3:],
}
"""Places that a netting adds up, with phases and without: then there is nothing but the sum."""


def _rows(flows: tuple[str, ...], places: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(ROW[f"{flow}_{place}"] for flow in flows for place in places)


SOURCES = {
    phases: tuple(
        _rows(MEMBERS[f"{kind}_energy_{way}"], _PLACES_OF[netting, phases])
        for netting in NETTINGS
        for kind in KINDS
        for way in DIRECTIONS
    )
    + tuple(
        _rows((f"reactive_energy_q{n}",), _PLACES_OF[netting, phases])
        for netting in NETTINGS
        for n in (1, 2, 3, 4)
    )
    for phases in (True, False)
}
"""Rows whose quanta make up `NETTED` and `QUADRANTS`, with phases and without."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Registers as sums and differences of what is kept.

    Parameters
    ----------
    ids : tuple of str
    places : tuple of int
        Where each id stands behind what is kept and what the steps added.
    steps : list of (int, int, int)
        Places of two numbers, and the sign of the second: their sum is added at the end.
    """

    ids: tuple[str, ...]
    places: tuple[int, ...]
    steps: list[tuple[int, int, int]]

    def __call__(self, kept: list[int]) -> dict[str, int]:
        """Registers by id."""
        values = kept.copy()
        for one, other, sign in self.steps:
            values.append(values[one] + sign * values[other])
        return {id: values[place] for id, place in zip(self.ids, self.places, strict=True)}


@dataclass(frozen=True, slots=True)
class _Term:
    """A number that stands at a place, and writes down what is made of it."""

    place: int
    steps: list[tuple[int, int, int]]

    def __add__(self, other: _Term) -> _Term:
        return self._with(other, 1)

    def __sub__(self, other: _Term) -> _Term:
        return self._with(other, -1)

    def _with(self, other: _Term, sign: int) -> _Term:
        self.steps.append((self.place, other.place, sign))
        return _Term(_KEPT + len(self.steps) - 1, self.steps)


_KEPT = len(COUNTED) + len(NETTED) * (2 + len(TARIFFS)) + len(QUADRANTS)

_Terms = dict[str, _Term]


@cache
def reckoning(wiring: Wiring, netted_by_sum: bool, power: bool, current: bool) -> Reckoning:
    """Registers that there are.

    Parameters
    ----------
    wiring : Wiring
    netted_by_sum : bool
        Which balance is shown as import and export; both are counted.
    power, current : bool
        Whether there are voltages and currents, and currents: without them there are no such
        registers.
    """
    steps: list[tuple[int, int, int]] = []
    found = _found(steps, wiring, netted_by_sum, power, current)
    return Reckoning(tuple(found), tuple(term.place for term in found.values()), steps)


def _found(
    steps: list[tuple[int, int, int]], wiring: Wiring, by_sum: bool, power: bool, current: bool
) -> _Terms:
    counted, totals, tariffs, reset = _kept(steps)
    found = {"charge": counted["charge"]} if current else {}
    if not power:
        return found
    found["apparent_energy"] = counted["apparent_energy"]
    netting = NETTINGS[by_sum or not wiring.has_neutral]
    found |= {id: term for id, term in totals.items()
              if wiring.has_neutral or not id.endswith("per_phase")}  # fmt: skip
    shown = {id.removesuffix(f"_{netting}"): id for id in totals if id.endswith(netting)}
    found |= {energy: totals[id] for energy, id in shown.items()}
    if wiring.has_neutral:
        found |= {
            f"{energy}_{phase}": reduce(add, [counted[f"{flow}_{phase}"] for flow in flows])
            for energy, flows in MEMBERS.items()
            for phase in PHASES[wiring.phases]
        }
    for energy, id in shown.items():
        if id in reset:
            found[f"{energy}_resettable"] = totals[id] - reset[id]
            own = {f"{energy}_{tariff}": terms[id] for tariff, terms in tariffs.items()}
            found |= own | {f"{energy}_tariffs": reduce(add, own.values())}
    return found | _sums(found)


def _kept(
    steps: list[tuple[int, int, int]],
) -> tuple[_Terms, _Terms, dict[str, _Terms], _Terms]:
    """What is kept, in the order of `Registers.kept`: flows, totals, those of tariffs, and totals
    as they were reset.
    """
    places = count()

    def named(ids: tuple[str, ...]) -> _Terms:
        return {id: _Term(next(places), steps) for id in ids}

    return (
        named(COUNTED),
        named(NETTED + QUADRANTS),
        {tariff: named(NETTED) for tariff in TARIFFS},
        named(NETTED),
    )


def _sums(found: Mapping[str, _Term]) -> _Terms:
    """Totals and nets of every import that has an export."""
    sums = {}
    for id, into in found.items():
        if "_energy_import" in id:
            out = found[id.replace("_import", "_export")]
            sums[id.replace("_import", "_total")] = into + out
            if id.endswith("_import"):
                sums[id.replace("_import", "_net")] = out - into
    return sums
