"""Any format to any other keeps samples, names, units, side and start; damage is one clear line."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from smartx96.block import Block
from smartx96.errors import X96Error
from smartx96.samples import open_recording, write_recording
from smartx96.samples.channels.whole import WholeRecording
from smartx96.samples.recording import Channel, Recording

pytest.importorskip("soundfile")
pytest.importorskip("h5py")
pytest.importorskip("pyarrow")

SOAK = bool(os.environ.get("SOAK"))
FLOAT32, COUNTS_16, COUNTS_24, COUNTS_32 = 6e-8, 1.6e-5, 6.2e-8, 2.5e-10
FORMATS = {
    ("a.csv", None): 0.0,
    ("a.npz", None): 0.0,
    ("a.cfg", None): FLOAT32,
    ("a.cff", "BINARY32"): COUNTS_32,
    ("a.cff", "ASCII"): COUNTS_32,
    ("a.wav", None): FLOAT32,
    ("a.wav", "f64"): 0.0,
    ("a.wav", "s16"): COUNTS_16,
    ("a.wav", "s24"): COUNTS_24,
    ("a.wav", "s32"): COUNTS_32,
    ("a.flac", None): COUNTS_24,
    ("a.flac", "s16"): COUNTS_16,
    ("a.parquet", None): 0.0,
    ("a.parquet", "f32"): FLOAT32,
    ("a.h5", None): 0.0,
    ("a.h5", "f32"): FLOAT32,
}
"""Format and its resolution, as part of a channel's largest value."""

NAMES = st.text("abcUIxäЖ12 _.-", min_size=1, max_size=12).map(lambda text: " ".join(text.split()))
CHANNELS = st.builds(
    Channel,
    NAMES.filter(lambda name: name.strip("._- ") and name == name.strip(".")),
    unit=st.sampled_from(["V", "A", "", "Pa"]),
)


