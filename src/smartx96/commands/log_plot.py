"""`x96 log plot`: what was logged, as a page or a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartx96.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smartx96.tables.log.row import Row

SUFFIXES = (".html", ".svg")

_PACE = 5000
"""Rows between two steps of the progress bar."""


@click.command("plot")
@click.argument("log", metavar="FILE|URL")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True,
              metavar="FILE.html|.svg", help="What is written.")  # fmt: skip
@click.option("--ids", multiple=True, metavar="ID,...", help="Values; otherwise all of the log.")
@click.option("--meter", "meters", multiple=True, metavar="NAME",
              help="This meter; repeatable. Otherwise all.")  # fmt: skip
@click.option("--table", default="meter_log", show_default=True, metavar="NAME",
              help="Table of a database.")  # fmt: skip
def plot(log: str, output: Path, ids: tuple[str, ...], meters: tuple[str, ...],
         table: str) -> None:  # fmt: skip
    """Draw what was logged over time; gaps stay gaps, and are shaded.

    \b
    x96 log plot kitchen.csv -o kitchen.html
    x96 log plot site.db --meter hall --ids active_power,frequency -o hall.svg
    """
    if output.suffix.lower() not in SUFFIXES:
        raise OptionError(f"-o {output}: cannot write {output.suffix or 'no suffix'}; "
                          f"use {' or '.join(SUFFIXES)}")  # fmt: skip
    from smartx96.commands.progress import progress
    from smartx96.partial_file import whole_file
    from smartx96.report.logged.course import courses
    from smartx96.report.logged.plot import log_drawing, log_page
    from smartx96.tables.log.destination import stored_columns, stored_rows, told
    from smartx96.tables.log.row import FIXED
    from smartx96.tables.log.statements import check_table

    there = [id for id in stored_columns(log, check_table(table)) if id not in FIXED]
    chosen = _chosen(ids, there)
    with progress("reading the log", None) as advance:
        found = courses(
            lambda: _watched(stored_rows(log, chosen, table), advance), len(chosen), meters
        )
    if not found:
        raise OptionError(f"{told(log)}: has no rows yet")
    draw = output.suffix.lower() == ".svg"
    text = log_drawing(chosen, found) if draw else log_page(told(log), chosen, found)
    with whole_file(output, "plot") as file:
        file.write(text.encode())


def _watched(rows: Iterator[Row], advance: Callable[[float], None] | None) -> Iterator[Row]:
    """Rows, whose number is told now and then."""
    for number, row in enumerate(rows):
        if advance is not None and number % _PACE == 0:
            advance(number)
        yield row


def _chosen(given: tuple[str, ...], there: list[str]) -> list[str]:
    """Ids that are asked for; all there are where none is.

    Raises
    ------
    OptionError
        The log does not have one of them.
    """
    from smartx96.settings.setting import nearest

    ids = [part.strip() for text in given for part in text.split(",") if part.strip()]
    for id in ids:
        if id not in there:
            raise OptionError(f"--ids {id}: not in the log; {nearest(id, there)}")
    return ids or there
