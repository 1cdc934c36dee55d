"""Recordings as text columns: CSV and its relatives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from smartx96.errors import RateError, RecordingError
from smartx96.samples.delimited.layout import Layout, find_layout
from smartx96.samples.delimited.moments import start_of
from smartx96.samples.delimited.plane import TIME, RowsPlane
from smartx96.samples.stamps.column import TimeColumn
from smartx96.samples.stamps.column_rate import ColumnRate, column_rate
from smartx96.samples.stamps.stated_rate import agreed
from smartx96.samples.stored.attributes import doubtful_rate, moment_of, rate_in, side_in, start_in
from smartx96.samples.stored.description import Description
from smartx96.samples.stored.plane_recording import PlaneRecording

NOTED = 12
"""Columns that a note names."""


def open_delimited(path: Path, rate: float | None = None) -> PlaneRecording:
    """Open a text file of columns: one row per sample, one column per channel, perhaps the time.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s]; the time column is then ignored.

    Raises
    ------
    RecordingError
        There are no rows of numbers, or nothing tells the sampling rate.
    """
    layout = find_layout(path)
    plane = RowsPlane(path, layout)
    time = TIME if layout.moments is not None else layout.time_column
    found = column_rate(plane.survey(None if rate is not None else time))
    if found is not None and found.stretches:  # where exactly, the whole column tells
        found = column_rate(plane.survey(time, every=True))
    if rate is not None:
        found = None
    elif time is not None and found is None and rate_in(layout.attributes) is None:
        raise RecordingError(f"{path}: the time column does not increase; give --rate HZ")
    return _recording(path, layout, plane, rate, found, time)


def _recording(
    path: Path,
    layout: Layout,
    plane: RowsPlane,
    rate: float | None,
    found: ColumnRate | None,
    time: int | None,
) -> PlaneRecording:
    stated, notes = agreed(rate, rate_in(layout.attributes), found, path)
    doubt = doubtful_rate(layout.attributes) if rate is None else ""
    if stated is None:
        problem = "has no time column that tells the sampling rate; give --rate HZ"
        raise RateError(f"{path}: {problem}" + (f"; {doubt}" if doubt else ""))
    notes = (*notes, doubt) if doubt else notes
    side = side_in(layout.attributes)
    if layout.moments is not None and layout.moments.note:
        notes = (*notes, layout.moments.note)
    if layout.words:
        shown = ", ".join(list(layout.words.values())[:NOTED])
        notes = (*notes, f"columns of words are left out: {shown}")
    if plane.cut_off:
        notes = (*notes, "the last row is cut off and left out")
    times = None
    if found is not None and time is not None:
        times = TimeColumn(time, layout.time_factor, found.jitter, plane.extent, found.stretches)
    return PlaneRecording(
        path,
        "csv",
        plane,
        Description(
            channels=tuple(replace(channel, side=side) for channel in layout.channels),
            rate=stated,
            start=_start(layout, timed=rate is None),
            scales=layout.factors,
        ),
        columns=layout.columns,
        times=times,
        notes=notes,
    )


def _start(layout: Layout, timed: bool) -> datetime | None:
    """Date of sample 0, by the time column if it has dates, else by the lines before."""
    if timed and layout.moments is not None and layout.moments.dated:
        return start_of(layout.moments)
    by_column = moment_of(layout.first_time) if timed else None
    return by_column or start_in(layout.attributes)
