"""The password of a meter: given by an option or a variable, or typed unseen."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from smartx96.errors import OptionError


def password_of(options: Mapping[str, Any]) -> int | None:
    """The password, None where it is not given; no error repeats it.

    Raises
    ------
    OptionError
        It is no password.
    """
    text = options["password"]
    return None if text is None else password_number(text, "--password (X96_PASSWORD)")


def password_number(text: str, what: str) -> int:
    """A password as it is typed; no error repeats it.

    Raises
    ------
    OptionError
        It is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise OptionError(f"{what}: a password is a number 0 to 9999")
    return int(text)


def needed_password(options: Mapping[str, Any], why: str) -> int:
    """The password that is given; else the one that its user types, unseen, at a terminal.

    Parameters
    ----------
    options : mapping
    why : str
        What it is needed for.

    Raises
    ------
    OptionError
        It is not given, and nobody sits at a terminal.
    """
    given = password_of(options)
    return given if given is not None else typed_password("password of the meter", why)


def typed_password(what: str, why: str, option: str = "--password or X96_PASSWORD") -> int:
    """A password that is typed, unseen, at a terminal.

    Raises
    ------
    OptionError
        Nobody sits at one, or it is no password.
    """
    if not interactive():
        raise OptionError(f"{why}: needs the {what}; give {option}")
    return password_number(click.prompt(f"{what} (not shown)", hide_input=True, err=True), what)


def interactive() -> bool:
    """Whether somebody can be asked: a terminal for the question, and one for the answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()
