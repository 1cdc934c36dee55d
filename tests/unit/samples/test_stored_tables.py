"""Parquet, HDF5 and npz with what others hold beside samples: gaps, nulls, other types."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.errors import OptionError, RateError, RecordingError
from smartx96.samples import open_recording
from smartx96.samples.channels.selection import select
from smartx96.samples.hdf5 import contents
from smartx96.samples.outgoing.names import unique_names

from .conftest import everything, joined, positions

h5py = pytest.importorskip("h5py")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PLACES = np.r_[0:400, 1000:1400]
"""Samples before and after a gap."""


def parquet(tmp_path, columns):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


def hdf5(tmp_path, columns):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, values in columns.items():
            file[name] = values
    return tmp_path / "a.h5"


def npz(tmp_path, columns):
    np.savez_compressed(tmp_path / "a.npz", **columns)
    return tmp_path / "a.npz"


def csv(tmp_path, columns):
    rows = "\n".join(",".join(map(repr, row)) for row in np.stack([*columns.values()]).T.tolist())
    (tmp_path / "a.csv").write_text(",".join(columns) + "\n" + rows + "\n")
    return tmp_path / "a.csv"


def counts(kind="i2"):
    return np.array([0, 5, 100, -3, 7, -100, 50, 3, 9, 8], kind)


# Time


@pytest.mark.parametrize("write", [parquet, hdf5, npz, csv])
def test_a_gap_belongs_to_the_length(tmp_path, write):
    recording = open_recording(write(tmp_path, {"time": PLACES / 1000, "U1": PLACES * 1.0}))
    assert (recording.rate, recording.length) == (1000, 1400)
    assert positions(recording.blocks([0])).tolist() == PLACES.tolist()
    late = select(recording, channels={"v1": "U1"}, start=1.2, stop=1.3)
    assert late.length == 100
    assert joined(late.blocks())[0].tolist() == list(range(1200, 1300))
    with pytest.raises(OptionError, match=r"the recording ends after 1\.4 s"):
        select(recording, channels={"v1": "U1"}, start=1.5)
    assert open_recording(tmp_path / recording.path.name, rate=1000).length == 800


def test_a_gap_in_the_last_piece_of_a_long_csv(tmp_path):
    places = np.r_[0:300_000, 300_500:301_000]
    recording = open_recording(csv(tmp_path, {"time": places / 1000, "U1": np.ones(300_500)}))
    assert (recording.rate, recording.length) == (1000, 301_000)


def test_time_that_runs_back_leaves_the_length_open(tmp_path):
    stamps = np.r_[0:500, 300:500] / 1000
    recording = open_recording(parquet(tmp_path, {"time": stamps, "U1": np.ones(700)}))
    assert recording.length is None
    with pytest.raises(RecordingError, match=r"time runs back to 0\.3 s after sample 500"):
        everything(recording)


@pytest.mark.parametrize("name", ["timestamp_ms", "time [ms]", "t [us]"])
def test_time_stamps_know_their_unit_by_themselves(tmp_path, name):
    moments = np.datetime64("2026-01-02", "us") + np.arange(400) * np.timedelta64(250, "us")
    recording = open_recording(parquet(tmp_path, {name: moments, "U1": np.ones(400)}))
    assert recording.rate == pytest.approx(4000, rel=1e-9)
    assert recording.length == 400


@pytest.mark.parametrize("count", [1, 3])
def test_first_time_stamps_that_are_null(tmp_path, count):
    moments = np.datetime64("2026-01-02", "us") + np.arange(400) * np.timedelta64(1000, "us")
    stamps = pa.array([None] * count + moments[count:].tolist(), pa.timestamp("us"))
    recording = open_recording(parquet(tmp_path, {"when": stamps, "U1": np.arange(400.0)}))
    assert (recording.rate, recording.length) == (pytest.approx(1000), 400)
    assert recording.start == datetime(2026, 1, 2, tzinfo=UTC)
    none = pa.array([None] * 20, pa.timestamp("us"))
    with pytest.raises(RateError, match="give --rate"):
        open_recording(parquet(tmp_path, {"when": none, "U1": np.ones(20)}))


def test_rows_that_are_declared_and_not_there(tmp_path):
    path = tmp_path / "a.parquet"
    pq.ParquetWriter(path, pa.schema({"when": pa.timestamp("us"), "U1": pa.float64()})).close()
    footer = path.read_bytes()
    none, ten = b"\x16\x00\x19\x0c", b"\x16\x14\x19\x0c"
    assert footer.count(none) == 1
    path.write_bytes(footer.replace(none, ten))
    with pytest.raises(RecordingError, match="declares 10 rows and holds 0"):
        open_recording(path)
    recording = open_recording(path, rate=1000)
    with pytest.raises(RecordingError, match="declares 10 rows and holds 0"):
        list(recording.blocks([0]))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_times_of_an_archive(tmp_path, save):
    samples = np.stack((PLACES, -PLACES)).astype("i2")
    epoch = 1767225600.0
    save(tmp_path / "a.npz", samples=samples, channels=["U1", "I1"], t=epoch + PLACES / 1000)
    recording = open_recording(tmp_path / "a.npz")
    assert (recording.rate, recording.length) == (1000, 1400)
    assert recording.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert positions(recording.blocks([1])).tolist() == PLACES.tolist()
    assert np.array_equal(joined(recording.blocks([1, 0])), samples[::-1])
    save(tmp_path / "a.npz", samples=samples, channels=["U1", "I1"], t=np.arange(9.0))
    with pytest.raises(RecordingError, match=r"t has the shape \(9,\), there are 800 samples"):
        open_recording(tmp_path / "a.npz")


def test_times_of_a_large_archive(tmp_path):
    places = np.r_[0:400_000, 400_007:700_000]
    columns = dict.fromkeys(("v1", "v2", "v3"), places * 1.0)
    recording = open_recording(npz(tmp_path, {"time": places / 1000, **columns}))
    assert recording.length == 700_000
    assert np.array_equal(joined(recording.blocks([2, 0])), np.stack((places, places)))
    assert np.array_equal(positions(recording.blocks([2, 0])), places)


# Counts


@pytest.mark.parametrize("write", [parquet, hdf5, npz])
def test_full_scale_is_that_of_the_channel(tmp_path, write):
    status = {"status": counts("i8"), "temperature": counts("f8")}
    path = write(tmp_path, {"v1": counts(), "i1": counts("i4"), **status})
    recording = open_recording(path, rate=400)
    chosen = select(recording, scale={"v": 327.68, "i": 2.0**31})
    factors = {"v1": 0.01, "i1": 1.0}
    expected = [counts() * factors[role] for role in chosen.roles]
    assert joined(chosen.blocks()) == pytest.approx(np.stack(expected))


def test_full_scale_without_index_and_times(tmp_path):
    index, seconds = np.arange(10, 20), np.arange(10) / 400
    columns = {"v1": counts(), "i1": counts(), "__index_level_0__": index, "time_s": seconds}
    recording = open_recording(parquet(tmp_path, columns))
    assert (recording.rate, recording.full_scale) == (400, 32768)


# HDF5


def test_hdf5_runs_nothing_from_the_working_folder(tmp_path, monkeypatch):
    path = hdf5(tmp_path, {"U1": np.ones(20)})
    for name in ("json.py", "numpy.py", "h5py.py"):
        (tmp_path / name).write_text("open('poisoned', 'w').close(); raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert open_recording(path, rate=1000).length == 20
    assert not (tmp_path / "poisoned").exists()


def test_hdf5_passes_over_null_datasets(tmp_path):
    path = hdf5(tmp_path, {"U1": np.ones(20)})
    with h5py.File(path, "a") as file:
        file["nothing"] = h5py.Empty("f8")
        file.attrs["sampling_rate"] = h5py.Empty("f8")
        file.attrs["fs"] = 1000
    assert open_recording(path).rate == 1000


def test_hdf5_attributes_are_listed_once_and_up_to_a_size(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["rate"] = 1000
        for group in range(60):
            file.create_group(f"g{group}").attrs["a"] = np.arange(7000.0)
            for n in range(20):
                file[f"g{group}/U{n}"] = np.ones(2)
        for n in range(20):
            file[f"g0/U{n}"].attrs["b"] = np.full(60_000, 255, "u1")
    run, sizes = contents.subprocess.run, []

    def listen(*given, **options):
        done = run(*given, **options)
        sizes.append(len(done.stdout))
        return done

    monkeypatch.setattr(contents.subprocess, "run", listen)
    recording = open_recording(tmp_path / "a.h5")
    assert (recording.rate, len(recording.channels)) == (1000, 1200)
    assert sizes[0] < 1 << 24


def test_nearer_hdf5_attributes_count(tmp_path):
    path = hdf5(tmp_path, {"a/b/U1": np.ones(20), "rate": 7.0})
    with h5py.File(path, "a") as file:
        file.attrs["rate"], file["a"].attrs["rate"] = 1000, 2000
    assert open_recording(path).rate == 2000


# Names


def test_many_equal_names():
    began = time.process_time()
    names = unique_names(["U"] * 20_000 + ["U_2", "", ""])
    assert time.process_time() - began < 2
    assert names[:3] == ["U", "U_2", "U_3"]
    assert names[-3:] == ["U_2_2", "channel", "channel_2"]
    assert len(set(names)) == len(names)
