"""Frames: what a burst of bytes between two silences holds.

A line brings other units' requests and answers, halves of frames and noise. A burst is one frame,
as the standard has it; or several, where the computer was late and did not see the silence between
them; or noise with a request behind it. Nothing is looked for within a frame that is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from smartx96.modbus.line.checksum import crc, intact

SHORTEST, LONGEST = 4, 256
"""Bytes of a frame (Modbus over serial line 1.02, clause 2.3)."""


class Frame(NamedTuple):
    """Address and PDU of a frame with a right check sum."""

    unit: int
    pdu: bytes

    def encode(self) -> bytes:
        """The frame with its check sum."""
        body = bytes((self.unit,)) + self.pdu
        return body + crc(body)

    @classmethod
    def decode(cls, data: bytes) -> Frame | None:
        """A frame; None where it is none."""
        if not SHORTEST <= len(data) <= LONGEST or not intact(data):
            return None
        return cls(data[0], data[1:-2])


class Burst(NamedTuple):
    """What a burst held.

    Parameters
    ----------
    frames : tuple of Frame
        In their order.
    damaged : int
        Parts that were no frames.
    whole : bool
        Whether it ended with the last of the frames: behind something else nobody waits for an
        answer.
    """

    frames: tuple[Frame, ...]
    damaged: int
    whole: bool


class _Length(NamedTuple):
    """Bytes of a message: some always, and as many more as one of them says."""

    least: int
    counted_at: int | None = None

    def of(self, data: bytes) -> int:
        if self.counted_at is None:
            return self.least
        return self.least + data[self.counted_at] if len(data) > self.counted_at else LONGEST + 1


_READ, _ECHO, _COUNTED, _BARE = _Length(8), _Length(8), _Length(5, 2), _Length(4)
_REQUESTS: dict[int, _Length] = {
    **dict.fromkeys(range(1, 7), _READ),
    7: _BARE, 8: _ECHO, 11: _BARE, 12: _BARE, 15: _Length(9, 6), 16: _Length(9, 6), 17: _BARE,
    20: _COUNTED, 21: _COUNTED, 22: _Length(10), 23: _Length(13, 10), 24: _Length(6),
    43: _Length(7),
}  # fmt: skip
_ANSWERS: dict[int, _Length] = {
    **dict.fromkeys(range(1, 5), _COUNTED),
    5: _READ, 6: _READ, 7: _Length(5), 8: _ECHO, 11: _Length(8), 12: _COUNTED, 15: _READ,
    16: _READ, 17: _COUNTED, 20: _COUNTED, 21: _COUNTED, 22: _Length(10), 23: _COUNTED,
    **dict.fromkeys(range(0x80, 0x100), _Length(5)),
}  # fmt: skip
"""Messages of the application protocol 1.1b3, clause 6, by function."""
_OWN_ANSWERS = (3, 4, 16, 17)
"""Functions of the meter whose answers have other lengths than their requests."""


def resolve(burst: bytes, is_ours: Callable[[int], bool]) -> Burst:
    """Frames of a burst.

    Parameters
    ----------
    burst : bytes
    is_ours : callable
        Whether a unit on this side has an address: behind noise only a request to one of them is
        looked for, and only at the end, where its sender waits for the answer.
    """
    frames, damaged, position = list[Frame](), 0, 0
    while position < len(burst):
        rest = burst[position:]
        found = next(_leading(rest), None)
        if found is not None:
            frames.append(found[0])
            position += found[1]
            continue
        damaged += 1
        request = next(_trailing(rest, is_ours), None)
        if request is None:
            return Burst(tuple(frames), damaged, False)
        frames.append(request)
        break
    return Burst(tuple(frames), damaged, bool(frames))


def _leading(data: bytes) -> Iterator[tuple[Frame, int]]:
    """A frame with which data begin, and its length: all of them first."""
    tables = (_REQUESTS, _ANSWERS) if len(data) > SHORTEST else ()
    lengths = [table[data[1]].of(data) for table in tables if data[1] in table]
    # Zeros behind a frame do not change its check sum, and would be taken for a part of it.
    before_zeros = [length for length in lengths if length < len(data) and not any(data[length:])]
    for length in (*before_zeros, len(data), *lengths):
        frame = Frame.decode(data[:length]) if length <= len(data) else None
        if frame is not None:
            yield frame, length


def _trailing(data: bytes, is_ours: Callable[[int], bool]) -> Iterator[Frame]:
    """A request to a unit of ours at the end of data, the longest first."""
    for start in range(1, len(data) - SHORTEST + 1):
        length = _REQUESTS.get(data[start + 1])
        if (
            length is None
            or length.of(data[start:]) != len(data) - start
            or not is_ours(data[start])
        ):
            continue
        frame = Frame.decode(data[start:])
        if frame is not None:
            yield frame


def is_answer(frame: Frame) -> bool:
    """Whether a frame is what a meter sends, and nobody who asks: another meter has the same
    address, or an adapter hears what it sends itself.
    """
    function, body = frame.pdu[0], bytes((frame.unit,)) + frame.pdu
    if function not in _OWN_ANSWERS:
        return function > 0x7F
    size = len(body) + 2
    return _ANSWERS[function].of(body) == size != _REQUESTS[function].of(body)


def expects_more(data: bytes, is_ours: Callable[[int], bool]) -> bool:
    """Whether data may be the beginning of a request to a unit of ours, which a port cut in two."""
    if not data or not is_ours(data[0]):
        return False
    if len(data) == 1:
        return True
    length = _REQUESTS.get(data[1])
    return length is not None and len(data) < length.of(data)
