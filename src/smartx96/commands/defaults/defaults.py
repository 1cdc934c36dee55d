"""Defaults: what rules of an option that the command line does not give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import click
from click.core import ParameterSource

from smartx96.commands.defaults.keys import CommandKeys, variables
from smartx96.commands.defaults.layers import (
    TOP,
    Layer,
    Statement,
    Variables,
    read_configuration,
)
from smartx96.commands.defaults.places import Kind, Place, places

_INSTALLATION = "config"
"""Parameter of `x96 run`: with an installation file, files of defaults say nothing."""


class Defaults:
    """What configuration files and variables say; files are read when they are first asked.

    Parameters
    ----------
    root : click.Group
        Its commands are those that have defaults.
    stated : str or None
        What `--config` says.
    """

    def __init__(self, root: click.Group, stated: str | None) -> None:
        self.root, self._stated = root, stated

    @cached_property
    def places(self) -> list[Place]:
        """Where files are, or would be."""
        return places(self._stated)

    @cached_property
    def layers(self) -> Sequence[Layer]:
        """What is asked, the first that knows rules.

        Raises
        ------
        ConfigurationError
            A file cannot be taken as it is.
        """
        files = {}
        for place in self.places:
            if place.fault:
                click.echo(f"note: {place.shown} {place.fault}: nothing is taken from it; "
                           "--config names it", err=True)  # fmt: skip
            elif place.counts:
                files[place.kind] = read_configuration(self.root, place)
        ordered = {**dict.fromkeys(Kind), **files, Kind.VARIABLE: Variables()}
        return [layer for layer in ordered.values() if layer is not None]

    def said(self, keys: CommandKeys, key: str) -> Statement | None:
        """What rules of an option of a command.

        Of options of which only one can be, the layer rules that states any of them.
        """
        together = keys.instead_of(key)
        for layer in self.layers:
            for where, known in ((keys.path, keys.own), (TOP, keys.common)):
                found = {
                    each: layer.find(where, each, known[each])
                    for each in together
                    if each in known
                }  # fmt: skip
                if any(found.values()):
                    return found.get(key)
        return None

    def commands(self) -> CommandMap:
        """What click asks for defaults of all commands."""
        return CommandMap(self)


class CommandMap(Mapping[str, Any]):
    """Defaults of the options of each command, by its name.

    Parameters
    ----------
    defaults : Defaults
    """

    def __init__(self, defaults: Defaults) -> None:
        self._defaults = defaults

    def __getitem__(self, name: str) -> DefaultMap:
        root = self._defaults.root
        command = root.get_command(click.Context(root), name)
        if command is None:
            raise KeyError(name)
        return DefaultMap(self._defaults, CommandKeys(name, command))

    def __iter__(self) -> Iterator[str]:
        return iter(self._defaults.root.list_commands(click.Context(self._defaults.root)))

    def __len__(self) -> int:
        return len(list(iter(self)))


class DefaultMap(Mapping[str, Any]):
    """Defaults of the options of a command, by their parameters.

    They are looked up when click wants them, at which time it knows what was typed: whoever types
    `--port` does not mean the `tcp` of a file as well.

    Parameters
    ----------
    defaults : Defaults
    keys : CommandKeys
    """

    def __init__(self, defaults: Defaults, keys: CommandKeys) -> None:
        self._defaults, self._keys = defaults, keys
        command = keys.command
        self._below = command.commands if isinstance(command, click.Group) else {}

    def __getitem__(self, name: str) -> Any:
        if name in self._below:
            below = CommandKeys(f"{self._keys.path}.{name}", self._below[name])
            return DefaultMap(self._defaults, below)
        for key, option in self._keys.own.items():
            if option.name == name and not self._displaced(key):
                found = self._defaults.said(self._keys, key)
                if found is not None and found.value is not None and self._holds(key, found):
                    return found.value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (option.name for option in self._keys.own.values() if option.name)

    def __len__(self) -> int:
        return len(self._keys.own)

    def _displaced(self, key: str) -> bool:
        """Whether another option was typed that leaves no room for this one."""
        others = self._keys.instead_of(key) - {key}
        return any(_is_typed(self._keys.own[each].name) for each in others)

    def _holds(self, key: str, found: Statement) -> bool:
        """Whether a statement is for this call."""
        if key == "state" and found.kind is Kind.VARIABLE:
            # The store reads X96_STATE itself, and an installation file comes before it.
            return found.origin != next(variables(TOP, key))
        return found.kind is Kind.VARIABLE or not _is_typed(_INSTALLATION)


def _is_typed(name: str | None) -> bool:
    """Whether a parameter of the call that is being read was given with it."""
    context = click.get_current_context(silent=True)
    if context is None or name is None or name not in context.params:
        return False
    return context.get_parameter_source(name) in (
        ParameterSource.COMMANDLINE,
        ParameterSource.ENVIRONMENT,
    )
