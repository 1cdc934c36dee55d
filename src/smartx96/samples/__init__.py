"""Samples: one module per recording format, found by suffix; generators and live inputs."""

from __future__ import annotations

import math
from importlib import import_module
from pathlib import Path
from typing import cast

from smartx96.errors import OptionError, RecordingError
from smartx96.samples.files import check_file
from smartx96.samples.outgoing.writing import write_recording
from smartx96.samples.recording import Recording

__all__ = ["READERS", "open_recording", "write_recording"]

READERS: dict[str, tuple[str, str]] = {
    ".cfg": ("comtrade.recording", "open_comtrade"),
    ".dat": ("comtrade.recording", "open_comtrade"),
    ".cff": ("comtrade.recording", "open_comtrade"),
    ".csv": ("delimited.recording", "open_delimited"),
    ".tsv": ("delimited.recording", "open_delimited"),
    ".txt": ("delimited.recording", "open_delimited"),
    ".npy": ("numpy_files.arrays", "open_npy"),
    ".npz": ("numpy_files.archive", "open_npz"),
    ".wav": ("wav.recording", "open_wav"),
    ".wave": ("wav.recording", "open_wav"),
    ".flac": ("flac.recording", "open_flac"),
    ".parquet": ("parquet.recording", "open_parquet"),
    ".h5": ("hdf5.recording", "open_hdf5"),
    ".hdf5": ("hdf5.recording", "open_hdf5"),
    ".pcap": ("sampled_values.recording", "open_capture"),
    ".pcapng": ("sampled_values.recording", "open_capture"),
    ".cap": ("sampled_values.recording", "open_capture"),
}
"""Suffix of a recording: module of this package and function that opens it. Imported when used,
so that a format costs nothing until a file of it is opened."""


def open_recording(
    path: str | Path,
    *,
    rate: float | None = None,
    stream: str | None = None,
    dataset: str | None = None,
) -> Recording:
    """Open a recording by its suffix; samples are read when its blocks are iterated.

    Parameters
    ----------
    path : str or Path
    rate : float, optional
        Sampling rate [1/s], for formats that have none and files that are wrong about it.
    stream, dataset : str, optional
        For captures of sampled values: which stream of several, and what its values are where
        their number does not tell.

    Returns
    -------
    Recording

    Raises
    ------
    RecordingError
        The file is missing, damaged or of no known format.
    OptionError
        The rate is not positive, or the format knows no streams.
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
    given = {"stream": stream, "dataset": dataset}
    options = {name: text for name, text in given.items() if text is not None}
    if options and not reader[0].startswith("sampled_values"):
        raise OptionError(f"{path}: --stream and --sv-dataset are for captures (.pcap, .pcapng)")
    return cast(Recording, getattr(module, reader[1])(path, rate, **options))
