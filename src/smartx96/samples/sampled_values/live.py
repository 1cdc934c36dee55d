"""A stream of sampled values as it comes from a network: a live source."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import numpy as np

from smartx96.block import Block
from smartx96.errors import OptionError, RecordingError
from smartx96.samples.capture.frames import Frames, Integers
from smartx96.samples.channels.option_texts import parse_channels, parse_scale
from smartx96.samples.channels.selection import select
from smartx96.samples.cutting import cut
from smartx96.samples.live import LiveRecording, LiveSelection
from smartx96.samples.recording import BLOCK_SECONDS
from smartx96.samples.sampled_values.blocks import BlockMaker
from smartx96.samples.sampled_values.choice import choose_dataset, choose_stream, told_counting
from smartx96.samples.sampled_values.decoder import Arrivals, Decoder
from smartx96.samples.sampled_values.interface import Interface
from smartx96.samples.sampled_values.profiles import DataSet
from smartx96.samples.sampled_values.rate import Counting
from smartx96.samples.sampled_values.sample_order import Octets, SampleOrder
from smartx96.samples.sampled_values.survey import StreamSurvey, Survey

PATIENCE_SECONDS = 5.0
"""How long the first frame is waited for [s]."""

LISTEN_SECONDS = 0.5
"""For how long a network is listened to for all of its streams [s]."""

COUNTER_SECONDS = 2.5
"""For how long where only the counter's turns tell the rate [s]."""

MOST_FRAMES = 4096
"""Frames that are taken together."""

LITTLE = 1 / 8
"""A block that lacks no more than this part is given away."""


class LiveStream(LiveRecording):
    """One stream of a network.

    Parameters
    ----------
    interface : Interface
    survey : StreamSurvey
        What was heard of the stream.
    counting : Counting
    dataset : DataSet
    heard : list of Frames
        The frames from which that is known; they are the stream's first.
    """

    format = "sampled values"
    length = None

    def __init__(
        self,
        interface: Interface,
        survey: StreamSurvey,
        counting: Counting,
        dataset: DataSet,
        heard: Sequence[Frames] = (),
    ) -> None:
        self.path = Path(f"sv:{interface.name}/{survey.stream.svid}")
        self.stream = survey.stream
        self.channels = dataset.channels
        self.rate = counting.rate
        self.start = survey.start
        self._dataset = dataset
        self._asdus = len(survey.part.counts)
        self._interface, self._heard = interface, list(heard)
        self._decoder = Decoder(only=self.stream)
        self._order = SampleOrder(counting.rate, counting.modulus)
        self._invalid = self._dropped = 0
        self._closed = Event()
        self._reading = False

    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples as they come, see `LiveSource`; they go on where the last call ended."""
        maker = BlockMaker(self._dataset, channels, self.rate)
        for arrivals in self._arrivals(seconds):
            ordered = self._order.add(*_joined(arrivals)) if arrivals else self._order.finish()
            before = maker.invalid
            yield from cut(maker.blocks(ordered), seconds)
            self._invalid += maker.invalid - before

    def _arrivals(self, seconds: float) -> Iterator[list[Arrivals]]:
        """What was heard, then lots of about so many seconds; empty ones in silence."""
        self._reading = True
        try:
            while self._heard and not self._closed.is_set():
                yield self._own(self._heard.pop(0))
            while not self._closed.is_set():
                yield self._lot(seconds)
                self._dropped = self._interface.dropped
        finally:
            self._reading = False
            if self._closed.is_set():
                self._interface.close()

    def _own(self, frames: Frames) -> list[Arrivals]:
        return list(self._decoder.decode(frames).values())

    def _lot(self, seconds: float) -> list[Arrivals]:
        """The stream's own samples of so many seconds, fewer where they take half as long again."""
        until = time.monotonic() + 1.5 * seconds
        whole = missing = max(1, round(seconds * self.rate))
        found: list[Arrivals] = []
        # With other streams on the network, what is still missing comes in ever smaller parts.
        while missing > LITTLE * whole and not self._closed.is_set():
            left = until - time.monotonic()
            if left <= 0:
                break
            most = min(MOST_FRAMES, max(1, round(missing / self._asdus)))
            own = self._own(self._interface.receive(most, left, self._closed.is_set))
            missing -= sum(len(arrivals.counts) for arrivals in own)
            found += own
        return found

    def close(self) -> None:
        """Let `blocks` end."""
        self._closed.set()
        if not self._reading:  # else the thread that reads does it
            self._interface.close()

    def counters(self) -> dict[str, int]:
        """Samples received, lost, doubled, reordered and of invalid quality, in this order.

        Then what explains them: gaps, restarts of the publisher, frames that could not be read,
        and frames for which the kernel had no room.
        """
        counters = self._order.counters
        return {
            "received": counters.received,
            "lost": counters.lost,
            "doubled": counters.doubled + counters.late,
            "reordered": counters.reordered,
            "invalid": self._invalid,
            "gaps": counters.gaps,
            "restarts": counters.restarts,
            "unreadable": self._decoder.invalid,
            "dropped": self._dropped,
        }


