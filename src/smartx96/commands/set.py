"""`x96 set`: settings of a meter are planned, shown, written, read back and compared."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asking
from smartx96.commands.changing import exit_code, report, told_plan, write
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.configuration.changing.plan import Plan
    from smartx96.configuration.link import Link

_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
_TASKS = {
    "password": "`x96 password` sets a new one",
    "lock": "a command unlocks and locks by itself, with --password",
    "clock": "`x96 clock --set` sets it",
    "reset": "`x96 reset` does that",
    "reset_command": "`x96 reset` does that",
}
"""Registers that are written, but are no settings."""


@click.command("set")
@click.argument("assignments", nargs=-1, required=True, metavar="ID=VALUE...")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@meter_options
def command(assignments: tuple[str, ...], dry_run: bool, **options: Any) -> int:
    """Change settings of a meter, by their names or codes; `x96 settings` lists what they take.

    Nothing is written unless all is valid. What is written is read back and compared; exit code 1
    says that the meter does not have all of it. Without --password a terminal asks for it, where
    one is needed.

    \b
    x96 set ct=200/5 --tcp 192.168.1.20
    x96 set system_type=3P4W 'pulse1_rate=0.1 kWh (kvarh)' --port /dev/ttyUSB0 --unit 3
    x96 set demand_period=15 --dry-run --tcp gateway --unit 7
    x96 set unit_address=12 baud_rate=19200 --port /dev/ttyUSB0
    """
    wanted = wanted_settings(assignments)
    with asking(options) as ask:
        plan, target, heading = ask(partial(_planned, wanted=wanted))
        if not options["as_json"]:
            told_plan(heading, plan)
        outcome = None if dry_run else write(ask, plan, options)
    if options["as_json"]:
        write_json({
            "target": target if outcome is None else outcome.target,
            "dry_run": dry_run,
            "plan": plan.document(),
            "outcome": None if outcome is None else outcome.document(),
        })  # fmt: skip
    else:
        report(outcome, target)
    return exit_code(outcome)


def wanted_settings(assignments: tuple[str, ...]) -> dict[str, int | str]:
    """Values by id, as they are typed; what looks like a number is one, and `ct=200/5` is two.

    Raises
    ------
    OptionError
        Not `ID=VALUE`, or twice the same id, or no setting but something with a command of its own.
    """
    from smartx96.settings import with_transformers

    found = dict[str, int | str]()
    for text in assignments:
        id, sign, value = (part.strip() for part in text.partition("="))
        if id in _TASKS:
            raise OptionError(f"{id}: {_TASKS[id]}")
        if not sign or not id or not value:
            raise OptionError(f"{text!r}: give ID=VALUE, such as ct_primary=200")
        if id in found:
            raise OptionError(f"{id}: given twice")
        primary, ratio, secondary = (part.strip() for part in value.partition("/"))
        if id == "ct_primary" and ratio:
            raise OptionError(f"{text!r}: say ct_primary={primary} ct_secondary={secondary}")
        found[id] = int(value) if _NUMBER.fullmatch(value) else value
    return with_transformers(found)


async def _planned(link: Link, wanted: dict[str, int | str]) -> tuple[Plan, str, str]:
    """The plan, where the meter is asked, and what it is."""
    from smartx96.configuration.changing.plan import planned
    from smartx96.configuration.overview import plate_line
    from smartx96.settings import coded

    for id, value in wanted.items():
        # Before the meter is asked for what it cannot have.
        coded(id, value)
        link.check(id)
    readings = await link.read_settings()
    for id in wanted:
        link.check(id)
    return planned(link, readings, wanted), str(link.target), plate_line(link)
