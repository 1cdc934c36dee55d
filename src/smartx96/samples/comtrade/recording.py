"""A COMTRADE record as a recording: values in V and A on a sample clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.errors import RecordingError
from smartx96.samples.comtrade.configuration import Analog, Configuration, parse_configuration
from smartx96.samples.comtrade.container import DataPart, locate
from smartx96.samples.comtrade.dates import as_utc
from smartx96.samples.comtrade.rows import Rows, count_rows, data_format, iterate_rows
from smartx96.samples.comtrade.timing import Chunk, Timing
from smartx96.samples.comtrade.timing_choice import choose_timing
from smartx96.samples.cutting import cut, flag_missing, longest, merge
from smartx96.samples.files import naming
from smartx96.samples.limits import ClipDetector
from smartx96.samples.recording import BLOCK_SECONDS, Channel, Recording
from smartx96.samples.stored.units import si_unit

EMPTY = "holds no samples; the record is empty or cut off"
HEAD_ROWS = 65536
"""Rows whose time stamps decide whether they can be believed."""


@dataclass(frozen=True, slots=True)
class _Scaling:
    """Factors and offsets of the chosen channels, shape (channel, 1)."""

    factor: NDArray[np.float64]
    offset: NDArray[np.float64]

    def __call__(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Raw values as physical ones, in their place."""
        if (self.factor != 1).any():
            raw *= self.factor
        if self.offset.any():
            raw += self.offset
        return raw


class ComtradeRecording(Recording):
    """A record of IEEE C37.111 / IEC 60255-24.

    Attributes
    ----------
    configuration : Configuration
        All that the .cfg says, with station and recorder.
    """

    format = "comtrade"

    def __init__(
        self,
        path: Path,
        configuration: Configuration,
        data: DataPart,
        timing: Timing,
        length: int,
        notes: Sequence[str],
    ) -> None:
        self.path = path
        self.configuration = configuration
        self.channels = tuple(_channel(analog) for analog in configuration.analog)
        self.rate = timing.rate
        self.length = length
        self.start = as_utc(configuration.start, configuration.utc_offset)
        self.notes = tuple(notes)
        self._data = data
        self._timing = timing

    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples of the chosen channels in V and A, see `Recording.blocks`."""
        chosen = [self.configuration.analog[channel] for channel in channels]
        clip = _clip_detector(self.configuration, chosen, self.rate)
        scaling = _scaling(chosen)
        unit = self.configuration.stamp_unit
        size = longest(seconds, self.rate)
        rows = iterate_rows(self.configuration, self._data, channels, size)
        chunks = (_chunk(row, scaling, clip, unit) for row in rows)
        with naming(self.path):
            yield from cut(self._timing.place(chunks), seconds)


def open_comtrade(path: Path, rate: float | None = None) -> ComtradeRecording:
    """Open a record by its .cfg, .dat or .cff.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s] that overrides the record's own.

    Raises
    ------
    RecordingError
        The files are not a readable COMTRADE record.
    """
    file, text, data = locate(path)
    configuration = parse_configuration(text, str(file))
    if not configuration.analog:
        raise RecordingError(f"{file}: has no analog channels; there is nothing to measure")
    notes = [*configuration.notes, *data.notes, *_notes(configuration, data)]
    count = count_rows(configuration, data)
    if count == 0:
        raise RecordingError(f"{data.path}: {EMPTY}")
    notes += _length_note(configuration, count)
    with naming(path):
        timing = choose_timing(
            configuration.rates,
            count,
            _head(configuration, data),
            configuration.stamp_unit,
            rate=rate,
            notes=notes,
        )
    return ComtradeRecording(path, configuration, data, timing, count, notes)


def _channel(analog: Analog) -> Channel:
    return Channel(
        name=analog.name,
        phase=analog.phase,
        unit=si_unit(analog.unit)[0],
        side=analog.side,
        primary=analog.primary,
        secondary=analog.secondary,
        skew=1e-6 * analog.skew,
    )


def _scaling(chosen: Sequence[Analog]) -> _Scaling:
    units = np.array([si_unit(analog.unit)[1] for analog in chosen])
    with np.errstate(over="ignore"):  # as in `_chunk`
        factors = np.array([analog.a for analog in chosen]) * units
        offsets = np.array([analog.b for analog in chosen]) * units
    return _Scaling(factors[:, np.newaxis], offsets[:, np.newaxis])


def _clip_detector(
    configuration: Configuration, chosen: Sequence[Analog], rate: float
) -> ClipDetector:
    """Detector at the declared limits; a range that does not span 0 is no converter's."""
    low = [a.low if a.low < 0 < a.high else math.nan for a in chosen]
    high = [a.high if a.low < 0 < a.high else math.nan for a in chosen]
    return ClipDetector(low, high, rate / _mains_frequency(configuration))


def _mains_frequency(configuration: Configuration) -> float:
    return configuration.frequency if 10 <= configuration.frequency <= 400 else 50.0


def _chunk(rows: Rows, scaling: _Scaling, clip: ClipDetector, stamp_unit: float) -> Chunk:
    clipped = clip.mark(rows.raw)
    with np.errstate(over="ignore", invalid="ignore"):  # an absurd value becomes a missing one
        physical = scaling(rows.raw)
        stamps = rows.stamps * stamp_unit
    samples, quality = flag_missing(physical)
    return Chunk(rows.numbers, stamps, samples, merge(quality, clipped))


def _head(configuration: Configuration, data: DataPart) -> Chunk:
    """Numbers and stamps of the first rows."""
    chunks = list(_until(iterate_rows(configuration, data, []), HEAD_ROWS))
    if not chunks:  # lines of blanks alone, which count as rows
        raise RecordingError(f"{data.path}: {EMPTY}")
    numbers = np.concatenate([rows.numbers for rows in chunks])[:HEAD_ROWS]
    stamps = np.concatenate([rows.stamps for rows in chunks])[:HEAD_ROWS]
    with np.errstate(over="ignore"):  # as in `_chunk`
        times = stamps * configuration.stamp_unit
    return Chunk(numbers, times, np.zeros((0, len(stamps))), None)


def _until(rows: Iterator[Rows], count: int) -> Iterator[Rows]:
    """Chunks until they hold `count` rows."""
    for chunk in rows:
        yield chunk
        count -= len(chunk.numbers)
        if count <= 0:
            return


def _notes(configuration: Configuration, data: DataPart) -> Iterator[str]:
    for unit in {analog.unit for analog in configuration.analog} & {"MV", "MA"}:
        yield f"the unit {unit} is read as m{unit[1]}"
    if configuration.start is not None and configuration.utc_offset is None:
        yield "the start has no time zone; taken as UTC"
    if data_format(configuration, data) != configuration.data_format:
        yield (
            f"the configuration says {configuration.data_format}, the samples are "
            f"{data.data_format}"
        )


def _length_note(configuration: Configuration, count: int) -> Iterator[str]:
    declared = configuration.rates[-1][1]
    if declared != count and declared > 0:
        yield f"{declared} samples are declared, the data hold {count}"
