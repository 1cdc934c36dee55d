"""`x96 config`: what configuration files and variables say, and where they are."""

from __future__ import annotations

import click

from smartx96.commands.defaults.defaults import Defaults
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import json_option
from smartx96.errors import OptionError


@click.group("config")
def command() -> None:
    """Show what configuration files and variables say, and where they are.

    A file has options without their dashes: at the top those of the meter that commands ask, and
    the state folder; in a table of a command its own. Before it come the variables, as X96_UNIT for
    the top and X96_LOG_EVERY for `every` of [log], and the command line before all.

    \b
    tcp = "192.168.1.20"
    unit = 3
    [log]
    every = "1min"
    """


@command.command("show")
@click.argument("names", nargs=-1, metavar="[COMMAND]...")
@click.option("--origin", is_flag=True, help="Say of each where it comes from.")
@json_option
@click.pass_obj
def show(defaults: Defaults, names: tuple[str, ...], origin: bool, as_json: bool) -> None:
    """Print what is stated and rules, as a file of its own; of a COMMAND all that its options are.

    \b
    x96 config show --origin
    x96 config show log
    x96 config show tariffs push --json
    """
    from smartx96.commands.config_text import of_command, stated, text

    rows = of_command(defaults, _path(defaults, names)) if names else stated(defaults)
    if as_json:
        write_json([row.document() for row in rows])
        return
    for line in text(rows, origin=origin):
        click.echo(line)


@command.command("path")
@json_option
@click.pass_obj
def path(defaults: Defaults, as_json: bool) -> None:
    """Print where configuration files are, or would be; what is named first rules.

    \b
    x96 config path
    """
    from smartx96.commands.config_text import place_document

    found = [place_document(defaults, place) for place in defaults.places]
    if as_json:
        write_json(found)
        return
    for each in found:
        click.echo(f"{each['kind']:9} {each['path']}  ({each['state']})")
    if not found:
        click.echo("none: --config or X96_CONFIG says off")


def _path(defaults: Defaults, names: tuple[str, ...]) -> str:
    """Path of a command that is named by its words."""
    from smartx96.commands.defaults.keys import command_at
    from smartx96.settings.setting import nearest

    found = ".".join(names)
    if command_at(defaults.root, found) is None:
        known = defaults.root.list_commands(click.Context(defaults.root))
        raise OptionError(
            f"x96 {' '.join(names)[:80]}: no such command; {nearest(names[0], known)}"
        )
    return found
