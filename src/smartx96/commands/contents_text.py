"""Parts of a report in a terminal: tables and verdicts."""

from __future__ import annotations

import sys

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from smartx96.report.contents import BAD, GOOD, OPEN, Verdict
from smartx96.report.contents import Table as Rows

_PIPE = 160
"""Columns where no terminal says how many there are."""

_COLOURS = {GOOD: "green", BAD: "bold red", OPEN: "yellow"}
_TONES = {"good": "green", "look": "bold yellow", "fail": "bold red"}


def output() -> Console:
    """Where it is printed."""
    return Console(
        highlight=False, markup=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE
    )


def show_table(console: Console, heading: str, rows: Rows) -> None:
    """Print a table under a heading."""
    # Words go on in the next line rather than being cut at the edge.
    console.print(table(heading, rows), soft_wrap=False)


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Print what came out."""
    console.print(told(verdict))


def table(heading: str, rows: Rows) -> Group:
    """A table under a heading."""
    return Group("", Text(heading, style="bold"), _table(rows))


def told(verdict: Verdict) -> Group:
    """What came out."""
    points = (Text(f"  {point}", style="yellow") for point in verdict.points)
    return Group("", Text(verdict.headline, style=_TONES[verdict.tone]), *points)


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
