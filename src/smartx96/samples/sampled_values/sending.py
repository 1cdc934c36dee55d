"""Sending sampled values on a network in real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from smartx96.block import Block
from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.sampled_values.control_block import ControlBlock
from smartx96.samples.sampled_values.encoder import Encoded, Encoder, encoded
from smartx96.samples.sampled_values.interface import Interface
from smartx96.samples.source import Source

AHEAD_SECONDS = 0.05
"""Samples that are made at a time [s]: few enough to be made between two frames' times."""

LEAST_SLEEP = 0.0005
"""Frames that are due within this time [s] are sent together."""


@dataclass(frozen=True)
class _Short:
    """A source in short blocks."""

    source: Source

    def __getattr__(self, name: str) -> object:
        return getattr(self.source, name)

    def blocks(self, seconds: float = AHEAD_SECONDS) -> Iterator[Block]:
        return self.source.blocks(min(seconds, AHEAD_SECONDS))


def send_source(
    interface: Interface,
    source: Source,
    control: ControlBlock | None = None,
    duration: float | None = None,
    sent: Callable[[int, float], None] = lambda frames, seconds: None,
) -> None:
    """Send a source as sampled values, each frame when its last sample is due.

    Frames that are late, because the computer was busy, follow at once and none is left out.

    Parameters
    ----------
    interface : Interface
    source : Source
        Its values are taken for primary ones.
    control : ControlBlock, optional
    duration : float, optional
        Seconds after which to stop; None is with the source, or never.
    sent : callable
        Told of the frames sent so far and of the seconds they hold.

    Raises
    ------
    OptionError
        The rate or channels are none of the profile.
    ListenError
        The interface does not take the frames.
    """
    outgoing = Outgoing(_Short(source), duration)  # type: ignore[arg-type]
    start = datetime.now(UTC)
    encoder = Encoder(control or ControlBlock(), source.roles, source.rate, start)
    ahead = time.monotonic_ns() - int(start.timestamp() * 1e9)
    count = 0
    for batch in encoded(encoder, (piece.samples for piece in outgoing.filled())):
        for octets, due in _in_time(batch, ahead):
            interface.send(octets)
            count += 1
            sent(count, (due - ahead) / 1e9 - start.timestamp())


def _in_time(batch: Encoded, ahead: int) -> Iterator[tuple[bytes, int]]:
    """Frames when they are due on the monotonic clock [ns]."""
    for frame, moment in zip(batch.frames, batch.times.tolist(), strict=True):
        due = moment + ahead
        wait = (due - time.monotonic_ns()) / 1e9
        if wait > LEAST_SLEEP:
            time.sleep(wait)
        yield frame.tobytes(), due
