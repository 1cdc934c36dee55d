"""The header of a WAV stream, as `arecord` and `sox` put it before samples on standard output."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from smartx96.errors import RecordingError
from smartx96.samples.live_pcm.frames import FORMATS, SampleFormat

START = b"RIFF"
LARGEST = 1 << 16
"""A header that is longer is none [bytes]."""

_UNKNOWN = (0, 0xFFFFFFFF)
_DOUBTFUL = 0x7FFFF000
"""Programs that do not know the length write one of `_UNKNOWN` or, sox and arecord, one that fills
the field up to its sign bit. Sox then goes on beyond it, arecord with another header."""

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_FORMATS = {
    (_PCM, 16): "s16le",
    (_PCM, 24): "s24le",
    (_PCM, 32): "s32le",
    (_FLOAT, 32): "f32le",
}


@dataclass(frozen=True, slots=True)
class WaveHeader:
    """What a WAV header says of the samples behind it.

    Parameters
    ----------
    format : SampleFormat
    channels : int
    rate : float
        Sampling rate [1/s].
    size : int
        Bytes of the header: samples begin behind them.
    content : int or None
        Bytes of samples, None where they go on until the stream ends.
    """

    format: SampleFormat
    channels: int
    rate: float
    size: int
    content: int | None

    @property
    def doubtful(self) -> bool:
        """Whether samples may go on beyond `content`."""
        return self.content is not None and self.content >= _DOUBTFUL


def may_be_header(data: bytes | bytearray) -> bool:
    """Whether a stream that begins so may begin with a header."""
    return data[:4] == START[: len(data)] and data[8:12] == b"WAVE"[: max(0, len(data) - 8)]


def wave_header(data: bytes | bytearray) -> WaveHeader | None:
    """The header at the beginning of a stream; None while more bytes are needed.

    Raises
    ------
    RecordingError
        It is no WAV header, or its samples are of another kind than `FORMATS`.
    """
    if not may_be_header(data):
        raise RecordingError("no WAV header")
    position, described = 12, None
    while len(data) >= position + 8:
        name, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"data":
            if described is None:
                raise RecordingError("WAV header without a description of its samples")
            return WaveHeader(*described, position, None if size in _UNKNOWN else size)
        if position + size > LARGEST:
            raise RecordingError(f"WAV header of more than {LARGEST} bytes")
        if name == b"fmt " and len(data) >= position + size:
            described = _described(bytes(data[position : position + size]))
        position += size + size % 2
    return None


def _described(chunk: bytes) -> tuple[SampleFormat, int, float]:
    if len(chunk) < 16:
        raise RecordingError("WAV header cut short")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    name = _FORMATS.get((tag, bits))
    if name is None or not channels or not rate:
        raise RecordingError(
            f"WAV of format {tag}, {bits} bit, {channels} channels, {rate} 1/s; live are "
            + ", ".join(FORMATS)
        )
    return FORMATS[name], channels, float(rate)
