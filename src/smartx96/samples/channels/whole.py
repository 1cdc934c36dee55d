"""All channels of a recording as they are, for conversion: no roles are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from smartx96.block import Block, Quality
from smartx96.errors import OptionError
from smartx96.samples.channels.role_names import KIND_OF_UNIT, meaning
from smartx96.samples.channels.stretch import Stretch
from smartx96.samples.recording import BLOCK_SECONDS, Channel, Recording
from smartx96.samples.stored.description import SIDES
from smartx96.wording import counted

UNITS = {"v": "V", "i": "A"}


class WholeRecording:
    """A recording with every channel, as a `Source` whose roles are not known.

    Parameters
    ----------
    recording : Recording
    scale : mapping of str to float, optional
        As `select` takes it; kinds and roles are those that names and units tell.
    side : {'primary', 'secondary'}, optional
        Over what the file says.
    stretch : Stretch

    Attributes
    ----------
    channels : tuple of Channel
    full_scale : float or None
        The recording's own, as long as no scale is applied.
    doubted : int
        Samples delivered so far that are clipped or questionable.

    Raises
    ------
    OptionError
        A scale for channels that the recording does not have.
    """

    roles: tuple[str, ...] = ()

    def __init__(
        self,
        recording: Recording,
        scale: Mapping[str, float] | None = None,
        side: str | None = None,
        stretch: Stretch | None = None,
    ) -> None:
        if side is not None and side not in SIDES:
            raise OptionError(f"--side {side}: primary or secondary")
        self.recording = recording
        self.rate = recording.rate
        self.notes = recording.notes
        self.full_scale = None if scale else recording.full_scale
        self.channels = tuple(recording.channels)
        self.doubted = 0
        self._stretch = Stretch() if stretch is None else stretch
        self._factors = np.ones(len(self.channels))
        if scale:
            self._apply(scale)
        if side is not None:
            self.channels = tuple(replace(channel, side=side) for channel in self.channels)

    def __repr__(self) -> str:
        return f"<WholeRecording {self.recording.path} {counted(len(self.channels), 'channel')}>"

    @property
    def side(self) -> str:
        """Side of channels that do not say theirs."""
        return "secondary"

    @property
    def length(self) -> int | None:
        """Samples per channel; None where only reading on tells."""
        return self._stretch.length(self.recording.length, self.rate)

    @property
    def start(self) -> datetime | None:
        """Time of the first delivered sample (UTC)."""
        if self.recording.start is None:
            return None
        return self.recording.start + timedelta(seconds=self._stretch.first(self.rate) / self.rate)

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Consecutive blocks from the first sample of the stretch, which has index 0."""
        every = range(len(self.channels))
        for block in self._stretch.of(self.recording.blocks(every, seconds)):
            if block.quality is not None:
                doubts = block.quality & (Quality.CLIPPED | Quality.QUESTIONABLE)
                self.doubted += int(np.count_nonzero(doubts))
            yield self._scaled(block)

    def _scaled(self, block: Block) -> Block:
        if np.all(self._factors == 1):
            return block
        scale = self._factors if block.scale is None else self._factors * block.scale
        return Block(block.samples, block.rate, block.start, scale, block.quality)

    def _apply(self, scale: Mapping[str, float]) -> None:
        used: set[str] = set()
        channels: list[Channel] = []
        for n, channel in enumerate(self.channels):
            key = next((key for key in _keys(channel) if key in scale), None)
            if key is not None:
                used.add(key)
                self._factors[n] = scale[key] / (self.recording.full_scale_of(n) or 1.0)
                channel = replace(channel, unit=channel.unit or UNITS[key[0]])
            channels.append(channel)
        self._refuse(sorted(set(scale) - used))
        self.channels = tuple(channels)

    def _refuse(self, unused: Sequence[str]) -> None:
        if unused:
            raise OptionError(
                f"{self.recording.path}: --scale {unused[0]}: no channel is known as one by its "
                "name or unit; say which is which with --channels v1=1,i1=2,..."
            )


def _keys(channel: Channel) -> tuple[str, ...]:
    """Keys of a scale that apply to a channel, the role's own before its kind's."""
    means = meaning(channel)
    if means is not None:
        return means.role, means.kind
    kind = KIND_OF_UNIT.get(channel.unit)
    return () if kind is None else (kind,)
