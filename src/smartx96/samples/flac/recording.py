"""Reading FLAC files by libsndfile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.extras import library
from smartx96.samples.stored.description import Description, parse_description
from smartx96.samples.stored.plane_recording import Counts, PlaneRecording, numbered
from smartx96.samples.wav.header import header_rate

BITS = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}
"""Number formats by libsndfile's names; 20 bits count as 24, as it delivers them."""

FRAMES = 1 << 14
"""Frames of a piece; of one that is damaged the library gives nothing."""

UNKNOWN_LENGTH = 1 << 60
"""Frames from which on the library means that the file does not tell."""


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file in libsndfile; its complaints become one line."""
    soundfile = library("soundfile")
    try:
        with soundfile.SoundFile(str(path)) as file:
            yield file
    except soundfile.LibsndfileError as error:
        reason = error.error_string.strip().rstrip(".")
        raise RecordingError(f"{path}: damaged or no FLAC file ({reason})") from error


@dataclass(frozen=True, slots=True)
class FlacPlane:
    """Interleaved samples of a FLAC file, decoded from its beginning."""

    path: Path
    length: int
    bits: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return np.dtype(np.int32)

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        with opened(self.path) as file:
            done = 0
            while len(frames := _read(file)):
                # The library hands out counts at the upper end of 32 bits.
                yield np.ascontiguousarray(frames.T[list(channels)]) >> (32 - self.bits)
                done += len(frames)
            if done < self.length:
                raise RecordingError(
                    f"{self.path}: damaged or cut off after {done} of {self.length} samples; "
                    f"--to {done / file.samplerate:g} takes what is before"
                )


def _read(file: Any) -> NDArray[np.int32]:
    """The next samples, shape (n, channel); none at the end or where the file is damaged."""
    try:
        frames: NDArray[np.int32] = file.read(FRAMES, dtype="int32", always_2d=True)
    except library("soundfile").LibsndfileError:
        return np.zeros((0, file.channels), dtype=np.int32)
    return frames


def open_flac(path: Path, rate: float | None = None) -> PlaneRecording:
    """Open a FLAC file.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s] that overrides the header's.

    Raises
    ------
    MissingExtraError
        soundfile is not installed.
    RecordingError
        The file is damaged or no FLAC file.
    """
    with opened(path) as file:
        if file.format != "FLAC" or file.subtype not in BITS:
            raise RecordingError(f"{path}: is {file.format} {file.subtype} and no FLAC file")
        bits, frames, stated = BITS[file.subtype], file.frames, float(file.samplerate)
        channels, comment = file.channels, file.comment
    if not 0 < frames < UNKNOWN_LENGTH:
        raise RecordingError(f"{path}: holds no samples, or does not tell how many; encode it anew")
    described = parse_description(comment, channels)
    if described is None or header_rate(described.rate) != stated:
        described = Description(numbered(channels), stated)
    return PlaneRecording(
        path,
        "flac",
        FlacPlane(path, frames, bits),
        described if rate is None else replace(described, rate=rate),
        counts=Counts.of_bits(bits),
    )
