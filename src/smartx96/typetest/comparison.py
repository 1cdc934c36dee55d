"""Comparison: what engines of others make of the same points, as JSON has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smartx96.typetest.comparing import Compared
from smartx96.typetest.plan.scope import CLAUSES
from smartx96.typetest.verdict import Summary, Verdict

OWN = "smartx96"
"""Name of the engine that is ours."""

Plain = dict[str, Any]


def comparison(found: Sequence[Summary], others: Sequence[Compared]) -> Plain:
    """Keys of the document: who was compared, and the results of each clause, standard and class.

    Parameters
    ----------
    found : sequence of Summary
        Of the meter.
    others : sequence of Compared
        None of them leaves the comparison empty.
    """
    judged = [summary for summary in found if summary.judged and others]
    return {
        "engines": [
            {"engine": each.engine.name, "text": each.engine.text, "version": each.engine.version()}
            for each in others
        ],
        "comparison": [_row(summary, others) for summary in judged],
    }


def _row(summary: Summary, others: Sequence[Compared]) -> Plain:
    """Results of a clause: ours first. Nothing offered is no check, and no worst value."""
    checks = {id(verdict.check) for verdict in summary.judged}
    results = [_result(OWN, summary.judged)]
    for each in others:
        own = [v for v in each.verdicts if v is not None and id(v.check) in checks]
        results.append(_result(each.engine.name, own))
    return {
        "clause": summary.clause,
        "title": CLAUSES[summary.clause],
        "standard": summary.standard,
        "accuracy_class": summary.accuracy_class,
        "results": results,
    }


def _result(engine: str, verdicts: Sequence[Verdict]) -> Plain:
    worst = max(verdicts, key=lambda verdict: verdict.used, default=None)
    return {
        "engine": engine,
        "checks": len(verdicts),
        "failed": sum(verdict.passed is False for verdict in verdicts),
        "without_reading": sum(verdict.value is None for verdict in verdicts),
        "worst": None if worst is None else _worst(worst),
    }


def _worst(verdict: Verdict) -> Plain:
    check = verdict.check
    return {
        "kind": str(check.kind),
        "value": verdict.value,
        "limit": check.limit,
        "at_least": check.at_least,
        "unit": check.unit,
        "margin": verdict.margin,
        "at": str(check.trial),
    }
