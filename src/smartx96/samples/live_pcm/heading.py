"""What may stand before the samples of a connection: the header of a WAV stream."""

from __future__ import annotations

from smartx96.errors import RecordingError
from smartx96.samples.live_pcm.frames import SampleFormat
from smartx96.samples.live_pcm.wave_header import (
    LARGEST,
    WaveHeader,
    may_be_header,
    wave_header,
)


class Heading:
    """Takes WAV headers out of a stream: at its beginning, and where one lot of samples has ended.

    Parameters
    ----------
    format : SampleFormat
    channels : int
    rate : float
        What is expected; a header that says otherwise is an error, for every sample would be wrong.
    """

    def __init__(self, format: SampleFormat, channels: int, rate: float) -> None:
        self._expected = (format, channels, rate)
        self._frame_size = format.width * channels
        self.begin()

    def begin(self) -> None:
        """A new connection: its first bytes may be a header."""
        self._opening: bytearray | None = bytearray()
        self._left: int | None = None
        self._surplus = 0
        self._goes_on = True

    def strip(self, data: bytes) -> bytes:
        """The samples among the next bytes.

        Raises
        ------
        RecordingError
            A header is broken, or contradicts what is expected.
        """
        if self._opening is None and self._left is None:
            return data
        samples = bytearray()
        while data:
            if self._opening is not None:
                data = self._behind_header(self._opening, data)
                continue
            taken = data if self._left is None else data[: self._left]
            samples += taken
            data = data[len(taken) :]
            if self._left is not None:
                self._left -= len(taken)
                if not self._left:
                    self._opening = bytearray()
        return bytes(samples)

    def _behind_header(self, opening: bytearray, data: bytes) -> bytes:
        """What follows a header; all of it where there is none."""
        opening += data
        begun = opening[self._surplus :]
        if not may_be_header(begun):
            if not self._goes_on:
                opening.clear()  # other chunks of a WAV file
                return b""
            self._opening, self._left = None, None
            return bytes(opening)
        header = wave_header(begun)
        if header is None:
            if len(begun) > LARGEST:
                raise RecordingError(f"WAV header of more than {LARGEST} bytes")
            return b""
        self._take(header)
        return bytes(begun[header.size :])

    def _take(self, header: WaveHeader) -> None:
        found = (header.format, header.channels, header.rate)
        if found != self._expected:
            said, expected = (f"{f.name}, {n} channels, {r:g} 1/s" for f, n, r in
                              (found, self._expected))  # fmt: skip
            raise RecordingError(
                f"the WAV header says {said}, the options say {expected}: make them agree, or "
                "leave the options out"
            )
        self._opening, self._left = None, None
        self._goes_on = header.content is None or header.doubtful
        if header.content is not None:
            # arecord fills its lot up with a part of a frame, which is none.
            self._surplus = header.content % self._frame_size
            self._left = header.content - self._surplus
            if not self._left:
                self._opening = bytearray()
