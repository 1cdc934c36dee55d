"""Writing HDF5 files: a dataset for each channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from smartx96.samples.extras import library
from smartx96.samples.hdf5.recording import ORDER
from smartx96.samples.outgoing.names import unique_names
from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.outgoing.writing import unfinished
from smartx96.samples.stored.description import KEY

ROWS = 1 << 16
"""Samples of a chunk in the file."""

TYPES = {"F64": "<f8", "F32": "<f4"}


def write_hdf5(path: Path, outgoing: Outgoing, data_format: str = "F64") -> None:
    """Write a dataset for each channel, NaN where missing; rate, start and units are attributes.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    data_format : str
        `F64` or `F32`.
    """
    h5py = library("h5py")
    with unfinished(path) as (part,), _created(part, h5py) as file:
        _describe(file, outgoing)
        datasets = [
            _dataset(file, name, n, outgoing, TYPES[data_format])
            for n, name in enumerate(_names(outgoing))
        ]
        done = 0
        for slab in outgoing.slabs(ROWS):
            for dataset, row in zip(datasets, slab, strict=True):
                dataset.resize((done + slab.shape[1],))
                dataset[done:] = row
            done += slab.shape[1]


def _created(path: Path, h5py: Any) -> Any:
    path.open("wb").close()  # the system's own word where that cannot be, not the library's
    return h5py.File(path, "w", track_order=True)


def _describe(file: Any, outgoing: Outgoing) -> None:
    """What others can read stands beside our own description."""
    file.attrs[KEY] = outgoing.described().text()
    file.attrs["rate"] = outgoing.rate
    if outgoing.start is not None:
        file.attrs["start"] = outgoing.start.isoformat()
    if len(set(outgoing.sides)) == 1:
        file.attrs["side"] = outgoing.sides[0]


def _names(outgoing: Outgoing) -> list[str]:
    """Names of the datasets; a slash would make a group, and `.` is the group itself."""
    return unique_names(
        channel.name.replace("/", "_").strip(".\0") for channel in outgoing.channels
    )


def _dataset(file: Any, name: str, number: int, outgoing: Outgoing, kind: str) -> Any:
    dataset = file.create_dataset(
        name, (0,), kind, maxshape=(None,), chunks=(ROWS,), shuffle=True, compression="gzip",
        compression_opts=1, fillvalue=np.nan,
    )  # fmt: skip
    channel = outgoing.channels[number]
    dataset.attrs["name"] = channel.name
    dataset.attrs["unit"] = channel.unit
    dataset.attrs["phase"] = channel.phase
    dataset.attrs["side"] = outgoing.sides[number]
    dataset.attrs[ORDER] = number
    return dataset
