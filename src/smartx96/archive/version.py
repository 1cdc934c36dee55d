"""The version of this program, by which those who measure together agree."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """Of the installed distribution."""
    return metadata.version("smartx96")
