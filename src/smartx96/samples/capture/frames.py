"""Frames: a batch of captured frames in one piece of memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link layer's header has what a subscriber needs.

    Parameters
    ----------
    type_at : int
        Offset of the Ethertype.
    payload_at : int
        Offset of what follows it.
    source_at : int
        Offset of the sender's address of 6 octets.
    """

    type_at: int
    payload_at: int
    source_at: int


LINKS = {1: Link(12, 14, 6), 113: Link(14, 16, 6), 276: Link(0, 20, 12)}
"""Link types of captures that carry Ethertypes: Ethernet, Linux cooked version 1 and 2."""

ETHERNET = 1


@dataclass(frozen=True)
class Frames:
    """Consecutive frames of one link type.

    Parameters
    ----------
    data : ndarray of uint8, shape (bytes,)
    offsets, lengths : ndarray of int, shape (frame,)
        Where each frame begins and how many octets of it were captured.
    times : ndarray of int, shape (frame,)
        Time of capture [ns since 1970].
    link : int
        Link type, a key of `LINKS`.
    """

    data: Bytes
    offsets: Integers
    lengths: Integers
    times: Integers
    link: int = ETHERNET

    def __len__(self) -> int:
        return len(self.offsets)

    def __getitem__(self, index: int) -> bytes:
        """Octets of one frame."""
        first = int(self.offsets[index])
        return self.data[first : first + int(self.lengths[index])].tobytes()

    def rows(self, indices: Integers, length: int) -> Bytes:
        """The first `length` octets of frames that have as many, shape (index, length)."""
        windows = np.lib.stride_tricks.sliding_window_view(self.data, length)
        return windows[self.offsets[indices]]

    @cached_property
    def ethertypes(self) -> NDArray[np.uint16]:
        """Outermost Ethertype of each frame; 0 where the frame is too short to have one."""
        link = LINKS[self.link]
        found = np.zeros(len(self), dtype=np.uint16)
        long = np.flatnonzero(self.lengths >= link.payload_at)
        if len(long):
            octets = self.data[self.offsets[long] + link.type_at].astype(np.uint16)
            found[long] = octets << 8 | self.data[self.offsets[long] + link.type_at + 1]
        return found


def joined(frames: list[bytes], times: list[int], link: int = ETHERNET) -> Frames:
    """Frames that came one by one as a batch.

    Parameters
    ----------
    frames : list of bytes
    times : list of int
        Time of capture [ns since 1970].
    link : int
    """
    lengths = np.fromiter(map(len, frames), dtype=np.int64, count=len(frames))
    data = np.frombuffer(b"".join(frames), dtype=np.uint8)
    return Frames(
        data, np.cumsum(lengths) - lengths, lengths, np.array(times, dtype=np.int64), link
    )


def by_link(
    data: Bytes, offsets: Integers, lengths: Integers, times: Integers, links: Integers
) -> list[Frames]:
    """Batches of one link type each, in the order of capture; other link types are left out."""
    changes = np.flatnonzero(np.diff(links)) + 1
    return [
        Frames(data, offsets[a:b], lengths[a:b], times[a:b], int(links[a]))
        for a, b in pairwise([0, *changes.tolist(), len(links)])
        if b > a and int(links[a]) in LINKS
    ]
