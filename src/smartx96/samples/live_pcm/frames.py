"""Frames: interleaved samples in bytes that come cut anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """How one sample stands in the stream, little-endian.

    Parameters
    ----------
    name : str
        As `--format` spells it.
    width : int
        Bytes of one sample.
    full_scale : float or None
        Counts of a full-scale sample; None where samples are values.
    """

    name: str
    width: int
    full_scale: float | None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Lowest and highest count of the converter, None where samples are values."""
        return None if self.full_scale is None else (-self.full_scale, self.full_scale - 1)

    def decode(self, data: bytes | bytearray, channels: int) -> NDArray[Any]:
        """Samples of whole frames.

        Parameters
        ----------
        data : bytes
            A whole number of frames.
        channels : int
            Samples of a frame.

        Returns
        -------
        ndarray, shape (channel, n)
            int16, int32 or float64.
        """
        if self.name == "s24le":
            return _int24(data).reshape(-1, channels).T
        kind = {"s16le": "<i2", "s32le": "<i4", "f32le": "<f4"}[self.name]
        samples = np.frombuffer(bytes(data), kind).reshape(-1, channels).T
        if self.name != "f32le":
            return samples
        with np.errstate(invalid="ignore"):  # NaN of the kind that signals
            return samples.astype(np.float64)


def _int24(data: bytes | bytearray) -> NDArray[np.int32]:
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(bytes(data), np.uint8).reshape(-1, 3)
    # The three bytes stand at the top, so that shifting down brings the sign along.
    return wide.view("<i4")[:, 0] >> 8


FORMATS: dict[str, SampleFormat] = {
    f.name: f
    for f in (
        SampleFormat("s16le", 2, 2.0**15),
        SampleFormat("s24le", 3, 2.0**23),
        SampleFormat("s32le", 4, 2.0**31),
        SampleFormat("f32le", 4, None),
    )
}


def sample_format(name: str) -> SampleFormat:
    """The format that an option names.

    Raises
    ------
    OptionError
        There is no such format.
    """
    if name.casefold() not in FORMATS:
        raise OptionError(f"--format {name}: give one of {', '.join(FORMATS)}")
    return FORMATS[name.casefold()]


class Frames:
    """Bytes as they come, samples in whole frames.

    Parameters
    ----------
    format : SampleFormat
    channels : int
        Samples of a frame.
    """

    def __init__(self, format: SampleFormat, channels: int) -> None:
        self._format, self._channels = format, channels
        self._size = format.width * channels
        self._bytes = bytearray()

    def __len__(self) -> int:
        return len(self._bytes) // self._size

    @property
    def held(self) -> int:
        """Bytes waiting."""
        return len(self._bytes)

    def append(self, data: bytes) -> None:
        """Add bytes, cut anywhere."""
        self._bytes += data

    def take(self, count: int) -> NDArray[Any]:
        """The next `count` frames, shape (channel, count)."""
        size = count * self._size
        found = self._format.decode(self._bytes[:size], self._channels)
        del self._bytes[:size]
        return found

    def drop_partial(self) -> bool:
        """Forget the bytes of a frame that will not be completed; whether there were any."""
        surplus = len(self._bytes) % self._size
        if surplus:
            del self._bytes[-surplus:]
        return surplus > 0
