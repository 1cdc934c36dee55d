"""Survey: which streams a capture holds, how fast they are, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.capture.frames import Frames, Integers
from smartx96.samples.sampled_values.decoder import Arrivals, Decoder
from smartx96.samples.sampled_values.layout import Part
from smartx96.samples.sampled_values.rate import COUNTER, Counting, find_counting
from smartx96.samples.sampled_values.sample_order import Counters, SampleOrder
from smartx96.samples.sampled_values.stream_id import StreamId
from smartx96.wording import counted

HEAD = 2 * COUNTER
"""Samples from which the rate is told: the counter begins anew within them."""

MOST_STREAMS = 256

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 365 * 86400 * 10**9, 2**33 * 10**9
"""Times before the first [ns] count from the start of the capture and tell no date; those after
the other are damaged."""

GLOBAL = 2
"""smpSynch of a publisher on a clock that all of the world shares."""


class StreamSurvey:
    """What is known of one stream.

    Parameters
    ----------
    stream : StreamId
    part : Part
        What its first frame says.
    rate : float, optional
        The user's word on its sampling rate [1/s].

    Attributes
    ----------
    samples : int
        Samples that arrived.
    synch : set of int
        Values of smpSynch.
    """

    def __init__(self, stream: StreamId, part: Part, rate: float | None = None) -> None:
        self.stream, self.part = stream, part
        self.samples = 0
        self.synch: set[int] = set()
        self.counting: Counting | None = None
        self._rate = rate
        self._head: list[Arrivals] = []
        self._first_time = self._first_count = 0
        self._order: SampleOrder | None = None
        self._end = 0

    def add(self, arrivals: Arrivals) -> None:
        """Take note of samples that arrived."""
        if self.samples == 0:
            self._first_time = int(arrivals.times[0])
            self._first_count = int(arrivals.counts[0])
        self.samples += len(arrivals.counts)
        self.synch |= arrivals.synch
        if self._order is not None:
            self._follow(arrivals)
            return
        if self.samples - len(arrivals.counts) >= HEAD:
            return  # nothing told the rate, nor will it
        self._head.append(arrivals)
        if self.samples >= HEAD:
            self.settle()

    def settle(self) -> Counting | None:
        """Decide on the rate by what has come; None where nothing tells it."""
        if self._order is None and self._head:
            counts = np.concatenate([arrivals.counts for arrivals in self._head])
            times = np.concatenate([arrivals.times for arrivals in self._head])
            self.counting = find_counting(counts, times, self.part.rate, self._rate)
            if self.counting is not None:
                self._order = SampleOrder(self.counting.rate, self.counting.modulus)
                for arrivals in self._head:
                    self._follow(arrivals)
            if self.counting is not None or self.samples >= HEAD:
                self._head = []
        return self.counting

    def finish(self) -> None:
        """Nothing more comes."""
        self.settle()
        if self._order is not None:
            self._reach(self._order.finish().positions)

    def _follow(self, arrivals: Arrivals) -> None:
        assert self._order is not None
        self._reach(self._order.add(arrivals.counts, arrivals.times).positions)

    def _reach(self, positions: Integers) -> None:
        if len(positions):
            self._end = int(positions[-1]) + 1

    @property
    def length(self) -> int:
        """Samples from the first to the last, lost ones among them."""
        return self._end

    @property
    def counters(self) -> Counters:
        """What happened to the stream so far."""
        return Counters(self.samples) if self._order is None else self._order.counters

    @property
    def start(self) -> datetime | None:
        """Time of the first sample (UTC); None where the stamps tell no date.

        A publisher on a clock shared by all counts from the full second; then the time of capture
        only says which.
        """
        if self.counting is None:
            return None
        # A frame leaves when its last sample is there.
        lead = 0 if self._order is None else self._order.lead
        period = 1e9 / self.counting.rate
        time = self._first_time - round((len(self.part.counts) - 1 + lead) * period)
        if not FIRST_YEAR <= time < LAST_YEAR:
            return None
        if self.part.synch == GLOBAL:
            phase = round((self._first_count - lead) * period)
            time = round((time - phase) / 1e9) * 10**9 + phase
        return EPOCH + timedelta(microseconds=(time + 500) // 1000)

    def __str__(self) -> str:
        rate = "rate unknown" if self.counting is None else f"{self.counting.rate:g} S/s"
        return f"{self.stream}: {rate}, {self.samples} samples of {self.stream.values} values"


class Survey:
    """The streams of a capture.

    Parameters
    ----------
    rate : float, optional
        The user's word on the sampling rate [1/s].

    Attributes
    ----------
    streams : dict of StreamId to StreamSurvey
    decoder : Decoder
    """

    def __init__(self, rate: float | None = None) -> None:
        self.streams: dict[StreamId, StreamSurvey] = {}
        self.decoder = Decoder(values=False)
        self._rate = rate

    def add(self, frames: Frames) -> None:
        """Take note of a batch of frames.

        Raises
        ------
        RecordingError
            There are more streams than any network has.
        """
        for stream, arrivals in self.decoder.decode(frames).items():
            if stream not in self.streams:
                if len(self.streams) == MOST_STREAMS:
                    raise RecordingError(
                        f"more than {MOST_STREAMS} streams of sampled values: damaged"
                    )
                self.streams[stream] = StreamSurvey(stream, arrivals.part, self._rate)
            self.streams[stream].add(arrivals)

    def finish(self) -> None:
        """Nothing more comes."""
        for stream in self.streams.values():
            stream.finish()

    def notes(self) -> Iterator[str]:
        """One line each for what was wrong with frames."""
        if self.decoder.invalid:
            yield (
                f"{counted(self.decoder.invalid, 'frame')} of sampled values left out, since "
                f"unreadable; the first: {self.decoder.reason}"
            )
        if self.decoder.simulated:
            yield f"{counted(self.decoder.simulated, 'frame')} marked as simulated"


def survey_capture(frames: Iterator[Frames], rate: float | None = None) -> Survey:
    """Survey a capture from its beginning to its end.

    Parameters
    ----------
    frames : iterator of Frames
    rate : float, optional
        The user's word on the sampling rate [1/s].

    Raises
    ------
    RecordingError
        The capture is damaged or has too many streams.
    """
    survey = Survey(rate)
    for batch in frames:
        survey.add(batch)
    survey.finish()
    return survey
