"""Writing captures of Ethernet frames: pcap with nanoseconds, and pcapng."""

from __future__ import annotations

import struct
from typing import BinaryIO, Protocol

import numpy as np

from smartx96.samples.capture.frames import ETHERNET, Bytes, Integers
from smartx96.samples.capture.pcap import LONGEST
from smartx96.samples.capture.pcapng import ENHANCED, HEAD, INTERFACE, SECTION, TIME_RESOLUTION

NANOSECONDS = 0xA1B23C4D


class CaptureWriter(Protocol):
    """A capture that is being written."""

    def add(self, frames: Bytes, times: Integers) -> None:
        """Append frames of one length.

        Parameters
        ----------
        frames : ndarray of uint8, shape (frame, octet)
        times : ndarray of int, shape (frame,)
            Time of each [ns since 1970].
        """


class PcapWriter:
    """Writes pcap.

    Parameters
    ----------
    file : binary file
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.write(struct.pack("<IHHiIII", NANOSECONDS, 2, 4, 0, 0, LONGEST, ETHERNET))

    def add(self, frames: Bytes, times: Integers) -> None:
        """Append frames of one length, see `CaptureWriter.add`."""
        count, size = frames.shape
        layout = [("head", "<u4", 4), ("frame", "u1", size)]
        records = np.zeros(count, np.dtype(layout))
        seconds, rest = np.divmod(times, 1_000_000_000)
        # Beyond the year 2106 the format's seconds begin anew.
        records["head"][:, 0], records["head"][:, 1] = seconds % 2**32, rest
        records["head"][:, 2:] = size
        records["frame"] = frames
        self._file.write(records.tobytes())


class PcapngWriter:
    """Writes pcapng: one section, one interface.

    Parameters
    ----------
    file : binary file
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        resolution = struct.pack("<HHB3xHH", TIME_RESOLUTION, 1, 9, 0, 0)
        self._block(SECTION, section)
        self._block(INTERFACE, struct.pack("<HHI", ETHERNET, 0, LONGEST) + resolution)

    def _block(self, kind: int, body: bytes) -> None:
        length = struct.pack("<I", len(body) + 12)
        self._file.write(struct.pack("<I", kind) + length + body + length)

    def add(self, frames: Bytes, times: Integers) -> None:
        """Append frames of one length, see `CaptureWriter.add`."""
        count, size = frames.shape
        padded = (size + 3) // 4 * 4
        layout = [("head", "<u4", HEAD // 4), ("frame", "u1", padded), ("length", "<u4")]
        blocks = np.zeros(count, np.dtype(layout))
        total = HEAD + padded + 4
        blocks["head"][:, :3] = ENHANCED, total, 0
        blocks["head"][:, 3], blocks["head"][:, 4] = times >> 32, times & 0xFFFFFFFF
        blocks["head"][:, 5:] = size
        blocks["frame"][:, :size] = frames
        blocks["length"] = total
        self._file.write(blocks.tobytes())
