"""Basic encoding rules (ISO/IEC 8825-1), as much of them as sampled values use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from smartx96.errors import RecordingError


class Element(NamedTuple):
    """One element: its tag, and where its content stands in the octets."""

    tag: int
    start: int
    stop: int


def read_element(octets: bytes, start: int, stop: int) -> Element:
    """The element at `start`, its length in short or long form, which need not be the shortest.

    Parameters
    ----------
    octets : bytes
    start, stop : int
        Where the element begins, and the end of what it may take.

    Raises
    ------
    RecordingError
        It is cut off, of indefinite length, longer than what is there, or has a tag of several
        octets.
    """
    if stop - start < 2:
        raise RecordingError(f"octet {start}: an element is cut off")
    tag, first = octets[start], octets[start + 1]
    if tag & 0x1F == 0x1F:
        raise RecordingError(f"octet {start}: a tag of several octets is none of sampled values")
    content, length = start + 2, first
    if first == 0x80:
        raise RecordingError(
            f"octet {start + 1}: a length of the indefinite form, which sampled values never have"
        )
    if first > 0x80:
        count = first & 0x7F
        if count > 4 or content + count > stop:
            raise RecordingError(f"octet {start + 1}: a length of {count} octets; 4 are the most")
        length = int.from_bytes(octets[content : content + count])
        content += count
    if content + length > stop:
        raise RecordingError(
            f"octet {start}: element {tag:#04x} declares {length} octets, {stop - content} are left"
        )
    return Element(tag, content, content + length)


def elements(octets: bytes, start: int, stop: int) -> Iterator[Element]:
    """Consecutive elements from `start` to `stop`.

    Raises
    ------
    RecordingError
        As `read_element`.
    """
    while start < stop:
        element = read_element(octets, start, stop)
        yield element
        start = element.stop


def encode(tag: int, content: bytes) -> bytes:
    """An element with its length in the shortest form.

    Parameters
    ----------
    tag : int
    content : bytes
    """
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size) + content
