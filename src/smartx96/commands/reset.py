"""`x96 reset`: maxima, demand or the resettable energies of a meter begin anew."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asking
from smartx96.commands.given_password import interactive, needed_password
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.configuration.link import Link
    from smartx96.configuration.tasks.resets import Cleared, What
    from smartx96.modbus.readings import Reading


@click.command("reset")
@click.argument("what", type=click.Choice(["maxima", "demand", "energy"]))
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@click.option("--dry-run", is_flag=True, help="Show what would be cleared, and write nothing.")
@meter_options
def command(what: str, yes: bool, dry_run: bool, **options: Any) -> int:
    """Have WHAT begin anew: maxima (of demand), demand (maxima and the running period) or energy
    (the resettable registers; the main ones cannot be reset).

    Values are shown before and after. What is cleared is gone: `x96 get '*_max*'` keeps a copy.

    \b
    x96 reset maxima --tcp 192.168.1.20
    x96 reset energy --yes --port /dev/ttyUSB0 --unit 3
    x96 reset demand --dry-run --tcp gateway --unit 7
    """
    from smartx96.configuration.tasks.resets import What, affected, reset

    meant = What(what)
    with asking(options) as ask:
        heading, before = ask(partial(_looked, read=partial(affected, what=meant)))
        if not options["as_json"]:
            _tell_before(heading, meant, before)
        if dry_run:
            if options["as_json"]:
                write_json({"target": heading, "reset": what, "dry_run": True,
                            "values": _values(before)})  # fmt: skip
            else:
                click.echo("dry run: nothing was written")
            return 0
        _confirm(meant, yes)
        password = needed_password(options, f"reset {what}: protected")
        cleared: Cleared = ask(partial(reset, what=meant, password=password))
    if options["as_json"]:
        write_json({**cleared.document(), "dry_run": False})
    else:
        _tell_after(cleared)
    return 0 if cleared.done else 1


async def _looked(link: Link, read: Any) -> tuple[str, dict[str, Reading]]:
    from smartx96.configuration.overview import plate_line

    return plate_line(link), await read(link)


def _confirm(what: What, yes: bool) -> None:
    """Go on only where it is meant.

    Raises
    ------
    OptionError
        Nobody sits at a terminal, and nobody said --yes.
    """
    if yes:
        return
    if not interactive():
        raise OptionError(f"reset {what}: clears what cannot be brought back; give --yes")
    click.confirm(f"clear {what.text}?", abort=True, err=True)


def _values(found: dict[str, Reading]) -> dict[str, Any]:
    from smartx96.configuration.reading import all_valued

    return {id: valued.document() for id, valued in all_valued(found).items()}


def _tell_before(heading: str, what: What, before: dict[str, Reading]) -> None:
    from smartx96.configuration.reading import all_valued
    from smartx96.configuration.tasks.resets import MAIN_ENERGIES, What

    click.echo(heading)
    told = all_valued({id: value for id, value in before.items() if value})
    click.echo(f"reset of {what.text}" + ("" if told else ": all at 0"))
    for id, valued in told.items():
        click.echo(f"  {id} = {valued.text}")
    if what is What.ENERGY:
        click.echo(f"note: {MAIN_ENERGIES}")


def _tell_after(cleared: Cleared) -> None:
    from smartx96.configuration.reading import all_valued

    told = {
        id: valued.text
        for id, valued in all_valued(cleared.after).items()
        if cleared.before.get(id) or cleared.after[id]
    }
    if cleared.done:
        click.echo(f"done, by {cleared.register}; now" + ("" if told else " all at 0"))
    else:
        click.echo(f"NOT done: the meter took it, and is as before: {', '.join(cleared.stayed)}")
    for id, text in told.items():
        click.echo(f"  {id} = {text}")
