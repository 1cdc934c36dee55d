"""Samples: one module per recording format, found by suffix; generators and live inputs."""

from __future__ import annotations

import math
from importlib import import_module
from pathlib import Path
from typing import cast

from smartx96.errors import OptionError, RecordingError
from smartx96.samples.files import check_file
from smartx96.samples.recording import Recording
from smartx96.samples.writing import write_recording

__all__ = ["READERS", "open_recording", "write_recording"]

READERS: dict[str, tuple[str, str]] = {
    ".cfg": ("comtrade.recording", "open_comtrade"),
    ".dat": ("comtrade.recording", "open_comtrade"),
    ".cff": ("comtrade.recording", "open_comtrade"),
    ".csv": ("delimited.recording", "open_delimited"),
    ".npy": ("numpy_files.arrays", "open_npy"),
    ".npz": ("numpy_files.archive", "open_npz"),
}
"""Suffix of a recording: module of this package and function that opens it. Imported when used,
so that a format costs nothing until a file of it is opened."""


def open_recording(path: str | Path, *, rate: float | None = None) -> Recording:
    """Open a recording by its suffix; samples are read when its blocks are iterated.

    Parameters
    ----------
    path : str or Path
    rate : float, optional
        Sampling rate [1/s], for formats that have none and files that are wrong about it.

    Returns
    -------
    Recording

    Raises
    ------
    RecordingError
        The file is missing, damaged or of no known format.
    OptionError
        The rate is not positive.
    """
    path = Path(path)
    if rate is not None and not 0 < rate < math.inf:
        raise OptionError(f"--rate {rate:g}: a sampling rate in Hz above 0 is due")
    reader = READERS.get(path.suffix.casefold())
    check_file(path)
    if reader is None:
        known = ", ".join(READERS)
        raise RecordingError(f"{path}: recordings end in {known}, not in {path.suffix!r}")
    module = import_module(f"{__name__}.{reader[0]}")
    return cast(Recording, getattr(module, reader[1])(path, rate))
