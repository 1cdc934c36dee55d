"""Document of an external meter: that of a type test, with the bench in place of a front end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from smartx96.frontend.front_end import IDEAL
from smartx96.typetest.check import Check
from smartx96.typetest.document import document, rounded
from smartx96.typetest.external.filled import Filled
from smartx96.typetest.external.records import counted_reasons
from smartx96.typetest.external.set_points import OF_ENERGY, Asked
from smartx96.typetest.external.uncertainty import (
    COVERAGE,
    DECISION_RULE,
    SHARE,
    closeness,
)
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import CLAUSES
from smartx96.typetest.verdict import summaries
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.typetest.external.external_test import ExternalTest

Plain = dict[str, Any]

BY_POWER = "by power readings"
"""Said of energies that no register has counted up."""

_OF_THE_PROGRAM = ("front_end", "front_end_numbers", "sampling_rate", "seed", "error_budget")
"""Keys that say nothing of a meter outside."""


def external_document(test: ExternalTest) -> Plain:
    """Everything that is known of a test, as JSON has it."""
    whole = document(test.plan, test.taken.records, test.verdicts, IDEAL, 0)
    for key in _OF_THE_PROGRAM:
        del whole[key]
    asked_for = planned(test.plan.scope)
    unused = {row.name for row, _ in asked_for.unused}
    whole["rows_not_used"] = [row for row in whole["rows_not_used"] if row["row"] in unused]
    whole["classes_without_limit"] = list(asked_for.without_limit)
    spreads = dict(zip(test.verdicts, test.spreads, strict=True))
    for check, verdict, spread in zip(whole["checks"], test.verdicts, test.spreads, strict=True):
        check["uncertainty"] = spread
        check["closeness"] = str(closeness(verdict.passed, verdict.margin, spread))
    for summary, own in zip(whole["summary"], summaries(test.verdicts), strict=True):
        if own.worst is not None:
            summary["worst"]["uncertainty"] = spreads[own.worst]
        if own.verdicts and all(_by_power(test, verdict.check) for verdict in own.verdicts):
            summary["title"] += f" {BY_POWER}"
    whole |= {"external": _external(test), "engines": [], "comparison": []}
    plain: Plain = rounded(whole)
    return plain


def _by_power(test: ExternalTest, check: Check) -> bool:
    """Whether a check is of energies that readings of power have told."""
    asked = Asked.REACTIVE if check.energy == "reactive" else Asked.ACTIVE
    return check.kind in OF_ENERGY and all(
        _method(test.taken.rows[trial, asked].filled) == "power" for _, trial in check.parts
    )


def _method(filled: Filled) -> str:
    """What the energy was told by."""
    return "power" if filled.power_w else "pulses" if filled.pulses else "registers"


def _external(test: ExternalTest) -> Plain:
    conditions = test.conditions
    return {
        "meter": conditions.device or _named(test, "meter"),
        "bench": conditions.bench,
        "reference": _named(test, "reference"),
        "reference_uncertainty": conditions.reference.text,
        "reference_uncertainty_stated": conditions.stated,
        "current_ratio": _ratio(test, "current"),
        "voltage_ratio": _ratio(test, "voltage"),
        "pulses_per_kwh": conditions.constant,
        "coverage_factor": COVERAGE,
        "decision_rule": DECISION_RULE,
        "points": list(_points(test)),
        "untested": [
            {"clause": clause, "title": CLAUSES[clause], "reason": reason, "checks": n}
            for clause, reason, n in counted_reasons(test.untested)
        ],
        "unmeasured": test.unmeasured,
        "not_judged": list(test.foreign),
        "warnings": list(_warnings(test)),
    }


def _named(test: ExternalTest, column: str) -> str:
    """What the rows say of it, each once."""
    said = (getattr(row.filled, column) for row in test.taken.rows.values())
    return "; ".join(dict.fromkeys(text for text in said if text))


def _ratio(test: ExternalTest, kind: str) -> list[float]:
    """Every ratio that the meter had."""
    stated: float = getattr(test.conditions.transformers, kind)
    own = (getattr(row.filled, f"{kind}_ratio") for row in test.taken.rows.values())
    return sorted({stated if ratio is None else ratio for ratio in own})


def _points(test: ExternalTest) -> Iterator[Plain]:
    """Every row that was filled in."""
    numbers = {point.trial: point.number for point in test.points}
    tried = {trial: n for n, trial in enumerate(test.plan.trials)}
    for (trial, asked), row in test.taken.rows.items():
        found: Plain = {
            "number": numbers[trial], "trial": tried.get(trial), "at": str(trial),
            "read": str(asked), "taken": row.filled.taken, "notes": row.filled.notes,
        }  # fmt: skip
        compared = test.taken.compared.get((trial, asked.kind))
        if compared is not None and str(asked).startswith(asked.kind):
            parts = test.taken.uncertainties[trial, asked.kind]
            found |= {
                "method": _method(row.filled),
                "errors": list(compared.errors), "error": compared.error,
                "standard_deviation": compared.repeatability, "seconds": compared.seconds,
                "standard_uncertainties": asdict(parts), "expanded_uncertainty": parts.expanded,
            }  # fmt: skip
        yield found


def _warnings(test: ExternalTest) -> Iterator[str]:
    if not test.conditions.stated:
        yield ("The uncertainty of the truth was not stated: U is of repeatability, resolution and "
               "timing alone, and too small.")  # fmt: skip
    pairs = zip(test.verdicts, test.spreads, strict=True)
    coarse = sum(
        spread is not None and bool(verdict.check.limit) and spread > verdict.check.limit / SHARE
        for verdict, spread in pairs
        if verdict.check.limit is not None
    )
    if coarse:
        yield (f"{counted(coarse, 'check')}: U is more than a fifth of the limit, the most that is "
               "usual for type tests (from memory, no clause at hand).")  # fmt: skip
    once = sum(len(found.errors) == 1 for found in test.taken.compared.values())
    if once:
        yield f"{counted(once, 'point')} read once: nothing is known of repeatability there."
