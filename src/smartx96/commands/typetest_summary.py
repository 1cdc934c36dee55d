"""The summary of a type test for people, and the comparison with the datasheet as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from smartx96.report.typetest import calibration, external, results
from smartx96.report.typetest.comparison import same_points
from smartx96.report.typetest.contents import BAD, GOOD
from smartx96.report.typetest.contents import Table as Rows

_PIPE = 160
"""Columns where no terminal says how many there are."""

_COLOURS = {GOOD: "green", BAD: "bold red"}
_TONES = {"good": "green", "look": "bold yellow", "fail": "bold red"}


def show(document: Mapping[str, Any]) -> None:
    """Print what came of each clause, of the datasheet, and the verdict.

    Parameters
    ----------
    document : mapping
        Of a type test, as its JSON has it.
    """
    console = Console(
        highlight=False, markup=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE
    )
    versions, verdict = document["versions"], results.verdict(document)
    console.print(f"smartx96 {versions['smartx96']}, {_tested(document)}, "
                  f"{len(document['trials'])} trials")  # fmt: skip
    for heading, rows in (
        ("Clauses", results.clauses(document)), ("Datasheet", results.datasheet(document)),
        ("Same points, other engines", same_points(document)),
    ):  # fmt: skip
        if rows is not None and rows.rows:
            _show_table(console, heading, rows)
    if "calibration" in document:
        _show_table(console, "Calibration", calibration.corrections(document["calibration"]))
        console.print(calibration.headline(document))
    console.print()
    console.print(verdict.headline, style=_TONES[verdict.tone])
    for point in verdict.points:
        console.print(f"  {point}", style="yellow")
    if "external" in document:
        _show_bench(console, document)


def _show_table(console: Console, heading: str, rows: Rows) -> None:
    console.print()
    console.print(heading, style="bold")
    # Words go on in the next line rather than being cut at the edge.
    console.print(_table(rows), soft_wrap=False)


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


def _table(rows: Rows) -> Table:
    """All columns but that of the place, which the report has."""
    shown = [n for n, heading in enumerate(rows.headings) if heading != "where"]
    table = Table(box=None, padding=(0, 1))
    for n in shown:
        left = n in rows.words or n == len(rows.headings) - 1
        table.add_column(rows.headings[n], justify="left" if left else "right",
                         style="bold" if n == 0 else "", no_wrap=not left,
                         overflow="fold")  # fmt: skip
    for row in rows.rows:
        table.add_row(*(Text(row[n], style=_COLOURS.get(row[n], "")) for n in shown))
    return table
