"""Layers: what each file and the variables say of options, and where they say it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from smartx96.commands.defaults.keys import (
    ONCE,
    SECRET,
    command_at,
    options_of,
    shared,
    variables,
)
from smartx96.commands.defaults.places import Kind, Place
from smartx96.commands.defaults.values import has_password, value_of_file, value_of_variable
from smartx96.errors import ConfigurationError, OptionError, printable

if TYPE_CHECKING:
    from smartx96.configuration.project.table import Headings

TOP = ""
"""Path of what stands before all tables: of every command that asks meters."""

LARGEST = 1_000_000
"""Largest configuration file [bytes]."""

_OTHERS = ("meter", "line", "source")
"""Keys by which files of installations and projects are known, that may have the same name."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of an option.

    Parameters
    ----------
    value : object
        As click takes a default.
    kind : Kind
    origin : str
        File and line, or the variable.
    """

    value: Any
    kind: Kind
    origin: str


class Layer(Protocol):
    """One of what speaks of options."""

    def find(self, path: str, key: str, option: click.Option) -> Statement | None:
        """What is said of a key of a command's table, or of the top."""


@dataclass(frozen=True, slots=True)
class Variables:
    """The layer of the environment.

    Parameters
    ----------
    environment : Mapping
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def find(self, path: str, key: str, option: click.Option) -> Statement | None:
        """What a variable says of a key, where it is not empty.

        Raises
        ------
        OptionError
            It is nothing that the option can be.
        """
        if key in (*SECRET, *ONCE):
            # Secrets have variables that click reads itself.
            return None
        for name in variables(path, key):
            if text := self.environment.get(name):
                try:
                    return Statement(value_of_variable(option, text), Kind.VARIABLE, name)
                except OptionError as error:
                    raise OptionError(f"{name}={printable(text[:80])}: {error}") from None
        return None


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """The layer of a file, all of which was checked.

    Parameters
    ----------
    place : Place
    statements : mapping
        By command and key.
    """

    place: Place
    statements: Mapping[tuple[str, str], Statement]

    def find(self, path: str, key: str, option: click.Option) -> Statement | None:
        """What the file says of a key."""
        return self.statements.get((path, key))


def read_configuration(root: click.Group, place: Place) -> ConfigurationFile | None:
    """Read a configuration file.

    Parameters
    ----------
    root : click.Group
        Its commands are the tables of the file.
    place : Place

    Returns
    -------
    ConfigurationFile or None
        None where the file is one of an installation, that nobody has named.

    Raises
    ------
    ConfigurationError
        One line: the file, its line, the key, what is allowed.
    """
    from smartx96.configuration.project.table import Headings
    from smartx96.toml_file import read_toml

    file = read_toml(place.path, LARGEST, ConfigurationError)
    other = next((key for key in _OTHERS if key in file.data), None)
    if other is not None and place.kind is Kind.PROJECT:
        return None
    if other is not None:
        raise ConfigurationError(
            f"{place.path}: {other}: a file of an installation or a project; "
            f"use `x96 run {place.path}` or `x96 push {place.path}`"
        )
    reader = _Reader(root, place, Headings(file))
    return ConfigurationFile(place, dict(reader.top(file.data)))


_Found = Iterator[tuple[tuple[str, str], Statement]]


class _Reader:
    """One configuration file while it is read."""

    def __init__(self, root: click.Group, place: Place, headings: Headings) -> None:
        self._root, self._place, self._headings = root, place, headings
        self._folder = Path(os.path.abspath(place.path)).parent

    def top(self, data: Mapping[str, Any]) -> _Found:
        names = self._root.list_commands(click.Context(self._root))
        for key, stated in data.items():
            if key in names and (isinstance(stated, dict) or key not in SECRET):
                yield from self._table(key, stated)
            else:
                yield self._statement(TOP, key, stated, shared(), names)

    def _table(self, path: str, data: object) -> _Found:
        if not isinstance(data, dict):
            raise self._refused(path, path, f"must be a table: [{path}]")
        command = command_at(self._root, path)
        assert command is not None
        below = tuple(command.commands) if isinstance(command, click.Group) else ()
        own = options_of(command)
        for key, stated in data.items():
            if key in below:
                yield from self._table(f"{path}.{key}", stated)
            else:
                yield self._statement(path, key, stated, own, below)

    def _statement(self, path: str, key: str, stated: object, own: Mapping[str, click.Option],
                   tables: tuple[str, ...] | list[str],
                   ) -> tuple[tuple[str, str], Statement]:  # fmt: skip
        if key in SECRET:
            named = f"X96_{'WEB_TOKEN' if key == 'token' else key.upper()}"
            raise self._refused(path, key, f"stands in no file; the variable {named} has it")
        if key in ONCE and (key in own or path == TOP):
            raise self._refused(path, key, "is meant anew each time: for the command line alone")
        if key not in own:
            raise self._unknown(path, key, [*own, *tables])
        try:
            value = value_of_file(own[key], stated, self._folder)
        except OptionError as error:
            from smartx96.settings.setting import brief

            said = "" if has_password(stated) else f" = {brief(stated)}"
            raise self._refused(path, key, str(error), said) from None
        where = self._headings.place(path, key).removeprefix(str(self._headings.file.path))
        return (path, key), Statement(value, self._place.kind, self._place.shown + where)

    def _unknown(self, path: str, key: str, known: list[str]) -> ConfigurationError:
        from smartx96.settings.setting import nearest

        usable = [word for word in known if word not in (*SECRET, *ONCE)]
        return self._refused(path, key, f"unknown key; {nearest(key, usable)}")

    def _refused(self, path: str, key: str, why: str, value: str = "") -> ConfigurationError:
        where = self._headings.place(path, key)
        named = f"{path}.{key}" if path and path != key else key
        return ConfigurationError(f"{where}: {printable(named[:80])}{value}: {why}")
