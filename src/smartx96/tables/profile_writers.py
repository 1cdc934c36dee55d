"""Writers of load profiles: CSV, .npz and Parquet, by suffix; integers stay exact.

Columns are `time` (end of the period, UTC), `flags` (bits of `smartx96.meter.profile.RowFlag`) and
the quantities' ids. A quantity that is not available is empty in CSV, null in Parquet, NaN in .npz.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError
from smartx96.partial_file import whole_file
from smartx96.samples.extras import library

Value = float | int | None


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """A load profile by columns, all of one length.

    Parameters
    ----------
    times : sequence of int
        Ends of the periods [us since 1970-01-01T00:00Z].
    flags : sequence of int
    columns : mapping of str to sequence
        Values by quantity id; None is not available.
    """

    times: Sequence[int]
    flags: Sequence[int]
    columns: Mapping[str, Sequence[Value]]


def check_suffix(path: Path) -> None:
    """Raise an OptionError where no format has the suffix."""
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(FORMATS)
        raise OptionError(f"{path}: cannot write {path.suffix or 'no suffix'}; use {known}")


def write_profile(path: Path, table: ProfileTable) -> None:
    """Write a load profile; the suffix chooses the format.

    Raises
    ------
    OptionError
        No format has this suffix, or the file cannot be written.
    MissingExtraError
        Parquet needs pyarrow.
    """
    check_suffix(path)
    with whole_file(path) as file:
        FORMATS[path.suffix.lower()](file, table)


def _times(table: ProfileTable) -> NDArray[np.datetime64]:
    return np.array(table.times, np.int64).astype("datetime64[us]")


def _csv(file: IO[bytes], table: ProfileTable) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("time", "flags", *table.columns))
    times = (_moment(time) for time in _times(table))
    for row in zip(times, table.flags, *table.columns.values(), strict=True):
        writer.writerow("" if value is None else value for value in row)
    text.detach()


def _moment(time: np.datetime64) -> str:
    return f"{np.datetime_as_string(time).removesuffix('.000000')}Z"


def _npz(file: IO[bytes], table: ProfileTable) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "time": _times(table),
        "flags": np.array(table.flags, np.int64),
        **{id: _array(values) for id, values in table.columns.items()},
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _array(values: Sequence[Value]) -> NDArray[Any]:
    if _are_integers(values) and None not in values:
        return np.array(values, np.int64)
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def _are_integers(values: Sequence[Value]) -> bool:
    """Whether a column holds integers of 64 bits."""
    found = [value for value in values if value is not None]
    return bool(found) and all(isinstance(n, int) and -(2**63) <= n < 2**63 for n in found)


def _parquet(file: IO[bytes], table: ProfileTable) -> None:
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    columns: dict[str, Any] = {
        "time": arrow.array(table.times, arrow.timestamp("us", tz="UTC")),
        "flags": arrow.array(table.flags, arrow.int64()),
    }
    for id, values in table.columns.items():
        if _are_integers(values):
            columns[id] = arrow.array(values, arrow.int64())
        else:
            floats = [None if value is None else float(value) for value in values]
            columns[id] = arrow.array(floats, arrow.float64())
    parquet.write_table(arrow.table(columns), file, compression="zstd")


FORMATS: dict[str, Callable[[IO[bytes], ProfileTable], None]] = {
    ".csv": _csv,
    ".npz": _npz,
    ".parquet": _parquet,
}
"""Formats by suffix."""
