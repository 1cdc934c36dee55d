"""Writing recordings and reading them back."""

from __future__ import annotations

import time
import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.block import Block, Quality
from smartx96.errors import OptionError, RecordingError
from smartx96.samples import open_recording, write_recording
from smartx96.samples.channels.selection import select

from .conftest import ROLES, ArraySource, flags, joined, positions, three_phases

SAMPLES = three_phases(6000, 12800)

FORMS = [
    ("a.csv", None, 0.0),
    ("a.npy", None, 0.0),
    ("a.npz", None, 0.0),
    ("a.cfg", None, 3e-5),
    ("a.cfg", "FLOAT32", 3e-5),
    ("A.CFG", "binary", 6e-3),
    ("a.cfg", "BINARY32", 1e-7),
    ("a.cfg", "ASCII", 1e-7),
    ("a.cff", None, 3e-5),
    ("a.cff", "ASCII", 1e-7),
    ("a.cff", "BINARY", 6e-3),
    ("a.wav", None, 3e-5),
    ("a.wave", "f64", 0.0),
    ("a.wav", "s16", 6e-3),
    ("a.wav", "s24", 3e-5),
    ("a.wav", "s32", 1e-7),
    ("a.flac", None, 3e-5),
    ("a.flac", "s16", 6e-3),
    ("a.parquet", None, 0.0),
    ("a.parquet", "f32", 3e-5),
    ("a.h5", None, 0.0),
    ("a.hdf5", "f32", 3e-5),
]
DESCRIBED = ("comtrade", "npz", "wav", "flac", "parquet", "hdf5")


def read(path, rate):
    recording = open_recording(path, rate=rate if path.suffix == ".npy" else None)
    channels = {role: str(n) for n, role in enumerate(ROLES, 1)}
    return select(recording, channels=channels if path.suffix == ".npy" else None)


@pytest.mark.parametrize(("name", "data_format", "tolerance"), FORMS)
@pytest.mark.parametrize("rate", [12800.0, 1110.4, 55554.0])
def test_round_trip(tmp_path, name, data_format, tolerance, rate):
    source = ArraySource(SAMPLES, rate)
    write_recording(tmp_path / name, source, data_format=data_format)
    back = read(tmp_path / name, rate)
    assert back.rate == pytest.approx(rate, rel=1e-9)
    assert (back.roles, back.length, back.side) == (ROLES, 6000, "secondary")
    assert joined(back.blocks()) == pytest.approx(SAMPLES, abs=tolerance, rel=0)
    assert positions(back.blocks()).tolist() == list(range(6000))
    assert not flags(back.blocks()).any()
    if back.recording.format in DESCRIBED:
        assert back.start == source.start


@pytest.mark.parametrize(("name", "data_format", "tolerance"), FORMS)
def test_gaps_and_missing_samples_survive(tmp_path, name, data_format, tolerance):
    quality = np.zeros(6000, dtype=np.uint8)
    quality[100:103] = Quality.MISSING
    source = ArraySource(SAMPLES, gaps={2000: 30, 5000: 1}, quality=quality)
    write_recording(tmp_path / name, source, data_format=data_format)
    back = read(tmp_path / name, 12800.0)
    measured = flags(back.blocks()) == 0
    places = positions(back.blocks())[measured]
    expected = positions(source.blocks())[quality == 0]
    assert places.tolist() == expected.tolist()
    assert joined(back.blocks())[:, measured] == pytest.approx(
        SAMPLES[:, quality == 0], abs=tolerance, rel=0
    )


@pytest.mark.parametrize(
    "name", ["a.npz", "a.cfg", "a.cff", "a.wav", "a.flac", "a.parquet", "a.h5"]
)
def test_primary_side_and_no_start(tmp_path, name):
    write_recording(tmp_path / name, ArraySource(SAMPLES, side="primary", start=None))
    back = read(tmp_path / name, None)
    assert (back.side, back.start) == ("primary", None)


@pytest.mark.parametrize(
    "name", ["a.csv", "a.npz", "a.cfg", "a.wav", "a.flac", "a.parquet", "a.h5"]
)
def test_one_phase(tmp_path, name):
    source = ArraySource(SAMPLES[[0, 3]], roles=("v1", "i1"))
    write_recording(tmp_path / name, source)
    assert read(tmp_path / name, None).roles == ("v1", "i1")


@pytest.mark.parametrize(("name", "data_format", "tolerance"), FORMS)
def test_duration(tmp_path, name, data_format, tolerance):
    write_recording(tmp_path / name, ArraySource(SAMPLES), 0.125, data_format=data_format)
    back = read(tmp_path / name, 12800.0)
    assert joined(back.blocks()) == pytest.approx(SAMPLES[:, :1600], abs=tolerance, rel=0)


@pytest.mark.parametrize(("name", "data_format", "tolerance"), FORMS)
def test_equal_samples_give_equal_bytes_in_any_blocks(tmp_path, name, data_format, tolerance):
    contents = []
    for step in (999, 4096):
        for old in tmp_path.iterdir():
            old.unlink()
        write_recording(tmp_path / name, ArraySource(SAMPLES, step=step), data_format=data_format)
        contents.append({path.name: path.read_bytes() for path in tmp_path.iterdir()})
    assert contents[0] == contents[1]


