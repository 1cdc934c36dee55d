"""Checks of the load: whether there is enough of it, and whether it stays as it is."""

from __future__ import annotations

from smartx96.configuration.commissioning.checks.check import Check, Matter
from smartx96.configuration.commissioning.checks.supply import listed
from smartx96.configuration.commissioning.subject import Subject
from smartx96.models import OVERLOAD
from smartx96.quantities import PHASES

_LOAD = Matter("load", "Load")
_STEADINESS = Matter("steadiness", "Steadiness")

ENOUGH = 0.01
"""Share of the rated current from which a phase can be judged."""
_UNSTEADY = 0.2
"""Share of the largest current by which one may move."""


def currents(subject: Subject) -> dict[str, float]:
    """Currents of the phases that the wiring has [A]."""
    ids = {phase: f"current_{phase}" for phase in PHASES[subject.wiring.phases]}
    return {phase: subject.values[id] for phase, id in ids.items() if id in subject.values}


def load(subject: Subject) -> Check:
    """Whether every current is large enough to be judged, and none too large."""
    found, rated = currents(subject), subject.nominal_current
    if not found:
        return _LOAD.open("the meter tells no currents")
    told = listed(list(found.values()), "A")
    if rated is None:
        return _LOAD.open(f"{told}; the meter does not tell its rated current")
    if max(found.values()) > OVERLOAD * rated:
        return _LOAD.failed(
            f"{told}; more than {100 * OVERLOAD:.0f} % of {rated:g} A: is the ratio of the "
            "current transformers right?"
        )
    idle = [phase.upper() for phase, value in found.items() if value < ENOUGH * rated]
    if idle:
        return _LOAD.open(
            f"{told}; less than {100 * ENOUGH:g} % of {rated:g} A on {', '.join(idle)}: what is "
            "connected there cannot be judged; look again under load"
        )
    return _LOAD.passed(f"{told}; {100 * max(found.values()) / rated:.0f} % of {rated:g} A")


def steadiness(subject: Subject) -> Check:
    """Whether the load stayed as it was while the meter was looked at."""
    observation, found = subject.observation, currents(subject)
    if len(observation.readings) < 2 or not found or not max(found.values()):
        return _STEADINESS.open("it takes two readings and a current")
    moved = max(observation.spread(f"current_{phase}") for phase in found) / max(found.values())
    told = f"in {observation.duration:.0f} s the currents moved by {100 * moved:.1f} %"
    if moved <= _UNSTEADY:
        return _STEADINESS.passed(told)
    return _STEADINESS.open(f"{told}: means and phasors are those of a load that moves")
