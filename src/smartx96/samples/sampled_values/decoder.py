"""Decoder: batches of frames to the samples of each stream, in the order of arrival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.capture.frames import Bytes, Frames, Integers
from smartx96.samples.sampled_values.layout import Layout, Part
from smartx96.samples.sampled_values.message import ETHERTYPE, VLAN_TYPES, parse_message
from smartx96.samples.sampled_values.stream_id import StreamId

TYPES = np.array((ETHERTYPE, *VLAN_TYPES), dtype=np.uint16)

MOST_LAYOUTS = 256
"""Layouts that are kept. A capture with more is read all the same, frame by frame."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Samples of one stream as they arrived.

    Parameters
    ----------
    part : Part
        What else the first of their frames says.
    counts : ndarray of int, shape (sample,)
        smpCnt.
    times : ndarray of int, shape (sample,)
        Time at which the sample's frame was captured [ns since 1970].
    samples : ndarray of uint32, shape (sample, 2 * channel), optional
        Values and their qualities in turn; None where they were not asked for.
    synch : frozenset of int
        Values of smpSynch.
    """

    part: Part
    counts: Integers
    times: Integers
    samples: NDArray[np.uint32] | None
    synch: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Found:
    """What one layout found for one stream: `Arrivals` with the number of each frame."""

    frames: Integers
    arrivals: Arrivals


class Decoder:
    """Decodes frames by the layouts that it has met; a frame of a new one is parsed.

    Parameters
    ----------
    values : bool
        Whether values are wanted; without them counts and times are quicker.
    most_layouts : int
        Layouts that are kept; with 0, every frame is parsed.
    only : StreamId, optional
        The one stream whose samples are wanted; None is all.

    Attributes
    ----------
    frames : int
        Frames seen, of whatever protocol.
    invalid : int
        Frames that say they hold sampled values, but cannot be read.
    reason : str
        What was wrong with the first of these.
    simulated : int
        Frames that a test set marked as its own.
    """

    def __init__(self, *, values: bool = True, most_layouts: int = MOST_LAYOUTS,
                 only: StreamId | None = None) -> None:  # fmt: skip
        self.frames = self.invalid = self.simulated = 0
        self.reason = ""
        self._values, self._most, self._only = values, most_layouts, only
        self._layouts: dict[tuple[int, int], list[Layout]] = {}
        self._kept = 0

    def decode(self, frames: Frames) -> dict[StreamId, Arrivals]:
        """Samples of every stream in a batch.

        Parameters
        ----------
        frames : Frames
        """
        self.frames += len(frames)
        found: dict[StreamId, list[_Found]] = {}
        candidates = np.flatnonzero(np.isin(frames.ethertypes, TYPES))
        lengths = frames.lengths[candidates]
        for length in np.unique(lengths).tolist():
            self._decode(frames, candidates[lengths == length], length, found)
        return {stream: _merged(pieces) for stream, pieces in found.items()}

    def _decode(
        self, frames: Frames, left: Integers, length: int, found: dict[StreamId, list[_Found]]
    ) -> None:
        """Decode the frames `left`, all of one length."""
        layouts = self._layouts.setdefault((frames.link, length), [])
        rows = frames.rows(left, length)
        for layout in layouts:
            if len(left) == 0:
                return
            left, rows = self._match(layout, frames, left, rows, found)
        while len(left):
            layout_of_first = self._parse(frames, int(left[0]))
            if layout_of_first is None:
                left, rows = left[1:], rows[1:]
            elif self._kept < self._most:
                self._kept += 1
                layouts.append(layout_of_first)
                left, rows = self._match(layout_of_first, frames, left, rows, found)
            else:
                self._extract(layout_of_first, frames, left[:1], rows[:1], found)
                left, rows = left[1:], rows[1:]

    def _match(
        self,
        layout: Layout,
        frames: Frames,
        left: Integers,
        rows: Bytes,
        found: dict[StreamId, list[_Found]],
    ) -> tuple[Integers, Bytes]:
        """Decode what matches a layout; the rest."""
        like = layout.matches(rows)
        if like.all():
            self._extract(layout, frames, left, rows, found)
            return left[:0], rows[:0]
        if like.any():
            self._extract(layout, frames, left[like], rows[like], found)
        return left[~like], rows[~like]

    def _parse(self, frames: Frames, index: int) -> Layout | None:
        octets = frames[index]
        try:
            message = parse_message(octets, frames.link)
        except RecordingError as error:
            self.invalid += 1
            self.reason = self.reason or str(error)
            return None
        return None if message is None else Layout(octets, message)

    def _extract(
        self,
        layout: Layout,
        frames: Frames,
        indices: Integers,
        rows: Bytes,
        found: dict[StreamId, list[_Found]],
    ) -> None:
        self.simulated += len(indices) if layout.simulated else 0
        for part in layout.parts:
            if self._only is not None and part.stream != self._only:
                continue
            repeats = len(part.counts)
            samples = None
            if self._values:
                samples = part.read_samples(rows).reshape(len(rows) * repeats, -1)
            arrivals = Arrivals(
                part,
                part.read_counts(rows).ravel(),
                np.repeat(frames.times[indices], repeats),
                samples,
                frozenset(() if part.synch is None else (part.synch,)),
            )
            found.setdefault(part.stream, []).append(_Found(np.repeat(indices, repeats), arrivals))


def _merged(pieces: list[_Found]) -> Arrivals:
    """Samples of several layouts in the order of their frames."""
    if len(pieces) == 1:
        return pieces[0].arrivals
    numbers = np.concatenate([piece.frames for piece in pieces])
    order = np.argsort(numbers, kind="stable")
    all_of_them = [piece.arrivals for piece in pieces]
    samples = [arrivals.samples for arrivals in all_of_them if arrivals.samples is not None]
    first = min(pieces, key=lambda piece: int(piece.frames[0]))
    return Arrivals(
        first.arrivals.part,
        np.concatenate([arrivals.counts for arrivals in all_of_them])[order],
        np.concatenate([arrivals.times for arrivals in all_of_them])[order],
        np.concatenate(samples)[order] if samples else None,
        frozenset[int]().union(*(arrivals.synch for arrivals in all_of_them)),
    )
