"""Front ends by name: a preset, or a TOML file that states what differs from one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from smartx96.errors import ConfigurationError, OptionError
from smartx96.frontend.front_end import ELEMENTS, PRESETS, FrontEnd
from smartx96.frontend.parameter import Parametric
from smartx96.settings.setting import brief, nearest
from smartx96.toml_file import TomlFile, read_toml

LARGEST = 100_000
"""Largest file of a front end [bytes]."""

AUTOMATIC = "automatic"
"""What is said of a calibration that shall be found."""

_HINTS = get_type_hints(FrontEnd)
TABLES: dict[str, type[Parametric]] = {name: get_args(_HINTS[name])[0] for name in ELEMENTS}
"""Kinds of elements by name."""

KEYS = ("preset", *(f.name for f in fields(FrontEnd)))
"""Keys at the top of a file."""

_CURVES = ("ratio_error", "phase_error")
_LARGEST_SEED = 2**63 - 1


def open_front_end(text: str) -> FrontEnd:
    """The front end that a command line names.

    Parameters
    ----------
    text : str
        Name of a preset, or path of a file.

    Raises
    ------
    OptionError
        Neither.
    ConfigurationError
        The file cannot be taken as it is.
    """
    if text in PRESETS:
        return PRESETS[text]
    if Path(text).suffix.casefold() != ".toml":
        raise OptionError(f"front end {text}: give {' or '.join(PRESETS)}, or a file FILE.toml")
    return read_front_end(text)


def read_front_end(path: str | os.PathLike[str]) -> FrontEnd:
    """Read a front end's file.

    Parameters
    ----------
    path : path-like
        Its keys are those of the reference page `frontend`.

    Raises
    ------
    ConfigurationError
        One line: the file, the line where it can be told, the key, what is allowed.
    """
    file = read_toml(path, LARGEST, ConfigurationError)
    stated = dict(file.data)
    try:
        front_end = PRESETS[_preset(stated.pop("preset", "ideal"))]
        _known(file, "", stated, KEYS)
        values: dict[str, Any] = {
            key: _checked(key, value) for key, value in stated.items() if key not in TABLES
        }
        for name in TABLES:
            if name in stated and stated[name] != AUTOMATIC:
                values[name] = _element(file, name, getattr(front_end, name), stated[name])
        front_end = replace(front_end, **values)
    except OptionError as error:
        raise ConfigurationError(f"{_place(file, str(error))}: {error}") from None
    return front_end.calibrated() if stated.get("calibration") == AUTOMATIC else front_end


def _element(file: TomlFile, name: str, present: Any, stated: object) -> Any:
    """An element as the preset has it, else one without effect, with what is stated."""
    if stated is False:
        return None
    if not isinstance(stated, dict):
        more = f', or "{AUTOMATIC}"' if name == "calibration" else ""
        raise OptionError(
            f"{name} = {brief(stated)}: must be a table, or false to leave it out{more}"
        )
    table = TABLES[name]
    _known(file, f"{name}.", stated, table.parameters())
    curves = any(curve in stated for curve in _CURVES)
    if stated.get("accuracy_class") and curves:
        raise OptionError(f"{name}: accuracy_class stands for curves: give it, or the curves")
    # A curve takes the place of the class that an element has.
    changes = {"accuracy_class": ""} if "accuracy_class" in table.parameters() and curves else {}
    begun: Any = table.neutral() if present is None else present
    try:
        return replace(begun, **changes, **stated)
    except OptionError as error:
        raise OptionError(f"{name}.{error}") from None


def _known(file: TomlFile, before: str, stated: Iterable[str], known: Iterable[str]) -> None:
    names = list(known)
    for key in stated:
        if key not in names:
            meant = nearest(key, names)
            raise ConfigurationError(f"{file.place(key)}: {before}{key[:80]}: unknown key; {meant}")


def _preset(value: object) -> str:
    if not isinstance(value, str) or value not in PRESETS:
        raise OptionError(f"preset = {brief(value)}: must be {' or '.join(PRESETS)}")
    return value


def _checked(key: str, value: object) -> float | int:
    """The temperature or the seed."""
    whole = key == "seed"
    good = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not good or (whole and not 0 <= value <= _LARGEST_SEED):  # type: ignore[operator]
        wanted = f"a whole number from 0 to {_LARGEST_SEED}" if whole else "a number in degC"
        raise OptionError(f"{key} = {brief(value)}: must be {wanted}")
    return value if whole else float(value)  # type: ignore[return-value, arg-type]


def _place(file: TomlFile, message: str) -> str:
    """The file, with the line of the key that a message begins with."""
    key = message.split(" ")[0].rstrip(":").rpartition(".")[2]
    return file.place(key)
