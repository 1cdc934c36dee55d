"""Settings as a TOML file: one line `id = value` for each."""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

from smartx96.errors import ConfigurationError, OptionError
from smartx96.partial_file import whole_file
from smartx96.settings import GROUPS, Group, Setting, Settings, Value, coded
from smartx96.toml_file import TomlFile, read_toml

LARGEST = 100_000
"""Largest settings file [bytes]."""

ORIGIN = "meter"
"""Table of a file that was read from a meter: which one it was; it sets nothing."""

_WIDTH = 98
_NAME = re.compile(r'"[^"]*"(?: \(\d+\))?')
_HEADING = """\
# Settings of a SMART X96.
#
# A number in brackets is the code that the register holds; the name before it may be written as
# well. A setting that is left out stays as it is. Protected ones need the password over Modbus; the
# password itself is in no file.
"""


def read_settings(path: str | os.PathLike[str]) -> dict[str, Value]:
    """Read a settings file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict
        Values by setting id, as `Settings` take them; only those that the file states.

    Raises
    ------
    ConfigurationError
        One line: the file, the line where it can be told, the setting, what is allowed.
    """
    return stated_settings(read_toml(path, LARGEST, ConfigurationError))


def stated_settings(file: TomlFile) -> dict[str, Value]:
    """What a TOML file states of settings, as `read_settings`."""
    found: dict[str, Value] = {}
    for id, value in file.data.items():
        if id == ORIGIN and isinstance(value, dict):
            continue
        try:
            found[id] = coded(id, value)
        except OptionError as error:
            raise ConfigurationError(f"{file.place(id)}: {error}") from None
    return found


def write_settings(settings: Settings, target: str | os.PathLike[str] | TextIO) -> None:
    """Write all settings, in the groups of the set-up menu, each with what it may be.

    Parameters
    ----------
    settings : Settings
    target : path-like or text file
        A file appears under its name only when it is whole.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    text = settings_text(settings)
    if not isinstance(target, str | os.PathLike):
        target.write(text)
        return
    with whole_file(Path(target), "settings") as file:
        file.write(text.encode())


def settings_text(
    settings: Mapping[str, Value], groups: Iterable[Group] = Group,
    wrong: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """The content of a settings file, of all groups or some.

    Parameters
    ----------
    settings : mapping
        Values by id; an id that is not there gets no line.
    groups : iterable of Group
    wrong : mapping of str to str, optional
        Why there is no value, by id; said in a comment.
    """
    parts = [_HEADING]
    for group in groups:
        entries = "\n".join(_entries(group, settings, wrong or {}))
        if entries:
            parts.append(f"\n# ---- {group}\n\n{entries}")
    return "".join(parts)


def _entries(
    group: Group, settings: Mapping[str, Value], wrong: Mapping[str, str]
) -> Iterator[str]:
    for setting in GROUPS[group]:
        if setting.secret:
            continue
        if setting.id in settings:
            yield f"{_comment(setting)}{setting.id} = {_toml(setting, settings[setting.id])}\n"
        elif setting.id in wrong:
            yield f"{_comment(setting)}{_commented(f'NO VALUE: {wrong[setting.id]}')}"


def _comment(setting: Setting) -> str:
    said = [setting.label, setting.choices, f"default {_toml(setting, setting.default)}"]
    if setting.protected:
        said.append("protected")
    return _commented("; ".join(said))


def _commented(text: str) -> str:
    """A text as lines of comment."""
    # A space that is no place to break a line, within names.
    joined = _NAME.sub(lambda match: match[0].replace(" ", "\xa0"), text)
    lines = textwrap.wrap(joined, _WIDTH, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines).replace("\xa0", " ")


def _toml(setting: Setting, value: Value) -> str:
    """A value as TOML has it: a number bare, a text with quotes."""
    return json.dumps(setting.shown(value), ensure_ascii=False)
