"""Program: its version and check sum, as a meter states them."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path


@cache
def version() -> str:
    """Major and minor number of the installed package; 0.0 where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return ".".join(version("smartx96").split(".")[:2])
    except PackageNotFoundError:
        return "0.0"


def version_bcd() -> int:
    """The version as XX.YY in BCD."""
    major, minor = version().split(".")
    return int(f"{int(major) % 100:02d}{int(minor) % 100:02d}", 16)


@cache
def checksum() -> int:
    """CRC-32 (IEEE 802.3) of the program's modules, in the order of their paths."""
    folder, found = Path(__file__).parents[1], 0
    for path in sorted(folder.rglob("*.py")):
        found = zlib.crc32(path.read_bytes(), found)
    return found
