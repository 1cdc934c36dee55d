"""Writing Parquet files: a column for each channel, nulls where samples are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from smartx96.samples.extras import library
from smartx96.samples.outgoing.names import unique_names
from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.outgoing.writing import unfinished
from smartx96.samples.stored.description import KEY

ROWS = 1 << 17
"""Rows of a row group: the most that is in memory."""

TYPES = {"F64": np.float64, "F32": np.float32}


def write_parquet(path: Path, outgoing: Outgoing, data_format: str = "F64") -> None:
    """Write a column for each channel; rate, start, units and side are metadata.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    data_format : str
        `F64` or `F32`.
    """
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    schema = _schema(arrow, outgoing, data_format)
    with (
        unfinished(path) as (part,),
        part.open("wb") as file,
        parquet.ParquetWriter(
            file, schema, compression="zstd", use_dictionary=False, use_byte_stream_split=True
        ) as writer,
    ):
        for slab in outgoing.slabs(ROWS):
            columns = [
                arrow.array(np.ascontiguousarray(column, TYPES[data_format]), mask=np.isnan(column))
                for column in slab
            ]
            writer.write_batch(arrow.record_batch(columns, schema=schema))


def _schema(arrow: Any, outgoing: Outgoing, data_format: str) -> Any:
    """Columns with their units; what others can read stands beside our own description."""
    metadata = {KEY: outgoing.described().text(), "rate": repr(outgoing.rate)}
    if outgoing.start is not None:
        metadata["start"] = outgoing.start.isoformat()
    if len(set(outgoing.sides)) == 1:
        metadata["side"] = outgoing.sides[0]
    number = arrow.from_numpy_dtype(TYPES[data_format])
    names = unique_names(channel.name for channel in outgoing.channels)
    fields = [
        arrow.field(name, number, metadata={"unit": channel.unit} if channel.unit else None)
        for name, channel in zip(names, outgoing.channels, strict=True)
    ]
    return arrow.schema(fields, metadata=metadata)
