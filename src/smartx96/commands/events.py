"""`x96 events`: the event log of a meter, and whether it is what was written."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.state import folder_of, meter_option, meters_of, state_option
from smartx96.errors import OptionError, printable
from smartx96.meter.event_wording import worded
from smartx96.meter.events import EventKind
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.store.reading import LoggedEvent
    from smartx96.store.verification import LogCheck

ALTERED = 1
"""Exit code where the verification finds something."""


@click.command("events")
@state_option
@meter_option
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="The newest N only.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([k.value for k in EventKind]),
              metavar="KIND", help="This kind only, such as power_down; repeatable.")  # fmt: skip
@click.option("--verify", is_flag=False, flag_value="", metavar="[NUMBER:HASH]",
              help="Verify the chain of the log instead of showing it; with what an earlier "
              "--verify printed as its head, also that nobody wrote it anew.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def command(state: Path | None, meter: str | None, last: int | None, kinds: tuple[str, ...],
            verify: str | None, as_json: bool) -> int:  # fmt: skip
    """Show the event log of a meter, running or not; times are UTC.

    Exit code 1 where --verify finds something.

    \b
    x96 events
    x96 events --last 20 --json
    x96 events --kind power_down --kind power_up
    x96 events --verify
    x96 events --verify 1208:5d2f0a6be81c9f34
    """
    folder = folder_of(state)
    if verify is not None:
        return _verify(folder, meter, verify, as_json)
    names = meters_of(folder, meter)
    events = [event for name in names for event in _chosen(folder, name, last, kinds)]
    if as_json:
        click.echo(json.dumps([_document(event) for event in events], indent=1))
    elif events:
        _show(events, several=len(names) > 1)
    else:
        click.echo("no events")
    return 0


def _chosen(
    folder: Path, meter: str, last: int | None, kinds: tuple[str, ...]
) -> Iterator[LoggedEvent]:
    from smartx96.store.reading import read_events

    if not kinds:
        return read_events(folder, meter, last=last)
    return iter(deque((e for e in read_events(folder, meter) if e.kind in kinds), last))


def _document(event: LoggedEvent) -> dict[str, Any]:
    from smartx96.meter.clock import moment_text

    return {
        "meter": event.meter,
        "number": event.number,
        "time": moment_text(event.time, "auto"),
        "kind": event.kind,
        "details": dict(event.details),
        "hash": event.hash,
    }


def _show(events: list[LoggedEvent], several: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from smartx96.meter.clock import moment_text

    console = Console()
    if not console.is_terminal:
        console.width = 500
    table = Table(box=None)
    for name in (*(["meter"] if several else []), "number", "time (UTC)", "event", "details"):
        table.add_column(name, justify="right" if name == "number" else "left")
    for event in events:
        cells = (str(event.number), moment_text(event.time, "auto"), event.kind,
                 worded(event.kind, event.details))  # fmt: skip
        # Text, for a bracket in a value is no markup.
        table.add_row(*(Text(printable(c)) for c in ((event.meter,) if several else ()) + cells))
    console.print(table)


def _verify(folder: Path, meter: str | None, noted: str, as_json: bool) -> int:
    from smartx96.store.verification import Noted, verify

    if noted and meter is None:
        names = meters_of(folder, None)
        if len(names) > 1:
            raise OptionError(f"--verify {noted}: say of which meter with --meter NAME")
    checks = verify(folder, meter, Noted.parse(noted) if noted else None)
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=1))
    else:
        for check in checks:
            click.echo(_summary(check))
            for finding in check.findings:
                click.echo(f"  {finding.text}")
    return ALTERED if any(check.findings for check in checks) else 0


def _summary(check: LogCheck) -> str:
    verdict = counted(len(check.findings), "finding") if check.findings else "in order"
    events, head = counted(check.entries, "event"), check.head
    return f"{check.meter}: {events}, {verdict}; head {head.count}:{head.hash}"
