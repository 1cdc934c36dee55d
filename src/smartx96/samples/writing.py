"""Writing recordings: any source into a file of the format that its suffix names."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

import numpy as np

from smartx96.block import Quality, Samples
from smartx96.errors import OptionError, RecordingError
from smartx96.samples.files import reason
from smartx96.samples.source import Source

WRITERS: dict[str, tuple[str, str]] = {
    ".csv": ("delimited.writing", "write_csv"),
    ".npy": ("numpy_files.writing", "write_npy"),
    ".npz": ("numpy_files.writing", "write_npz"),
    ".cfg": ("comtrade.writing", "write_pair"),
    ".cff": ("comtrade.writing", "write_single"),
}
"""Suffix of a recording: module of this package and function that writes it."""


class Piece:
    """Samples from index `start` on, shape (channel, n), NaN where missing."""

    __slots__ = ("samples", "start")

    def __init__(self, start: int, samples: Samples) -> None:
        self.start = start
        self.samples = samples

    @property
    def end(self) -> int:
        """Index of the first sample after the piece."""
        return self.start + int(self.samples.shape[1])


class Outgoing:
    """A source as writers see it: pieces of limited length at one rate.

    Parameters
    ----------
    source : Source
    duration : float, optional
        Seconds after which to stop.
    """

    def __init__(self, source: Source, duration: float | None = None) -> None:
        self.source = source
        self.roles = source.roles
        self.rate = source.rate
        self._limit = math.inf if duration is None else round(duration * source.rate)

    def pieces(self) -> Iterator[Piece]:
        """Consecutive pieces; one that starts later than the last ended leaves a gap.

        Raises
        ------
        RecordingError
            The sampling rate changes on the way.
        """
        for block in self.source.blocks():
            if block.rate != self.rate:
                raise RecordingError(
                    f"the sampling rate changes from {self.rate:g} to {block.rate:g} Hz, which no "
                    "written format holds; convert one stretch at a time"
                )
            if block.start >= self._limit:
                return
            samples = block.physical()[:, : int(min(block.length, self._limit - block.start))]
            if block.quality is not None:
                missing = block.quality[: samples.shape[1]] & Quality.MISSING
                samples = np.where(missing, np.nan, samples)
            yield Piece(block.start, samples)

    def filled(self) -> Iterator[Piece]:
        """The same without gaps: their samples are there and missing."""
        end = 0
        for piece in self.pieces():
            while end < piece.start:
                count = min(piece.start - end, max(1, int(self.rate)))
                yield Piece(end, np.full((len(self.roles), count), np.nan))
                end += count
            yield piece
            end = piece.end


@contextmanager
def unfinished(*targets: Path) -> Iterator[list[Path]]:
    """Names beside the targets to write to; renamed when all is written, else removed."""
    parts = [target.with_name(f".{target.name}.{os.getpid()}.part") for target in targets]
    with ExitStack() as stack:
        for part in parts:
            stack.callback(part.unlink, missing_ok=True)
        try:
            yield parts
            for part, target in zip(parts, targets, strict=True):
                part.replace(target)
        except OSError as error:
            raise OptionError(f"{targets[0]}: cannot be written: {reason(error)}") from error


def write_recording(
    path: str | Path,
    source: Source,
    duration_seconds: float | None = None,
    *,
    data_format: str | None = None,
) -> None:
    """Write a source as a recording; memory does not grow with its length.

    Parameters
    ----------
    path : str or Path
        Target; its suffix decides the format, `.cfg` writes its `.dat` as well. What was there is
        replaced when the new file is complete.
    source : Source
    duration_seconds : float, optional
        Seconds to write; without it, to the end of the source.
    data_format : str, optional
        COMTRADE only: `FLOAT32` (default), `BINARY32`, `BINARY` or `ASCII`.

    Raises
    ------
    RecordingError
        The suffix is not known or the file cannot be written.
    OptionError
        The duration is not positive, or the format has no such data format.
    """
    path = Path(path)
    if path.suffix.casefold() not in WRITERS:
        known = ", ".join(WRITERS)
        raise OptionError(f"{path}: recordings are written as {known}, not {path.suffix!r}")
    if duration_seconds is not None and not 0 < duration_seconds < math.inf:
        raise OptionError(f"{duration_seconds:g} s: a duration above 0 is due")
    module, function = WRITERS[path.suffix.casefold()]
    options = {} if data_format is None else {"data_format": data_format.upper()}
    if options and not module.startswith("comtrade"):
        raise OptionError(f"{path}: only COMTRADE has a data format such as {data_format}")
    write = getattr(import_module(f"{__package__}.{module}"), function)
    write(path, Outgoing(source, duration_seconds), **options)
