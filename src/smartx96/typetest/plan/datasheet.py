"""Datasheet: each accuracy it promises, over the range for which it promises it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from smartx96.models import NOMINAL_VOLTAGE, OVERLOAD, Wiring
from smartx96.typetest.check import Check, Kind, alone
from smartx96.typetest.factor import ACTIVE, UNITY, Factor
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import Point, Trial
from smartx96.typetest.waveform import Waveform

HIGHEST_VOLTAGE = 1.2 * NOMINAL_VOLTAGE
"""End of the voltage range, 120 % Un [V]."""

_LINES = ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the datasheet.

    Parameters
    ----------
    name : str
        As the report shows it.
    promise : float
        In the unit.
    unit : str
        `%` is of the base, all else is as it stands.
    base : {'', 'voltage', 'current', 'power'}
        Whose range maximum errors are parts of.
    quantity : str
        Id of the total, or its begin that the phases' ids go on from.
    phases, total : bool
        Whether there is one of each phase, and of all together.
    """

    name: str
    promise: float
    unit: str
    base: str
    quantity: str
    phases: bool = True
    total: bool = False

    def checks(self, trial: Trial) -> Iterator[Check]:
        """What the line asks of a trial: of the phases, and of the total."""
        point = trial.point
        wiring = point.wiring
        phases = [f"{self.quantity}_{phase}" for phase in ("l1", "l2", "l3")[wiring.phases]]
        if wiring is Wiring.THREE_WIRE and not self.quantity.startswith("current"):
            phases = list(_LINES) if self.quantity == "voltage" else []
        if self.phases and phases:
            yield self._check(trial, tuple(phases), 1)
        if self.total:
            systems = 1 if wiring is Wiring.ONE_PHASE else 3
            yield self._check(trial, (self.quantity,), systems)

    def _check(self, trial: Trial, ids: tuple[str, ...], systems: int) -> Check:
        point = trial.point
        current = OVERLOAD * point.rated_current
        volts = HIGHEST_VOLTAGE * (3**0.5 if ids == _LINES else 1.0)
        bases = {"voltage": volts, "current": current, "power": systems * volts * current}
        scale = 100.0 / bases[self.base] if self.base else 1.0
        return Check("datasheet", Kind.READING, alone(trial), self.promise, self.unit,
                     basis=f"datasheet: {self.name}", ids=ids, scale=scale)  # fmt: skip


LINES = (
    Line("voltage", 0.5, "%", "voltage", "voltage"),
    Line("current", 0.5, "%", "current", "current"),
    Line("frequency", 0.1, "Hz", "", "frequency", phases=False, total=True),
    Line("power factor", 0.01, "", "", "power_factor", total=True),
    Line("active power", 1.0, "%", "power", "active_power", total=True),
    Line("reactive power", 1.0, "%", "power", "reactive_power", total=True),
    Line("apparent power", 1.0, "%", "power", "apparent_power", total=True),
    Line("voltage THD", 2.0, "points", "", "voltage_thd"),
    Line("current THD", 2.0, "points", "", "current_thd"),
)

PROMISED_CLASSES = (
    ("active energy", "IEC 62053-22", "0.5S"),
    ("active energy", "IEC 62053-21", "1"),
    ("reactive energy", "IEC 62053-24", "1"),
)
"""Lines that promise a class: what the clauses of the standard say."""

_MULTIPLES = (0.05, 0.1, 0.5, 1.0, OVERLOAD)
"""From 0.25 A at In = 5 A."""

_CHANGES: tuple[dict[str, Any], ...] = (
    *({"voltage": u} for u in (0.8, 1.2)),
    *({"frequency": f} for f in (45.0, 55.0, 60.0, 65.0)),
    *({"temperature": t} for t in (-25.0, 55.0)),
    *({"waveform": w} for w in (Waveform.FIFTH, Waveform.EVERY_ORDER)),
)


def datasheet(scope: Scope) -> Iterator[Check]:
    """Every line at every point of its range."""
    for wiring, rated in product(scope.wirings, scope.rated_currents):
        for point in _points(wiring, rated):
            for line in LINES:
                if not (wiring is Wiring.THREE_WIRE and line.quantity == "voltage_thd"):
                    yield from line.checks(Trial((point,)))


def _points(wiring: Wiring, rated: int) -> Iterator[Point]:
    reference = Point(wiring, rated)
    factors = (*ACTIVE, Factor("sin", 1.0, "ind"))
    for multiple, factor in product(_MULTIPLES, factors):
        yield reference.but(multiple=multiple, factor=factor)
    for change, factor in product(_CHANGES, (UNITY, ACTIVE[1])):
        yield reference.but(factor=factor, **change)
    if wiring is not Wiring.THREE_WIRE:
        yield reference.but(waveform=Waveform.PHASE_FIRED)
