"""Uncertainty of errors and of what checks make of them (JCGM 100, GUM).

Standard uncertainties of the truth, of repeated readings, of their steps and times are combined as
the root of the sum of squares (JCGM 100, 5.1.2) and expanded by k = 2 (6.2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from smartx96.typetest.check import Check, Records, value_of
from smartx96.typetest.external.set_points import OF_ENERGY
from smartx96.typetest.external.trial_errors import Compared
from smartx96.typetest.point import Record, Trial

COVERAGE = 2.0
"""k: about 95 % where the parts are many or the repetitions are (JCGM 100, 6.3.3)."""

DECISION_RULE = "simple acceptance: the value alone is compared with the limit (JCGM 106, 8.2)"

SHARE = 5.0
"""U is to be no more than a fifth of the limit. From memory, no clause of a standard at hand was
found to confirm it."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Standard uncertainties of the error of a trial [%].

    Parameters
    ----------
    reference, repeatability, resolution, timing : float
        Repeatability is that of the mean.
    """

    reference: float
    repeatability: float
    resolution: float
    timing: float

    @property
    def combined(self) -> float:
        """All together."""
        return math.hypot(self.reference, self.repeatability, self.resolution, self.timing)

    @property
    def expanded(self) -> float:
        """U, k = 2."""
        return COVERAGE * self.combined


def uncertainty(found: Compared, reference: float) -> Uncertainty:
    """Of the mean error of a row.

    Parameters
    ----------
    found : Compared
    reference : float
        Expanded uncertainty of the truth [%].
    """
    deviation = found.repeatability
    mean = 0.0 if deviation is None else deviation / math.sqrt(len(found.errors))
    return Uncertainty(reference / COVERAGE, mean, found.resolution, found.timing)


Uncertainties = Mapping[tuple[Trial, str], Uncertainty]
"""By trial and kind of energy."""


def expanded(check: Check, records: Records, parts: Uncertainties) -> float | None:
    """Expanded uncertainty of a check's value, in its unit; None where it is not made of errors.

    What each trial's uncertainty makes of the value is found by moving its reading by as much
    (JCGM 100, 5.1.3, note 2). Trials are taken as independent: of a difference the reference counts
    twice, though its part that is common to both would cancel.
    """
    if check.kind not in OF_ENERGY:
        return None
    value = value_of(check, records)
    if value is None:
        return None
    squares = 0.0
    for trial in dict.fromkeys(trial for _, trial in check.parts):
        share = parts[trial, check.energy].combined / 100
        moved = value_of(check, {**records, trial: _moved(records[trial], check.energy, share)})
        squares += ((moved or 0.0) - value) ** 2
    return COVERAGE * math.sqrt(squares)


def _moved(record: Record, energy: str, share: float) -> Record:
    """A record whose registers of an energy are off by a share of what is true."""
    read = {
        id: x + share * record.true[id] if id.startswith(f"{energy}_energy") else x
        for id, x in record.read.items()
    }
    return replace(record, read=read)


class Closeness(StrEnum):
    """How a value stands to its limit in the light of its uncertainty."""

    CLEAR = ""
    NEAR = "within, but closer to the limit than U"
    DOUBTFUL = "outside by less than U"


def closeness(passed: bool | None, margin: float | None, spread: float | None) -> Closeness:
    """Whether U reaches over the limit.

    Parameters
    ----------
    passed : bool or None
        None is without a limit.
    margin : float or None
        What is left to the limit; below 0 where it is not kept.
    spread : float or None
        U in the same unit.
    """
    if passed is None or margin is None or spread is None or abs(margin) >= spread:
        return Closeness.CLEAR
    return Closeness.NEAR if passed else Closeness.DOUBTFUL
