"""Where something stands in a calendar, as TOML writes it."""

from __future__ import annotations

import json
import re

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 40


def key(name: str) -> str:
    """A name as a key of TOML: bare where it may be, else quoted."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def place(table: str, *names: str) -> str:
    """The path of a key as a message tells it, such as `days.workday."06:00"`."""
    keys = (key(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}...") for name in names)
    return ".".join(part for part in (table, *keys) if part)
