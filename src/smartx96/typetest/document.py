"""Document: the results of a type test as one JSON document, the same bytes for the same input."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from smartx96.frontend.front_end import ELEMENTS, PRESETS, X96, FrontEnd
from smartx96.frontend.front_end_file import TABLES
from smartx96.typetest.budget import Budget
from smartx96.typetest.check import Check, Records
from smartx96.typetest.limits import Row
from smartx96.typetest.plan.datasheet import LINES, PROMISED_CLASSES
from smartx96.typetest.plan.plan import NOT_TESTED, Plan, clauses_of
from smartx96.typetest.plan.scope import CLAUSES, Scope
from smartx96.typetest.point import Record, Trial
from smartx96.typetest.series import RATE
from smartx96.typetest.verdict import Summary, Verdict, passed, summaries

FORMAT = 1
"""Of the document; another number where a key changes its meaning."""

STATED = "stated by the user"
"""Source of a number that is not the one of the preset `x96`."""

_DIGITS = 12
"""Significant digits of numbers: more would be rounding."""

_NOTHING = 1e-12
"""Below it a number is what rounding left of nothing."""

Plain = dict[str, Any]


def document(
    plan: Plan, records: Records, verdicts: Sequence[Verdict], front_end: FrontEnd, seed: int,
    budgets: Sequence[Budget] = (),
) -> Plain:  # fmt: skip
    """Everything that is known of a run, as JSON has it; no time of day is in it.

    Parameters
    ----------
    plan : Plan
    records : mapping of Trial to Record
    verdicts : sequence of Verdict
    front_end : FrontEnd
    seed : int
    budgets : sequence of Budget
    """
    numbers = {trial: n for n, trial in enumerate(plan.trials)}
    found = summaries(verdicts)
    whole = {
        "format": FORMAT,
        "versions": {
            "smartx96": version("smartx96"),
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "scope": _scope(plan.scope),
        "front_end": _front_end(front_end),
        "front_end_numbers": _numbers(front_end),
        "sampling_rate": RATE,
        "seed": seed,
        "passed": passed(verdicts),
        "summary": [_summary(each, numbers) for each in found],
        "datasheet": _datasheet(found, numbers),
        "error_budget": [_budget(budget, numbers) for budget in budgets],
        "not_tested": list(NOT_TESTED),
        "classes_without_limit": list(plan.without_limit),
        "rows_not_used": [_row(row) | {"reason": reason} for row, reason in plan.unused],
        "checks": [_check(verdict, numbers) for verdict in verdicts],
        "trials": [_trial(n, trial, records[trial]) for trial, n in numbers.items()],
    }
    made: Plain = rounded(whole)
    return made


def _scope(scope: Scope) -> Plain:
    return {
        "classes": list(scope.classes),
        "clauses": list(scope.clauses),
        "wirings": [str(wiring) for wiring in scope.wirings],
        "rated_currents": list(scope.rated_currents),
        "multiples": list(scope.multiples),
        "extent": scope.extent,
    }


def _front_end(front_end: FrontEnd) -> Plain:
    """Every number of every element."""
    name = next((name for name, preset in PRESETS.items() if preset == front_end), "own")
    return {"name": name} | {
        element: None if numbers is None else asdict(numbers)
        for element in ELEMENTS
        for numbers in (getattr(front_end, element),)
    }


def _numbers(front_end: FrontEnd) -> list[Plain]:
    """Every number of every element with its unit and source."""
    return [
        {
            "element": name, "key": key, "text": declared.text, "unit": declared.unit,
            "value": value, "source": declared.source if value == preset else STATED,
        }
        for name, table in TABLES.items()
        if (element := getattr(front_end, name)) is not None
        for key, (_, declared) in table.parameters().items()
        for value, preset in [(getattr(element, key), getattr(getattr(X96, name), key, None))]
    ]  # fmt: skip


def _summary(summary: Summary, numbers: dict[Trial, int]) -> Plain:
    worst = summary.worst
    return {
        "clause": summary.clause,
        "title": CLAUSES[summary.clause],
        "standard": summary.standard,
        "accuracy_class": summary.accuracy_class,
        "checks": len(summary.judged),
        "for_information": len(summary.verdicts) - len(summary.judged),
        "failed": summary.failed,
        "passed": summary.passed,
        "verified": _verified(summary),
        "worst": None if worst is None else _check(worst, numbers) | {"at": str(worst.check.trial)},
    }


def _verified(summary: Summary) -> bool | None:
    """Whether a second public source has confirmed all limits; None where they are of no table."""
    rows = [verdict.check.row for verdict in summary.judged]
    return None if None in rows or not rows else all(row.verified for row in rows if row)


def _datasheet(found: Sequence[Summary], numbers: dict[Trial, int]) -> list[Plain]:
    """Every line of the datasheet with promise, worst value and margin."""
    lines = []
    by_basis = {summary.standard: summary for summary in found if summary.clause == "datasheet"}
    for line in LINES:
        summary = by_basis.get(f"datasheet: {line.name}")
        if summary is not None and summary.worst is not None:
            worst = summary.worst
            lines.append({
                "line": line.name, "promise": line.promise, "unit": line.unit,
                "worst": worst.value, "margin": worst.margin, "at": str(worst.check.trial),
                "trial": numbers[worst.check.trial], "passed": summary.passed,
            })  # fmt: skip
    for name, standard, accuracy_class in PROMISED_CLASSES:
        own = [summary for summary in found if summary.worst is not None
               and summary.standard.startswith(standard)
               and summary.accuracy_class == accuracy_class]  # fmt: skip
        if own:
            lines.append({
                "line": name, "promise": f"class {accuracy_class} {standard}",
                "clauses": [summary.clause for summary in own],
                "planned_clauses": list(clauses_of(standard, accuracy_class)),
                "failed": sum(summary.failed for summary in own),
                "limit_used": max(s.worst.used for s in own if s.worst),
                "passed": all(summary.passed for summary in own),
            })  # fmt: skip
    return lines


def _budget(budget: Budget, numbers: dict[Trial, int]) -> Plain:
    return {
        "clause": budget.clause,
        "trial": numbers[budget.trial],
        "at": str(budget.trial),
        "energy": budget.energy,
        "error": budget.error,
        "shares": budget.shares,
        "rest": budget.rest,
    }


def _check(verdict: Verdict, numbers: dict[Trial, int]) -> Plain:
    check = verdict.check
    return {
        "clause": check.clause,
        "kind": str(check.kind),
        "standard": check.standard,
        "accuracy_class": check.accuracy_class,
        "test": check.row.test if check.row else "",
        "load": check.row.load if check.row else "",
        "range": [check.row.lowest, check.row.highest] if check.row else None,
        "verified": check.row.verified if check.row else None,
        "energy": check.energy,
        "readings": list(check.ids),
        "trials": _parts(check, numbers),
        "value": verdict.value,
        "limit": check.limit,
        "at_least": check.at_least,
        "unit": check.unit,
        "margin": verdict.margin,
        "passed": verdict.passed,
    }


def _parts(check: Check, numbers: dict[Trial, int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for part, trial in check.parts:
        found.setdefault(part, []).append(numbers[trial])
    return found


def _trial(number: int, trial: Trial, record: Record) -> Plain:
    return {
        "trial": number,
        "points": [point.document() for point in trial.points],
        "settings": dict(trial.settings),
        "transformer_ratio": trial.primary,
        "self_supplied": not trial.supplied,
        "true": dict(record.true),
        "read": dict(record.read),
        "pulses": list(record.pulses),
    }


def _row(row: Row) -> Plain:
    return {"row": row.name, "limit": row.limit, "verified": row.verified}


def rounded(value: Any) -> Any:
    """The same with numbers of so many digits, and none that JSON does not have."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return 0.0 if abs(value) < _NOTHING else float(f"{value:.{_DIGITS}g}")
    return value
