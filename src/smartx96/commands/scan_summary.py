"""What `x96 scan` prints: who was found, what looks wrong, what to do next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from smartx96.configuration.search.candidates import Scope

_COLUMNS = ("meter", "serial number", "version", "wiring", "CT", "found at")


def show(document: dict[str, Any]) -> None:
    """Print a table of what was found, then what looks wrong, and what to do next."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    found = document["found"]
    if found:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in _COLUMNS:
            table.add_column(name, no_wrap=True)
        for each in found:
            table.add_row(*map(Text, _row(each)))
        # A line that is too long goes on below; cut off it would look whole.
        Console(width=500, soft_wrap=True, highlight=False).print(table)
    for each in found:
        for remark in each["remarks"]:
            click.echo(f"{_where(each)}: {remark}")
    for note in document["notes"]:
        click.echo(f"{note['where']}: {note['text']}", err=True)
    meter = next((each for each in found if each["state"] == "meter"), None)
    if document["stopped"] and found:
        click.echo("stopped: there may be others", err=True)
    if meter is not None and sys.stdout.isatty():
        click.echo(f"next: x96 show {meter['options']}")


def _row(found: dict[str, Any]) -> tuple[str, ...]:
    serial, ct = found["serial_number"], found["ct_primary"]
    secondary = f"/{found['ct_secondary']}" if found["ct_secondary"] else ""
    what = {"other": "something else", "damaged": "damaged answers"}
    return (
        what.get(found["state"]) or _meter(found),
        "" if serial is None else str(serial),
        str(found["version"] or found["software_version"] or ""),
        str(found["wiring"] or ""),
        "" if ct is None else f"{ct:g}{secondary} A",
        found["options"],
    )


def _meter(found: dict[str, Any]) -> str:
    name = f' "{found["name"]}"' if found["name"] else ""
    return f"{found['member']}{name}"


def _where(found: dict[str, Any]) -> str:
    return f"{found['where']} unit {found['unit']}"


def nobody(document: dict[str, Any], scope: Scope) -> str:
    """Why nothing was found, in one line, and what to look at."""
    if document["stopped"]:
        return "nobody had answered when it was stopped"
    if not document["requests"]:
        return "nothing was found: no place could be reached"
    on_lines = any(place.kind != "tcp" for place in scope.places)
    line = "are A and B swapped, is it the right port?" if on_lines else "is it the right host?"
    further = "" if scope.everything else " --all tries all speeds, parities and addresses"
    return f"nobody answers: has the meter power, {line}{further}"
