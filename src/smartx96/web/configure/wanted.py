"""Wanted: what the page asks for, checked."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smartx96.configuration.family import Member, member_named
from smartx96.configuration.target import Target
from smartx96.errors import OptionError, printable
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.web.guard import RequestError

SPEEDS = range(50, 4_000_001)
"""Speeds of a line [bit/s]."""

FRAMES = ("N1", "E1", "O1", "N2")
"""Parity and stop bits of a line."""


def text(body: Mapping[str, Any], name: str, most: int, usual: str | None = None) -> str:
    """A text of a request.

    Raises
    ------
    RequestError
        It is none, or too long.
    """
    found = body.get(name, usual)
    if not isinstance(found, str) or len(found) > most:
        raise RequestError(400, f"{name}: give a text of {most} characters at most")
    return found


def texts(body: Mapping[str, Any], name: str, most: int) -> list[str]:
    """A list of texts of a request; none where it says nothing.

    Raises
    ------
    RequestError
        It is none, or too long.
    """
    found = body.get(name, [])
    if not (isinstance(found, list) and len(found) <= most):
        raise RequestError(400, f"{name}: give a list of {most} texts at most")
    return [text({name: each}, name, 300) for each in found]


def whole(body: Mapping[str, Any], name: str, allowed: range, usual: int | None = None) -> int:
    """A whole number of a request.

    Raises
    ------
    RequestError
        It is none, or beyond its limits.
    """
    found = body.get(name, usual)
    if not isinstance(found, int) or isinstance(found, bool) or found not in allowed:
        raise RequestError(400, f"{name}: give a whole number {allowed[0]} to {allowed[-1]}")
    return found


def flag(body: Mapping[str, Any], name: str) -> bool:
    """Yes or no of a request; no where it says nothing.

    Raises
    ------
    RequestError
        It is neither.
    """
    found = body.get(name, False)
    if not isinstance(found, bool):
        raise RequestError(400, f"{name}: give true or false")
    return found


def password(body: Mapping[str, Any], name: str = "password") -> int | None:
    """A password of a request, None where there is none; no answer repeats it.

    Raises
    ------
    RequestError
        It is none.
    """
    found = body.get(name)
    if found is None or found == "":
        return None
    if not (isinstance(found, str) and re.fullmatch("[0-9]{1,4}", found)):
        raise RequestError(400, f"{name}: a password is a number 0 to 9999")
    return int(found)


def place(said: str) -> Place:
    """Where meters are asked.

    Raises
    ------
    RequestError, OptionError
        It is none, or a device that is no serial port.
    """
    found = Place.named(said)
    # A client may make a pseudo-terminal, with a link to it anywhere: nothing for a page.
    if found.kind is Kind.RTU and not _is_device(found.where):
        raise RequestError(400, f"{found.where[:100]}: there is no such serial port here")
    return found


def target(body: Mapping[str, Any]) -> Target:
    """Where one meter is asked.

    Raises
    ------
    RequestError, OptionError
        It cannot be.
    """
    where = place(text(body, "place", 300))
    frame = text(body, "parity", 2, "N1")
    if frame not in FRAMES:
        raise RequestError(400, f"parity: give one of {', '.join(FRAMES)}")
    line = LineParameters(whole(body, "baud", SPEEDS, 9600), frame[0], int(frame[1]))
    return Target(
        where, whole(body, "unit", range(256), 1), line, printable(text(body, "name", 100, ""))
    )


def member(body: Mapping[str, Any]) -> Member | None:
    """What a meter is taken for; None asks it.

    Raises
    ------
    RequestError, OptionError
        There is none of that name.
    """
    name = text(body, "member", 20, "")
    return member_named(name) if name else None


def values(body: Mapping[str, Any]) -> dict[str, object]:
    """Settings of a request, by id.

    Raises
    ------
    RequestError
        They are none.
    """
    found = body.get("settings")
    if not isinstance(found, dict) or not found:
        raise RequestError(400, "settings: give an object with a value by id")
    for id, value in found.items():
        if not isinstance(value, int | float | str) or isinstance(value, bool):
            raise OptionError(f"{id}: give a number or a text")
    return found


def _is_device(where: str) -> bool:
    """Whether it is a serial port of this computer: by name on Windows, a device elsewhere."""
    if re.fullmatch(r"COM[0-9]{1,3}", where, re.IGNORECASE):
        return True
    try:
        return stat.S_ISCHR(Path(where).stat().st_mode)
    except (OSError, ValueError):
        return False
