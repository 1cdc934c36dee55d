"""Profile: settings of a meter, and which meter they were read from, as a TOML file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from smartx96.configuration.settings_file import LARGEST, ORIGIN, settings_text, stated_settings
from smartx96.errors import ConfigurationError, printable
from smartx96.partial_file import whole_file
from smartx96.settings import BY_ID, Value
from smartx96.settings.setting import brief, nearest
from smartx96.toml_file import TomlFile, read_toml


@dataclass(frozen=True, slots=True)
class Origin:
    """Which meter a profile was read from; None where it did not tell.

    Parameters
    ----------
    member, software_version, place : str or None
        What it is, its program, and where it was asked.
    serial_number : int or None
    time : datetime or None
    """

    member: str | None = None
    serial_number: int | None = None
    software_version: str | None = None
    place: str | None = None
    time: datetime | None = None

    def __str__(self) -> str:
        number = f"serial number {self.serial_number}" if self.serial_number is not None else None
        return ", ".join(filter(None, (self.member, number, self.place))) or "a meter"

    def document(self) -> dict[str, Any]:
        """For programs."""
        time = None if self.time is None else self.time.isoformat()
        return {id: getattr(self, id) for id in _TYPES if id != "time"} | {"time": time}


_TYPES: dict[str, type] = {
    "member": str,
    "serial_number": int,
    "software_version": str,
    "place": str,
    "time": datetime,
}
"""Keys of the table of the origin."""

_WORDS = {str: "a text", int: "a whole number", datetime: "a date and time"}


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings of a meter, all or some.

    Parameters
    ----------
    values : mapping of str to int or str
        By setting id; what is not there stays as it is.
    origin : Origin, optional
        The meter they were read from.
    wrong : mapping of str to str
        Why there is no value, by id, where the meter has one that cannot be.
    name : str
        What it is called in messages.
    """

    values: Mapping[str, Value]
    origin: Origin | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "meter": None if self.origin is None else self.origin.document(),
            "settings": {id: BY_ID[id].shown(value) for id, value in self.values.items()},
            "wrong": dict(self.wrong),
        }


def read_profile(path: str | os.PathLike[str]) -> Profile:
    """Read a profile, or any other file of settings.

    Raises
    ------
    ConfigurationError
        One line: the file, the line where it can be told, the key, what is allowed.
    """
    return profile_of(read_toml(path, LARGEST, ConfigurationError))


def profile_of(file: TomlFile) -> Profile:
    """The profile that a file holds.

    Raises
    ------
    ConfigurationError
        As `read_profile`.
    """
    return Profile(stated_settings(file), _origin(file), name=str(file.path))


def write_profile(profile: Profile, path: str | os.PathLike[str]) -> None:
    """Write a profile; the file appears under its name only when it is whole.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    with whole_file(Path(path), "profile") as file:
        file.write(profile_text(profile).encode())


def profile_text(profile: Profile) -> str:
    """The content of a profile's file."""
    text = settings_text(profile.values, wrong=profile.wrong)
    return text if profile.origin is None else f"{text}\n{_origin_text(profile.origin)}"


def _origin_text(origin: Origin) -> str:
    lines = [
        "# ---- Where this comes from; it sets nothing. `x96 push` to this very meter, by its",
        "# serial number, writes address, speed and calibration as well.",
        f"\n[{ORIGIN}]",
    ]
    for id in _TYPES:
        value = getattr(origin, id)
        if value is not None:
            lines.append(f"{id} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: str | int | datetime) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return (
        str(value) if isinstance(value, int) else json.dumps(printable(value), ensure_ascii=False)
    )


def _origin(file: TomlFile) -> Origin | None:
    """What a file says of its meter.

    Raises
    ------
    ConfigurationError
        A key that is unknown, or a value of another kind.
    """
    table = file.data.get(ORIGIN)
    if table is None:
        return None
    for key, value in table.items():
        where = f"{file.place(key)}: {ORIGIN}.{printable(key[:80])}"
        if key not in _TYPES:
            raise ConfigurationError(f"{where}: unknown key; {nearest(key, _TYPES)}")
        if type(value) is not _TYPES[key]:
            raise ConfigurationError(f"{where} = {brief(value)}: must be {_WORDS[_TYPES[key]]}")
    return Origin(**table)
