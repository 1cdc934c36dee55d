"""Pulse journal: how many pulses each output has emitted, written before each pulse.

One file holds all meters. Each has a pair of slots that are written in turn, so that a write that
is cut off costs the older count at most. One thread may count pulses while another brings the file
back that was removed: a lock keeps them apart.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from threading import RLock

from smartx96.errors import StoreError
from smartx96.meter.pulse import OUTPUTS
from smartx96.store.folder import sync_data, write_whole
from smartx96.store.journal_slot import BLOCK, SIZE, Mark, Slot, owner, this_boot, unpacked
from smartx96.store.lock import same_file


class JournalFile:
    """The journal of all meters of a state folder.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        The file cannot be opened or read.

    Attributes
    ----------
    lock : RLock
        To be held while something is counted and written.
    """

    def __init__(self, path: Path) -> None:
        self.lock = RLock()
        self.boot = this_boot()
        self._pulses: dict[str, PulseJournal] = {}
        self._open(path)
        self._found: dict[bytes, tuple[int, list[Slot | None]]] = {}
        self._damaged: list[int] = []
        self._places = -(-os.fstat(self._descriptor).st_size // (2 * BLOCK))
        for place in range(self._places):
            self._read(place)

    def _open(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _read(self, place: int) -> None:
        offsets = (2 * place * BLOCK, (2 * place + 1) * BLOCK)
        slots = [unpacked(os.pread(self._descriptor, SIZE, offset)) for offset in offsets]
        meter = next((slot.meter for slot in slots if slot is not None), None)
        if meter is None:
            self._damaged.append(place)
        else:
            self._found[meter] = (place, slots)

    def pulses(self, meter: str, known: Mapping[int, int]) -> PulseJournal:
        """The journal of one meter.

        Parameters
        ----------
        meter : str
        known : mapping of int to int
            Pulses that the meter's record knows as emitted: there cannot be fewer. Empty for a
            meter that has no record yet.

        Raises
        ------
        OSError
            A new meter finds no room on the disk.
        """
        if meter not in self._pulses:
            place, slots = self._found.get(owner(meter)) or (self._free_place(), [])
            self._pulses[meter] = PulseJournal(self, place, owner(meter), slots, known)
        return self._pulses[meter]

    def _free_place(self) -> int:
        if self._damaged:
            return self._damaged.pop()
        self._places += 1
        return self._places - 1

    @property
    def in_place(self) -> bool:
        """Whether the open file still has its name."""
        return same_file(self._path, self._descriptor)

    def write(self, place: int, slot: int, data: bytes, sync: bool) -> None:
        """Write one slot of a place."""
        write_whole(self._descriptor, data, (2 * place + slot) * BLOCK)
        if sync:
            sync_data(self._descriptor)

    def restore(self, path: Path) -> None:
        """Go on in a new file with the counts of the meters that are in use."""
        with self.lock:
            with contextlib.suppress(OSError):
                self._shut()
            self._open(path)
            for journal in self._pulses.values():
                journal.repeat()

    def close(self) -> None:
        """Mark what was counted as complete, and bring it to the disk."""
        with self.lock:
            try:
                for journal in self._pulses.values():
                    journal.end()
                sync_data(self._descriptor)
            finally:
                self._shut()

    def _shut(self) -> None:
        # Its number may be that of another file from now on.
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)


class PulseJournal:
    """Pulses of one meter.

    Attributes
    ----------
    counts : dict of int to int
        Pulses emitted since manufacture, by output. After damage it may be one more than were
        emitted, never one less.
    certain : bool
        Whether no more can have been emitted than `counts` says. It is False where the journal was
        lost, and after a power cut of the machine where the last pulses were not brought to the
        disk; then take every pulse that was counted as emitted.
    note : str or None
        What was found damaged.
    """

    def __init__(self, file: JournalFile, place: int, meter: bytes, slots: list[Slot | None],
                 known: Mapping[int, int]) -> None:  # fmt: skip
        self._file, self._place, self._meter = file, place, meter
        good = [slot for slot in slots if slot is not None and slot.meter == meter]
        last = max(good, key=lambda slot: slot.generation, default=None)
        least = [known.get(output, 0) for output in OUTPUTS]
        self.note = _note(slots, last, bool(known))
        if last is None:
            self.certain = not known
            self._generation, self._slot = 0, 0
            self.counts = dict(zip(OUTPUTS, least, strict=True))
            self.repeat()
            return
        # The damaged slot may have held one pulse more; beside the very first there was none.
        doubt = 0 if len(good) == len(slots) or last.generation == 1 else 1
        counted = [n + doubt for n in last.counts]
        safe = last.marks != 0 or last.boot == file.boot != b""
        self.certain = safe and all(n >= m for n, m in zip(counted, least, strict=True))
        self._generation, self._slot = last.generation + doubt, 1 - slots.index(last)
        self.counts = dict(zip(OUTPUTS, map(max, counted, least), strict=True))

    def advance(self, output: int, count: int, sync: bool = False) -> None:
        """Note that the pulse of this number is about to be emitted.

        Parameters
        ----------
        output : int
            Of `OUTPUTS`.
        count : int
            Pulses of this output since manufacture, this one included.
        sync : bool
            Bring it to the disk, so that a power cut of the machine cannot take it back. Use it for
            every pulse or for none.

        Raises
        ------
        StoreError
            It cannot be written; the pulse must wait.
        ValueError
            No such output, or fewer pulses than before.
        """
        if count < self.counts.get(output, count + 1):
            raise ValueError(f"output {output}: {count} pulses after {self.counts.get(output)}")
        with self._file.lock:
            counts = {**self.counts, output: count}
            try:
                self._write(counts, Mark.SYNCED if sync else Mark(0), sync)
            except OSError as error:
                raise StoreError(f"pulse journal: cannot be written: {error.strerror}") from error
            self.counts = counts

    def repeat(self) -> None:
        """Write what stands into both slots of a new place."""
        for _ in range(2):
            # Whole blocks, so that the disk has room for every later write.
            self._file.write(self._place, self._slot, bytes(BLOCK), False)
            self._write(self.counts, Mark(0), False)

    def end(self) -> None:
        """Write that no more pulses come."""
        self._write(self.counts, Mark.CLOSED, False)

    def _write(self, counts: Mapping[int, int], marks: Mark, sync: bool) -> None:
        generation = self._generation + 1
        values = tuple(counts[output] for output in OUTPUTS)
        slot = Slot(marks, self._meter, self._file.boot.ljust(16), generation, values)
        self._file.write(self._place, self._slot, slot.packed(), sync)
        self._generation, self._slot = generation, 1 - self._slot


def _note(slots: list[Slot | None], last: Slot | None, known: bool) -> str | None:
    if last is None:
        return "pulse journal lost: waiting pulses are dropped" if known else None
    if None in slots and last.generation > 1:
        return "pulse journal damaged: a waiting pulse of each output may be dropped"
    return None
