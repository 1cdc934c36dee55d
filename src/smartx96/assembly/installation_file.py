"""Installation files: the CONFIG.toml of `x96 run`, one meter or several."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartx96.assembly.plan import InstallationPlan
from smartx96.errors import ConfigurationError, OptionError
from smartx96.settings import BY_ID, coded
from smartx96.settings.setting import brief, nearest
from smartx96.toml_file import TomlFile, read_toml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LARGEST = 1_000_000
"""Largest installation file [bytes]."""

_SHOWN = 80
"""Characters of a key that a message repeats."""

_Location = tuple[int | str, ...]

_WORDS = (
    ("a valid boolean", "true or false"),
    ("a valid integer", "an integer"),
    ("a valid (list|number)", r"a \1"),
    ("List should have at least ([0-9]+) items? .*", r"must be a list of at least \1"),
    ("a valid dictionary or .*", "a table"),
)
"""Words of pydantic and those of TOML."""


def read_installation(
    path: str | os.PathLike[str],
    changed: Callable[[InstallationPlan], InstallationPlan] = lambda plan: plan,
) -> InstallationPlan:
    """Read an installation file.

    Parameters
    ----------
    path : path-like
        Paths in it start from its folder. What stands at the top holds for every `[[meter]]`, or
        `[meter.NAME]`, that does not say otherwise; without such tables it is the one meter.
    changed : callable, optional
        From the plan of the file to the one that rules, before meters are checked against each
        other.

    Returns
    -------
    InstallationPlan
        Nothing in it has been opened.

    Raises
    ------
    ConfigurationError
        One line: the file, the key, its value and what is allowed.
    """
    # Late: whoever uses no such file need not wait for pydantic.
    from pydantic import ValidationError

    from smartx96.assembly.installation_tables import Document
    from smartx96.assembly.planning import plan

    try:
        file = read_toml(path, LARGEST, ConfigurationError)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}{_source_meant(str(path))}") from None
    data, labels = _listed(file)
    try:
        return plan(Document.model_validate(data), file.path, labels, changed)
    except ValidationError as error:
        other = _other_kind(file)
        if other is not None:
            raise ConfigurationError(f"{file.path}: {other}") from None
        raise _refused(file, data, labels, error.errors(include_url=False)[0]) from None


def _source_meant(text: str) -> str:
    """What to do where samples were named, and not an installation file."""
    from smartx96.samples.sources import MAINS, SAMPLED_VALUES, is_live_pcm

    named = text == MAINS or text.startswith(SAMPLED_VALUES) or is_live_pcm(text)
    if named or Path(text).suffix.casefold() not in ("", ".toml"):
        return f"; if samples are meant, use `x96 run --source {text}`"
    return ""


def _other_kind(file: TomlFile) -> str | None:
    """What a file is, and how it is used, where all its keys are those of another kind of file."""
    from smartx96.assembly.installation_tables import Document, keys
    from smartx96.frontend.front_end_file import KEYS as FRONT_END
    from smartx96.meter.calendar.plain import KEYS
    from smartx96.samples.scenario_file.document import Document as Scenario

    stated = set(file.data)
    if stated <= set(keys(Document)):
        return None
    for kind, option, known in (
        ("a scenario", "--source", set(Scenario.model_fields)),
        ("a file of settings", "--settings", set(BY_ID)),
        ("a tariff calendar", "--tariffs", set(KEYS)),
        ("a front end", "--frontend", set(FRONT_END)),
    ):
        if stated <= known:
            return f"{kind}, no installation file; use `x96 run {option} {file.path}`"
    return None


def _listed(file: TomlFile) -> tuple[dict[str, Any], list[str]]:
    """The document with its meters in a list, and what the line of an error calls each of them."""
    meters = file.data.get("meter", [])
    if not isinstance(meters, dict):
        count = len(meters) if isinstance(meters, list) else 0
        return file.data, [f"meter[{n + 1}]" for n in range(count)]
    named = []
    for name, table in meters.items():
        if not isinstance(table, dict):
            raise ConfigurationError(
                f"{file.place(name)}: meter.{name[:_SHOWN]}: must be a table; "
                "a meter begins with [[meter]] or [meter.NAME]"
            )
        if "name" in table:
            raise ConfigurationError(
                f"{file.path}: meter.{name[:_SHOWN]}.name: the table's own name is the meter's"
            )
        named.append({"name": name, **table})
    return {**file.data, "meter": named}, [f"meter.{name[:_SHOWN]}" for name in meters]


def _refused(
    file: TomlFile, data: dict[str, Any], labels: list[str], detail: ErrorDetails
) -> ConfigurationError:
    """One error of pydantic as `FILE: line N: key = value: what is allowed`."""
    location, kind, message = detail["loc"], detail["type"], detail["msg"]
    key, value = _found(data, labels, location)
    if kind == "missing":
        return ConfigurationError(f"{file.path}: {key}: missing")
    where = file.place(_last(location, value)) if location else str(file.path)
    if kind == "extra_forbidden":
        return ConfigurationError(f"{where}: {key}: unknown key; {_meant(location)}")
    message = message.removeprefix("Value error, ").replace("Input should be", "must be")
    for theirs, ours in _WORDS:
        message = re.sub(theirs, ours, message)
    said = f"{key} = {brief(value)}" if key and not isinstance(value, dict | list) else key
    return ConfigurationError(": ".join(filter(None, (where, said, message))))


def _last(location: _Location, value: Any) -> str:
    """The key that a line of the file begins with: of settings the one that is refused."""
    key = next((part for part in reversed(location) if isinstance(part, str)), "")
    if key != "settings" or not isinstance(value, dict):
        return key
    for id, one in value.items():
        try:
            coded(id, one)
        except OptionError:
            return str(id)
    return key


def _found(data: Any, labels: list[str], location: _Location) -> tuple[str, Any]:
    """Path of a key as the file has it, and the value there."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path = labels[part] if path == "meter" else f"{path}[{part + 1}]"
            data = data[part]
        else:
            path = f"{path}.{part[:_SHOWN]}" if path else part[:_SHOWN]
            data = data.get(part) if isinstance(data, dict) else None
    return path, data


def _meant(location: _Location) -> str:
    """What an unknown key may stand for, of those that its table has."""
    from smartx96.assembly.installation_tables import TABLES, keys

    *tables, key = (part for part in location if isinstance(part, str))
    return nearest(key, keys(TABLES[tables[-1] if tables else ""]))
