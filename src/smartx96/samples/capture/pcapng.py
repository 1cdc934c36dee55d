"""The pcapng format: sections of blocks; interfaces are described before their frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.capture.frames import LINKS, Bytes, Frames, Integers, by_link
from smartx96.samples.capture.pcap import CHUNK, LONGEST
from smartx96.wording import counted

SECTION, INTERFACE, SIMPLE, ENHANCED, OBSOLETE = 0x0A0D0D0A, 1, 3, 6, 2
MAGIC = b"\x0a\x0d\x0d\x0a"
ORDER_MAGIC = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
TIME_RESOLUTION, TIME_OFFSET = 9, 14
LONGEST_BLOCK = LONGEST + (1 << 16)
"""Octets of the longest block that is read: a frame and its options. Others are passed over."""

MOST_INTERFACES = 4096
FRAME_BLOCKS = (ENHANCED, OBSOLETE)
READ = frozenset((SECTION, INTERFACE, SIMPLE, *FRAME_BLOCKS))
HEADS = {order: struct.Struct(order + "II").unpack_from for order in ORDER_MAGIC.values()}
HEAD = 28
"""Octets before the frame in a block of type 6 or 2."""

LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Interface:
    link: int
    snap: int
    ticks: int
    """Units of the time stamps per second."""
    offset: int
    """Seconds to add to them."""

    def nanoseconds(self, stamp: int) -> int:
        time = stamp * 1_000_000_000 // self.ticks + self.offset * 1_000_000_000
        return min(max(time, 0), LATEST)


@dataclass(slots=True)
class _Section:
    """State of the reader: the byte order and interfaces of the section that it is in."""

    order: str = "<"
    interfaces: list[_Interface] = field(default_factory=list)
    left_out: dict[int, int] = field(default_factory=dict)
    """Frames of link types that carry no Ethertype."""


def read_pcapng(file: BinaryIO, notes: list[str]) -> Iterator[Frames]:
    """Frames of a pcapng file, from its beginning.

    Parameters
    ----------
    file : binary file
    notes : list of str
        Grows by a line where the file is cut off or frames are left out.

    Raises
    ------
    RecordingError
        A block's length or content is damaged.
    """
    section = _Section()
    done, skip, rest = 0, 0, b""
    while chunk := file.read(CHUNK):
        if skip >= len(chunk):
            skip, done = skip - len(chunk), done + len(chunk)
            continue
        content, done, skip = rest + chunk[skip:], done + skip, 0
        blocks, used, skip = _blocks(content, section, done)
        for starts in blocks:
            yield from _content(content, starts, section, done)
        done, rest = done + used, content[used:]
    if rest or skip:
        notes.append("the capture is cut off: its last block is not whole")
    for link, count in section.left_out.items():
        notes.append(f"{counted(count, 'frame')} of link type {link} left out: no Ethernet")


def _blocks(content: bytes, section: _Section, done: int) -> tuple[list[list[int]], int, int]:
    """Where the whole blocks begin, in runs of one byte order; octets used and to be skipped.

    A run holds either frames or a single block of another kind, so that frames are decoded
    together with the interfaces that were known when they came.
    """
    order = section.order
    runs: list[list[int]] = []
    frames: list[int] = []
    start, size = 0, len(content)
    while start + 12 <= size:
        kind, length, order = _block_head(content, start, order, done)
        end = start + length
        if end > size:
            return runs, *((start, 0) if kind in READ else (size, end - size))
        if kind in FRAME_BLOCKS:
            if not frames:
                runs.append(frames)
            frames.append(start)
        elif kind in READ:
            runs.append([start])
            frames = []
        start = end
    return runs, start, 0


def _block_head(content: bytes, start: int, order: str, done: int) -> tuple[int, int, str]:
    """Type and length of the block at `start`, and the byte order from there on."""
    if content[start : start + 4] == MAGIC:
        order = _order(content[start + 8 : start + 12], done + start)
    kind, length = HEADS[order](content, start)
    if length < 12 or length % 4:
        raise RecordingError(f"the block at byte {done + start} declares {length} bytes: damaged")
    if length > LONGEST_BLOCK and kind in READ:
        raise RecordingError(
            f"the block at byte {done + start} declares {length} bytes; {LONGEST_BLOCK} is "
            "the most: damaged"
        )
    return kind, length, order


def _order(magic: bytes, where: int) -> str:
    order = ORDER_MAGIC.get(magic)
    if order is None:
        raise RecordingError(f"the section at byte {where} has no byte-order mark: damaged")
    return order


def _content(content: bytes, starts: list[int], section: _Section, done: int) -> Iterator[Frames]:
    """Frames of a run, or the change of state that a single block is."""
    first = starts[0]
    if content[first : first + 4] == MAGIC:
        section.order = _order(content[first + 8 : first + 12], done + first)
        section.interfaces.clear()
        return
    kind, length = struct.unpack_from(section.order + "II", content, first)
    body = content[first + 8 : first + length - 4]
    data = np.frombuffer(content, dtype=np.uint8)
    if kind == INTERFACE:
        section.interfaces.append(_interface(body, section, done + first))
    elif kind == SIMPLE:
        yield from _simple(data, first, body, section, done)
    else:
        yield from _frames(data, np.array(starts, dtype=np.int64), section, done)


def _interface(body: bytes, section: _Section, where: int) -> _Interface:
    if len(body) < 8:
        raise RecordingError(f"the interface at byte {where} is too short: damaged")
    if len(section.interfaces) >= MOST_INTERFACES:
        raise RecordingError(f"more than {MOST_INTERFACES} interfaces at byte {where}: damaged")
    link, _, snap = struct.unpack_from(section.order + "HHI", body)
    ticks, offset = 1_000_000, 0
    for code, value in _options(body, section.order):
        if code == TIME_RESOLUTION and value:
            power = value[0] & 0x7F
            ticks = 2**power if value[0] & 0x80 else 10 ** min(power, 30)
        elif code == TIME_OFFSET and len(value) == 8:
            offset = struct.unpack(section.order + "q", value)[0]
    return _Interface(link, snap, ticks, offset)


def _options(body: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        if code == 0:
            return
        yield code, body[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def _simple(data: Bytes, first: int, body: bytes, section: _Section, done: int) -> Iterator[Frames]:
    """A frame of the first interface, without a time."""
    if not section.interfaces or len(body) < 4:
        raise RecordingError(f"the frame at byte {done + first} has no interface: damaged")
    interface = section.interfaces[0]
    captured = min(struct.unpack_from(section.order + "I", body)[0], len(body) - 4)
    captured = min(captured, interface.snap) if interface.snap else captured
    one = np.array([first + 12]), np.array([captured]), np.array([0])
    yield from _of_known_links(data, *one, np.array([interface.link]), section)


def _frames(data: Bytes, starts: Integers, section: _Section, done: int) -> Iterator[Frames]:
    if int(starts[-1]) + HEAD > len(data):
        raise RecordingError(f"the block at byte {done + int(starts[-1])} is too short: damaged")
    heads = np.lib.stride_tricks.sliding_window_view(data, HEAD)[starts]
    fields = heads.view(section.order + "u4").astype(np.int64)
    # The obsolete block has a 16-bit interface number and a count of drops in its place.
    old = fields[:, 0] == OBSOLETE
    short = heads[:, 8:10].copy().view(section.order + "u2")[:, 0]
    numbers = np.where(old, short, fields[:, 2])
    captured = fields[:, 5]
    wrong = (captured > fields[:, 1] - HEAD - 4) | (numbers >= len(section.interfaces))
    ends = starts + fields[:, 1] - 4
    tails = np.lib.stride_tricks.sliding_window_view(data, 4)[ends].view(section.order + "u4")
    wrong |= tails[:, 0] != fields[:, 1]
    if wrong.any():
        where = done + int(starts[np.argmax(wrong)])
        raise RecordingError(
            f"the block at byte {where} contradicts itself in its lengths or is of an interface "
            "that was not described: damaged"
        )
    times = _times(fields[:, 3] << 32 | fields[:, 4], numbers, section.interfaces)
    links = np.array([interface.link for interface in section.interfaces])[numbers]
    yield from _of_known_links(data, starts + HEAD, captured, times, links, section)


def _times(stamps: Integers, numbers: Integers, interfaces: list[_Interface]) -> Integers:
    """Nanoseconds since 1970; stamps are unsigned 64-bit numbers held as signed ones."""
    times = np.zeros(len(stamps), dtype=np.int64)
    for number in np.unique(numbers).tolist():
        mask, interface = numbers == number, interfaces[number]
        own = stamps[mask]
        factor, rest = divmod(1_000_000_000, interface.ticks)
        plain = not rest and not interface.offset and int(own.min()) >= 0
        if plain and int(own.max()) <= LATEST // factor:
            times[mask] = own * factor
        else:
            times[mask] = [interface.nanoseconds(stamp % 2**64) for stamp in own.tolist()]
    return times


def _of_known_links(
    data: Bytes,
    offsets: Integers,
    lengths: Integers,
    times: Integers,
    links: Integers,
    section: _Section,
) -> list[Frames]:
    for link in np.unique(links).tolist():
        if link not in LINKS:
            count = int(np.count_nonzero(links == link))
            section.left_out[link] = section.left_out.get(link, 0) + count
    return by_link(data, offsets, lengths, times, links)
