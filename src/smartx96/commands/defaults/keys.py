"""Keys: what options are called in a configuration file, and which commands share one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import click

from smartx96.commands.meter_options import meter_options
from smartx96.commands.options import options_together
from smartx96.commands.state import state_option

SECRET = ("password", "new_password", "token")
"""Keys of what stands in no file."""

ONCE = ("yes", "force", "new_web_token", "set", "now", "calibrate", "help")
"""Keys of what is meant for one call: to be asked for anew each time."""

PREFIX = "X96_"

_PLACES = frozenset({"tcp", "port", "rtu_tcp", "project"})
_OF_PANEL = (frozenset({"at", "source"}), frozenset({"meter", "source"}))
_SHORT = {"run.web": "X96_WEB"}
"""Keys with a variable that is shorter than their name."""


def key_of(option: click.Option) -> str:
    """What an option is called in a file: its first long name, with underscores."""
    long = next((text for text in option.opts if text.startswith("--")), option.opts[0])
    return long.lstrip("-").replace("-", "_")


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Options of a command by their keys, without those that ask for a text and end."""
    return {
        key_of(option): option
        for option in command.params
        if isinstance(option, click.Option) and not option.is_eager
    }


@cache
def shared() -> Mapping[str, click.Option]:
    """Options that stand at the top of a file: of the meter that is asked, and the state folder."""

    @click.command()
    @options_together(meter_options, state_option)
    def every(**_: object) -> None:
        """Have them."""

    return {
        key: option
        for key, option in options_of(every).items()
        if key not in (*SECRET, "json")
    }  # fmt: skip


class CommandKeys:
    """Keys of one command.

    Parameters
    ----------
    path : str
        Such as `log` or `tariffs.show`.
    command : click.Command

    Attributes
    ----------
    own : mapping of str to click.Option
        Its options, as its table has them.
    common : mapping of str to click.Option
        Those of them that the top of a file speaks of. A command that asks a meter has all that it
        knows, also where it takes several units. Where `--tcp` means something else, as in
        `x96 run`, the top says nothing of it.
    alternatives : sequence of frozenset
        Keys of which only one can be: whoever states one of them means none of the others.
    """

    def __init__(self, path: str, command: click.Command) -> None:
        self.path, self.command = path, command
        self.own = options_of(command)
        known = shared()
        asks = any(_same(self.own[key], known[key]) for key in known if key in self.own)
        self.common = {
            key: option
            for key, option in self.own.items()
            if key == "state" or (asks and key in known)
        }  # fmt: skip
        self.alternatives: tuple[frozenset[str], ...] = ()
        if "tcp" in self.common:
            self.alternatives = (_PLACES,)
        elif path == "panel":
            self.alternatives = _OF_PANEL

    def instead_of(self, key: str) -> frozenset[str]:
        """The options of which only one can be, if a key is one of them; else the key alone."""
        groups = [group for group in self.alternatives if key in group]
        return frozenset({key}).union(*groups) & self.own.keys()


def _same(one: click.Option, other: click.Option) -> bool:
    return key_of(one) != "state" and (one.metavar, one.help) == (other.metavar, other.help)


def variables(path: str, key: str) -> Iterator[str]:
    """Environment variables of a key, the first that is set rules.

    Parameters
    ----------
    path : str
        Of a command, such as `tariffs.show`; empty is the top of a file.
    key : str
    """
    name = f"{path}.{key}" if path else key
    yield PREFIX + name.replace(".", "_").upper()
    if name in _SHORT:
        yield _SHORT[name]


def every_command(root: click.Group) -> Iterator[CommandKeys]:
    """Keys of every command."""
    context = click.Context(root)
    for name in root.list_commands(context):
        yield from _below(name, root.get_command(context, name))


def _below(path: str, command: click.Command | None) -> Iterator[CommandKeys]:
    if command is None:
        return
    yield CommandKeys(path, command)
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _below(f"{path}.{name}", each)


def command_at(root: click.Group, path: str) -> click.Command | None:
    """The command of a path; None where there is none."""
    found: click.Command | None = root
    for name in path.split("."):
        if not isinstance(found, click.Group):
            return None
        found = found.get_command(click.Context(found), name)
    return found


def tables(root: click.Group) -> Iterator[tuple[str, Mapping[str, click.Option]]]:
    """Tables of a file with what may stand in them."""
    yield "", shared()
    for keys in every_command(root):
        yield keys.path, {
            key: option for key, option in keys.own.items() if key not in (*SECRET, *ONCE)
        }  # fmt: skip
