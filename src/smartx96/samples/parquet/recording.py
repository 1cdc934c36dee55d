"""Reading Parquet files, in row order and in pieces of limited size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RateError, RecordingError
from smartx96.samples.extras import library
from smartx96.samples.recording import Channel
from smartx96.samples.stamps.column import TimeSurvey
from smartx96.samples.stamps.names import is_time_name, rises_evenly, time_factor
from smartx96.samples.stamps.stated_rate import agreed
from smartx96.samples.stored.attributes import (
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

ROWS = 65536
"""Rows of a piece."""

BUFFER = 1 << 20
INDEX_NAME = "__index_level_"
"""Beginning of the name that pandas gives an index without one."""

PANDAS_ATTRIBUTES = "PANDAS_ATTRS"


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file in Arrow; its complaints become one line."""
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
            yield file
    except (arrow.ArrowException, OSError) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise RecordingError(f"{path}: damaged or no Parquet file ({lines[0][:120]})") from error


@dataclass(frozen=True, slots=True)
class ParquetPlane:
    """Columns of a Parquet file; nulls are NaN, time stamps seconds after the first."""

    path: Path
    names: tuple[str, ...]
    length: int
    dtype: np.dtype[Any]
    origin: int = 0

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive numbers of the chosen columns."""
        names = [self.names[channel] for channel in channels]
        with opened(self.path) as file:
            wanted, done = list(dict.fromkeys(names)), 0
            for batch in file.iter_batches(ROWS, columns=wanted, use_threads=False):
                done += len(batch)
                if len(batch):
                    yield np.stack([self._numbers(batch.column(name)) for name in names])
        if done < self.length:
            raise RecordingError(
                f"{self.path}: damaged; declares {self.length} rows and holds {done}"
            )

    def _numbers(self, column: Any) -> NDArray[Any]:
        arrow = library("pyarrow")
        if arrow.types.is_timestamp(column.type):
            elapsed = column.cast(arrow.timestamp("ns")).to_numpy(zero_copy_only=False)
            return _seconds(elapsed, self.origin)
        if not (arrow.types.is_integer(column.type) or arrow.types.is_floating(column.type)):
            column = column.cast(arrow.float64())
        numbers: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return numbers.astype(np.float32) if numbers.dtype == np.float16 else numbers


def _seconds(stamps: NDArray[Any], origin: int) -> NDArray[np.float64]:
    """Nanoseconds since 1970 as seconds after the origin; NaN where there is none."""
    seconds: NDArray[np.float64] = (stamps.astype(np.int64) - origin) / 1e9
    return np.where(np.isnat(stamps), np.nan, seconds)


def open_parquet(path: Path, rate: float | None = None) -> PlaneRecording:
    """Open a Parquet file: a column for each channel, perhaps one with the time.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s]; a time column is then ignored.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    RecordingError
        The file is damaged, has no columns of numbers, or nothing tells the sampling rate.
    """
    with opened(path) as file:
        schema, length = file.schema_arrow, file.metadata.num_rows
    if length == 0:
        raise RecordingError(f"{path}: holds no rows")
    names = _numeric(schema, path)
    plane = ParquetPlane(path, names, length, _common(schema, names))
    described = parse_description((schema.metadata or {}).get(KEY.encode(), b""), len(names))
    if described is not None:
        described = described if rate is None else replace(described, rate=rate)
        return PlaneRecording(path, "parquet", plane, described)
    return _foreign(path, plane, schema, rate)


def _numeric(schema: Any, path: Path) -> tuple[str, ...]:
    """Names of the columns of numbers and time stamps."""
    types = library("pyarrow").types
    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_timestamp)
    names = tuple(field.name for field in schema if any(test(field.type) for test in tests))
    if not names:
        listed = ", ".join(f"{field.name!a} {field.type}" for field in schema)[:200]
        raise RecordingError(f"{path}: has no columns of numbers; found: {listed or 'none'}")
    twice = [name for name in names if schema.names.count(name) > 1]
    if twice:
        raise RecordingError(f"{path}: several columns are called {twice[0]!a}; rename them")
    return names


def _common(schema: Any, names: Sequence[str]) -> np.dtype[Any]:
    """Type that holds all channels; integers only where all of them are."""
    types = library("pyarrow").types
    fields = [schema.field(name) for name in names]
    if fields and all(types.is_integer(field.type) for field in fields):
        return np.result_type(*(field.type.to_pandas_dtype() for field in fields))
    return np.dtype(np.float64)


def _counts(kind: Any) -> Counts | None:
    integer = library("pyarrow").types.is_integer(kind)
    return Counts.of_type(np.dtype(kind.to_pandas_dtype())) if integer else None


def _foreign(path: Path, plane: ParquetPlane, schema: Any, rate: float | None) -> PlaneRecording:
    """A file that others wrote."""
    headings = [split_unit(name) for name in plane.names]
    attributes = _attributes(schema)
    time = _time_column(plane, schema, [name for name, _ in headings])
    survey, factor = TimeSurvey(), 1.0
    if time is not None and rate is None:
        factor = _seconds_of(schema.field(plane.names[time]))
        plane = replace(plane, origin=_first_stamp(plane, schema, time))
        survey = TimeSurvey.of_plane(plane, time, factor)
    stated, notes = agreed(rate, rate_in(attributes), survey.rate, path)
    doubt = doubtful_rate(attributes) if rate is None else ""
    if stated is None:
        problem = "does not tell its sampling rate; give --rate HZ"
        raise RateError(f"{path}: {problem}" + (f"; {doubt}" if doubt else ""))
    notes = (*notes, doubt) if doubt else notes
    columns = [n for n in range(len(plane.names)) if n != time and not _is_index(plane.names[n])]
    if not columns:
        raise RecordingError(f"{path}: has a time column and no channel")
    names = [plane.names[column] for column in columns]
    plane = replace(plane, dtype=_common(schema, names))
    channels, scales = _channels(plane, schema, columns, side_in(attributes))
    description = Description(
        channels,
        stated,
        start=_moment(plane, survey.begin(stated)) or start_in(attributes),
        scales=scales if any(scale != 1 for scale in scales) else None,
    )
    return PlaneRecording(
        path, "parquet", plane, description,
        counts=[_counts(schema.field(name).type) for name in names], columns=columns,
        times=None if time is None else survey.column(time, factor), notes=notes,
    )  # fmt: skip


def _channels(
    plane: ParquetPlane, schema: Any, columns: Sequence[int], side: str | None
) -> tuple[tuple[Channel, ...], tuple[float, ...]]:
    """Channels and the factors to their units, by the columns' names and metadata."""
    channels, scales = [], []
    for column in columns:
        name, unit = split_unit(plane.names[column])
        stated = unit or unit_in(_texts(schema.field(plane.names[column]).metadata))
        unit, factor = si_unit(stated)
        channels.append(Channel(name, "", unit, side))
        scales.append(factor)
    return tuple(channels), tuple(scales)


