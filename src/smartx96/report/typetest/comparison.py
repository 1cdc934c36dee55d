"""Comparison: what engines of others make of the same points, as a type test's report tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartx96.report.contents import Block, Items, Table, Text
from smartx96.report.typetest.results import basis
from smartx96.report.typetest.wording import worst

NOT_OFFERED, NO_READING = "not offered", "no reading"

_JUDGED = (
    "Each engine got the same samples as the meter, corrected by the same calibration, and was "
    "judged by the same limits. Its energy is that of its whole windows without the first, in "
    "which filters settle, brought to the length of the trial: energy that it does not count "
    "before its first window and after its last is not held against it. Not offered is what it "
    "has no quantity for; pulses, starting, loss of supply and changes within a trial are a "
    "meter's alone."
)

_STEADY = (
    "The points of a type test are steady signals. That engines agree on them says that they "
    "measure what the front end gives them; it does not tell how they follow changes."
)


def comparison(document: Mapping[str, Any]) -> tuple[Block, ...]:
    """Who was compared, how, and what came out; nothing where no engine was asked.

    Parameters
    ----------
    document : mapping
        Of a type test, as its JSON has it.
    """
    table = same_points(document)
    if table is None:
        return ()
    told = tuple(f"{e['engine']} ({e['version']}): {e['text']}." for e in document["engines"])
    return Text(_JUDGED), Items(told), table, Text(_STEADY)


def same_points(document: Mapping[str, Any]) -> Table | None:
    """The worst value of each engine in each clause, and how many are outside limits."""
    rows = document.get("comparison")
    if not rows:
        return None
    engines = [result["engine"] for result in rows[0]["results"]]
    return Table(
        "Same points, same samples: of each engine the value that uses up most of its own limit, "
        "and how many are outside",
        ("clause", "tested against", "checks", *engines),
        tuple(_row(row) for row in rows), (0, 1),
    )  # fmt: skip


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    results = row["results"]
    checks = results[0]["checks"]
    return (row["title"], basis(row), str(checks), *(_cell(each, checks) for each in results))


def _cell(result: Mapping[str, Any], checks: int) -> str:
    """The worst value; what is outside limits, what was not read, and what there is not."""
    if not result["checks"]:
        return NOT_OFFERED
    parts = [NO_READING if result["worst"]["value"] is None else worst(result["worst"])]
    if result["failed"]:
        parts.append(f"{result['failed']} outside")
    if result["checks"] < checks:
        parts.append(f"{checks - result['checks']} {NOT_OFFERED}")
    return ", ".join(parts)
