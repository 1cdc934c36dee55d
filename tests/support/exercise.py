"""What the program does with a file, whatever is in it: samples, or one line."""

from __future__ import annotations

import math
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import FrameType

import numpy as np

import smartx96
from smartx96.errors import RateError, X96Error
from smartx96.samples import open_recording
from smartx96.samples.recording import Recording

BLOCKS = 300
LONGEST_LINE = 4000
"""Characters; a message that lists 40 streams has as many."""

ROOM = 1 << 29
"""Bytes that a small file may take in all, with what libraries set aside beside it."""

PATIENCE = 20
"""Seconds of computing for one file, however busy the machine is."""


class TooSlowError(Exception):
    """A file that keeps the program busy."""


def _expired(number: int, frame: FrameType | None) -> None:
    raise TooSlowError(f"more than {PATIENCE} s")


@contextmanager
def confined(room: int = ROOM) -> Iterator[None]:
    """Let allocations fail beyond what is in use now and `room`, and end after `PATIENCE`."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGPROF, _expired)
    resource.setrlimit(resource.RLIMIT_AS, (used + room, before[1]))
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
        signal.signal(signal.SIGPROF, handler)


def exercise(path: Path, rate: float | None = None, blocks: int = BLOCKS) -> str:
    """Open a file and read its blocks; `read`, or the line with which it was refused.

    Raises
    ------
    AssertionError
        What was delivered or said is not what is promised.
    """
    try:
        recording = open_recording(path, rate=rate)
        check_recording(recording)
        read(recording, blocks)
    except X96Error as error:
        check_line(str(error), path)
        if isinstance(error, RateError) and rate is None:
            return exercise(path, 4000.0, blocks)
        return str(error)
    return "read"


def measured(path: Path) -> str:
    """Measure the first channel of a file as L1's voltage; `measured`, or the line."""
    try:
        result = smartx96.measure(smartx96.open(path), channels={"v1": "1"})
    except X96Error as error:
        check_line(str(error))
        return str(error)
    assert not np.isinf(result["voltage_l1"]).any()
    assert result.summary.measured_time >= 0
    return "measured"


def read(recording: Recording, blocks: int = BLOCKS) -> int:
    """Samples of the first blocks of all channels; each block is checked."""
    channels = range(len(recording.channels))
    end, rate, samples = 0, 0.0, 0
    for block in islice(recording.blocks(channels), blocks):
        assert block.samples.shape[0] == len(channels)
        assert 0 < block.rate < math.inf
        assert block.rate != rate or block.start >= end, "blocks overlap"
        assert block.quality is None or block.quality.shape == (block.length,)
        good = slice(None) if block.quality is None else block.quality & 1 == 0
        with np.errstate(over="ignore"):
            assert not np.isnan(block.physical()[:, good]).any(), "NaN that is not flagged"
        end, rate, samples = block.end, block.rate, samples + block.length
    return samples


def check_recording(recording: Recording) -> None:
    """What a header tells can be computed with and printed."""
    assert recording.channels
    assert 0 < recording.rate < math.inf
    assert recording.length is None or recording.length > 0
    for text in (*recording.notes, *(channel.name for channel in recording.channels)):
        text.encode()
    assert all(is_line(note) for note in recording.notes), recording.notes


def check_line(message: str, path: Path | None = None) -> None:
    """A message is one line that says something, on the file where one is given."""
    assert is_line(message), f"not one line: {message!r}"
    named = path is None or str(path.with_suffix("")) in message
    assert named, f"does not name the file: {message!r}"


def is_line(text: str) -> bool:
    """Whether a text is one line of letters and signs, without any that steer a terminal."""
    return len(text) < LONGEST_LINE and text.isprintable() and bool(text.strip())
