"""Twins: the last record of each meter outside the database.

A file has two slots of equal size. A record goes to the same slot until that has been brought to
the disk, then to the other one: a record that was brought there stays until the next one is there.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from smartx96.store.folder import StateFolder, sync_data, sync_path, write_whole
from smartx96.store.record import Record, unsealed

SYNCED = 4
"""Files that are brought to the disk at each commit; with more meters they take turns."""

SMALLEST = 16_384
"""Bytes of a slot, at least."""

LARGEST = 64 << 20
"""Bytes of a file that can be a twin."""

_HEADER = b"x96 record %9d\n"
_HEADING = re.compile(rb"x96 record +(\d+)\n")


@dataclass(slots=True)
class _Place:
    """Size of a slot [bytes] and the slot that is written next."""

    size: int = 0
    slot: int = 0


def read_twin(folder: StateFolder, meter: str) -> tuple[Record | None, Record | None]:
    """The records in both slots of a meter's twin; None where there is no good one."""
    try:
        with folder.twin(meter).open("rb") as file:
            data = file.read(LARGEST)
    except OSError:
        return None, None
    half = len(data) // 2
    return _record(data[:half], meter), _record(data[half:], meter)


def _record(slot: bytes, meter: str) -> Record | None:
    heading = _HEADING.match(slot)
    if heading is None:
        return None
    sealed = slot[heading.end() : heading.end() + int(heading[1])]
    return unsealed(sealed.decode("ascii", "replace"), meter)


class Twins:
    """Writes the twins of a state folder.

    Parameters
    ----------
    folder : StateFolder

    Attributes
    ----------
    fault : str or None
        Why the last records could not be written here; the database has them all the same.
    """

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder
        self._places: dict[str, _Place] = {}
        self._turn = 0
        self.fault: str | None = None

    def read(self, meter: str) -> list[Record]:
        """Good records of a meter's twin; the next one is written over the older."""
        slots = read_twin(self._folder, meter)
        place = _Place()
        with contextlib.suppress(OSError):
            place.size = self._folder.twin(meter).stat().st_size // 2
        sequences = [0 if record is None else record.sequence for record in slots]
        place.slot = sequences.index(min(sequences))
        self._places[meter] = place
        return [record for record in slots if record is not None]

    def write(self, sealed: Mapping[str, str]) -> None:
        """Write records by meter; a failure is told by `fault` and tried again next time."""
        names = sorted(sealed)
        first, self._turn = self._turn % len(names), (self._turn + SYNCED) % len(names)
        synced = {names[(first + n) % len(names)] for n in range(SYNCED)}
        self.fault = None
        for name in names:
            try:
                self._write(name, sealed[name].encode("ascii"), name in synced)
            except OSError as error:
                self.fault = f"{self._folder.twin(name)}: cannot be written: {error.strerror}"

    def _write(self, meter: str, sealed: bytes, sync: bool) -> None:
        data = _HEADER % len(sealed) + sealed
        place = self._places.setdefault(meter, _Place())
        if len(data) > place.size:
            self._make(meter, data, place)
            return
        try:
            descriptor = os.open(self._folder.twin(meter), os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            self._make(meter, data, place)
            return
        try:
            write_whole(descriptor, data, place.slot * place.size)
            if sync:
                sync_data(descriptor)
                place.slot ^= 1
        finally:
            os.close(descriptor)

    def _make(self, meter: str, data: bytes, place: _Place) -> None:
        """A new file with room for this record and larger ones, in place of one too small."""
        path = self._folder.twin(meter)
        size = max(SMALLEST, 1 << (2 * len(data)).bit_length())
        partial = path.with_name(f"{meter}~")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            # Room that is there already can be written when the disk is full.
            write_whole(descriptor, data.ljust(2 * size, b"\0"), 0)
            if place.size:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.replace(path)
        if place.size:
            sync_path(path.parent)
        place.size, place.slot = size, 1
