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
    for rows in (results.clauses(document), results.datasheet(document), same_points(document)):
        if rows is not None and rows.rows:
            console.print(_table(rows))
    if "calibration" in document:
        console.print(_table(calibration.corrections(document["calibration"])))
        console.print(calibration.headline(document))
    console.print(verdict.headline, style=_COLOURS[GOOD if verdict.good else BAD])
    for point in verdict.points:
        console.print(f"  {point}", style="yellow")
    if "external" in document:
        _show_bench(console, document)


def _tested(document: Mapping[str, Any]) -> str:
    if "external" in document:
        return document["external"]["meter"] or "a meter outside of this program"
    return f"front end {document['front_end']['name']}, seed {document['seed']}"


def _show_bench(console: Console, document: Mapping[str, Any]) -> None:
    """What is to be said of the verdict, and what the bench did not do."""
    said = external.doubtful(document)
    for line in (*([said.text] if said else ()), *document["external"]["warnings"]):
        console.print(f"  {line}", style="yellow")
    untested = external.untested(document)
    for line in untested.items if untested else ():
        console.print(f"not tested: {line}")


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
                         style="bold" if n == 0 else "", no_wrap=n not in rows.words)  # fmt: skip
    for row in rows.rows:
        table.add_row(*(Text(row[n], style=_COLOURS.get(row[n], "")) for n in shown))
    return table
