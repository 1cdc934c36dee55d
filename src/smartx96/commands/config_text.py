"""What `x96 config` says: statements with their origins, places, variables that nobody reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import click

from smartx96.commands.defaults.defaults import Defaults
from smartx96.commands.defaults.keys import (
    ONCE,
    SECRET,
    CommandKeys,
    command_at,
    tables,
)
from smartx96.commands.defaults.layers import Statement, read_configuration
from smartx96.commands.defaults.places import Kind, Place
from smartx96.commands.defaults.values import as_stated, has_password, shown

_BUILT_IN = "built in"


@dataclass(frozen=True, slots=True)
class Row:
    """What an option is.

    Parameters
    ----------
    table : str
        Path of the command; empty is the top.
    key : str
    value : object
        None where it is nothing at all.
    origin : str
        File and line, variable, or that it is built in.
    """

    table: str
    key: str
    value: Any
    origin: str

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"table": self.table, "key": self.key, "value": self.value, "origin": self.origin}


def stated(defaults: Defaults) -> list[Row]:
    """What files and variables say, by what rules."""
    found = []
    for path, options in tables(defaults.root):
        for key, option in options.items():
            said = (layer.find(path, key, option) for layer in defaults.layers)
            first = next((each for each in said if each is not None), None)
            if first is not None:
                found.append(_told(path, key, option, first))
    return found


def of_command(defaults: Defaults, path: str) -> list[Row]:
    """What every option of a command is where the command line does not give it."""
    command = command_at(defaults.root, path)
    assert command is not None
    keys, found = CommandKeys(path, command), []
    context = click.Context(command)
    for key, option in keys.own.items():
        if key in ONCE:
            continue
        said = None if key in SECRET else defaults.said(keys, key)
        if said is not None:
            found.append(_told(path, key, option, said))
        elif key in SECRET:
            found.append(_secret(path, key, option))
        else:
            found.append(Row(path, key, _built_in(option, context), _BUILT_IN))
    return found


def _told(path: str, key: str, option: click.Option, said: Statement) -> Row:
    """What is said of an option; a password in a URL, as variables may have one, is not shown."""
    value = as_stated(option, said.value)
    if has_password(value):
        return Row(path, key, None, f"{said.origin}, has a password: not shown")
    return Row(path, key, value, said.origin)


def _built_in(option: click.Option, context: click.Context) -> Any:
    """What an option is unless told; None where that is nothing, or is found out later."""
    value = option.get_default(context)
    if option.multiple:
        return as_stated(option, value) if isinstance(value, list | tuple) and value else None
    return as_stated(option, value) if isinstance(value, str | bool | int | float) else None


def _secret(path: str, key: str, option: click.Option) -> Row:
    """Whether a password is set, which nobody is shown."""
    name = str(option.envvar)
    return Row(path, key, None, f"{name}, not shown" if os.environ.get(name) else f"not in {name}")


def text(rows: Sequence[Row], *, origin: bool) -> Iterator[str]:
    """Rows as a configuration file."""
    for table, group in groupby(rows, key=lambda row: row.table):
        if table:
            yield f"[{table}]"
        for row in group:
            line = f"# {row.key} =" if row.value is None else f"{row.key} = {shown(row.value)}"
            said = origin or (row.value is None and row.origin != _BUILT_IN)
            yield f"{line}  # {row.origin}" if said else line


def place_document(defaults: Defaults, place: Place) -> dict[str, str]:
    """A place and what becomes of its file.

    Raises
    ------
    ConfigurationError
        The file cannot be taken as it is.
    """
    if place.fault:
        state = f"{place.fault}: not taken"
    elif not place.counts:
        state = "not there"
    elif read_configuration(defaults.root, place) is None:
        state = "of an installation or a project: not taken"
    else:
        state = "taken"
    kind = "--config" if place.kind is Kind.STATED else str(place.kind)
    return {"kind": kind, "path": str(place.path), "state": state}
