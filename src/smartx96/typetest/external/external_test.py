"""ExternalTest: from a plan and a filled-in file to results, as `type_test` makes them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smartx96.errors import ConfigurationError
from smartx96.models import PULSE2_CONSTANT
from smartx96.typetest.external.document import external_document
from smartx96.typetest.external.matching import matched, told_of_foreign
from smartx96.typetest.external.records import Taken, taken
from smartx96.typetest.external.reference import UNKNOWN, ReferenceUncertainty
from smartx96.typetest.external.set_points import SetPoint, left_out, set_points
from smartx96.typetest.external.trial_errors import UNITY, Transformers
from smartx96.typetest.external.uncertainty import expanded
from smartx96.typetest.plan.plan import Plan, planned
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.verdict import Verdict, judged, passed


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known of a bench beside the file.

    Parameters
    ----------
    transformers : Transformers
        Ratios that the meter under test multiplies by.
    reference : ReferenceUncertainty
    stated : bool
        Whether the uncertainty of the truth was stated.
    constant : float
        Pulses of the meter for 1 kWh at its terminals.
    device : str
        What is tested, in the user's words; empty is as the file has it.
    bench : str
        With what, in the user's words.
    """

    transformers: Transformers = UNITY
    reference: ReferenceUncertainty = UNKNOWN
    stated: bool = False
    constant: float = PULSE2_CONSTANT
    device: str = ""
    bench: str = ""


@dataclass(frozen=True)
class ExternalTest:
    """A plan that a bench has tried, as far as it has.

    Parameters
    ----------
    plan : Plan
        The checks that could be judged.
    points : tuple of SetPoint
        All that the whole plan has.
    taken : Taken
    verdicts : tuple of Verdict
    spreads : tuple of float or None
        Expanded uncertainty of each verdict's value.
    untested : tuple of (str, str)
        Clause and reason of every check that could not be judged.
    unmeasured : int
        How many of those wait for nothing but a measurement.
    foreign : tuple of str
        What is to be said of filled rows that no check of this plan uses.
    conditions : Conditions
    """

    plan: Plan
    points: tuple[SetPoint, ...]
    taken: Taken
    verdicts: tuple[Verdict, ...]
    spreads: tuple[float | None, ...]
    untested: tuple[tuple[str, str], ...]
    unmeasured: int
    foreign: tuple[str, ...]
    conditions: Conditions

    @property
    def passed(self) -> bool:
        """Whether every limit that was tested is kept."""
        return passed(self.verdicts)

    @property
    def complete(self) -> bool:
        """Whether everything that a bench can do of the plan was measured."""
        return not self.unmeasured

    def document(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        return external_document(self)

    def json(self) -> str:
        """The document as text: the same bytes for the same input."""
        return json.dumps(self.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def external_test(scope: Scope, path: Path, conditions: Conditions) -> ExternalTest:
    """Judge what a file holds.

    Parameters
    ----------
    scope : Scope
        Which part of the plan.
    path : Path
        Points, filled in by hand or by a bench.
    conditions : Conditions

    Raises
    ------
    ConfigurationError
        The file cannot be taken as it is, or holds nothing of this part of the plan.
    """
    plan = planned(scope)
    points = set_points(plan)
    found = matched(path, points)
    held = taken(found, conditions.transformers, conditions.reference, conditions.constant)
    checks, untested, unmeasured = [], [], 0
    for check in plan.checks:
        beyond, lack = left_out(check), held.missing(check)
        if beyond is None and lack is None:
            checks.append(check)
        else:
            untested.append((check.clause, beyond or lack or ""))
            unmeasured += beyond is None
    foreign = told_of_foreign(found, scope)
    if not checks:
        reason = foreign[0] if foreign else "no row is filled in"
        raise ConfigurationError(f"{path}: nothing of this part of the plan was measured: {reason}")
    verdicts = tuple(judged(checks, held.records))
    spreads = tuple(expanded(check, held.records, held.uncertainties) for check in checks)
    return ExternalTest(
        replace(plan, checks=tuple(checks)), points, held, verdicts, spreads, tuple(untested),
        unmeasured, foreign, conditions,
    )  # fmt: skip
