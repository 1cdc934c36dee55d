"""Samples on their way into a file: a source as writers see it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from smartx96.block import Quality, Samples
from smartx96.errors import RecordingError
from smartx96.samples.recording import Channel
from smartx96.samples.source import Source
from smartx96.samples.stored.description import Description

MOST_MISSING = 3_600.0
"""Seconds without samples, beside ten times those with samples, that are written as missing."""

MISSING_VALUES = 1 << 18
"""Values of a piece without samples."""

Advance = Callable[[float], None]
"""Called with the seconds of signal written so far."""


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
        One that has `channels`, a tuple of Channel, is written with these; another with its roles.
    duration : float, optional
        Seconds after which to stop.
    advance : callable, optional
        Told of the progress.
    annotated : bool
        Whether formats that take them as an addition (CSV) carry rate, start and side too.

    Attributes
    ----------
    channels : tuple of Channel
    full_scale : float or None
        As in `Recording`: the samples are raw integers.
    """

    def __init__(
        self,
        source: Source,
        duration: float | None = None,
        advance: Advance | None = None,
        annotated: bool = False,
    ) -> None:
        self.source = source
        self.roles = source.roles
        self.rate = source.rate
        self.start = source.start
        self.channels = channels_of(source)
        self.full_scale: float | None = getattr(source, "full_scale", None)
        self.annotated = annotated
        self._advance = advance
        self._limit = math.inf if duration is None else round(duration * source.rate)

    @property
    def sides(self) -> tuple[str, ...]:
        """Side of each channel; where a channel's is not known, that of the source."""
        return tuple(channel.side or self.source.side for channel in self.channels)

    def described(
        self, scales: tuple[float, ...] | None = None, missing: int | None = None
    ) -> Description:
        """Description for a file that stores the samples divided by `scales`."""
        return Description(self.channels, self.rate, self.start, self.full_scale, scales, missing)

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
            if self._advance is not None:
                self._advance(block.end / block.rate)

    def slabs(self, rows: int) -> Iterator[Samples]:
        """All samples without gaps, shape (channel, rows), the last one shorter.

        Equal samples come in equal slabs, however the source is cut into blocks.
        """
        waiting: list[Samples] = []
        count = 0
        for piece in self.filled():
            waiting.append(piece.samples)
            count += piece.samples.shape[1]
            if count >= rows:
                joined = np.concatenate(waiting, axis=1)
                whole = count - count % rows
                for first in range(0, whole, rows):
                    yield joined[:, first : first + rows]
                waiting, count = [joined[:, whole:].copy()], count - whole
        if count:
            yield np.concatenate(waiting, axis=1)

    def filled(self) -> Iterator[Piece]:
        """The same without gaps: their samples are there and missing.

        Raises
        ------
        RecordingError
            The gaps are so long that the file would hold little else.
        """
        end = held = 0
        longest = max(1, MISSING_VALUES // max(1, len(self.channels)))
        for piece in self.pieces():
            if piece.start - held > MOST_MISSING * self.rate + 10 * held:
                raise RecordingError(
                    f"{(piece.start - held) / self.rate:.6g} s are without samples up to the time "
                    f"{piece.start / self.rate:.6g} s, all of which the file would hold; convert "
                    "one stretch at a time with --from and --to, or give --rate to ignore the time "
                    "stamps"
                )
            held += piece.samples.shape[1]
            while end < piece.start:
                count = min(piece.start - end, longest)
                yield Piece(end, np.full((len(self.channels), count), np.nan))
                end += count
            yield piece
            end = piece.end


def channels_of(source: Source) -> tuple[Channel, ...]:
    """The source's own channels, else one for each role."""
    own = getattr(source, "channels", None)
    if isinstance(own, tuple):
        return own
    recorded: dict[str, Channel] = own if isinstance(own, dict) else {}
    return tuple(channel_of(role, source.side, recorded.get(role)) for role in source.roles)


def channel_of(role: str, side: str, recorded: Channel | None = None) -> Channel:
    """Channel with the name of a role (`v1`, `v12`, `i3`), ratio and skew of the recorded one."""
    phase = "".join("ABC"[int(digit) - 1] for digit in role[1:] if digit in "123")
    channel = Channel(role, phase, "V" if role[0] == "v" else "A", side)
    if recorded is None:
        return channel
    return replace(
        channel, primary=recorded.primary, secondary=recorded.secondary, skew=recorded.skew
    )
