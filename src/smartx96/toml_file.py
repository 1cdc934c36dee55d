"""TOML files of people: parsed, or one line that says what is wrong and where."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartx96.errors import X96Error

_DEEP = re.compile(rb"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){16}")
_QUOTED_PARTS = re.compile(rb"""["'][ \t]*+\.|\.[ \t]*+["']""")
_MOST_QUOTED_PARTS = 64
"""Keys of many parts, bare or quoted: what tomllib keeps of them grows with the square."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file that was read.

    Parameters
    ----------
    path : Path
    text : str
    data : dict
        What it states.
    """

    path: Path
    text: str
    data: dict[str, Any]

    def place(self, key: str) -> str:
        """The file, with the line of a key where only one line can state it."""
        stated = re.compile(rf"""[ \t]*(["']?){re.escape(key)}\1[ \t]*=""")
        lines = [n for n, line in enumerate(self.text.split("\n"), 1) if stated.match(line)]
        return f"{self.path}: line {lines[0]}" if len(lines) == 1 else str(self.path)


def read_toml(
    path: str | os.PathLike[str], largest: int, error: type[X96Error] = X96Error
) -> TomlFile:
    """Read a TOML file.

    Parameters
    ----------
    path : path-like
    largest : int
        Bytes that it may have; no more of a larger one is read.
    error : type of X96Error
        What is raised.

    Raises
    ------
    X96Error
        The file cannot be read, is too large, not UTF-8 or not TOML.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as failure:
        raise error(f"{path}: {failure.strerror or failure}") from None
    except ValueError as failure:
        raise error(f"{path}: {failure}") from None
    return parse_toml(content, path, largest, error)


def parse_toml(
    content: bytes, path: Path, largest: int, error: type[X96Error] = X96Error
) -> TomlFile:
    """What a TOML file holds that somebody else has read.

    Parameters
    ----------
    content : bytes
    path : Path
        What it is called in messages.
    largest : int
        Bytes that it may have.
    error : type of X96Error
        What is raised.

    Raises
    ------
    X96Error
        The content is too large, not UTF-8 or not TOML.
    """
    if len(content) > largest:
        raise error(f"{path}: larger than {largest} bytes, the most that such a file may have")
    if _DEEP.search(content) or len(_QUOTED_PARTS.findall(content)) > _MOST_QUOTED_PARTS:
        raise error(f"{path}: keys of too many parts; up to three are of use")
    try:
        # Some editors begin a file with a byte order mark.
        text = content.decode("utf-8-sig")
        return TomlFile(path, text, tomllib.loads(text))
    except UnicodeDecodeError as failure:
        raise error(f"{path}: byte {failure.start} is not UTF-8; not a text file") from None
    except tomllib.TOMLDecodeError as failure:
        why = " ".join(str(failure).split())
        why += "; texts need quotes" if why.startswith("Invalid value") else ""
        raise error(f"{path}: not TOML: {why}") from None
    except (RecursionError, ValueError) as failure:
        # Deep nesting; numbers and dates that Python cannot hold.
        raise error(f"{path}: not readable TOML: {type(failure).__name__}") from None
