"""Composite error of the MID (2014/32/EU annex V; formula of EN 50470-3, 8.7.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from smartx96.models import OVERLOAD
from smartx96.typetest.check import Check, Kind
from smartx96.typetest.factor import UNITY, Factor
from smartx96.typetest.limits import TRANSITIONAL, Row
from smartx96.typetest.plan.influences import FREQUENCIES, VOLTAGES
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import Point, Trial

TEST = "composite error"

OPERATING = (-25.0, 55.0)
"""Temperatures at which the meter works (datasheet) [degC]."""

_FACTORS = (UNITY, Factor("cos", 0.5, "ind"), Factor("cos", 0.8, "cap"))
_HIGHER = (TRANSITIONAL, 10 * TRANSITIONAL, 1.0, OVERLOAD)
_BAND = re.compile(r"([+-]\d+)\.\.([+-]\d+)")


def composite(scope: Scope) -> Iterator[Check]:
    """Error at reference conditions with the largest variation by temperature, voltage, frequency.

    Of each class and band of temperature, at Imin, Itr, 10 Itr, In and Imax.
    """
    for row in scope.rows_of(TEST):
        temperatures = band(row)
        if not beyond_operation(row):
            for point in _points(scope, row):
                yield Check(
                    "composite", Kind.COMPOSITE, _parts(point, temperatures), row.limit, row=row
                )


def band(row: Row) -> tuple[float, ...]:
    """Ends of a row's band of temperature [degC]."""
    return tuple(sorted(float(end) for ends in _BAND.findall(row.test) for end in ends))


def beyond_operation(row: Row) -> bool:
    """Whether a row's band lies outside the temperatures at which the meter works."""
    ends = band(row)
    return bool(ends) and (min(ends) < OPERATING[0] or max(ends) > OPERATING[1])


def _points(scope: Scope, row: Row) -> Iterator[Point]:
    multiples = [m for m in (row.lowest, *_HIGHER) if row.holds(m)]
    grid = product(scope.wirings, scope.rated_currents, dict.fromkeys(multiples), _FACTORS)
    for wiring, rated, multiple, factor in grid:
        for load in scope.loads(wiring):
            if load.kind == row.load:
                yield Point(wiring, rated, multiple, factor, load)


def _parts(point: Point, temperatures: tuple[float, ...]) -> tuple[tuple[str, Trial], ...]:
    def changed(name: str, values: tuple[float, ...]) -> list[tuple[str, Trial]]:
        return [(name, Trial((point.but(**{name: value}),))) for value in values]

    return (
        ("point", Trial((point,))),
        *changed("temperature", temperatures),
        *changed("voltage", VOLTAGES),
        *changed("frequency", FREQUENCIES),
    )
