"""Writing recordings: any source into a file of the format that its suffix names."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartx96.errors import OptionError
from smartx96.samples.files import reason
from smartx96.samples.outgoing.source import Advance, Outgoing
from smartx96.samples.source import Source

if TYPE_CHECKING:
    from smartx96.samples.sampled_values.control_block import ControlBlock

__all__ = ["DATA_FORMATS", "WRITERS", "Outgoing", "check_target", "unfinished", "write_recording"]

WRITERS: dict[str, tuple[str, str]] = {
    ".csv": ("delimited.writing", "write_csv"),
    ".npy": ("numpy_files.writing", "write_npy"),
    ".npz": ("numpy_files.writing", "write_npz"),
    ".cfg": ("comtrade.writing", "write_pair"),
    ".cff": ("comtrade.writing", "write_single"),
    ".wav": ("wav.writing", "write_wav"),
    ".wave": ("wav.writing", "write_wav"),
    ".flac": ("flac.writing", "write_flac"),
    ".parquet": ("parquet.writing", "write_parquet"),
    ".h5": ("hdf5.writing", "write_hdf5"),
    ".hdf5": ("hdf5.writing", "write_hdf5"),
    ".pcap": ("sampled_values.writing", "write_capture"),
    ".pcapng": ("sampled_values.writing", "write_capture"),
}
"""Suffix of a recording: module of this package and function that writes it."""

COMTRADE_FORMATS = ("FLOAT32", "BINARY32", "BINARY", "ASCII")
DATA_FORMATS: dict[str, tuple[str, ...]] = {
    ".cfg": COMTRADE_FORMATS,
    ".cff": COMTRADE_FORMATS,
    ".wav": ("F32", "F64", "S16", "S24", "S32"),
    ".wave": ("F32", "F64", "S16", "S24", "S32"),
    ".flac": ("S24", "S16"),
    ".parquet": ("F64", "F32"),
    ".h5": ("F64", "F32"),
    ".hdf5": ("F64", "F32"),
}
"""Suffix of a format that stores numbers in several ways: these, the default first."""

SKEWED = frozenset({".cfg", ".cff"})
"""Formats that hold by how much later than its row each channel was sampled."""

UNDESCRIBED = frozenset({".npy"})
"""Suffixes of formats that hold samples and nothing else."""


@contextmanager
def unfinished(*targets: Path) -> Iterator[list[Path]]:
    """Names beside the targets to write to; renamed when all is written, else removed."""
    parts = [target.with_name(f".{target.name}.{os.getpid()}.part") for target in targets]
    with ExitStack() as stack:
        for part in parts:
            stack.callback(part.unlink, missing_ok=True)
        try:
            yield parts
            for part, target in zip(parts, targets, strict=True):
                part.replace(target)
        except OSError as error:
            raise OptionError(f"{targets[0]}: cannot be written: {reason(error)}") from error


def write_recording(
    path: str | Path,
    source: Source,
    duration_seconds: float | None = None,
    *,
    data_format: str | None = None,
    advance: Advance | None = None,
    annotated: bool = False,
    control_block: ControlBlock | None = None,
) -> None:
    """Write a source as a recording; memory does not grow with its length.

    Parameters
    ----------
    path : str or Path
        Target; its suffix decides the format, `.cfg` writes its `.dat` as well. What was there is
        replaced when the new file is complete.
    source : Source
    duration_seconds : float, optional
        Seconds to write; without it, to the end of the source.
    data_format : str, optional
        How the format stores numbers, one of its `DATA_FORMATS`.
    advance : callable, optional
        Called with the seconds written so far.
    annotated : bool
        Whether formats that take them as an addition (CSV) carry rate, start and side too.
    control_block : ControlBlock, optional
        Names and addresses of sampled values.

    Raises
    ------
    RecordingError
        The file cannot be written.
    OptionError
        The suffix is not known, the duration is not positive, or the format has no such data
        format.
    """
    path = Path(path)
    suffix = check_target(path)
    if duration_seconds is not None and not 0 < duration_seconds < math.inf:
        raise OptionError(f"{duration_seconds:g} s: a duration above 0 is due")
    module, function = WRITERS[suffix]
    options: dict[str, Any] = {}
    if data_format is not None:
        options["data_format"] = _data_format(path, data_format)
    if control_block is not None:
        if not module.startswith("sampled_values"):
            raise OptionError(f"{path}: --sv-profile, --svid and the like are for .pcap, .pcapng")
        options["control_block"] = control_block
    write = getattr(import_module(f"smartx96.samples.{module}"), function)
    write(path, Outgoing(source, duration_seconds, advance, annotated), **options)


def check_target(path: Path) -> str:
    """The suffix of a file to write, in lower case.

    Raises
    ------
    OptionError
        There is no writer for it.
    """
    suffix = path.suffix.casefold()
    if suffix not in WRITERS:
        known = ", ".join(WRITERS)
        raise OptionError(f"{path}: recordings are written as {known}, not {path.suffix!r}")
    return suffix


def _data_format(path: Path, wanted: str) -> str:
    known = DATA_FORMATS.get(path.suffix.casefold(), ())
    if wanted.upper() not in known:
        one_of = f"; it has {', '.join(known)}" if known else "; it stores numbers in one way"
        raise OptionError(f"{path}: the format has no data format {wanted}{one_of}")
    return wanted.upper()
