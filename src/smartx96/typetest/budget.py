"""Error budget: which element of the front end brings which share of an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from smartx96.frontend.front_end import FrontEnd
from smartx96.typetest.bench import tried
from smartx96.typetest.check import Kind, percent_error
from smartx96.typetest.meter_under_test import Maker, MeterUnderTest
from smartx96.typetest.point import Trial
from smartx96.typetest.verdict import Summary

_OF_ERRORS = (Kind.ERROR, Kind.VARIATION, Kind.COEFFICIENT, Kind.COMPOSITE)


@dataclass(frozen=True, slots=True)
class Budget:
    """The error of one point, taken apart.

    Parameters
    ----------
    clause : str
        Whose worst point it is.
    trial : Trial
    energy : {'active', 'reactive'}
    error : float
        With the whole front end [%].
    shares : mapping of str to float
        Error with each element alone [%].
    """

    clause: str
    trial: Trial
    energy: str
    error: float
    shares: dict[str, float]

    @property
    def rest(self) -> float:
        """What the sum of the shares leaves unexplained [%]."""
        return self.error - sum(self.shares.values())


def budgets(
    found: Iterable[Summary], front_end: FrontEnd, seed: int, make: Maker = MeterUnderTest
) -> Iterator[Budget]:
    """Budgets of the worst point of every clause whose value is made of errors, each once."""
    done = set()
    for summary in found:
        worst = summary.worst
        if worst is None or worst.check.kind not in _OF_ERRORS:
            continue
        trial, energy = worst.check.trial, worst.check.energy
        if len(trial.points) > 1 or (summary.clause, trial, energy) in done:
            continue
        done.add((summary.clause, trial, energy))
        yield Budget(
            summary.clause, trial, energy,
            percent_error(tried(trial, front_end, seed, make), energy),
            {name: percent_error(tried(trial, front_end.only(name), seed, make), energy)
             for name in front_end.elements},
        )  # fmt: skip
