"""Calendar files: a tariff calendar as TOML for people."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar import Calendar, DatedCalendar
from smartx96.meter.calendar.places import key
from smartx96.meter.calendar.plain import calendar_data, calendar_from
from smartx96.partial_file import whole_file
from smartx96.toml_file import TomlFile, read_toml

LARGEST = 200_000
"""Largest calendar file [bytes]."""

_HEADING = "# Tariff calendar of a SMART X96. Times are those of the local clock.\n"


def read_calendar(path: str | os.PathLike[str]) -> DatedCalendar:
    """Read a calendar file.

    Parameters
    ----------
    path : path-like
        See the how-to page `tariffs` for the keys.

    Returns
    -------
    DatedCalendar
        The calendar, and when it comes into force where the file tells.

    Raises
    ------
    ConfigurationError
        One line: the file, the key, what is allowed.
    """
    return calendar_of(read_toml(path, LARGEST, ConfigurationError))


def calendar_of(file: TomlFile) -> DatedCalendar:
    """The calendar that a file holds.

    Raises
    ------
    ConfigurationError
        As `read_calendar`.
    """
    try:
        return calendar_from(file.data)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file.path}: {error}") from None


def write_calendar(
    calendar: Calendar,
    target: str | os.PathLike[str] | TextIO,
    activation: datetime | None = None,
) -> None:
    """Write a calendar, so that `read_calendar` reads the same.

    Parameters
    ----------
    calendar : Calendar
    target : path-like or text file
        A file appears under its name only when it is whole.
    activation : datetime, optional
        When it comes into force, by the local clock.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    text = calendar_text(calendar, activation)
    if not isinstance(target, str | os.PathLike):
        target.write(text)
        return
    with whole_file(Path(target), "calendar") as file:
        file.write(text.encode())


def calendar_text(calendar: Calendar, activation: datetime | None = None) -> str:
    """The content of a calendar file."""
    data = calendar_data(calendar)
    parts = [_HEADING]
    if calendar.name:
        parts.append(f"name = {_text(calendar.name)}\n")
    if activation is not None:
        parts.append(f"activation = {activation.isoformat()}\n")
    for table in ("seasons", "weeks"):
        inline = {name: _inline(value) for name, value in data[table].items()}
        parts.append(f"\n[{table}]\n" + _lines(inline))
    for name, times in data["days"].items():
        parts.append(f"\n[days.{key(name)}]\n" + _lines(times))
    if data["special_days"]:
        named = {date: _text(day) for date, day in data["special_days"].items()}
        parts.append("\n[special_days]\n" + _lines(named))
    return "".join(parts)


def _lines(entries: Mapping[str, object]) -> str:
    return "".join(f"{key(name)} = {value}\n" for name, value in entries.items())


def _inline(table: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{key(name)} = {_text(v)}" for name, v in table.items()) + " }"


def _text(text: str) -> str:
    """A printable text with quotes; JSON and TOML agree on it."""
    return json.dumps(text, ensure_ascii=False)
