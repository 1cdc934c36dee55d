"""Writing FLAC files by libsndfile: integers with a scale for each channel."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smartx96.errors import OptionError
from smartx96.samples.extras import library
from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.outgoing.spool import Spool
from smartx96.samples.outgoing.writing import unfinished
from smartx96.samples.wav.header import header_rate
from smartx96.samples.wav.writing import as_counts, check_channels, counted

BITS = {"S16": 16, "S24": 24}
MOST_CHANNELS = 8
HIGHEST_RATE = 655_350
"""Of the format (RFC 9639, 9.1.2)."""


def write_flac(path: Path, outgoing: Outgoing, data_format: str = "S24") -> None:
    """Write a FLAC file with a comment that describes the channels.

    The largest sample of each channel comes close to full scale: nothing clips, and the resolution
    is the best there is.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    data_format : str
        `S24` or `S16`.
    """
    soundfile = library("soundfile")
    check_channels(path, outgoing, MOST_CHANNELS)
    if outgoing.rate > HIGHEST_RATE:
        raise OptionError(
            f"{path}: FLAC has rates up to {HIGHEST_RATE} S/s, not {outgoing.rate:g}; write .wav"
        )
    bits = BITS[data_format]
    with unfinished(path) as (part,), tempfile.TemporaryFile(dir=path.parent) as scratch:
        spool = Spool(scratch, len(outgoing.channels), outgoing.filled())
        described = counted(outgoing, spool, bits)
        with (
            _as_system_errors(soundfile),
            soundfile.SoundFile(
                str(part),
                "w",
                header_rate(outgoing.rate),
                spool.channels,
                f"PCM_{bits}",
                format="FLAC",
            ) as file,
        ):
            file.comment = described.text()
            for rows in spool.rows():
                file.write(as_counts(rows[:, 1:], described) << (32 - bits))


@contextmanager
def _as_system_errors(soundfile: Any) -> Iterator[None]:
    """What the library cannot write is an error of the system, such as a full disk."""
    try:
        yield
    except soundfile.LibsndfileError as error:
        raise OSError(error.error_string.strip().rstrip(".")) from error
