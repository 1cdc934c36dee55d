"""Lists the datasets of an HDF5 file as JSON: `python -m smartx96.samples.hdf5.listing FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.extras import library
from smartx96.samples.hdf5.contents import Attributes, opened

MOST_OBJECTS = 10_000
LARGEST_CHUNK = 1 << 28
"""Bytes that the library must hold to read one sample of a chunked dataset."""

EXPANSION, NO_BOMB = 10_000, 1 << 26
"""Numbers take up to so many times the bytes that store them, ten times what deflate reaches; and
this many bytes whatever stores them. What was never written the library invents."""

LONGEST_ATTRIBUTE = 1 << 20
"""Bytes; a larger attribute is no note on samples."""

Entry = tuple[str, list[int], str, Attributes, Attributes]
"""Path, shape without axes of one, type, attributes that bear on it, its own attributes."""


def datasets(path: Path) -> list[Entry]:
    """Datasets of real numbers in the order of the file, as `Stored` has them.

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
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "iuf" and _inside(item, path):
            found.append(item)
        return True if len(found) > MOST_OBJECTS else None

    with opened(path) as file:
        file.visititems(visit)
        alone = {item.name.rpartition("/")[2]: _scalar(item) for item in found if item.size == 1}
        return [_stored(file, item, alone) for item in found if item.size > 1]


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


def _stored(file: Any, item: Any, alone: Attributes) -> Entry:
    around = {**alone, **_attributes(file)}
    group = ""
    for part in item.name.strip("/").split("/")[:-1]:
        group = f"{group}/{part}"
        around |= _attributes(file[group])
    own = _attributes(item)
    shape = [extent for extent in item.shape if extent != 1]
    return item.name, shape, item.dtype.str, {**around, **own}, own


def _attributes(item: Any) -> Attributes:
    """Attributes as Python values: texts, numbers, lists of them."""
    found: Attributes = {}
    for name in item.attrs:
        size = item.attrs.get_id(name).get_storage_size()
        if size <= LONGEST_ATTRIBUTE:
            found[name] = _value(item.attrs[name])
    return found


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
        answer: dict[str, Any] = {"datasets": datasets(path)}
    except RecordingError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
