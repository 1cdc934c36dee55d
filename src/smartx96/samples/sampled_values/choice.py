"""Which stream of several is meant, and what its values are."""

from __future__ import annotations

from collections.abc import Iterator

from smartx96.errors import ChannelError, RateError, RecordingError
from smartx96.samples.sampled_values.profiles import DataSet, dataset_of, parse_dataset
from smartx96.samples.sampled_values.rate import Counting
from smartx96.samples.sampled_values.sample_order import Counters
from smartx96.samples.sampled_values.survey import StreamSurvey, Survey
from smartx96.wording import counted

LISTED = 40
"""Streams that a message lists."""

CLOCKS = {0: "not synchronised", 1: "a local clock", 2: "a global clock"}
"""Meaning of smpSynch; higher numbers name a local clock."""


def choose_stream(survey: Survey, where: str, wanted: str | None = None) -> StreamSurvey:
    """The stream that is meant; the only one where nothing is said.

    Parameters
    ----------
    survey : Survey
    where : str
        File or interface, for messages.
    wanted : str, optional
        See `StreamId.answers_to`.

    Raises
    ------
    RecordingError
        There are no sampled values.
    ChannelError
        Several streams or none answer to what is wanted.
    """
    streams = sorted(survey.streams.values(), key=lambda survey: survey.stream)
    if not streams:
        frames = counted(survey.decoder.frames, "frame")
        seen = "; ".join((f"{frames}, none of Ethertype 0x88BA that can be read", *survey.notes()))
        raise RecordingError(f"{where}: holds no sampled values: {seen}")
    found = [s for s in streams if wanted is None or s.stream.answers_to(wanted)]
    if len(found) == 1:
        return found[0]
    listed = "; ".join(map(str, streams[:LISTED]))
    more = f"; and {len(streams) - LISTED} more" if len(streams) > LISTED else ""
    if not found:
        raise ChannelError(
            f"{where}: --stream {wanted}: no stream is called so; found: {listed}{more}"
        )
    asked = (
        f"{len(found)} streams" if wanted is None else f"--stream {wanted}: {len(found)} streams"
    )
    raise ChannelError(
        f"{where}: {asked}; choose one by --stream with its svID, 0xAPPID or address, or several "
        f"of these with commas; found: {listed}{more}"
    )


def choose_dataset(survey: StreamSurvey, where: str, wanted: str | None = None) -> DataSet:
    """What the values of a stream are.

    Parameters
    ----------
    survey : StreamSurvey
    where : str
        File or interface, for messages.
    wanted : str, optional
        The user's word, as `parse_dataset` takes it.

    Raises
    ------
    ChannelError
        The frames do not tell, or have another number of values than the user says.
    """
    values = survey.stream.values
    if wanted is not None:
        dataset = parse_dataset(wanted)
        if dataset.values != values:
            raise ChannelError(
                f"{where}: --sv-dataset {wanted}: {dataset.values} values, "
                f"{survey.stream} has {values}"
            )
        return dataset
    found = dataset_of(values, survey.stream.svid, survey.part.dataset)
    if found is None:
        raise ChannelError(
            f"{where}: {survey.stream} sends {values} values, which does not tell currents from "
            f"voltages; give --sv-dataset, such as I{values - values // 2}U{values // 2}"
        )
    return found


def told_counting(survey: StreamSurvey, where: str) -> Counting:
    """The rate of a stream.

    Parameters
    ----------
    survey : StreamSurvey
    where : str
        File or interface, for messages.

    Raises
    ------
    RateError
        Nothing tells it.
    """
    if survey.counting is None:
        raise RateError(
            f"{where}: {survey.stream}: neither its counter nor the time of capture tells the "
            "sampling rate; give --rate HZ"
        )
    return survey.counting


def stream_notes(survey: StreamSurvey) -> Iterator[str]:
    """One line each for what happened to a stream on its way.

    Parameters
    ----------
    survey : StreamSurvey
    """
    counters = survey.counters
    if counters.lost:
        yield f"{counted(counters.lost, 'sample')} lost, in {counted(counters.gaps, 'gap')}"
    yield from _dropped(counters)
    if counters.reordered:
        yield f"{counted(counters.reordered, 'sample')} came late, put in place"
    if counters.restarts:
        yield (
            f"the publisher began anew {counted(counters.restarts, 'time')}; its samples are "
            "placed by the time of capture"
        )
    if 0 in survey.synch or len(survey.synch) > 1:
        states = (f"{s} ({CLOCKS.get(s, 'another local clock')})" for s in sorted(survey.synch))
        yield f"smpSynch was {', '.join(states)}"


def _dropped(counters: Counters) -> Iterator[str]:
    if counters.doubled:
        yield f"{counted(counters.doubled, 'sample')} came twice; what came second is dropped"
    if counters.late:
        yield f"{counted(counters.late, 'sample')} dropped: came twice or too late"
