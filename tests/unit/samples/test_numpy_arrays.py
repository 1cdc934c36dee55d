"""Reading .npy and .npz files."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.block import Quality
from smartx96.errors import RateError, RecordingError
from smartx96.samples import open_recording

from .conftest import ROLES, everything, flags, joined, three_phases

SAMPLES = three_phases(3000, 12800)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f4"])
def test_shapes_and_types(tmp_path, transposed, order, dtype):
    stored = np.array(SAMPLES.T if transposed else SAMPLES, dtype=dtype, order=order)
    np.save(tmp_path / "a.npy", stored)
    recording = open_recording(tmp_path / "a.npy", rate=12800)
    assert [channel.name for channel in recording.channels] == list("123456")
    assert (recording.length, recording.full_scale) == (3000, None)
    assert np.array_equal(everything(recording), SAMPLES.astype(dtype))
    assert np.array_equal(joined(recording.blocks([3, 0])), SAMPLES[[3, 0]].astype(dtype))


def test_one_axis_is_one_channel(tmp_path):
    np.save(tmp_path / "a.npy", SAMPLES[0])
    assert len(open_recording(tmp_path / "a.npy", rate=400).channels) == 1


def test_integers_stay_counts(tmp_path):
    stored = np.array(
        [[1, 2], [32767, 4], [32767, -4], [5, 0], [0, -32767], [0, -32768]], dtype=np.int16
    )
    np.save(tmp_path / "a.npy", stored)
    recording = open_recording(tmp_path / "a.npy", rate=400)
    assert recording.full_scale == 32768
    assert next(recording.blocks([0])).samples.dtype == np.int16
    assert everything(recording).tolist() == stored.T.tolist()
    assert flags(recording.blocks([0, 1])).tolist() == [0, *[Quality.CLIPPED] * 2, 0, 2, 2]


def test_fields_are_channels(tmp_path):
    stored = np.zeros(100, dtype=[("v1", "<f4"), ("i1", "<f8")])
    stored["v1"], stored["i1"] = np.arange(100), -np.arange(100)
    np.save(tmp_path / "a.npy", stored)
    recording = open_recording(tmp_path / "a.npy", rate=400)
    assert [channel.name for channel in recording.channels] == ["v1", "i1"]
    assert everything(recording)[:, 7].tolist() == [7, -7]


def test_not_a_number_is_missing(tmp_path):
    stored = np.array([[1.0, np.nan, np.inf, 4.0]] * 2)
    np.save(tmp_path / "a.npy", stored)
    recording = open_recording(tmp_path / "a.npy", rate=400)
    assert everything(recording)[0].tolist() == [1, 0, 0, 4]
    assert flags(recording.blocks([0])).tolist() == [0, 1, 1, 0]


def test_rate_is_asked_for(tmp_path):
    np.save(tmp_path / "a.npy", SAMPLES)
    np.savez(tmp_path / "a.npz", samples=SAMPLES)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(RecordingError, match=f"{name}: .*give --rate HZ"):
            open_recording(tmp_path / name)


@pytest.mark.parametrize(
    "stored",
    [
        np.array([{"a": 1}], dtype=object),
        np.zeros((2, 3, 4)),
        np.zeros(4, dtype=complex),
        np.array(["a", "b"]),
        np.zeros((0, 6)),
        np.zeros(5, dtype=[("v1", "f4", (2,))]),
        np.float64(3.0),
        np.zeros(5, dtype=bool),
    ],
)
def test_arrays_that_are_no_samples(tmp_path, stored):
    np.save(tmp_path / "a.npy", stored, allow_pickle=True)
    with pytest.raises(RecordingError) as caught:
        open_recording(tmp_path / "a.npy", rate=400)
    assert "\n" not in str(caught.value)
    assert "a.npy" in str(caught.value)


@pytest.mark.parametrize("length", [1, 6, 9, 40, 127, 130, 2000])
def test_cut_off(tmp_path, length):
    path = tmp_path / "a.npy"
    np.save(path, SAMPLES)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RecordingError) as caught:
        open_recording(path, rate=400)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "shape", ["(10**18, 6)", "(-4, 6)", f"({10**18}, 6)", "(2**70, 6)", "'x'", f"({2**70}, 6)"]
)
def test_absurd_headers(tmp_path, shape):
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode())
    with pytest.raises(RecordingError):
        open_recording(path, rate=400)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("transposed", [False, True])
def test_archive_of_one_array(tmp_path, save, order, transposed):
    samples = np.hstack([SAMPLES] * 40)
    stored = np.array(samples.T if transposed else samples, order=order)
    save(tmp_path / "a.npz", samples=stored, rate=12800, channels=list(ROLES), start="2026-01-01")
    recording = open_recording(tmp_path / "a.npz")
    assert (recording.format, recording.rate, recording.length) == ("npz", 12800.0, 120000)
    assert recording.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert [channel.name for channel in recording.channels] == list(ROLES)
    assert np.array_equal(everything(recording), samples)
    assert np.array_equal(joined(recording.blocks([5, 2], 0.1)), samples[[5, 2]])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archive_of_channels(tmp_path, save):
    arrays = dict(zip(ROLES, SAMPLES, strict=True))
    save(tmp_path / "a.npz", time=np.arange(3000) / 12800, **arrays)
    recording = open_recording(tmp_path / "a.npz")
    assert recording.rate == 12800.0
    assert [channel.name for channel in recording.channels] == list(ROLES)
    assert np.array_equal(joined(recording.blocks([4, 1])), SAMPLES[[4, 1]])


def test_users_rate_overrides_the_archive(tmp_path):
    np.savez(tmp_path / "a.npz", samples=SAMPLES, rate=np.nan)
    assert open_recording(tmp_path / "a.npz", rate=50).rate == 50
    with pytest.raises(RecordingError, match="--rate"):
        open_recording(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "arrays",
    [
        {"a": np.zeros(5), "b": np.zeros(6)},
        {"rate": np.array(5.0)},
        {"samples": np.zeros((6, 50)), "channels": np.array(["a", "b"])},
        {"samples": np.array([{}], dtype=object)},
        {"samples": np.zeros(6, dtype=[("a", "f4")])},
        {"samples": np.zeros((6, 50)), "rate": np.zeros((300, 300))},
    ],
)
def test_archives_that_are_no_recording(tmp_path, arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(RecordingError) as caught:
        open_recording(tmp_path / "a.npz")
    assert "\n" not in str(caught.value)
    assert "a.npz" in str(caught.value)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_archives(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, samples=np.hstack([SAMPLES] * 20), rate=12800)
    content = bytearray(path.read_bytes())
    path.write_bytes(content[:-30])
    with pytest.raises(RecordingError, match="not a readable"):
        open_recording(path)
    if save is np.savez_compressed:
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
        with pytest.raises(RecordingError, match="damaged"):
            everything(open_recording(path))


def test_member_shorter_than_its_header(tmp_path):
    np.save(tmp_path / "a.npy", SAMPLES)
    content = (tmp_path / "a.npy").read_bytes()[:-100]
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "a.npz", "w", compression) as archive:
            archive.writestr("samples.npy", content)
        with pytest.raises(RecordingError):
            everything(open_recording(tmp_path / "a.npz", rate=400))


def test_one_message_names_all_that_is_missing(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((100, 2)))
    with pytest.raises(RateError, match=r"--rate HZ and which .* --channels v1=1,i1=2$"):
        open_recording(tmp_path / "a.npy")
