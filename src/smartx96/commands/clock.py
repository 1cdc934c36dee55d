"""`x96 clock`: the clock of a meter, shown and set."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import click

from smartx96.commands.asking import asking
from smartx96.commands.clock_project import clock_project, told
from smartx96.commands.given_password import password_of
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.commands.project_options import project_given, project_options
from smartx96.errors import OptionError

_NOW = "now"


@click.command("clock")
@click.option("--set", "wanted", is_flag=False, flag_value=_NOW, metavar="[TIME]",
              help="Set it: to this computer's time, or to TIME, such as 2026-11-23T10:00:00: in "
              "the meter's time zone, unless +01:00 or Z stands behind it.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what it would be set to, and write nothing.")
@project_options
@meter_options
def command(wanted: str | None, dry_run: bool, **options: Any) -> int:
    """Show the clock of a meter and what it differs from this computer's, or set it.

    Set to this computer's time it is written so that it arrives as a second begins. The clock needs
    no password in our meter. Others do not document one: --unverified tries.

    \b
    x96 clock --tcp 192.168.1.20
    x96 clock --set --port /dev/ttyUSB0 --unit 3
    x96 clock --set 2026-11-23T10:00:00 --tcp gateway --unit 7
    x96 clock --project site.toml --set
    """
    time = _time(wanted)
    if dry_run and wanted is None:
        raise OptionError("--dry-run: only with --set")
    project = project_given(options, ("wanted", "dry_run"))
    if project is not None:
        if time is not None:
            raise OptionError("--set TIME: is for one meter; without TIME it sets a project's")
        return clock_project(project, options, wanted=wanted is not None, dry_run=dry_run)
    _one_meter(wanted, time, options, dry_run)
    return 0


def _one_meter(wanted: str | None, time: datetime | None, options: dict[str, Any],
               dry_run: bool) -> None:  # fmt: skip
    """Show the clock of the meter of the options, or set it."""
    from smartx96.configuration.tasks.clock import read_clock
    from smartx96.configuration.tasks.clock_setting import set_clock, time_to_tell

    password = password_of(options)
    after = None
    with asking(options) as ask:
        before = ask(read_clock)
        if dry_run and time is not None:
            time = ask(partial(time_to_tell, local=time))
        elif wanted is not None and not dry_run:
            after = ask(partial(set_clock, local=time, password=password))
        target = str(ask(_target))
    if options["as_json"]:
        found = None if after is None else after.document()
        write_json({"target": target, **before.document(), "set": found})
        return
    click.echo(f"{target}: {told(before)}")
    if after is not None:
        click.echo(f"set: {told(after)}")
    elif wanted is not None:
        to = "this computer's time" if time is None else time.isoformat()
        click.echo(f"dry run: nothing was written; it would be set to {to}")


def _time(text: str | None) -> datetime | None:
    """A time that is given; None where it is now, or none."""
    if text is None or text == _NOW:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise OptionError(
            f"--set {text[:40]!r}: give a time, such as 2026-11-23T10:00:00, or nothing for now"
        ) from None


async def _target(link: Any) -> Any:
    return link.target
