"""Lists the datasets of an HDF5 file as JSON: `python -m smartx96.samples.hdf5.listing FILE`."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.extras import library
from smartx96.samples.hdf5.contents import opened

MOST_OBJECTS = 10_000
LARGEST_CHUNK = 1 << 28
"""Bytes that the library must hold to read one sample of a chunked dataset."""

EXPANSION, NO_BOMB = 10_000, 1 << 26
"""Numbers take up to so many times the bytes that store them, ten times what deflate reaches; and
this many bytes whatever stores them. What was never written the library invents."""

LONGEST_ATTRIBUTE = 1 << 20
MOST_ITEMS = 1 << 16
"""Bytes and items; a larger attribute is no note on samples."""

MOST_LETTERS = 1 << 24
"""Letters of a listing; attributes beyond are left out, datasets beyond refused."""

Entry = tuple[str, list[int], str, dict[str, Any]]
"""Path, shape without axes of one, type and own attributes of a dataset."""


@dataclass(slots=True)
class Listing:
    """Datasets in the order of the file, attributes of the groups around them, numbers alone.

    Parameters
    ----------
    path : Path
    """

    path: Path
    datasets: list[Entry] = field(default_factory=list)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    alone: dict[str, float] = field(default_factory=dict)
    left: int = MOST_LETTERS

    def add(self, file: Any, item: Any) -> None:
        """Take in a dataset, and its groups where they are new."""
        self._spend(len(item.name) + 100)
        if item.size == 1:
            self.alone[item.name.rpartition("/")[2]] = _scalar(item)
            return
        parts = item.name.strip("/").split("/")[:-1]
        for depth in range(len(parts) + 1):
            group = "/".join(parts[:depth])
            if group not in self.groups:
                self._spend(len(group) + 10)
                self.groups[group] = self._attributes(file[group or "/"])
        shape = [extent for extent in item.shape if extent != 1]
        self.datasets.append((item.name, shape, item.dtype.str, self._attributes(item)))

    def _spend(self, letters: int) -> None:
        if letters > self.left:
            raise RecordingError(f"{self.path}: has too many datasets; put the samples into one")
        self.left -= letters

    def _attributes(self, item: Any) -> dict[str, Any]:
        """Attributes as Python values: texts, numbers, lists of them."""
        found: dict[str, Any] = {}
        for name in item.attrs:
            if not _is_note(item.attrs.get_id(name)):
                continue
            value = _value(item.attrs[name])
            letters = len(json.dumps([name, value], default=str))
            if letters < self.left // 2:  # half of the rest stays for the datasets that follow
                found[name] = value
                self.left -= letters
        return found


def listing(path: Path) -> Listing:
    """Datasets of real numbers with the attributes that bear on them.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RecordingError
        The file is damaged.
    """
    h5py = library("h5py")
    found: list[Any] = []

    def visit(name: str, item: Any) -> bool | None:
        if isinstance(item, h5py.Dataset) and _is_real(item) and _inside(item, path):
            found.append(item)
        return True if len(found) > MOST_OBJECTS else None

    listed = Listing(path)
    with opened(path) as file:
        file.visititems(visit)
        for item in found:
            if item.size:
                listed.add(file, item)
    return listed


def _is_real(item: Any) -> bool:
    """Whether it holds real numbers; a null dataset has a type and no shape."""
    return item.shape is not None and item.dtype.kind in "iuf"


def _is_note(identity: Any) -> bool:
    """Whether an attribute has a value, of a size that notes on samples have."""
    count = math.prod(identity.shape or ())
    null = identity.get_space().get_simple_extent_type() == library("h5py").h5s.NULL
    return not null and identity.get_storage_size() <= LONGEST_ATTRIBUTE and count <= MOST_ITEMS


def _inside(item: Any, path: Path) -> bool:
    """Whether the numbers lie in this very file, in pieces that fit into memory."""
    if item.external or item.is_virtual:
        return False
    if item.chunks and np.prod(item.chunks, dtype=float) * item.dtype.itemsize > LARGEST_CHUNK:
        raise RecordingError(f"{path}: {item.name} is stored in chunks too large to read")
    declared, stored = item.size * item.dtype.itemsize, item.id.get_storage_size()
    if declared > max(NO_BOMB, EXPANSION * stored):
        raise RecordingError(
            f"{path}: {item.name} declares {declared} bytes of numbers, {stored} are stored; "
            "damaged or never filled"
        )
    return True


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return _value(value.flat[0]) if value.size == 1 else [_value(item) for item in value.flat]
    return value.item() if isinstance(value, np.generic) else value


def _scalar(item: Any) -> float:
    return float(np.asarray(item[()]).reshape(()))


def main(path: Path) -> None:
    """Print the datasets, or what is wrong with the file."""
    try:
        found = listing(path)
        answer: dict[str, Any] = {
            "datasets": found.datasets, "groups": found.groups, "alone": found.alone,
        }  # fmt: skip
    except RecordingError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
