"""Variables of the environment that look like ours and that nobody reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import click

from smartx96.commands.defaults.keys import PREFIX, tables, variables

READ_ELSEWHERE = ("CONFIG", "WEB_TOKEN", "TLS_PASSWORD", "MQTT_PASSWORD", "INFLUX_TOKEN",
                   "PASSWORD", "NEW_PASSWORD", "NATIVE")  # fmt: skip
"""Variables that are no default of an option, without their prefix."""

_NAMED_BY_FILES = f"{PREFIX}PASSWORD_"
"""Beginning of those that projects name for the passwords of meters."""


def unread_variables(root: click.Group, environment: Mapping[str, str] = os.environ
                     ) -> Iterator[str]:  # fmt: skip
    """A line for each."""
    known = {PREFIX + name for name in READ_ELSEWHERE}
    mine = {name for name in environment if name.startswith(PREFIX)} - known
    mine = {name for name in mine if not name.startswith(_NAMED_BY_FILES)}
    # Commands are imported one by one, and no more than it takes to know all names.
    every = tables(root)
    while mine and (table := next(every, None)) is not None:
        path, options = table
        names = {name for key in options for name in variables(path, key)}
        mine, known = mine - names, known | names
    if mine:
        # Late: only for a message.
        from smartx96.settings.setting import nearest

        for name in sorted(mine):
            yield f"{name}: no command has such an option; {nearest(name, known)}"