def _joined(arrivals: Sequence[Arrivals]) -> tuple[Integers, Integers, Octets | None]:
    samples = [a.samples for a in arrivals if a.samples is not None]
    return (
        np.concatenate([a.counts for a in arrivals]),
        np.concatenate([a.times for a in arrivals]),
        np.concatenate(samples) if samples else None,
    )


def open_live(
    interface: str,
    *,
    stream: str | None = None,
    dataset: str | None = None,
    rate: float | None = None,
    channels: str | None = None,
    scale: str | None = None,
    side: str | None = None,
) -> LiveSelection:
    """Listen to a network until a stream's rate and values are known.

    Parameters
    ----------
    interface : str
        Such as `eth0`.
    stream, dataset : str, optional
        As `open_capture` takes them.
    rate : float, optional
        Sampling rate [1/s], over what counter and time tell.
    channels, scale, side : str, optional
        As for recordings.

    Raises
    ------
    ListenError
        The interface cannot be opened.
    RecordingError
        Nothing is heard.
    ChannelError, RateError
        Several streams are heard, or the one does not tell its values or rate.
    """
    if rate is not None and not 0 < rate < float("inf"):
        raise OptionError(f"--rate {rate:g}: a sampling rate in Hz above 0 is due")
    where = f"sv:{interface}"
    network = Interface(interface)
    try:
        survey, heard = _listen(network, stream, rate)
        chosen = choose_stream(survey, where, stream)
        values = choose_dataset(chosen, where, dataset)
        counting = told_counting(chosen, where)
        live = LiveStream(network, chosen, counting, values, heard)
        selection = select(
            live,
            channels=None if channels is None else parse_channels(channels),
            scale=None if scale is None else parse_scale(scale),
            side=side,
        )
    except Exception:
        network.close()
        raise
    return LiveSelection(selection, live)


def _listen(network: Interface, wanted: str | None, rate: float | None) -> tuple[
    Survey, list[Frames]
]:  # fmt: skip
    """What is on the network, and the frames from which that is known."""
    survey, heard = Survey(rate), list[Frames]()
    begun = time.monotonic()
    first: float | None = None
    while True:
        batch = network.receive(MOST_FRAMES, 0.1, lambda: False)
        now = time.monotonic()
        if len(batch):
            survey.add(batch)
            heard.append(batch)
        found = [s for s in survey.streams.values() if not wanted or s.stream.answers_to(wanted)]
        if found and first is None:
            first = now
        if first is None and now - begun > PATIENCE_SECONDS:
            break
        if first is None or now - first < LISTEN_SECONDS:
            continue
        if now - first > COUNTER_SECONDS or all(s.settle() for s in found):
            break
    if not survey.streams:
        raise RecordingError(
            f"sv:{network.name}: no sampled values came within {PATIENCE_SECONDS:g} s"
        )
    return survey, heard
