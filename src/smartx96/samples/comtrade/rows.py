"""Rows of a COMTRADE .dat: running number, time stamp and raw analog values, in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.comtrade.configuration import Analog, Configuration
from smartx96.samples.comtrade.container import DataPart
from smartx96.samples.files import open_binary
from smartx96.samples.lines.numbers import parse_rows
from smartx96.samples.lines.text import count_lines, line_chunks
from smartx96.samples.stored.planes import along_time, chunk_length, picked

Values = NDArray[np.float64]

STAMP_MISSING = 0xFFFFFFFF
ASCII_MISSING = 99999.0
"""Mark of missing values in ASCII data of old, where the channel's range does not reach it;
since 1999 the field is left empty."""

RAW_TYPES = {"BINARY": "<i2", "BINARY32": "<i4", "FLOAT32": "<f4"}
BINARY_MISSING = {"BINARY": -(2.0**15), "BINARY32": -(2.0**31)}


@dataclass(frozen=True, slots=True)
class Rows:
    """Consecutive rows: numbers and stamps, shape (n,), in counts; raw, shape (channel, n).

    NaN where the file has no value.
    """

    numbers: Values
    stamps: Values
    raw: Values


def iterate_rows(
    configuration: Configuration, data: DataPart, channels: Sequence[int], block: int = 1
) -> Iterator[Rows]:
    """Rows of the chosen analog channels (0-based) in chunks whose size nothing changes.

    Parameters
    ----------
    configuration : Configuration
    data : DataPart
    channels : sequence of int
    block : int
        Rows of the blocks that the chunks will be cut into.
    """
    chosen = [configuration.analog[channel] for channel in channels]
    if data_format(configuration, data) == "ASCII":
        return _ascii_rows(data, channels, chosen, ascii_fields(configuration))
    return _binary_rows(configuration, data, channels, chosen, block)


def data_format(configuration: Configuration, data: DataPart) -> str:
    """Format of the samples; a section's own word is nearer to them than the configuration's."""
    return data.data_format or configuration.data_format


def row_type(configuration: Configuration, raw_type: str) -> np.dtype[np.void]:
    """Layout of a binary row; digital channels come in words of 16."""
    return np.dtype(
        [
            ("number", "<u4"),
            ("stamp", "<u4"),
            ("analog", raw_type, (len(configuration.analog),)),
            ("digital", "<u2", ((configuration.digital + 15) // 16,)),
        ]
    )


def _binary_rows(
    configuration: Configuration,
    data: DataPart,
    channels: Sequence[int],
    chosen: Sequence[Analog],
    block: int,
) -> Iterator[Rows]:
    name = data_format(configuration, data)
    layout = row_type(configuration, RAW_TYPES[name])
    per_chunk = chunk_length(-(-layout.itemsize // np.float64().itemsize), block)
    position = data.offset
    with open_binary(data.path, data.offset) as file:
        while True:
            content = file.read(min(per_chunk * layout.itemsize, data.end - position))
            position += len(content)
            rows = np.frombuffer(content, layout, count=len(content) // layout.itemsize)
            if len(rows) == 0:
                return
            stamps = rows["stamp"].astype(np.float64)
            stamps[rows["stamp"] == STAMP_MISSING] = np.nan
            raw = _raw_values(rows["analog"].T[picked(channels)], name, chosen)
            yield Rows(rows["number"].astype(np.float64), stamps, raw)


def _raw_values(stored: NDArray[np.generic], name: str, chosen: Sequence[Analog]) -> Values:
    with np.errstate(invalid="ignore"):  # a signalling NaN
        raw: Values = along_time(stored, np.dtype(np.float64))
    if name not in BINARY_MISSING:
        return raw
    for values, analog in zip(raw, chosen, strict=True):
        # Recorders of 1991 also stored unsigned counts; only the declared range tells.
        if name == "BINARY" and 2**15 < analog.high < 2**16:
            values[values < 0] += 2**16
        elif values.min() == BINARY_MISSING[name]:
            values[values == BINARY_MISSING[name]] = np.nan
    return raw


def ascii_fields(configuration: Configuration) -> int:
    """Fields of an ASCII row."""
    return 2 + len(configuration.analog) + configuration.digital


def _ascii_rows(
    data: DataPart, channels: Sequence[int], chosen: Sequence[Analog], fields: int
) -> Iterator[Rows]:
    columns = [0, 1, *(channel + 2 for channel in channels)]
    marked = [
        n for n, analog in enumerate(chosen) if not analog.low <= ASCII_MISSING <= analog.high
    ]
    done = 0
    for lines in line_chunks(data.path, data.offset, data.end, fields):
        numbers, stamps, *raw = parse_rows(lines, columns, f"{data.path}: row", done).T
        values = np.array(raw).reshape(len(channels), len(lines))
        values[marked] = np.where(values[marked] == ASCII_MISSING, np.nan, values[marked])
        stamps[stamps == STAMP_MISSING] = np.nan
        done += len(lines)
        yield Rows(numbers, stamps, values)


def count_rows(configuration: Configuration, data: DataPart) -> int:
    """Rows that the data really hold; a cut-off last one of a binary file does not count."""
    name = data_format(configuration, data)
    if name == "ASCII":
        fields = ascii_fields(configuration)
        return count_lines(data.path, data.offset, data.end, fields)
    return data.size // row_type(configuration, RAW_TYPES[name]).itemsize
