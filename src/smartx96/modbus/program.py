"""Program: its version and check sum, as a meter states them."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path


@cache
def version() -> str:
    """Of the installed package, as `x96 --version` tells it; 0.0.0 where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("smartx96")
    except PackageNotFoundError:
        return "0.0.0"


def short_version() -> str:
    """Its major and minor number, for which a register and the display have room."""
    return ".".join(version().split(".")[:2])


def version_bcd() -> int:
    """The version as XX.YY in BCD."""
    major, minor = short_version().split(".")
    return int(f"{int(major) % 100:02d}{int(minor) % 100:02d}", 16)


@cache
def checksum() -> int:
    """CRC-32 (IEEE 802.3) of the program's modules, in the order of their paths."""
    folder, found = Path(__file__).parents[1], 0
    for path in sorted(folder.rglob("*.py")):
        found = zlib.crc32(path.read_bytes(), found)
    return found
