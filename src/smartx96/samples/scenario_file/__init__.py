"""Scenario files: TOML in, a `Scenario` or one line that says what is wrong out."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartx96.errors import ScenarioError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from smartx96.samples.scenario import Scenario

__all__ = ["LARGEST", "load_scenario"]

LARGEST = 1_000_000
"""Largest scenario file [bytes]."""

_DEEP = re.compile(rb"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){16}")
_QUOTED_PARTS = re.compile(rb"""["'][ \t]*+\.|\.[ \t]*+["']""")
_MOST_QUOTED_PARTS = 64
"""Keys of many parts, bare or quoted: what tomllib keeps of them grows with the square."""

_SHOWN = 60
"""Characters of a refused value that a message repeats."""


def load_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario from a TOML file.

    Parameters
    ----------
    path : path-like
        See the reference page `scenario` for the keys.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        One line: the file, the key, its value and what is allowed.
    """
    # Late: whoever uses no scenario file need not wait for pydantic.
    from pydantic import ValidationError

    from smartx96.samples.scenario_file.document import Document

    data = _parsed(Path(path))
    try:
        return Document.model_validate(data).scenario()
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        raise ScenarioError(f"{path}: {_line(details[0], data)}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror or error}") from None
    if len(content) > LARGEST:
        raise ScenarioError(f"{path}: larger than {LARGEST} bytes, the most a scenario may have")
    if _DEEP.search(content) or len(_QUOTED_PARTS.findall(content)) > _MOST_QUOTED_PARTS:
        raise ScenarioError(f"{path}: keys of too many parts; a scenario has up to three")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: byte {error.start} is not UTF-8; not a text file") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: not TOML: {' '.join(str(error).split())}") from None
    except (RecursionError, ValueError) as error:
        # Deep nesting; numbers and dates that Python cannot hold.
        raise ScenarioError(f"{path}: not readable TOML: {type(error).__name__}") from None


def _line(detail: ErrorDetails, data: Any) -> str:
    """One error of pydantic as `key = value: what is allowed`."""
    kind, message = detail["type"], detail["msg"]
    place, names, value = _place(detail["loc"], data, kind == "missing")
    if kind == "missing":
        return f"{place}: missing"
    if kind == "extra_forbidden":
        return f"{place}: unknown key; allowed are {', '.join(_allowed(names))}"
    if kind.startswith("union_tag"):
        types = detail.get("ctx", {}).get("expected_tags")
        return f"{place}: type must be one of {types or _types()}"
    message = message.removeprefix("Value error, ")
    for begin in ("Input should be ", "Value should be "):
        message = message.replace(begin, "must be ")
    message = message.replace("List should have", "must have").replace("should", "must")
    message = re.sub("a valid dictionary or .*", "a table", message)
    return f"{place} = {_shown(value)}: {' '.join(message.split())}"


def _place(location: tuple[int | str, ...], data: Any, missing: bool) -> tuple[str, list[str], Any]:
    """Follow a location into the document, whose last key may be `missing` there.

    Returns the key path as the file has it, elements counted from 1, all names on the way with
    the types of events among them, and the value found.
    """
    place, names, value = "", [""], data
    for index, part in enumerate(location):
        if isinstance(part, int) and isinstance(value, list) and part < len(value):
            place, value = f"{place}[{part + 1}]", value[part]
        elif isinstance(part, str) and isinstance(value, dict):
            if part in value or (missing and index + 1 == len(location)):
                place = f"{place}.{part}" if place else part
                value = value.get(part)
            names.append(part)
    return place, names, value


def _allowed(names: list[str]) -> list[str]:
    from smartx96.samples.scenario_file.document import TABLES

    return sorted(TABLES[names[-2]].model_fields)


def _types() -> str:
    from smartx96.samples.scenario_file.document import TABLES

    return ", ".join(f"'{name}'" for name in list(TABLES)[4:])


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, default=str)
    except (ValueError, RecursionError):
        text = "a number too long to show" if isinstance(value, int) else "a value too deep to show"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
