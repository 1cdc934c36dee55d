"""A capture of sampled values as a recording: one stream, in V and A on the primary side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from smartx96.block import Block
from smartx96.samples.capture.reading import read_capture
from smartx96.samples.cutting import cut
from smartx96.samples.files import naming
from smartx96.samples.recording import BLOCK_SECONDS, Recording
from smartx96.samples.sampled_values.blocks import BlockMaker
from smartx96.samples.sampled_values.choice import (
    choose_dataset,
    choose_stream,
    stream_notes,
    told_counting,
)
from smartx96.samples.sampled_values.decoder import Decoder
from smartx96.samples.sampled_values.profiles import DataSet
from smartx96.samples.sampled_values.rate import Counting
from smartx96.samples.sampled_values.sample_order import Counters, Ordered, SampleOrder
from smartx96.samples.sampled_values.stream_id import StreamId
from smartx96.samples.sampled_values.survey import StreamSurvey, survey_capture


class SampledValuesRecording(Recording):
    """A stream of IEC 61850-9-2 / IEC 61869-9 in a pcap or pcapng file.

    Attributes
    ----------
    stream : StreamId
        svID, APPID and sender.
    dataset : DataSet
    counters : Counters
        Samples received, lost, doubled, late and reordered, restarts.
    """

    format = "sampled values"

    def __init__(
        self,
        path: Path,
        survey: StreamSurvey,
        counting: Counting,
        dataset: DataSet,
        notes: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.stream: StreamId = survey.stream
        self.dataset = dataset
        self.counters: Counters = survey.counters
        self.channels = dataset.channels
        self.rate = counting.rate
        self.length = survey.length
        self.start = survey.start
        self.notes = (*notes, *stream_notes(survey))
        self._counting = counting

    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples of the chosen channels as counts with their scale, see `Recording.blocks`."""
        maker = BlockMaker(self.dataset, channels, self.rate)
        with naming(self.path):
            for ordered in self._ordered():
                yield from cut(maker.blocks(ordered), seconds)

    def _ordered(self) -> Iterator[Ordered]:
        decoder = Decoder()
        order = SampleOrder(self._counting.rate, self._counting.modulus)
        for frames in read_capture(self.path):
            arrivals = decoder.decode(frames).get(self.stream)
            if arrivals is not None:
                yield order.add(arrivals.counts, arrivals.times, arrivals.samples)
        yield order.finish()


def open_capture(
    path: Path,
    rate: float | None = None,
    *,
    stream: str | None = None,
    dataset: str | None = None,
) -> SampledValuesRecording:
    """Open a capture; it is read once for its streams, their rates, lengths and losses.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s], over what counter and time of capture tell.
    stream : str, optional
        svID, APPID as `0x4000` or address of the sender; several of these with commas.
    dataset : str, optional
        Currents and voltages of the data set, such as `I3U3`.

    Raises
    ------
    RecordingError
        The file is no capture, damaged, or holds no sampled values.
    ChannelError
        Several streams answer, or the values of the one are not known.
    RateError
        Nothing tells the sampling rate.
    """
    notes: list[str] = []
    with naming(path):
        survey = survey_capture(read_capture(path, notes), rate)
    chosen = choose_stream(survey, str(path), stream)
    values = choose_dataset(chosen, str(path), dataset)
    counting = told_counting(chosen, str(path))
    return SampledValuesRecording(path, chosen, counting, values, [*notes, *survey.notes()])
