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
from smartx96.samples.attributes import moment_of, rate_in, side_in, start_in, unit_in
from smartx96.samples.column_rate import ColumnRate, column_rate
from smartx96.samples.description import KEY, Description, parse_description
from smartx96.samples.extras import library
from smartx96.samples.plane_recording import Counts, PlaneRecording, TimeColumn
from smartx96.samples.recording import Channel
from smartx96.samples.stated_rate import agreed
from smartx96.samples.time_names import is_time_name, rises_evenly, time_factor
from smartx96.samples.units import si_unit, split_unit

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

    def chunks(self, channels: Sequence[int]) -> Iterator[NDArray[Any]]:
        """Consecutive numbers of the chosen columns."""
        names = [self.names[channel] for channel in channels]
        with opened(self.path) as file:
            wanted = list(dict.fromkeys(names))
            for batch in file.iter_batches(ROWS, columns=wanted, use_threads=False):
                if len(batch):
                    yield np.stack([self._numbers(batch.column(name)) for name in names])

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
    fields = [schema.field(name) for name in names if not is_time_name(name, names)]
    if fields and all(types.is_integer(field.type) for field in fields):
        return np.result_type(*(field.type.to_pandas_dtype() for field in fields))
    return np.dtype(np.float64)


def _foreign(path: Path, plane: ParquetPlane, schema: Any, rate: float | None) -> PlaneRecording:
    """A file that others wrote."""
    headings = [split_unit(name) for name in plane.names]
    attributes = _attributes(schema)
    time = _time_column(plane, schema, [name for name, _ in headings])
    first = 0.0
    found: ColumnRate | None = None
    factor = 1.0
    if time is not None:
        factor = time_factor(*headings[time])
        plane, first = _begun(plane, schema, time)
        if rate is None:
            found = column_rate(_pieces(plane, time, factor))
    stated, notes = agreed(rate, rate_in(attributes), found)
    if stated is None:
        raise RateError(f"{path}: does not tell its sampling rate; give --rate HZ")
    columns = [n for n in range(len(plane.names)) if n != time and not _is_index(plane.names[n])]
    if not columns:
        raise RecordingError(f"{path}: has a time column and no channel")
    channels, scales = _channels(plane, schema, columns, side_in(attributes))
    description = Description(
        channels,
        stated,
        start=(_moment(plane, first * factor) if rate is None else None) or start_in(attributes),
        scales=scales if any(scale != 1 for scale in scales) else None,
    )
    times = None if found is None or time is None else TimeColumn(time, factor, found.jitter)
    return PlaneRecording(
        path, "parquet", plane, description,
        counts=Counts.of_type(plane.dtype), columns=columns, times=times, notes=notes,
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


def _begun(plane: ParquetPlane, schema: Any, time: int) -> tuple[ParquetPlane, float]:
    """The plane with the first time stamp as origin, and the first time as it is stored."""
    first = float(next(plane.chunks([time]))[0][0])
    if not library("pyarrow").types.is_timestamp(schema.field(plane.names[time]).type):
        return plane, first
    return replace(plane, origin=round(first * 1e9)), 0.0


def _pieces(plane: ParquetPlane, time: int, factor: float) -> Iterator[tuple[int, Any]]:
    done = 0
    for (stamps,) in plane.chunks([time]):
        yield done, stamps.astype(np.float64) * factor
        done += len(stamps)


def _moment(plane: ParquetPlane, first: float) -> datetime | None:
    """Date of the first row."""
    if plane.origin:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=plane.origin // 1000)
    return moment_of(first)
