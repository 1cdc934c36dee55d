"""PcmStream: raw samples as they arrive, in blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smartx96.block import Block
from smartx96.errors import RecordingError
from smartx96.samples.cutting import flag_missing
from smartx96.samples.limits import ClipDetector
from smartx96.samples.live import LiveRecording
from smartx96.samples.live_pcm.assembly import Assembly, Run
from smartx96.samples.live_pcm.frames import Frames, SampleFormat
from smartx96.samples.live_pcm.heading import Heading
from smartx96.samples.live_pcm.pace import Pace
from smartx96.samples.live_pcm.transport import Transport
from smartx96.samples.recording import BLOCK_SECONDS, Channel

PATIENCE_SECONDS = 0.1
"""A block that is not full is given away this much later than it should be full [s]."""

CYCLE_SECONDS = 0.02


class PcmStream(LiveRecording):
    """Interleaved samples from a transport.

    Parameters
    ----------
    transport : Transport
    format : SampleFormat
    names : sequence of str
        Name of each channel of a frame.
    rate : float
        Sampling rate [1/s].
    paced : bool
        Whether samples come as they are taken, so that an outage is time that is missing; otherwise
        they are a recording, however long it takes to come.
    headed : bool
        Whether a WAV header may come before the samples.
    clock, today : callable
        Monotonic time [s], and the time of day.
    """

    def __init__(
        self,
        transport: Transport,
        format: SampleFormat,
        names: Sequence[str],
        rate: float,
        *,
        paced: bool = True,
        headed: bool = True,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.path, self.format = Path(transport.name), "pcm"
        self.channels = tuple(Channel(name) for name in names)
        self.rate, self.length, self.start = rate, None, None
        self.full_scale = format.full_scale
        self._transport, self._sample_format = transport, format
        self._paced, self._clock, self._today = paced, clock, today
        self._closed = self._reading = False
        count = len(self.channels)
        self._assembly = Assembly(
            transport,
            Frames(format, count),
            Heading(format, count, rate) if headed else None,
            Pace(rate) if paced else None,
            clock,
        )

    def close(self) -> None:
        """As `LiveSource.close`."""
        self._closed = True
        if not self._reading:
            self._transport.close()

    def counters(self) -> dict[str, int]:
        """Frames received, lost and cut, gaps, and what the transport counts."""
        assembly = self._assembly
        own = {"received": assembly.received, "lost": assembly.lost, "gaps": assembly.gaps,
               "cut": assembly.cut}  # fmt: skip
        return {**own, **self._transport.counters()}

    def silence(self) -> str:
        """As `LiveSource.silence`."""
        return self._transport.silence()

    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples of the chosen channels as they arrive; what was taken does not come again.

        Raises
        ------
        RecordingError
            The stream cannot be read, or its WAV header contradicts what was declared.
        """
        clipping = self._clipping(len(channels))
        chosen = list(channels)
        self._reading = True
        try:
            for first, samples in self._runs(seconds):
                self._begin(samples.shape[1])
                if clipping is None:
                    values, quality = flag_missing(samples[chosen])
                    yield Block(values, self.rate, first, quality=quality)
                else:
                    raw = samples[chosen]
                    yield Block(raw, self.rate, first, quality=clipping.mark(raw))
        finally:
            self._transport.close()

    def _runs(self, seconds: float) -> Iterator[Run]:
        size = max(1, int(seconds * self.rate))
        patience = seconds + PATIENCE_SECONDS
        try:
            while not self._closed:
                self._assembly.receive()
                yield from self._assembly.runs(size, patience)
        except EOFError:
            yield from self._assembly.runs(size, 0.0)
        except RecordingError as error:
            name = self._transport.name
            if str(error).startswith(name):
                raise
            raise RecordingError(f"{name}: {error}") from error

    def _begin(self, count: int) -> None:
        if self.start is None and self._paced:
            self.start = self._today() - timedelta(seconds=count / self.rate)

    def _clipping(self, count: int) -> ClipDetector | None:
        limits = self._sample_format.limits
        if limits is None:
            return None
        low, high = limits
        return ClipDetector([low] * count, [high] * count, CYCLE_SECONDS * self.rate)
