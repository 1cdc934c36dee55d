"""`x96 profile`: the load profile of a meter, as a table or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartx96.commands.state import (
    folder_of,
    meter_option,
    meters_of,
    microseconds,
    state_option,
)
from smartx96.errors import OptionError
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.store.reading import LoggedRow
    from smartx96.tables.profile_writers import Value

SHOWN = 96
"""Rows that are shown where no stretch is asked for: a day of quarter-hours."""

_BETWEEN = 2
"""Blanks between two columns."""


@click.command("profile")
@state_option
@meter_option
@click.option("--from", "start", metavar="TIME", help="Periods that end after this time (UTC).")
@click.option("--to", "stop", metavar="TIME", help="Periods that end by this time (UTC).")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
              help="Write .csv, .parquet or .npz instead of a table.")  # fmt: skip
def command(state: Path | None, meter: str | None, start: str | None, stop: str | None,
            output: Path | None) -> None:  # fmt: skip
    """Show or write the load profile of a meter, running or not.

    Times are ends of periods, UTC; TIME is a date or 2026-09-21T14:00, with +02:00 behind it where
    it is not UTC. Units are those that `x96 registers` shows.

    \b
    x96 profile
    x96 profile --from 2026-09-01 --to 2026-10-01 -o september.csv
    x96 profile --meter heating -o heating.parquet
    """
    if output is not None:
        from smartx96.tables.profile_writers import check_suffix

        check_suffix(output)
    folder = folder_of(state)
    names = meters_of(folder, meter)
    if len(names) > 1:
        raise OptionError(f"{folder}: has {', '.join(names)}; choose one with --meter NAME")
    limits = [
        None if text is None else microseconds(text, option)
        for text, option in ((start, "--from"), (stop, "--to"))
    ]
    newest = SHOWN if output is None and limits == [None, None] else None
    rows = _read(folder, names[0], limits, newest)
    if output is not None:
        _write(output, rows)
    elif not rows:
        click.echo("no rows")
    else:
        _show(rows)
        _tell_more(folder, names[0], newest)


def _read(
    folder: Path, meter: str, limits: list[int | None], newest: int | None
) -> list[LoggedRow]:
    from smartx96.store.reading import read_profile

    start, stop = limits
    rows = list(read_profile(folder, meter, start=start, stop=stop, last=newest))
    missing = rows[-1].number - rows[0].number + 1 - len(rows) if rows else 0
    if missing > 0:
        click.echo(f"note: {counted(missing, 'row')} damaged or lost", err=True)
    return rows


def _tell_more(folder: Path, meter: str, newest: int | None) -> None:
    from smartx96.store.reading import count_rows

    kept = count_rows(folder, meter)
    if newest is not None and kept > newest:
        click.echo(f"the last {newest} of {kept} rows; --from and --to show others")


def _columns(rows: list[LoggedRow]) -> dict[str, list[Value]]:
    """Values by quantity; the quantities may have changed over time."""
    ids = dict.fromkeys(id for row in rows for id in row.values)
    return {id: [row.values.get(id) for row in rows] for id in ids}


def _write(path: Path, rows: list[LoggedRow]) -> None:
    from smartx96.tables.profile_writers import ProfileTable, write_profile

    table = ProfileTable([row.time for row in rows], [row.flags for row in rows], _columns(rows))
    write_profile(path, table)
    click.echo(f"{path}: {counted(len(rows), 'row')}", err=True)


def _show(rows: list[LoggedRow]) -> None:
    """Print a table, or several below each other where one is too wide for the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from smartx96.meter.clock import moment_text
    from smartx96.meter.profile import RowFlag

    console = Console()
    if not console.is_terminal:
        console.width = 500
    flags = [" ".join((flag.name or "").lower() for flag in RowFlag(row.flags)) for row in rows]
    columns = {id: [_cell(value) for value in values] for id, values in _columns(rows).items()}
    columns["flags"] = flags
    times = [moment_text(row.time, "auto") for row in rows]
    for ids in _abreast(columns, console.width - max(map(len, times)) - _BETWEEN):
        table = Table(box=None)
        table.add_column("time (UTC)", no_wrap=True)
        for id in ids:
            table.add_column(Text(id), justify="left" if id == "flags" else "right", no_wrap=True)
        for time, *values in zip(times, *(columns[id] for id in ids), strict=True):
            table.add_row(time, *values)
        console.print(table)


def _abreast(columns: dict[str, list[str]], width: int) -> list[list[str]]:
    """Columns that stand beside each other within a width, in their order."""
    found, room = list[list[str]](), 0
    for id, cells in columns.items():
        needed = _BETWEEN + max(map(len, (id, *cells)))
        if not found or needed > room:
            found.append([])
            room = width
        found[-1].append(id)
        room -= needed
    return found


def _cell(value: Value) -> str:
    if value is None:
        return "----"
    if isinstance(value, int):
        return str(value)
    return f"{value:.6g}" if abs(value) < 1e5 else f"{value:.3f}"
