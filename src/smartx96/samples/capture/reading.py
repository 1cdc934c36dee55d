"""Reading captures of either format, told apart by their first octets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartx96.errors import RecordingError
from smartx96.samples.capture import pcap, pcapng
from smartx96.samples.capture.frames import Frames
from smartx96.samples.files import naming, open_binary


def read_capture(path: Path, notes: list[str] | None = None) -> Iterator[Frames]:
    """Frames of a capture in the order of the file; memory does not grow with its length.

    Parameters
    ----------
    path : Path
    notes : list of str, optional
        Grows by a line each for what was cut off or left out.

    Raises
    ------
    RecordingError
        The file is no capture or damaged.
    """
    notes = [] if notes is None else notes
    with open_binary(path) as file, naming(path):
        magic = file.read(4)
        file.seek(0)
        if magic in pcap.MAGICS:
            yield from pcap.read_pcap(file, notes)
        elif magic == pcapng.MAGIC:
            yield from pcapng.read_pcapng(file, notes)
        else:
            raise RecordingError(
                f"{path}: begins with neither pcap's nor pcapng's mark; this is no capture"
            )
