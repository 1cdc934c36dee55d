"""`x96 password`: a meter gets a new password, which is tried."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from smartx96.commands.asking import asking
from smartx96.commands.given_password import (
    interactive,
    needed_password,
    password_number,
    typed_password,
)
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.errors import OptionError

_VARIABLE = "X96_NEW_PASSWORD"


@click.command("password")
@click.option("--new-password", "new", envvar=_VARIABLE, show_envvar=True, metavar="1..9999",
              help="The new one; a terminal asks for it where it is not given.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Try the password that it has, and write nothing.")
@meter_options
def command(new: str | None, dry_run: bool, **options: Any) -> None:
    """Give a meter a new password.

    Needs the one that it has. Afterwards the meter is locked, and unlocked by the new one: so it is
    known to work. No password is shown or kept anywhere. On a command line others can see it: the
    environment, or the question on a terminal, is the better place.

    \b
    x96 password --tcp 192.168.1.20
    X96_PASSWORD=... X96_NEW_PASSWORD=... x96 password --port /dev/ttyUSB0 --unit 3
    """
    from smartx96.configuration.tasks.password import change_password, try_password

    old = needed_password(options, "a new password")
    with asking(options) as ask:
        if dry_run:
            ask(partial(try_password, password=old))
        else:
            ask(partial(change_password, old=old, new=_new(new)))
        target = str(ask(_target))
    if options["as_json"]:
        write_json({"target": target, "dry_run": dry_run, "done": not dry_run})
    elif dry_run:
        click.echo(f"{target}: takes the password; dry run: nothing was written")
    else:
        click.echo(f"{target}: has the new password; unlocked by it, and locked")


async def _target(link: Any) -> Any:
    return link.target


def _new(given: str | None) -> int:
    """The new password: as given, or typed twice."""
    from smartx96.configuration.tasks.password import check_new

    if given is not None:
        found = password_number(given, f"--new-password ({_VARIABLE})")
    else:
        option = f"--new-password or {_VARIABLE}"
        found = typed_password("new password", "a new password", option)
        if interactive() and typed_password("new password again", "", option) != found:
            raise OptionError("the new password: typed differently the second time")
    check_new(found)
    return found
