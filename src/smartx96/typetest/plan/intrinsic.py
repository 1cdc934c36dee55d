"""Intrinsic error over current, factor, load, direction and wiring (IEC 62053, clause 8.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from smartx96.typetest.check import Check, Kind, alone
from smartx96.typetest.factor import UNITY, Factor
from smartx96.typetest.limits import Row
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import Load, Point, Trial

TEST = "intrinsic error"
DIFFERENCE = "single phase minus balanced"


def intrinsic(scope: Scope) -> Iterator[Check]:
    """Active energy."""
    return _over(scope, scope.factors, "intrinsic", "active")


def reactive(scope: Scope) -> Iterator[Check]:
    """Reactive energy, all four quadrants."""
    return _over(scope, scope.reactive_factors, "reactive", "reactive")


def single_phase(scope: Scope) -> Iterator[Check]:
    """Difference of a single-phase to a balanced load."""
    for row, wiring, rated in product(
        scope.rows_of(DIFFERENCE), scope.wirings, scope.rated_currents
    ):
        for load in scope.loads(wiring)[1:]:
            point = Point(wiring, rated, row.lowest, Factor.of(row.factor), load)
            parts = (
                ("point", Trial((point,))),
                ("reference", Trial((point.but(load=Load.BALANCED),))),
            )
            yield Check("single-phase", Kind.VARIATION, parts, row.limit, row=row)


def applies(row: Row, point: Point, factor: Factor | None = None) -> bool:
    """Whether a row limits the intrinsic error of a point."""
    factor = factor or point.factor
    # Rows of reactive energy hold for inductive and capacitive alike.
    named = (str(factor), f"{factor.function} {factor.value:g}")
    return (
        row.test == TEST
        and row.load == point.load.kind
        and row.factor in named
        and row.holds(point.multiple)
    )


def own_limits(
    rows: Sequence[Row], point: Point, factor: Factor = UNITY
) -> Iterator[tuple[Row, float | None]]:
    """Limits of the intrinsic error at a point's current, for tests that have none of their own."""
    return ((row, row.limit) for row in rows if applies(row, point, factor))


def _over(scope: Scope, factors: Sequence[Factor], clause: str, energy: str) -> Iterator[Check]:
    for wiring, rated in product(scope.wirings, scope.rated_currents):
        grid = product(scope.loads(wiring), factors, (False, True), scope.multiples)
        for load, factor, export, multiple in grid:
            point = Point(wiring, rated, multiple, factor, load, export)
            parts = alone(Trial((point,)))
            rows = [row for row in scope.rows if applies(row, point)]
            for row in rows:
                yield Check(clause, Kind.ERROR, parts, row.limit, energy=energy, row=row)
            if not rows:
                yield Check(clause, Kind.ERROR, parts, None, energy=energy, basis="information")
