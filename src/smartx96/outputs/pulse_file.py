"""PulseFile: pulses into a file of the format that its suffix names."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

from smartx96.errors import OptionError
from smartx96.meter.pulse import Pulse
from smartx96.outputs.own_file import OwnFile
from smartx96.outputs.pulse_csv import PulseCsv
from smartx96.outputs.pulse_vcd import PulseVcd

MOST_UNWRITTEN = 1000
"""Pulses kept while the file cannot be written, because the disk is full; the oldest make room."""

_AT_ONCE = 32
"""Pulses written at once, so that an attempt costs little however many there are."""


class _Format(Protocol):
    head: bytes

    def resume(self, file: OwnFile) -> None:
        """Find the place to go on at; drop what a sudden end left incomplete."""

    def append(self, file: OwnFile, pulses: Sequence[Pulse]) -> None:
        """Write pulses: all of them, or the file stays as it was."""


FORMATS: dict[str, Callable[[str], _Format]] = {".csv": PulseCsv, ".vcd": PulseVcd}
"""Formats of pulses by suffix, made for a meter of a name."""


def check_suffix(path: Path, *others: str) -> None:
    """Raise an OptionError where no format has the suffix; it says what `others` there are."""
    if path.suffix.lower() not in FORMATS:
        *known, last = (*(f"FILE{suffix}" for suffix in FORMATS), *others)
        raise OptionError(f"--pulses {path}: give {', '.join(known)} or {last}")


class PulseFile:
    """A sink that is a file: it grows over restarts, and holds every pulse that was emitted.

    Parameters
    ----------
    path : Path
        The suffix, one of `FORMATS`, chooses the format.
    meter : str
        Name of the meter whose pulses they are.

    Raises
    ------
    OptionError
        The suffix is of no format; the file is none of ours, is being written already, or cannot be
        written.
    """

    def __init__(self, path: Path, meter: str) -> None:
        check_suffix(path)
        self.name = str(path)
        self._format = FORMATS[path.suffix.lower()](meter)
        self._file = OwnFile(path, self._format.head)
        self._unwritten: deque[Pulse] = deque(maxlen=MOST_UNWRITTEN)
        self._resumed = False
        try:
            self._resume()
        except BaseException:
            self._file.close()
            raise

    def emit(self, pulse: Pulse) -> None:
        """Write a pulse, after those that could not be written.

        Raises
        ------
        OSError
            The file cannot be written now; the pulse is kept for the next attempt.
        OptionError
            Somebody put another file in its place.
        """
        self._unwritten.append(pulse)
        self._write()

    def close(self) -> None:
        """Write what could not be written, and close the file.

        Raises
        ------
        OSError, OptionError
            It cannot be written.
        """
        try:
            if self._unwritten:
                self._write()
        finally:
            self._file.close()

    def _resume(self) -> None:
        self._format.resume(self._file)
        self._resumed = True

    def _write(self) -> None:
        if self._file.replaced() or not self._resumed:
            self._resume()
        self._resumed = False  # after a failure, what the file holds is the truth
        while self._unwritten:
            pulses = list(islice(self._unwritten, _AT_ONCE))
            self._format.append(self._file, pulses)
            for _ in pulses:
                self._unwritten.popleft()
        self._resumed = True
