"""Table: a table of a project file, read key by key; whatever is wrong names its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from smartx96.errors import ConfigurationError, OptionError, printable
from smartx96.settings.setting import brief, nearest
from smartx96.toml_file import TomlFile

T = TypeVar("T")

TOP = ""
"""Name of what stands before all tables."""

_HEADER = re.compile(r"[ \t]*(\[\[?)[ \t]*([^\]#]+?)[ \t]*\]")


class Headings:
    """Which lines of a file belong to which table, as far as headings tell.

    A table that is written within another has no lines of its own; nor are keys looked for in
    texts of several lines, which such files do not need.

    Parameters
    ----------
    file : TomlFile
    """

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self._lines = file.text.split("\n")
        self._of: dict[str, list[int]] = {TOP: []}
        meters, table = 0, TOP
        for number, line in enumerate(self._lines):
            if match := _HEADER.match(line):
                name = match[2].replace('"', "").replace("'", "")
                meters += match[1] == "[[" and name == "meter"
                of_meter = name.partition(".")[0] == "meter"
                table = f"meter[{meters}]" if of_meter else name
            self._of.setdefault(table, []).append(number)

    def place(self, table: str, key: str) -> str:
        """The file, with the line of a key of a table, or of the table itself."""
        numbers = self._of.get(table, [])
        stated = re.compile(rf"""(?<![\w.-])(["']?){re.escape(key)}\1[ \t]*=""")
        found = next((n for n in numbers if key and stated.search(self._lines[n])), None)
        if found is None and numbers and table != TOP:
            found = numbers[0]
        return str(self.file.path) if found is None else f"{self.file.path}: line {found + 1}"


class Table:
    """A table of a file.

    Parameters
    ----------
    headings : Headings
    name : str
        By which its lines are found.
    data : dict
        What it states.
    told : str
        What it is called in messages.
    """

    def __init__(self, headings: Headings, name: str, data: object, told: str = "") -> None:
        self._headings, self._name, self.told = headings, name, told or name
        if not isinstance(data, dict):
            raise self.refused("", f"{brief(data)}: must be a table")
        self.data: dict[str, Any] = data

    def call(self, told: str) -> None:
        """Be called otherwise in messages."""
        self.told = told

    def refused(self, key: str, message: str) -> ConfigurationError:
        """The error of a key, or of the whole table."""
        told = f"{self.told}: " if self.told else ""
        return ConfigurationError(f"{self._headings.place(self._name, key)}: {told}{message}")

    def get(self, key: str, check: Callable[[object], T], default: T) -> T:
        """The value of a key as a check gives it, or the default.

        Raises
        ------
        ConfigurationError
            The check refuses it.
        """
        if key not in self.data:
            return default
        try:
            return check(self.data[key])
        except OptionError as error:
            raise self.refused(key, f"{key} = {brief(self.data[key])}: {error}") from None

    def check_keys(self, known: Iterable[str]) -> None:
        """Refuse keys that nobody reads.

        Raises
        ------
        ConfigurationError
        """
        words = tuple(known)
        for key in self.data:
            if key == "password":
                raise self.refused(
                    key, "password: is in no file; X96_PASSWORD has it, or the variable that "
                    "password_variable names"
                )  # fmt: skip
            if key not in words:
                shown = printable(key[:80])
                raise self.refused(key, f"{shown}: unknown key; {nearest(key, words)}")


def text(value: object) -> str:
    """A text of printable signs, not empty."""
    if isinstance(value, str) and value.strip() and value.isprintable() and len(value) <= 4096:
        return value
    raise OptionError("must be a text of printable characters")


def name(value: object) -> str:
    """A text that is short enough for a column."""
    found = text(value)
    if len(found) > 64:
        raise OptionError("must have at most 64 characters")
    return found


def switch(value: object) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise OptionError("must be true or false")


def number(first: int, last: int) -> Callable[[object], int]:
    """A check for whole numbers within limits."""

    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and first <= value <= last:
            return value
        raise OptionError(f"must be a whole number {first} to {last}")

    return check


def seconds(value: object) -> float:
    """A time above 0, of at most an hour."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 3600:
        return float(value)
    raise OptionError("must be seconds, above 0 and up to 3600")


def variable(value: object) -> str:
    """The name of a variable of the environment."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", value):
        return value
    raise OptionError("must be the name of an environment variable, such as X96_PASSWORD_CELLAR")
