"""Variations of the error by influence quantities (IEC 62053, clause 8.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from smartx96.models import Wiring
from smartx96.typetest.check import Check, Kind, alone
from smartx96.typetest.factor import Factor
from smartx96.typetest.limits import Row
from smartx96.typetest.plan.intrinsic import own_limits
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import FREQUENCY, TEMPERATURE, Point, Trial
from smartx96.typetest.waveform import Waveform

TEMPERATURES = (-25.0, -5.0, 15.0, 35.0, 55.0)
"""Between each and the next a coefficient is measured, over 20 K [degC]."""

FREQUENCIES = (0.98 * FREQUENCY, 1.02 * FREQUENCY)
"""fn -2 and +2 % [Hz]."""

VOLTAGES = (0.9, 1.1)
"""Un -10 and +10 %, over Un."""

_WITH_NEUTRAL = (Wiring.FOUR_WIRE, Wiring.ONE_PHASE)
_POLYPHASE = (Wiring.FOUR_WIRE, Wiring.THREE_WIRE)
_HALF_SINE = Factor("sin", 0.5, "ind")


@dataclass(frozen=True, slots=True)
class Influence:
    """One influence quantity.

    Parameters
    ----------
    clause : str
    test : str
        As the table of limits has it.
    changes : tuple of mapping
        What it makes of the reference point.
    wirings : tuple of Wiring
        Where it can be applied.
    times : float
        By which the limit is multiplied.
    """

    clause: str
    test: str
    changes: tuple[dict[str, Any], ...]
    wirings: tuple[Wiring, ...] = tuple(Wiring)
    times: float = 1.0


INFLUENCES = (
    Influence("voltage", "variation: voltage +-10 %", tuple({"voltage": u} for u in VOLTAGES)),
    # Outside +-10 %, from -20 to +15 %, three times the limit (IEC 62053-22, table 8, note).
    Influence("voltage", "variation: voltage +-10 %",
              tuple({"voltage": u} for u in (0.8, 0.85, 1.12, 1.15)), times=3.0),
    Influence("frequency", "variation: frequency +-2 %",
              tuple({"frequency": f} for f in FREQUENCIES)),
    Influence("sequence", "variation: reversed phase sequence", ({"reverse": True},), _POLYPHASE),
    Influence("interruption", "variation: voltage unbalance (1 or 2 phases interrupted)",
              tuple({"interrupted": n} for n in ((1,), (2,), (3,), (1, 2), (2, 3), (1, 3))),
              (Wiring.FOUR_WIRE,)),
    Influence("harmonics", "variation: 5th harmonic in voltage and current",
              ({"waveform": Waveform.FIFTH},)),
    # Their zero sequence currents have no way without a neutral.
    Influence("phase-fired", "variation: odd harmonics (phase-fired)",
              ({"waveform": Waveform.PHASE_FIRED},), _WITH_NEUTRAL),
    Influence("sub-harmonics", "variation: sub-harmonics (burst-fired)",
              ({"waveform": Waveform.BURST},), _WITH_NEUTRAL),
)  # fmt: skip


def variations(scope: Scope) -> Iterator[Check]:
    """Each influence quantity against its reference."""
    for influence in INFLUENCES:
        for row, point in _references(scope, influence.test):
            if point.wiring not in influence.wirings or row.limit is None:
                continue
            for change in influence.changes:
                parts = (("point", Trial((point.but(**change),))), ("reference", Trial((point,))))
                limit = influence.times * row.limit
                yield Check(influence.clause, Kind.VARIATION, parts, limit, row=row)


def temperature(scope: Scope) -> Iterator[Check]:
    """Mean coefficient over each 20 K of the operating range."""
    for row, point in _references(scope, "variation: temperature coefficient"):
        for low, high in pairwise(TEMPERATURES):
            parts = (
                ("point", Trial((point.but(temperature=high),))),
                ("reference", Trial((point.but(temperature=low),))),
            )
            yield Check("temperature", Kind.COEFFICIENT, parts, row.limit, "%/K", row=row)


def half_wave(scope: Scope) -> Iterator[Check]:
    """For information: a current transformer carries no direct current."""
    for wiring, rated in product(scope.wirings, scope.rated_currents):
        if wiring in _WITH_NEUTRAL:
            point = Point(wiring, rated, 0.5, waveform=Waveform.HALF_WAVE)
            parts = alone(Trial((point,)))
            yield Check("half-wave", Kind.ERROR, parts, None, basis="information")


def reactive_influence(scope: Scope) -> Iterator[Check]:
    """Reactive energy of the fundamental alone, at every frequency: within the intrinsic limits.

    No public table has variations of reactive energy; a meter that shifts by a quarter of a period
    of the nominal frequency, or counts more than the fundamental, is found here all the same.
    """
    for wiring, rated, multiple in product(scope.wirings, scope.rated_currents, scope.varied):
        for point, factor in _reactive_points(Point(wiring, rated, multiple)):
            for row, limit in own_limits(scope.rows, point, factor):
                yield Check("reactive-influence", Kind.ERROR, alone(Trial((point,))), limit,
                            energy="reactive", row=row)  # fmt: skip


def _reactive_points(point: Point) -> Iterator[tuple[Point, Factor]]:
    """A point under influence, and the factor whose limit stands beside it."""
    for factor in (Factor("sin", 1.0, "ind"), _HALF_SINE):
        lagging = point.but(factor=factor)
        for frequency in FREQUENCIES:
            yield lagging.but(frequency=frequency), factor
        yield lagging.but(waveform=Waveform.FIFTH), factor
    if point.wiring in _WITH_NEUTRAL:
        # At cos 1 its Q1 is 0.54 of the fundamental's apparent power.
        yield point.but(waveform=Waveform.PHASE_FIRED), _HALF_SINE


def _references(scope: Scope, test: str) -> Iterator[tuple[Row, Point]]:
    """Reference points of a test's rows, at currents of the row."""
    for row, wiring, rated in product(scope.rows_of(test), scope.wirings, scope.rated_currents):
        multiples = [m for m in scope.varied if row.holds(m)]
        if row.lowest == row.highest:
            multiples = [row.lowest]
        for multiple in multiples:
            yield (
                row,
                Point(wiring, rated, multiple, Factor.of(row.factor), temperature=TEMPERATURE),
            )
