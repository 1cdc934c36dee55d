"""The summary of a type test for people, and the comparison with the datasheet as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from smartx96.commands.contents_text import output, show_table, show_verdict
from smartx96.report.typetest import calibration, external, results
from smartx96.report.typetest.comparison import same_points


def show(document: Mapping[str, Any]) -> None:
    """Print what came of each clause, of the datasheet, and the verdict.

    Parameters
    ----------
    document : mapping
        Of a type test, as its JSON has it.
    """
    console, versions = output(), document["versions"]
    console.print(f"smartx96 {versions['smartx96']}, {_tested(document)}, "
                  f"{len(document['trials'])} trials")  # fmt: skip
    for heading, rows in (
        ("Clauses", results.clauses(document)), ("Datasheet", results.datasheet(document)),
        ("Same points, other engines", same_points(document)),
    ):  # fmt: skip
        if rows is not None and rows.rows:
            show_table(console, heading, rows)
    if "calibration" in document:
        show_table(console, "Calibration", calibration.corrections(document["calibration"]))
        console.print(calibration.headline(document))
    show_verdict(console, results.verdict(document))
    if "external" in document:
        _show_bench(console, document)


def _tested(document: Mapping[str, Any]) -> str:
    if "external" in document:
        return document["external"]["meter"] or "a meter outside of this program"
    return f"front end {results.front_end_name(document)}, seed {document['seed']}"


def _show_bench(console: Console, document: Mapping[str, Any]) -> None:
    """What is to be said of the verdict, and what the bench did not do."""
    said = external.doubtful(document)
    for line in (*([said.text] if said else ()), *document["external"]["warnings"]):
        console.print(f"  {line}", style="yellow")
    for line in external.left(document):
        console.print(f"not tested: {line}")
    for line in document["external"]["not_judged"]:
        console.print(f"note: {line}")


def markdown(document: Mapping[str, Any]) -> str:
    """The comparison with the datasheet as a Markdown table.

    Parameters
    ----------
    document : mapping
        Of a type test, as its JSON has it.
    """
    found = results.datasheet(document)
    rows = () if found is None else found.rows
    headings = ("quantity",) if found is None else found.headings
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
