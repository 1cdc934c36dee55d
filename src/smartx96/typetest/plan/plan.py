"""Plan: all checks of a scope, and the trials that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from smartx96.typetest.check import Check
from smartx96.typetest.limits import Row
from smartx96.typetest.plan.composite import beyond_operation, composite
from smartx96.typetest.plan.datasheet import datasheet
from smartx96.typetest.plan.functions import (
    meter_constant,
    netting,
    no_load,
    phase_loss,
    start_up,
    starting,
)
from smartx96.typetest.plan.influences import (
    half_wave,
    reactive_influence,
    temperature,
    variations,
)
from smartx96.typetest.plan.intrinsic import intrinsic, reactive, single_phase
from smartx96.typetest.plan.scope import CLAUSES, Scope
from smartx96.typetest.point import Trial

_BUILDERS: tuple[Callable[[Scope], Iterator[Check]], ...] = (
    intrinsic, reactive, single_phase, temperature, variations, half_wave, reactive_influence,
    starting, no_load, meter_constant, start_up, phase_loss, netting, composite, datasheet,
)  # fmt: skip

NOT_TESTED = (
    "electromagnetic compatibility (EN 61326-1, EN 61326-2-3)",
    "climate: dry heat, cold, damp heat, solar radiation",
    "insulation, impulse voltage, protection class, safety (EN 61010-1, EN 61010-2-030)",
    "mechanical: shock, vibration, housing, IP51",
    "power consumption, heating, short-time overcurrent, self-heating",
    "durability and stability over time",
    "immunity to earth faults and to direct and external magnetic fields",
)
"""What a program cannot be tested for."""


@dataclass(frozen=True)
class Plan:
    """What is to be tried and judged.

    Parameters
    ----------
    scope : Scope
    checks : tuple of Check
        In the order of `CLAUSES`.
    """

    scope: Scope
    checks: tuple[Check, ...]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial once, in the order in which checks ask for them."""
        return tuple(dict.fromkeys(trial for check in self.checks for _, trial in check.parts))

    @property
    def without_limit(self) -> tuple[str, ...]:
        """Classes of the scope that limit nothing here, where others do."""
        limited = {check.accuracy_class for check in self.checks if check.limit is not None}
        found = tuple(name for name in self.scope.classes if name not in limited)
        return found if len(found) < len(self.scope.classes) else ()

    @property
    def unused(self) -> tuple[tuple[Row, str], ...]:
        """Rows of the scope's classes that no check is made of, and why."""
        used = {check.row for check in self.checks}
        return tuple((row, _reason(row)) for row in self.scope.rows if row not in used)


def planned(scope: Scope) -> Plan:
    """The plan of a scope."""
    checks = [check for build in _BUILDERS for check in build(scope)]
    order = {clause: n for n, clause in enumerate(CLAUSES)}
    chosen = [check for check in checks if check.clause in scope.clauses]
    return Plan(scope, tuple(sorted(chosen, key=lambda check: order[check.clause])))


@cache
def clauses_of(standard: str, accuracy_class: str) -> tuple[str, ...]:
    """Clauses in which the whole plan tests a class.

    Parameters
    ----------
    standard : str
        As its number begins.
    accuracy_class : str
    """
    # The quick one has something of every clause.
    checks = planned(Scope(classes=(accuracy_class,)).quick()).checks
    own = (
        check.clause
        for check in checks
        if check.limit is not None and check.accuracy_class == accuracy_class
        and check.standard.startswith(standard)
    )  # fmt: skip
    return tuple(dict.fromkeys(own))


def _reason(row: Row) -> str:
    if beyond_operation(row):
        return "its temperatures lie outside those at which the meter works"
    return "outside the scope chosen"