@pytest.mark.parametrize("data_format", ["BINARY", "BINARY32", "ASCII", "FLOAT32"])
def test_flat_tops_are_not_written_as_clipped(tmp_path, data_format):
    source = ArraySource(np.sign(SAMPLES) * 230.0)
    write_recording(tmp_path / "a.cfg", source, data_format=data_format)
    assert not flags(open_recording(tmp_path / "a.cfg").blocks(range(6))).any()


def test_comtrade_beyond_the_time_stamp_field(tmp_path):
    source = ArraySource(SAMPLES[:, :400], rate=0.05, gaps={300: 7})
    for name in ("a.cfg", "b.cff"):
        write_recording(tmp_path / name, source)
        back = open_recording(tmp_path / name)
        assert positions(back.blocks([0])).tolist() == positions(source.blocks()).tolist()
    rows = np.frombuffer((tmp_path / "a.dat").read_bytes(), "<u4").reshape(-1, 8)
    assert rows[214:216, 1].tolist() == [4_280_000_000, 0xFFFFFFFF]


def test_independent_reader_agrees(tmp_path):
    comtrade = pytest.importorskip("comtrade")
    for data_format in ("FLOAT32", "BINARY32", "BINARY", "ASCII"):
        path = tmp_path / f"{data_format}.cfg"
        write_recording(path, ArraySource(SAMPLES), data_format=data_format)
        record = comtrade.load(str(path), str(path.with_suffix(".dat")))
        assert record.station_name == "smartx96"
        assert list(record.analog_channel_ids) == list(ROLES)
        assert record.start_timestamp == datetime(2026, 1, 2, 3, 4, 5, 678901)
        assert np.array(record.analog) == pytest.approx(SAMPLES, abs=6e-3)
        assert record.cfg.sample_rates == [[12800.0, 6000]]


class Failing(ArraySource):
    def blocks(self, seconds=1.0):
        yield next(super().blocks(seconds))
        raise RecordingError("the source breaks off")


class Changing(ArraySource):
    def blocks(self, seconds=1.0):
        yield Block(self.samples, 12800.0, 0)
        yield Block(self.samples, 6400.0, 0)


@pytest.mark.parametrize(("name", "data_format", "tolerance"), FORMS)
@pytest.mark.parametrize("kind", [Failing, Changing])
def test_nothing_half_written_is_left(tmp_path, name, data_format, tolerance, kind):
    target = tmp_path / name
    target.write_text("what was there")
    with pytest.raises(RecordingError):
        write_recording(target, kind(SAMPLES), data_format=data_format)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert target.read_text() == "what was there"


@pytest.mark.parametrize(("name", "data_format", "tolerance"), FORMS)
def test_folder_that_is_not_there(tmp_path, name, data_format, tolerance):
    with pytest.raises(OptionError, match="cannot be written: no such file") as caught:
        write_recording(tmp_path / "no" / name, ArraySource(SAMPLES), data_format=data_format)
    assert "\n" not in str(caught.value)


def test_a_recording_can_replace_itself(tmp_path):
    path = tmp_path / "a.npz"
    write_recording(path, ArraySource(SAMPLES))
    write_recording(path, select(open_recording(path), start=0.1))
    assert read(path, None).length == 6000 - 1280


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        (("a.txt",), {}, OptionError),
        (("a",), {}, OptionError),
        (("a.csv", 0.0), {}, OptionError),
        (("a.csv", float("inf")), {}, OptionError),
        (("a.csv", None), {"data_format": "ASCII"}, OptionError),
        (("a.cfg", None), {"data_format": "FLOAT64"}, OptionError),
    ],
)
def test_what_cannot_be_written(tmp_path, arguments, options, error):
    name, *rest = arguments
    with pytest.raises(error):
        write_recording(tmp_path / name, ArraySource(SAMPLES), *rest, **options)
    assert list(tmp_path.iterdir()) == []


class Long:
    """Six channels, made while they are read: 200 s are 123 MB as float64, 61 MB as float32."""

    roles, rate, side = ROLES, 12800.0, "secondary"
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self, seconds):
        self.length = int(seconds * self.rate)

    def blocks(self, seconds=1.0):
        for first in range(0, self.length, 12800):
            yield Block(SECOND, self.rate, first)


SECOND = three_phases(12800, 12800)


@pytest.mark.parametrize(
    ("name", "data_format", "seconds"),
    [("a.npy", None, 200), ("a.npz", None, 200), ("a.cfg", "FLOAT32", 200), ("a.cff", None, 200),
     ("a.csv", None, 4), ("a.cfg", "ASCII", 4), ("a.wav", None, 200), ("a.wav", "s16", 200),
     ("a.flac", None, 100), ("a.parquet", None, 200), ("a.h5", None, 200)],
)  # fmt: skip
def test_memory_does_not_grow_with_the_length(tmp_path, name, data_format, seconds):
    peaks = []
    for length in (seconds / 4, seconds):
        tracemalloc.start()
        write_recording(tmp_path / name, Long(length), data_format=data_format)
        source = read(tmp_path / name, 12800.0)
        count = sum(block.length for block in source.blocks())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count == length * 12800
    assert max(peaks) < 48e6
    assert peaks[1] < 1.5 * peaks[0] + 4e6


def test_sparse_file_of_gigabytes_opens_at_once(tmp_path):
    path = tmp_path / "a.npy"
    np.lib.format.open_memmap(path, "w+", np.float64, (200_000_000, 6)).flush()
    begin = time.process_time()
    recording = open_recording(path, rate=12800)
    block = next(recording.blocks(range(6)))
    assert time.process_time() - begin < 1.0
    assert (recording.length, block.length) == (200_000_000, 12800)
