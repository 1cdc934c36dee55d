"""`x96 get`: values of a meter by id."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asked
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.errors import X96Error

if TYPE_CHECKING:
    from smartx96.configuration.link import Link
    from smartx96.configuration.reading import Valued


@click.command("get")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@meter_options
def command(ids: tuple[str, ...], **options: Any) -> None:
    """Print values of a meter by ID: settings, measured values, any register of the map.

    In an ID `*` stands for any signs and `?` for one; `x96 registers` lists all of them.

    \b
    x96 get active_power active_energy_import --tcp 192.168.1.20
    x96 get 'voltage_*' 'current_*' --port /dev/ttyUSB0 --unit 3
    x96 get ct_primary --tcp gateway --unit 7 --json
    """
    from smartx96.configuration.reading import is_pattern

    named = not any(map(is_pattern, ids))
    target, found, missing = asked(options, partial(_read, ids=ids), named=named)
    if options["as_json"]:
        write_json({id: valued.document() for id, valued in found.items()})
    else:
        for id, valued in found.items():
            click.echo(f"{id} = {valued.text}")
    if missing:
        raise X96Error(f"{', '.join(missing)}: {target} does not have it")


async def _read(link: Link, ids: tuple[str, ...]) -> tuple[str, dict[str, Valued], list[str]]:
    """Where it was asked, values, and what was named and is not there."""
    from smartx96.configuration.reading import all_valued, chosen

    readings = await link.read(chosen(link, ids))
    return str(link.target), all_valued(readings), [id for id in ids if id in link.missing]
