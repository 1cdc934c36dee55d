"""Recordings as text columns separated by commas (CSV)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality
from smartx96.errors import RateError, RecordingError
from smartx96.samples.clock import SampleClock, StampFit, fit_stamps
from smartx96.samples.cutting import Flags, at_positions, cut, flag_missing
from smartx96.samples.delimited.layout import Layout, find_layout
from smartx96.samples.files import naming
from smartx96.samples.number_rows import Rows, count_lines, line_chunks, parse_rows
from smartx96.samples.recording import BLOCK_SECONDS, Recording

EPOCH_SECONDS = 1e8
"""Time stamps beyond this are seconds since 1970 and tell the date."""


class DelimitedRecording(Recording):
    """A CSV file: one row per sample, one column per channel, possibly one with the time."""

    format = "csv"

    def __init__(self, path: Path, layout: Layout, rate: float, jitter: float | None) -> None:
        self.path = path
        self.channels = layout.channels
        self.rate = rate
        self.length = count_lines(path, layout.offset, fields=layout.width)
        self.start = _start(layout) if jitter is not None else None
        self.notes = ()
        self._layout = layout
        self._jitter = jitter

    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples of the chosen channels in V and A, see `Recording.blocks`."""
        with naming(self.path):
            yield from cut(self._placed(channels), seconds)

    def _placed(self, channels: Sequence[int]) -> Iterator[Block]:
        """Blocks as large as the chunks read, on the clock of the time column if there is one."""
        factors = np.array([self._layout.factors[channel] for channel in channels])[:, np.newaxis]
        clock = self._clock()
        done = 0
        for rows in self._rows(channels):
            samples, quality = flag_missing(np.ascontiguousarray(rows[:, 1:].T) * factors)
            if clock is None:
                yield Block(samples, self.rate, done, quality=quality)
                done += len(rows)
                continue
            positions = clock.place(rows[:, 0] * self._layout.time_factor)
            if np.any(positions < 0):
                samples, positions, quality = _without_repeated(samples, positions, quality)
            yield from at_positions(samples, positions, self.rate, quality)

    def _clock(self) -> SampleClock | None:
        if self._jitter is None:
            return None
        return SampleClock(self.rate, self._jitter, strict=True)

    def _rows(self, channels: Sequence[int]) -> Iterator[Rows]:
        """Time (or the first channel again, where the time is of no use) and samples."""
        layout = self._layout
        chosen = [layout.columns[channel] for channel in channels]
        timed = self._jitter is not None and layout.time_column is not None
        first = layout.time_column if timed and layout.time_column is not None else chosen[0]
        done = layout.line - 1
        for lines in line_chunks(self.path, layout.offset, fields=layout.width):
            yield parse_rows(lines, [first, *chosen], f"{self.path}: line", done)
            done += len(lines)


def _without_repeated(
    samples: NDArray[np.float64], positions: NDArray[np.int64], quality: Flags | None
) -> tuple[NDArray[np.float64], NDArray[np.int64], Flags]:
    """Leave out rows that stand at the time of the one before; the next ones are questionable."""
    repeated = positions < 0
    flags = np.zeros(len(positions), dtype=np.uint8) if quality is None else quality.copy()
    flags[1:][repeated[:-1]] |= np.uint8(Quality.QUESTIONABLE)
    return samples[:, ~repeated], positions[~repeated], flags[~repeated]


def _start(layout: Layout) -> datetime | None:
    """Date of sample 0, where the time column counts from 1970."""
    if layout.time_column is None:
        return None
    seconds = float(layout.head[0, layout.time_column]) * layout.time_factor
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > EPOCH_SECONDS else None
    except (OverflowError, ValueError, OSError):
        return None


def open_delimited(path: Path, rate: float | None = None) -> DelimitedRecording:
    """Open a CSV file.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s]; the time column is then ignored.

    Raises
    ------
    RecordingError
        There are no rows of numbers, or nothing tells the sampling rate.
    """
    layout = find_layout(path)
    if rate is not None:
        return DelimitedRecording(path, layout, rate, None)
    fit = _fit(layout, path)
    return DelimitedRecording(path, layout, fit.rate, fit.jitter)


def _fit(layout: Layout, path: Path) -> StampFit:
    if layout.time_column is None:
        raise RateError(f"{path}: has no time column that tells the sampling rate; give --rate HZ")
    fit = fit_stamps(layout.head[:, layout.time_column] * layout.time_factor)
    if fit is None:
        raise RecordingError(f"{path}: the time column does not increase; give --rate HZ")
    return fit
