"""Energy registers: exact integers by phase and sum, quadrant and tariff; resettable copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smartx96.meter.amounts import BITS, FLOWS, PLACES, ROW
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

_NUMERATOR = 2500
_DENOMINATOR = 9 << BITS
"""An amount of 2^-40 Ws is 2500 / (9 2^40) uWh."""

_HAIR = _NUMERATOR << (BITS - 30)
"""2^-30 Ws: 0.0036 Ws, which no binary fraction is, counts as the microwatt-hour that it is."""

_MEMBERS: dict[str, tuple[str, ...]] = {
    "active_energy_import": ("active_energy_import",),
    "active_energy_export": ("active_energy_export",),
    "reactive_energy_import": ("reactive_energy_q1", "reactive_energy_q2"),
    "reactive_energy_export": ("reactive_energy_q3", "reactive_energy_q4"),
}
"""Flows that add up to energies."""


def quanta(amount: int) -> int:
    """Whole microwatt-hours in an amount."""
    return (amount * _NUMERATOR + _HAIR) // _DENOMINATOR


def _rows(flows: tuple[str, ...], places: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(ROW[f"{flow}_{place}"] for flow in flows for place in places)


_PLACES_OF = {
    ("per_phase", True): PLACES[:3],
    ("sum", True): PLACES[3:],
    ("per_phase", False): PLACES[3:],
    ("sum", False): PLACES[3:],
}
"""Places that a netting adds up, with phases and without: then there is nothing but the sum."""

_SOURCES = {
    phases: tuple(
        _rows(_MEMBERS[f"{kind}_energy_{way}"], _PLACES_OF[netting, phases])
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
"""Rows whose quanta make up `NETTED` and `QUADRANTS`."""

_COUNTED_BY = {
    phases: tuple(
        tuple(n for n, rows in enumerate(sources) if row in rows) for row in range(len(COUNTED))
    )
    for phases, sources in _SOURCES.items()
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
        found = {"charge": self._quanta[ROW["charge"]]} if current else {}
        if not power:
            return found
        found["apparent_energy"] = self._quanta[ROW["apparent_energy"]]
        netting = NETTINGS[netted_by_sum or not wiring.has_neutral]
        totals = dict(zip(NETTED + QUADRANTS, self.netted, strict=True))
        found |= (
            totals
            if wiring.has_neutral
            else {id: n for id, n in totals.items() if not id.endswith("per_phase")}
        )
        found |= {id.removesuffix(f"_{netting}"): n for id, n in totals.items()
                  if id.endswith(netting)}  # fmt: skip
        if wiring.has_neutral:
            found |= self._of_phases(tuple(PHASES[wiring.phases]))
        found |= self._copies(netting)
        return found | _sums(found)

    def _of_phases(self, phases: tuple[str, ...]) -> dict[str, int]:
        return {
            f"{energy}_{phase}": sum(self._quanta[ROW[f"{flow}_{phase}"]] for flow in flows)
            for energy, flows in _MEMBERS.items()
            for phase in phases
        }

    def _copies(self, netting: str) -> dict[str, int]:
        """Resettable, by tariff, and over all tariffs."""
        found = {}
        for n, id in enumerate(NETTED):
            if id.endswith(netting):
                energy = id.removesuffix(f"_{netting}")
                found[f"{energy}_resettable"] = self.netted[n] - self.reset[n]
                own = {f"{energy}_{t}": self.tariffs[k][n] for k, t in enumerate(TARIFFS)}
                found |= own | {f"{energy}_tariffs": sum(own.values())}
        return found

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


def _sums(found: Mapping[str, int]) -> dict[str, int]:
    """Totals and nets of every import that has an export."""
    sums = {}
    for id, into in found.items():
        if "_energy_import" in id:
            out = found[id.replace("_import", "_export")]
            sums[id.replace("_import", "_total")] = into + out
            if id.endswith("_import"):
                sums[id.replace("_import", "_net")] = out - into
    return sums
