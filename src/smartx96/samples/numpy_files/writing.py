"""Writing recordings as NumPy arrays."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import ArrayLike

from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.outgoing.writing import unfinished

TYPE = np.dtype("<f8")


def write_npy(path: Path, outgoing: Outgoing) -> None:
    """Write one array, shape (n, channel); missing samples are NaN.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    """
    with unfinished(path) as (part,), part.open("w+b") as file:
        _write_samples(file, outgoing)


def write_npz(path: Path, outgoing: Outgoing) -> None:
    """Write the array `samples`, and beside it rate, names, units, phases, side and start.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    """
    with unfinished(path) as (part,), tempfile.TemporaryFile(dir=path.parent) as spool:
        _write_samples(spool, outgoing)
        spool.seek(0)
        with zipfile.ZipFile(part, "w") as archive:
            with _member(archive, "samples") as member:
                shutil.copyfileobj(spool, member, 1 << 20)
            for name, value in _notes(outgoing).items():
                with _member(archive, name) as member:
                    np.lib.format.write_array(member, np.asarray(value), allow_pickle=False)


def _notes(outgoing: Outgoing) -> dict[str, ArrayLike]:
    channels, sides = outgoing.channels, outgoing.sides
    notes: dict[str, ArrayLike] = {
        "rate": outgoing.rate,
        "channels": [channel.name for channel in channels],
        "units": [channel.unit for channel in channels],
        "phases": [channel.phase for channel in channels],
        "side": sides[0] if len(set(sides)) == 1 else list(sides),
    }
    if outgoing.start is not None:
        notes["start"] = outgoing.start.isoformat()
    if outgoing.full_scale is not None:
        notes["full_scale"] = outgoing.full_scale
    return notes


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A stored member with a fixed date, so that equal samples give equal bytes."""
    return archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True)


def _write_samples(file: IO[bytes], outgoing: Outgoing) -> None:
    """Array of unknown length: the header is written again when the samples are counted."""
    header = len(_header(0, len(outgoing.channels)))
    file.write(bytes(header))
    count = 0
    for piece in outgoing.filled():
        file.write(np.ascontiguousarray(piece.samples.T, dtype=TYPE).tobytes())
        count = piece.end
    file.seek(0)
    file.write(_header(count, len(outgoing.channels)))


def _header(count: int, channels: int) -> bytes:
    """Header of one length for every count: NumPy keeps room for the first axis to grow."""
    stream = io.BytesIO()
    description = {"descr": TYPE.str, "fortran_order": False, "shape": (count, channels)}
    np.lib.format.write_array_header_1_0(stream, description)
    return stream.getvalue()
