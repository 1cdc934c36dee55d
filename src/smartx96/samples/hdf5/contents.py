"""What an HDF5 file holds: datasets of numbers with the attributes that bear on them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.extras import library

PATIENCE = 20.0
"""Seconds after which the listing of a file is given up."""

Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """A dataset: its path in the file, its shape without axes of one, type and attributes.

    `attributes` are those of the file, of the groups around it and its own, the nearer ones over
    the others; numbers that stand alone in the file are among them. `own` are the dataset's.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    attributes: Attributes
    own: Attributes

    @property
    def title(self) -> str:
        """Last part of the path."""
        return self.name.rpartition("/")[2]

    @property
    def group(self) -> str:
        """Path of the group that it lies in."""
        return self.name.rpartition("/")[0]


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file in the HDF5 library; its complaints become one line."""
    h5py = library("h5py")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        if isinstance(error, RecordingError):
            raise
        lines = str(error).splitlines() or [type(error).__name__]
        raise RecordingError(f"{path}: damaged or no HDF5 file ({lines[0][:120]})") from error


def stored_arrays(path: Path) -> list[Stored]:
    """Datasets of real numbers with one or two axes, in the order of the file.

    They are listed by a process of its own: on one damaged file in two thousand the HDF5 library
    crashes, or comes to no end, over the attributes.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RecordingError
        The file is damaged.
    """
    if not library("h5py").is_hdf5(path):
        raise RecordingError(f"{path}: damaged or no HDF5 file (it has no signature)")
    # -P: what lies in the working folder, often beside the recording, is not imported.
    command = [sys.executable, "-P", "-m", f"{__package__}.listing", str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=True
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise RecordingError(
            f"{path}: damaged; the HDF5 library gave up on it, write the file again"
        ) from error
    if "error" in answer:
        raise RecordingError(answer["error"])
    return [
        Stored(name, tuple(shape), np.dtype(dtype), _around(answer, name, own), own)
        for name, shape, dtype, own in answer["datasets"]
    ]


def _around(answer: Mapping[str, Any], name: str, own: dict[str, Any]) -> Attributes:
    """A dataset's own attributes over those of its groups; shared, not copied."""
    parts = name.strip("/").split("/")[:-1]
    groups = ["/".join(parts[:depth]) for depth in range(len(parts), -1, -1)]
    found = [answer["groups"][group] for group in groups if group in answer["groups"]]
    return ChainMap(own, *found, answer["alone"])


def listed(arrays: list[Stored]) -> str:
    """The datasets for a message, on one line."""
    texts = [f"{a.name} {'x'.join(map(str, a.shape))} {a.dtype}" for a in arrays[:20]]
    return "found: " + (", ".join(texts) or "none") + (" ..." if len(arrays) > 20 else "")


def texts_of(attributes: Mapping[str, Any], names: tuple[str, ...], count: int) -> list[str] | None:
    """A list of texts, one for each channel, under one of several names."""
    from smartx96.samples.stored.attributes import folded

    for name, value in attributes.items():
        if folded(name)[0] in names and isinstance(value, list) and len(value) == count:
            return [str(item) for item in value]
    return None
