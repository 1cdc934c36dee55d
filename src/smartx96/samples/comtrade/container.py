"""Where the parts of a COMTRADE record lie: .cfg beside .dat, or sections of one .cff."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from smartx96.errors import RecordingError
from smartx96.samples.comtrade.configuration import FORMATS
from smartx96.samples.files import open_binary, read_small, reason

SECTION = re.compile(
    rb"^\s*-{3}\s*file type:\s*(\w+)\s*(\w+)?\s*(?::\s*(\d+))?\s*-{3}\s*$", re.IGNORECASE
)
LONGEST_HEADING = 256
LARGEST_CFG = 1 << 24
"""Bytes; a configuration of 100 000 channels has half of it."""


@dataclass(frozen=True, slots=True)
class DataPart:
    """The samples: bytes `offset` to `end` of a file.

    `data_format` is what the section itself declares (.cff), else None.
    """

    path: Path
    offset: int
    end: int
    data_format: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of samples."""
        return self.end - self.offset


def locate(path: Path) -> tuple[Path, bytes, DataPart]:
    """File and text of the configuration, and place of the samples.

    Parameters
    ----------
    path : Path
        A .cfg, .dat or .cff in any letter case.

    Raises
    ------
    RecordingError
        A part is missing.
    """
    if path.suffix.casefold() == ".cff":
        return path, *_sections(path)
    cfg, dat = _sibling(path, ".cfg"), _sibling(path, ".dat")
    return cfg, read_small(cfg, LARGEST_CFG), DataPart(dat, 0, _size(dat))


def _sibling(path: Path, suffix: str) -> Path:
    """The file of the same name with this suffix, preferably in the letter case of the path."""
    if path.suffix.casefold() == suffix:
        return path
    upper = path.suffix[1:].isupper()
    wanted = path.stem + (suffix.upper() if upper else suffix)
    try:
        beside = [
            other
            for other in path.parent.iterdir()
            if other.suffix.casefold() == suffix and other.stem.casefold() == path.stem.casefold()
        ]
    except OSError as error:
        raise RecordingError(f"{path.parent}: {reason(error)}") from error
    if not beside:
        raise RecordingError(
            f"{path}: there is no {wanted} beside it; a record needs .cfg and .dat"
        )
    return max(beside, key=lambda other: (other.name == wanted, other.stem == path.stem))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise RecordingError(f"{path}: {reason(error)}") from error


def _sections(path: Path) -> tuple[bytes, DataPart]:
    """Walk the sections of a .cff up to its samples, which come last."""
    section, kept = "", bytearray()
    with open_binary(path) as file:
        while line := file.readline(LARGEST_CFG):
            header = SECTION.match(line) if len(line) <= LONGEST_HEADING else None
            if header is None:
                kept += line if section == "CFG" else b""
                continue
            section = header.group(1).decode().upper()
            if section == "DAT":
                return bytes(kept), _data_section(path, file, header)
            if len(kept) > LARGEST_CFG:
                break
    raise RecordingError(f"{path}: has no section 'file type: DAT'; the .cff is damaged or cut off")


def _data_section(path: Path, file: BinaryIO, header: re.Match[bytes]) -> DataPart:
    offset, size = file.tell(), _size(path)
    data_format = (header.group(2) or b"").decode().upper()
    # Nineteen digits are more than any file has, and int() refuses some thousands.
    declared = int(header.group(3).lstrip(b"0")[:19] or 0) if header.group(3) else None
    notes: tuple[str, ...] = ()
    if declared is None or data_format == "ASCII":
        end = size
    else:
        end = min(size, offset + declared)
        if offset + declared > size:
            notes = (f"{declared} bytes of samples are declared, the file holds {size - offset}",)
    return DataPart(path, offset, end, data_format if data_format in FORMATS else None, notes)