def _attributes(schema: Any) -> dict[str, Any]:
    """Metadata of the file, those that pandas keeps as one JSON text among them."""
    attributes: dict[str, Any] = dict(_texts(schema.metadata))
    try:
        own = json.loads(attributes.pop(PANDAS_ATTRIBUTES, "{}"))
    except (ValueError, RecursionError):
        own = {}
    return {**attributes, **(own if isinstance(own, dict) else {})}


def _texts(metadata: Any) -> dict[str, str]:
    return {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for key, value in (metadata or {}).items()
    }


def _is_index(name: str) -> bool:
    return name.startswith(INDEX_NAME)


def _time_column(plane: ParquetPlane, schema: Any, names: Sequence[str]) -> int | None:
    """A column of time stamps, or one called so, or a first one that rises evenly."""
    types = library("pyarrow").types
    for n, name in enumerate(plane.names):
        if types.is_timestamp(schema.field(name).type):
            return n
    for n, name in enumerate(names):
        if is_time_name(name, names):
            return n
    first = next(plane.chunks([0]))[0][:2000].astype(np.float64)
    enough = len(names) > 1 and len(first) >= 8
    return 0 if enough and not np.all(np.diff(first) == 1) and rises_evenly(first) else None


def _seconds_of(field: Any) -> float:
    """Factor from a time column's numbers to seconds; time stamps know their unit by themselves."""
    if library("pyarrow").types.is_timestamp(field.type):
        return 1.0
    name, unit = split_unit(field.name)
    return time_factor(name, unit or unit_in(_texts(field.metadata)))


def _first_stamp(plane: ParquetPlane, schema: Any, time: int) -> int:
    """The first time stamp there is [ns since 1970]; 0 where times are numbers."""
    if not library("pyarrow").types.is_timestamp(schema.field(plane.names[time]).type):
        return 0
    for (seconds,) in plane.chunks([time]):
        known = seconds[np.isfinite(seconds)]
        if len(known):
            return round(float(known[0]) * 1e6) * 1000  # as float64 has it
    return 0


def _moment(plane: ParquetPlane, begin: float | None) -> datetime | None:
    """Date of the first row, `begin` seconds after the plane's origin."""
    if begin is None or not plane.origin:
        return moment_of(begin)
    microseconds = plane.origin // 1000 + round(begin * 1e6)
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
