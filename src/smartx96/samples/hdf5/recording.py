"""Reading HDF5 files: a dataset for each channel, or one for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from smartx96.errors import RateError, RecordingError
from smartx96.samples.hdf5.contents import Stored, listed, stored_arrays, texts_of
from smartx96.samples.hdf5.plane import Hdf5Plane, Lane
from smartx96.samples.recording import Channel
from smartx96.samples.stamps.column import TimeSurvey
from smartx96.samples.stamps.names import is_time_name, time_factor
from smartx96.samples.stamps.stated_rate import agreed
from smartx96.samples.stored.attributes import (
    NAME_NAMES,
    UNIT_NAMES,
    doubtful_rate,
    moment_of,
    rate_in,
    side_in,
    start_in,
    unit_in,
)
from smartx96.samples.stored.description import KEY, Description, parse_description
from smartx96.samples.stored.plane_recording import Counts, PlaneRecording
from smartx96.samples.stored.units import si_unit, split_unit

MOST_CHANNELS = 1024
ORDER = "order"
"""Attribute of our own datasets: their place among the channels."""

SHORTER = 20
"""Sets of datasets that are shorter by this factor are no samples beside the longest."""

NOTED = 12
"""Datasets that a note names."""

SCALE_NAMES = ("scale", "scale_factor")
"""Attributes by which stored numbers are multiplied."""


def open_hdf5(path: Path, rate: float | None = None) -> PlaneRecording:
    """Open an HDF5 file: one dataset per channel, or one of shape (n, channel) or (channel, n).

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s]; a dataset with times is then ignored.

    Raises
    ------
    MissingExtraError
        h5py is not installed.
    RecordingError
        The file is damaged, does not say which of its datasets are samples, or nothing tells the
        sampling rate.
    """
    arrays = stored_arrays(path)
    flat = [array for array in arrays if len(array.shape) == 1]
    signals, tables, notes = _one_set(path, arrays)
    lanes = _lanes_of_flat(signals) if signals else _lanes_of_table(path, tables)
    length = max(lanes[0].stored.shape)
    names = [lane.stored.title for lane in lanes]
    attributes = lanes[0].stored.attributes
    described = parse_description(str(attributes.get(KEY, "")), len(lanes))
    plane = Hdf5Plane(path, tuple(lanes), length)
    if described is not None:
        described = described if rate is None else replace(described, rate=rate)
        return PlaneRecording(path, "hdf5", plane, described)
    times = [
        array for array in flat if array.shape == (length,) and is_time_name(_bare(array), names)
    ]
    times.sort(key=lambda array: array.group != lanes[0].stored.group)  # its own before others
    return _foreign(path, plane, times, rate, notes)


def _bare(array: Stored) -> str:
    return split_unit(array.title)[0]


def _one_set(path: Path, arrays: Sequence[Stored]) -> tuple[list[Stored], list[Stored], list[str]]:
    """Datasets of one axis that are channels, or of two, and a note on what is left out.

    Datasets of one axis and length are one set; so is each of two axes. Sets that are shorter by
    far (factors, settings, a spectrum) are none of samples.
    """
    titles = [array.title for array in arrays if len(array.shape) == 1]
    sets: dict[tuple[object, ...], list[Stored]] = {}
    for array in arrays:
        if len(array.shape) == 2:
            sets[array.shape, array.name] = [array]
        elif len(array.shape) == 1 and not is_time_name(_bare(array), titles):
            sets.setdefault(array.shape, []).append(array)
    if not sets:
        raise RecordingError(
            f"{path}: has no dataset of samples; one per channel, or one of (n, channels), is due; "
            f"{listed(list(arrays))}"
        )
    longest = max(max(array.shape) for found in sets.values() for array in found)
    long = [found for found in sets.values() if max(found[0].shape) * SHORTER > longest]
    if len(long) > 1:
        raise RecordingError(
            f"{path}: several sets of datasets, and nothing says which are the samples; "
            f"leave one set in the file; {listed(list(arrays))}"
        )
    others = [array.name for found in sets.values() if found is not long[0] for array in found]
    shown = ", ".join(others[:NOTED]) + (" ..." if len(others) > NOTED else "")
    notes = [f"datasets that are much shorter are left out: {shown}"] if others else []
    flat = len(long[0][0].shape) == 1
    return (long[0], [], notes) if flat else ([], long[0], notes)


def _lanes_of_flat(signals: list[Stored]) -> list[Lane]:
    """One channel for each dataset."""
    if all(ORDER in array.own for array in signals):
        signals.sort(key=lambda array: float(array.own[ORDER]))
    return [Lane(array) for array in signals]


def _lanes_of_table(path: Path, tables: Sequence[Stored]) -> list[Lane]:
    """One channel for each line of the only dataset with two axes; the longer one is time."""
    table = tables[0]
    if min(table.shape) > MOST_CHANNELS:
        raise RecordingError(
            f"{path}: has a dataset of more than {MOST_CHANNELS} channels; one per channel, or one "
            f"of (n, channels), is due; {listed(list(tables))}"
        )
    time_first = table.shape[0] >= table.shape[1]
    return [Lane(table, n, time_first) for n in range(min(table.shape))]


def _foreign(
    path: Path,
    plane: Hdf5Plane,
    times: Sequence[Stored],
    rate: float | None,
    found: Sequence[str],
) -> PlaneRecording:
    """A file that others wrote."""
    attributes = plane.lanes[0].stored.attributes
    survey, factor = TimeSurvey(), 1.0
    timed, time = plane, len(plane.lanes)
    if times and rate is None:
        factor = time_factor(*_heading(times[0]))
        timed = replace(plane, lanes=(*plane.lanes, Lane(times[0])))
        survey = TimeSurvey.of_plane(timed, time, factor)
    stated, notes = agreed(rate, rate_in(attributes), survey.rate, path)
    notes = (*found, *notes)
    doubt = doubtful_rate(attributes) if rate is None else ""
    if stated is None:
        problem = "does not tell its sampling rate; give --rate HZ"
        raise RateError(f"{path}: {problem}" + (f"; {doubt}" if doubt else ""))
    notes = (*notes, doubt) if doubt else notes
    channels, scales = _channels(plane, side_in(attributes))
    description = Description(
        channels,
        stated,
        start=moment_of(survey.begin(stated)) or start_in(attributes),
        scales=scales if any(scale != 1 for scale in scales) else None,
    )
    return PlaneRecording(
        path, "hdf5", timed, description,
        counts=[Counts.of_type(lane.stored.dtype) for lane in plane.lanes],
        times=survey.column(time, factor), notes=notes,
    )  # fmt: skip


def _heading(stored: Stored) -> tuple[str, str]:
    name, unit = split_unit(stored.title)
    return name, unit or unit_in(stored.own)


def _channels(plane: Hdf5Plane, side: str | None) -> tuple[tuple[Channel, ...], tuple[float, ...]]:
    """Channels and the factors to their units, by attributes and names."""
    count = len(plane.lanes)
    together = plane.lanes[0].index is not None
    attributes = plane.lanes[0].stored.attributes
    names = texts_of(attributes, NAME_NAMES, count) if together else None
    units = texts_of(attributes, UNIT_NAMES, count) if together else None
    titles = Counter(lane.stored.title for lane in plane.lanes)
    channels, scales = [], []
    for n, lane in enumerate(plane.lanes):
        if together:
            heading = split_unit(names[n]) if names else (str(n + 1), "")
            stated = units[n] if units else unit_in(attributes)
        else:
            heading = _named(lane.stored, titles[lane.stored.title] > 1)
            stated = unit_in(lane.stored.own)
        unit, factor = si_unit(heading[1] or stated)
        channels.append(Channel(heading[0], "", unit, side))
        scales.append(factor * _scale(lane.stored))
    return tuple(channels), tuple(scales)


def _named(stored: Stored, alike: bool) -> tuple[str, str]:
    """Name and unit of a dataset; its path where several are called alike."""
    own = stored.own.get("name", stored.own.get("long_name"))
    text = own if isinstance(own, str) else stored.title
    if alike and not isinstance(own, str):
        text = stored.name.strip("/")
    return split_unit(text) if "/" not in text else (text, "")


def _scale(stored: Stored) -> float:
    for name in SCALE_NAMES:
        value = stored.own.get(name)
        if isinstance(value, int | float) and np.isfinite(value) and value != 0:
            return float(value)
    return 1.0
