"""Set points: which trials of a plan a bench can set, and what is read at each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from smartx96.typetest.check import Check, Kind
from smartx96.typetest.plan.plan import Plan
from smartx96.typetest.point import Trial
from smartx96.typetest.series import Series, series_of
from smartx96.typetest.truth import true_energies, true_values


class Asked(StrEnum):
    """What is read while a point is set; each is a row of the file."""

    ACTIVE = "active energy"
    REACTIVE = "reactive energy"
    PULSES = "pulses of output 2"
    READINGS = "readings"

    @property
    def kind(self) -> str:
        """Energy as ids begin."""
        return "reactive" if self is Asked.REACTIVE else "active"


OF_ENERGY = (Kind.ERROR, Kind.VARIATION, Kind.COEFFICIENT, Kind.COMPOSITE)
"""Kinds of checks whose values are made of errors of energy."""

ENERGIES = tuple(
    f"{kind}_energy_{way}" for kind in ("active", "reactive") for way in ("import", "export")
)
"""Registers that must stand still without a load."""

_LEFT_OUT = {
    Kind.CONSTANT: "compares pulses with registers to the last pulse, which needs a meter that "
    "begins at nothing; instead, test the error by registers and again by pulses",
    Kind.START_UP: "needs a meter that lives on the voltages and is switched on to the second",
    Kind.NETTING: "reads registers of both nettings, which only the meter of this program has",
}
_IN_SEQUENCE = (
    "is a sequence of points that follow each other to the second, on a meter that lives "
)
_IN_SEQUENCE += "on the voltages"


@dataclass(frozen=True, slots=True)
class SetPoint:
    """A trial that a bench can do.

    Parameters
    ----------
    number : int
        From 1, in the order of the plan.
    trial : Trial
    asked : dict of Asked to tuple of Check
        What is read, and which checks are made of it.
    """

    number: int
    trial: Trial
    asked: dict[Asked, tuple[Check, ...]] = field(hash=False, compare=False)

    @property
    def series(self) -> Series:
        """The signal."""
        return series_of(self.trial.point)

    @property
    def fixed_seconds(self) -> bool:
        """Whether the plan itself says how long the point lasts."""
        return Asked.PULSES in self.asked

    def energy(self, asked: Asked) -> tuple[str, float]:
        """Register into which most of the energy goes, and the mean power there [W, var]."""
        hour = true_energies([(self.series, 3600.0)], self.trial.point.wiring)
        ids = (f"{asked.kind}_energy_{way}" for way in ("import", "export"))
        id = max(ids, key=hour.__getitem__)
        return id, hour[id]

    def energies(self, seconds: float) -> dict[str, float]:
        """All energies in a time, if what was set is the truth [Wh, varh]."""
        return true_energies([(self.series, seconds)], self.trial.point.wiring)

    def values(self) -> dict[str, float]:
        """Quantities at the terminals, if what was set is the truth."""
        return true_values(self.series, self.trial.point.wiring)

    def limit(self, asked: Asked) -> float | None:
        """The tightest limit of an error of energy that is made of it [%]."""
        limits = (c.limit for c in self.asked[asked] if c.unit == "%" and c.kind in OF_ENERGY)
        return min((limit for limit in limits if limit is not None), default=None)

    def ids(self) -> tuple[str, ...]:
        """Readings that are compared with what is true."""
        found = (id for check in self.asked.get(Asked.READINGS, ()) for id in check.ids)
        return tuple(dict.fromkeys(found))


def set_points(plan: Plan) -> tuple[SetPoint, ...]:
    """Every trial that a bench can do, in the order of the plan."""
    found: dict[Trial, dict[Asked, list[Check]]] = {}
    for check in plan.checks:
        if left_out(check) is None:
            for trial, asked in _of(check):
                found.setdefault(trial, {}).setdefault(asked, []).append(check)
    return tuple(
        SetPoint(n, trial, {asked: tuple(checks) for asked, checks in by.items()})
        for n, (trial, by) in enumerate(found.items(), 1)
    )


def left_out(check: Check) -> str | None:
    """Why a bench cannot do a check; None where it can."""
    if check.kind in _LEFT_OUT:
        return _LEFT_OUT[check.kind]
    if any(len(trial.points) > 1 or not trial.supplied for _, trial in check.parts):
        return _IN_SEQUENCE
    return None


def _of(check: Check) -> Iterator[tuple[Trial, Asked]]:
    asked = {
        Kind.READING: Asked.READINGS, Kind.PULSES: Asked.PULSES, Kind.ENERGY: Asked.PULSES,
    }.get(check.kind, Asked.REACTIVE if check.energy == "reactive" else Asked.ACTIVE)  # fmt: skip
    return ((trial, asked) for _, trial in check.parts)
