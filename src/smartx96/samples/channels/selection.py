"""From a recording to a source: which channel has which role, at which scale, on which side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.errors import ChannelError, OptionError
from smartx96.samples.channels.choice import choose_channels, counts, left_over, unscaled
from smartx96.samples.channels.option_texts import SCALED, parse_channels, parse_scale
from smartx96.samples.channels.skew import aligned, believed, skew_notes
from smartx96.samples.channels.stretch import WHOLE, Stretch
from smartx96.samples.cutting import cut
from smartx96.samples.recording import BLOCK_SECONDS, Recording
from smartx96.samples.source import EVERY_ROLE

__all__ = ["RecordedSource", "parse_channels", "parse_scale", "select"]

SIDES = ("primary", "secondary")


class RecordedSource:
    """Channels of a recording with their roles: a `Source`.

    Attributes
    ----------
    recording : Recording
    channels : dict of str to Channel
        Channel of each role, with its transformer ratio where the file tells it, and the skew that
        its samples still have.
    notes : tuple of str
        The recording's notes and those of the selection.
    counts : str
        That samples are counts whose full scale nobody tells, and how that is told; else empty.
    """

    def __init__(
        self,
        recording: Recording,
        chosen: Mapping[str, int],
        *,
        factors: Mapping[str, float],
        side: str,
        stretch: Stretch = WHOLE,
        notes: Sequence[str] = (),
        counts: str = "",
        keep_skew: bool = False,
    ) -> None:
        self.recording = recording
        self.roles = tuple(role for role in EVERY_ROLE if role in chosen)
        self.channels = {role: recording.channels[chosen[role]] for role in self.roles}
        self.rate = recording.rate
        self.side = side
        self.notes = (*recording.notes, *notes)
        self.counts = counts
        self._indices = [chosen[role] for role in self.roles]
        self._skews = [channel.skew for channel in self.channels.values()]
        self._aligning = believed(self._skews) and not keep_skew
        if self._aligning:
            self.channels = {role: replace(c, skew=0.0) for role, c in self.channels.items()}
        self.notes += skew_notes(self._skews, aligned=self._aligning)
        self._factors = np.array([factors[role] for role in self.roles])
        self._stretch = stretch

    def __repr__(self) -> str:
        return f"<RecordedSource {self.recording.path} {','.join(self.roles)} {self.rate:g} Hz>"

    @property
    def channel_names(self) -> dict[str, str]:
        """Name of each role's channel in the recording."""
        return {role: channel.name for role, channel in self.channels.items()}

    @property
    def length(self) -> int | None:
        """Samples per channel; None where only reading on tells."""
        return self._stretch.length(self.recording.length, self.rate)

    @property
    def start(self) -> datetime | None:
        """Time of the first delivered sample (UTC)."""
        if self.recording.start is None:
            return None
        offset = self._stretch.first(self.rate) / self.rate
        return self.recording.start + timedelta(seconds=offset)

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Consecutive blocks from the first sample of the stretch, which has index 0."""
        blocks = self.recording.blocks(self._indices, seconds)
        if self._aligning:
            blocks = cut(aligned(blocks, self._skews), seconds)
        for block in self._stretch.of(blocks):
            yield self._scaled(block)

    def _scaled(self, block: Block) -> Block:
        if np.all(self._factors == 1):
            return block
        scale: NDArray[np.float64] = self._factors
        if block.scale is not None:
            scale = scale * block.scale
        return Block(block.samples, block.rate, block.start, scale, block.quality)


def select(
    recording: Recording,
    *,
    channels: Mapping[str, str] | None = None,
    scale: Mapping[str, float] | None = None,
    side: str | None = None,
    start: float | None = None,
    stop: float | None = None,
    keep_skew: bool = False,
) -> RecordedSource:
    """Choose the channels of a recording by name, phase and unit, or as the user says.

    Parameters
    ----------
    recording : Recording
    channels : mapping of str to str, optional
        Role to name or number (from 1) of its channel; only these roles are delivered.
    scale : mapping of str to float, optional
        By `v`, `i` or role: volt or ampere of a full-scale sample where the samples are integers
        of a converter, else a factor. A role's own goes before its kind's.
    side : str, optional
        `primary` or `secondary`; None is what the file says, else `secondary`.
    start, stop : float, optional
        Stretch of the recording [s].
    keep_skew : bool
        Whether channels that were sampled one after the other stay so; otherwise they are brought
        to one moment.

    Raises
    ------
    ChannelError
        The channels cannot be told apart, or a chosen one does not exist.
    OptionError
        A scale, side or stretch that the recording does not have.
    """
    chosen = choose_channels(recording, channels)
    notes = [] if channels else left_over(recording, chosen)
    notes += unscaled(recording, chosen, scale or {})
    return RecordedSource(
        recording,
        chosen,
        factors=_factors(recording, chosen, scale or {}),
        side=_side(recording, chosen, side),
        stretch=Stretch.checked(recording, start, stop),
        notes=notes,
        counts=counts(recording, chosen, scale or {}),
        keep_skew=keep_skew,
    )


def _factors(
    recording: Recording, chosen: Mapping[str, int], scale: Mapping[str, float]
) -> dict[str, float]:
    for key, value in scale.items():
        if key not in SCALED or not math.isfinite(value) or value == 0:
            raise OptionError(f"--scale {key}={value:g}: keys are {', '.join(SCALED)}")
        if key in EVERY_ROLE and key not in chosen:
            raise OptionError(f"--scale {key}={value:g}: the recording has no {key}")
    factors = {}
    for role, index in chosen.items():
        given = scale.get(role, scale.get(role[0]))
        full_scale = recording.full_scale_of(index) or 1.0
        factors[role] = 1.0 if given is None else given / full_scale
    return factors


def _side(recording: Recording, chosen: Mapping[str, int], side: str | None) -> str:
    if side is not None:
        if side not in SIDES:
            raise OptionError(f"--side {side}: primary or secondary")
        return side
    sides = {recording.channels[index].side for index in chosen.values()} - {None}
    if len(sides) > 1:
        raise ChannelError(
            f"{recording.path}: some of the channels are primary, some secondary; choose others "
            "with --channels or say with --side what all of them are"
        )
    return sides.pop() or "secondary" if sides else "secondary"
