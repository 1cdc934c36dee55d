"""A plane of stored samples as a recording, whatever file it lies in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality
from smartx96.samples.cutting import Flags, all_finite, cut, flag_missing, longest
from smartx96.samples.files import naming
from smartx96.samples.limits import ClipDetector
from smartx96.samples.recording import BLOCK_SECONDS, Channel, Recording
from smartx96.samples.stamps.column import TimeColumn
from smartx96.samples.stamps.placing import Placing
from smartx96.samples.stored.description import Description
from smartx96.samples.stored.planes import Plane

UNLIMITED = (np.nan, np.nan)
"""Limits of a channel without any."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Raw integers of a converter: counts of a full-scale sample, and the limits of its range.

    `limits` is None where a sample at the end of the range proves nothing.
    """

    full_scale: float
    limits: tuple[float, float] | None = None

    @classmethod
    def of_bits(cls, bits: int) -> Counts:
        """A signed converter; a symmetrical one leaves out the lowest count."""
        return cls(2.0 ** (bits - 1), (1 - 2.0 ** (bits - 1), 2.0 ** (bits - 1) - 1))

    @classmethod
    def of_type(cls, dtype: np.dtype[Any]) -> Counts | None:
        """Of an integer type; None for floating point. Unsigned ones swing about half."""
        if dtype.kind == "f":
            return None
        bits = 8 * dtype.itemsize
        return cls.of_bits(bits) if dtype.kind == "i" else cls(2.0 ** (bits - 1))


class PlaneRecording(Recording):
    """Samples of a plane with what is known of them; integers stay as they are.

    Parameters
    ----------
    path : Path
    format : str
    plane : Plane
    description : Description
    counts : Counts or sequence of (Counts or None), optional
        Of all channels or each; None for those that are values.
    columns : sequence of int, optional
        The plane's channels that are the recording's; without it all are.
    times : TimeColumn, optional
    notes : sequence of str
    """

    def __init__(
        self,
        path: Path,
        format: str,
        plane: Plane,
        description: Description,
        *,
        counts: Counts | Sequence[Counts | None] | None = None,
        columns: Sequence[int] | None = None,
        times: TimeColumn | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.format = format
        self.channels = description.channels
        self.rate = description.rate
        self.start = description.start
        self.notes = tuple(notes)
        self._plane = plane
        self._description = description
        self._columns = tuple(range(len(self.channels)) if columns is None else columns)
        self._times = times
        counts = None if description.scales is not None else counts
        each = counts if isinstance(counts, Sequence) else (counts,) * len(self.channels)
        self._counts: tuple[Counts | None, ...] = tuple(each)
        self.full_scale = description.full_scale or self._common_full_scale()
        self.length = plane.length if times is None else times.length(plane, self.rate)

    def full_scale_of(self, channel: int) -> float | None:
        """Counts of a full-scale sample of a channel; columns may be integers of several widths."""
        counts = self._counts[channel]
        own = None if counts is None else counts.full_scale
        return self._description.full_scale or own

    def _common_full_scale(self) -> float | None:
        """That of all channels, None where they have several."""
        found = {None if counts is None else counts.full_scale for counts in self._counts}
        return found.pop() if len(found) == 1 else None

    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples of the chosen channels, see `Recording.blocks`; integers stay as they are."""
        scale = self._scale(channels)
        with naming(self.path):
            for block in cut(self._whole(channels, seconds), seconds):
                yield (
                    block
                    if scale is None
                    else Block(block.samples, block.rate, block.start, scale, block.quality)
                )

    def _scale(self, channels: Sequence[int]) -> NDArray[np.float64] | None:
        scales = self._description.scales
        if scales is None:
            return None
        chosen = np.array([scales[channel] for channel in channels])
        return None if np.all(chosen == 1) else chosen

    def _whole(self, channels: Sequence[int], seconds: float) -> Iterator[Block]:
        """Blocks as large as the chunks read, on the clock of the time column if there is one."""
        clip = self._clip_detector(channels)
        columns = [self._columns[channel] for channel in channels]
        size = longest(seconds, self.rate)
        if self._times is not None:
            chunks = self._plane.chunks([self._times.index, *columns], size)
            yield from self._placed(chunks, self._times, clip)
            return
        done = 0
        for raw in self._plane.chunks(columns, size):
            samples, quality = self._judged(raw, clip)
            yield Block(samples, self.rate, done, quality=quality)
            done += raw.shape[1]

    def _placed(
        self, chunks: Iterator[NDArray[Any]], times: TimeColumn, clip: ClipDetector | None
    ) -> Iterator[Block]:
        placing = Placing(self.rate, times.jitter, times.stretches)
        for raw in chunks:
            samples, quality = self._judged(raw[1:], clip)
            stamps = raw[0].astype(np.float64) * times.factor
            yield from placing.placed(samples, stamps, quality)

    def _judged(
        self, raw: NDArray[Any], clip: ClipDetector | None
    ) -> tuple[NDArray[Any], Flags | None]:
        """Samples and their flags; only those with missing values cost a copy."""
        samples, quality = raw, None
        if raw.dtype.kind != "f":
            quality = self._missing(raw)
        elif not all_finite(raw):
            with np.errstate(invalid="ignore"):  # a signalling NaN
                samples, quality = flag_missing(raw.astype(np.float64))
        clipped = None if clip is None else clip.mark(raw)
        if quality is None or clipped is None:
            return samples, clipped if quality is None else quality
        return samples, quality | clipped

    def _missing(self, raw: NDArray[Any]) -> Flags | None:
        code = self._description.missing
        if code is None:
            return None
        found = np.any(raw == code, axis=0)
        return np.where(found, Quality.MISSING, 0).astype(np.uint8) if found.any() else None

    def _clip_detector(self, channels: Sequence[int]) -> ClipDetector | None:
        each = [self._counts[channel] for channel in channels]
        limits = [UNLIMITED if c is None or c.limits is None else c.limits for c in each]
        if all(limit is UNLIMITED for limit in limits):
            return None
        low, high = zip(*limits, strict=True)
        return ClipDetector(low, high, self.rate / 50)


def numbered(count: int, side: str | None = None) -> tuple[Channel, ...]:
    """Channels without names: their numbers, from 1."""
    return tuple(Channel(str(number), side=side) for number in range(1, count + 1))