class Memory(Recording):
    """Samples in memory with gaps, in blocks of odd lengths."""

    format = "memory"

    def __init__(self, samples, rate, channels, start, gaps):
        self.path = Path("memory")
        self.samples, self.rate, self.channels = samples, rate, tuple(channels)
        self.start, self.length, self._gaps = start, samples.shape[1], gaps

    def blocks(self, channels: Sequence[int], seconds: float = 1.0) -> Iterator[Block]:
        shift, step = 0, 37
        for first in range(0, self.length, step):
            shift += self._gaps.get(first // step, 0)
            part = self.samples[list(channels), first : first + step]
            missing = np.isnan(part).any(axis=0).astype(np.uint8)
            yield Block(np.nan_to_num(part), self.rate, first + shift, quality=missing)


@st.composite
def recordings(draw) -> Memory:
    channels = draw(st.lists(CHANNELS, min_size=1, max_size=5, unique_by=lambda c: c.name))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    count = draw(st.integers(2, 200))
    size = draw(st.sampled_from([1e-3, 1.0, 325.0, 1.1e5]))
    samples = rng.normal(0, size, (len(channels), count))
    lost = draw(st.lists(st.integers(0, count - 1), max_size=3))
    samples[rng.integers(0, len(channels)), lost] = np.nan
    assume(np.isfinite(samples).all(axis=0).sum() > 1)
    start = draw(st.none() | st.datetimes(datetime(1971, 1, 1), datetime(2120, 1, 1)))
    return Memory(
        samples,
        draw(st.sampled_from([50.0, 400.0, 1110.4, 6400.0, 12800.0, 55554.12, 192000.0])),
        channels,
        None if start is None else start.replace(tzinfo=UTC),
        draw(st.dictionaries(st.integers(1, 4), st.integers(1, 9), max_size=2)),
    )


def good_samples(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Values and positions of the samples that are not missing."""
    values, places = [], []
    for block in recording.blocks(range(len(recording.channels))):
        good = np.ones(block.length, bool) if block.quality is None else block.quality & 1 == 0
        values.append(block.physical()[:, good])
        places.append(np.arange(block.start, block.end)[good])
    return np.concatenate(values, axis=1), np.concatenate(places)


@given(
    recording=recordings(),
    first=st.sampled_from(list(FORMATS)),
    second=st.sampled_from(list(FORMATS)),
    side=st.sampled_from(["primary", "secondary"]),
)
@settings(max_examples=2000 if SOAK else 150, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])  # fmt: skip
def test_any_format_to_any_format(recording, first, second, side):
    truth, places = good_samples(recording)
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one" + first[0]), Path(folder, "two" + second[0])
        source = WholeRecording(recording, side=side)
        write_recording(one, source, data_format=first[1], annotated=True)
        between = WholeRecording(open_recording(one))
        write_recording(two, between, data_format=second[1], annotated=True)
        back = open_recording(two)
        values, found = good_samples(back)
    assert found.tolist() == places.tolist()
    peaks = np.abs(truth).max(axis=1, keepdims=True)
    resolution = (FORMATS[first] + FORMATS[second]) * peaks
    assert np.all(np.abs(values - truth) <= resolution)
    assert back.rate == recording.rate
    assert [c.name for c in back.channels] == [c.name for c in recording.channels]
    assert [c.unit for c in back.channels] == [c.unit for c in recording.channels]
    assert {c.side for c in back.channels} == {side}
    if recording.start is None:
        assert back.start is None
    else:
        assert abs(back.start - recording.start) < timedelta(microseconds=1)


WHOLE = ["a.csv", "a.npz", "a.wav", "a.flac", "a.parquet", "a.h5", "a.cff"]


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("originals")
    samples = np.random.default_rng(5).normal(0, 300, (3, 500)).round(3)
    channels = [Channel("U1", unit="V"), Channel("U2", unit="V"), Channel("I1", unit="A")]
    source = WholeRecording(Memory(samples, 6400.0, channels, None, {}))
    for name in WHOLE:
        write_recording(folder / name, source, annotated=True)
    return {name: (folder / name).read_bytes() for name in WHOLE}


PLACES = st.integers(-300, 299) | st.floats(0, 1, exclude_max=True)
"""Bytes from the beginning or the end, or anywhere as a part of the length."""


DAMAGE = given(
    edits=st.lists(st.tuples(PLACES, st.integers(0, 255)), max_size=6),
    kept=st.just(1.0) | st.floats(0, 1),
)
FIXTURES = [HealthCheck.function_scoped_fixture]


@pytest.mark.parametrize("name", [name for name in WHOLE if name != "a.h5"])
@DAMAGE
@settings(max_examples=2000 if SOAK else 120, deadline=None, suppress_health_check=FIXTURES)
def test_damage_is_one_line_or_a_recording(originals, name, edits, kept):
    read_damaged(originals, name, edits, kept)


@DAMAGE
@settings(max_examples=500 if SOAK else 12, deadline=None, suppress_health_check=FIXTURES)
def test_damage_of_hdf5(originals, edits, kept):
    """Fewer: each file is listed by a process of its own, for the library may crash."""
    read_damaged(originals, "a.h5", edits, kept)


def read_damaged(originals, name, edits, kept) -> None:
    content = bytearray(originals[name])
    for place, value in edits:
        at = int(place * len(content)) if isinstance(place, float) else place
        content[at % len(content)] = value
    content = content[: max(1, int(kept * len(content)))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        with contextlib.suppress(X96Error):
            read_some(path)


def read_some(path: Path) -> None:
    """Open and read a file; what is raised is one line that begins with its name."""
    try:
        recording = open_recording(path)
        for read, block in enumerate(recording.blocks(range(len(recording.channels)))):
            assert np.isfinite(block.physical()).any() or block.quality is not None
            if read > 200:
                return
    except X96Error as error:
        if not str(error).startswith(str(path)) or "\n" in str(error):
            raise AssertionError(f"not one line on the file: {error}") from error
        raise
