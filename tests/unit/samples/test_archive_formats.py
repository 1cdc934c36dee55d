"""FLAC, Parquet and HDF5, as the libraries that define them write and read them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.block import Quality
from smartx96.errors import MissingExtraError, OptionError, RateError, RecordingError
from smartx96.samples import extras, open_recording, write_recording
from smartx96.samples.channels.selection import select
from smartx96.samples.hdf5 import contents
from smartx96.samples.recording import Channel
from support.shared import DATA, needs_data

from .conftest import ROLES, ArraySource, everything, flags, joined, positions, three_phases

h5py = pytest.importorskip("h5py")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
soundfile = pytest.importorskip("soundfile")

SAMPLES = three_phases(3000, 12800)
START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def parquet(tmp_path, columns, metadata=None, fields=None):
    table = pa.table(columns)
    for name, own in (fields or {}).items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(name).with_metadata(own), table[name])
    pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


# FLAC


@pytest.mark.parametrize(("subtype", "bits"), [("PCM_S8", 8), ("PCM_16", 16), ("PCM_24", 24)])
def test_flac_of_others_is_counts(tmp_path, subtype, bits):
    ends = 2 ** (bits - 1)
    counts = np.random.default_rng(bits).integers(-ends, ends, (5000, 3)).astype(np.int32)
    soundfile.write(tmp_path / "a.flac", counts << (32 - bits), 48000, subtype)
    recording = open_recording(tmp_path / "a.flac")
    assert (recording.rate, recording.length, recording.full_scale) == (48000, 5000, ends)
    assert np.array_equal(everything(recording), counts.T)
    assert open_recording(tmp_path / "a.flac", rate=4800).rate == 4800


def test_flac_of_ours_in_libsndfile(tmp_path):
    write_recording(tmp_path / "a.flac", ArraySource(SAMPLES))
    read, rate = soundfile.read(tmp_path / "a.flac")
    assert rate == 12800
    # The peak comes to 98 % of full scale in each channel: nothing clips.
    peak = np.abs(SAMPLES).max(axis=1)
    assert np.abs(read).max(axis=0) == pytest.approx(0.98, abs=1e-6)
    assert read / 0.98 * peak == pytest.approx(SAMPLES.T, abs=3e-5)


def test_flac_limits(tmp_path):
    nine = ArraySource(np.ones((9, 50)), roles=tuple(f"v{n}" for n in range(9)))
    nine.roles = ("v1",) * 9
    with pytest.raises(OptionError, match="up to 8 channels, these are 9"):
        write_recording(tmp_path / "a.flac", nine)
    with pytest.raises(OptionError, match="rates up to 655350"):
        write_recording(tmp_path / "a.flac", ArraySource(SAMPLES, 1e6))
    assert list(tmp_path.iterdir()) == []


def test_cut_off_flac_says_where(tmp_path):
    write_recording(tmp_path / "a.flac", ArraySource(np.tile(SAMPLES, 20)))
    content = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(content[: len(content) // 2])
    recording = open_recording(tmp_path / "a.flac")
    with pytest.raises(RecordingError, match=r"cut off after \d+ of 60000 samples; --to \d"):
        everything(recording)


# Parquet


def test_parquet_with_a_time_column(tmp_path):
    columns = {"time_s": np.arange(500) / 6400, "U1 [kV]": np.arange(500) / 4, "I1": np.ones(500)}
    recording = open_recording(parquet(tmp_path, columns))
    assert (recording.format, recording.rate, recording.length) == ("parquet", 6400, 500)
    assert recording.channels == (Channel("U1", unit="V"), Channel("I1"))
    assert everything(recording)[0, 8] == 2000


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_with_time_stamps(tmp_path, unit):
    steps = {"s": 1_000_000, "ms": 2000, "us": 250, "ns": 125}[unit]
    moments = np.datetime64("2026-01-02T03:04:05", "us") + np.arange(300) * np.timedelta64(
        steps, "us"
    )
    columns = {"when": moments.astype(f"datetime64[{unit}]"), "U1": np.ones(300)}
    recording = open_recording(parquet(tmp_path, columns))
    assert recording.rate == pytest.approx(1e6 / steps, rel=1e-9)
    assert recording.start == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert positions(recording.blocks([0])).tolist() == list(range(300))


def test_parquet_gaps_nulls_and_seconds_since_1970(tmp_path):
    places = np.array([0, 1, 2, 3, 10, 11, 12, 13, 14])
    values = [0.0, None, float("nan"), 3, 4, 5, 6, 7, 8]
    columns = {"timestamp": 1767225600 + places / 1000, "U1": pa.array(values, pa.float32())}
    recording = open_recording(parquet(tmp_path, columns))
    assert recording.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert positions(recording.blocks([0])).tolist() == places.tolist()
    assert flags(recording.blocks([0])).tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("metadata", "rate"),
    [({"rate": "6400"}, 6400), ({"Sampling Rate": "12.8 kHz"}, 12800), ({"dt": "0.001"}, 1000),
     ({"fs": "2000 S/s"}, 2000), ({"PANDAS_ATTRS": '{"sample_rate": 4000.0}'}, 4000)],
)  # fmt: skip
def test_parquet_metadata(tmp_path, metadata, rate):
    about = {**metadata, "start": "2026-01-02T03:04:05Z", "side": "primary"}
    units = {"U1": {"unit": "kV"}}
    path = parquet(tmp_path, {"U1": np.ones(20), "note": ["x"] * 20}, about, units)
    recording = open_recording(path)
    assert recording.rate == rate
    assert recording.start == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert recording.channels == (Channel("U1", unit="V", side="primary"),)
    assert everything(recording)[0, 0] == 1000


def test_parquet_integers_are_counts(tmp_path):
    counts = np.array([0, 5, 32767, 32767, 32767, -1], np.int16)
    recording = open_recording(parquet(tmp_path, {"U1": counts, "I1": counts}), rate=400)
    assert recording.full_scale == 32768
    assert flags(recording.blocks([0])).tolist() == [0, 0, *[Quality.CLIPPED] * 3, 0]


def test_parquet_rows_keep_their_order_over_row_groups(tmp_path):
    values = np.arange(200_000.0)
    pq.write_table(
        pa.table({"U1": values, "I1": -values}), tmp_path / "a.parquet", row_group_size=777
    )
    recording = open_recording(tmp_path / "a.parquet", rate=12800)
    assert np.array_equal(joined(recording.blocks([1, 0])), [-values, values])


def test_parquet_of_ours_in_pandas_terms(tmp_path):
    samples = SAMPLES.copy()
    samples[1, 5] = np.nan
    write_recording(tmp_path / "a.parquet", ArraySource(samples, side="primary"))
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column_names == list(ROLES)
    assert table["v2"].null_count == 1
    assert table["i3"].to_numpy().tolist() == samples[5].tolist()
    about = table.schema.metadata
    assert (about[b"rate"], about[b"side"]) == (b"12800.0", b"primary")
    assert about[b"start"].decode() == START.isoformat()
    assert table.schema.field("v1").metadata[b"unit"] == b"V"


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"text": ["a", "b"]}, "no columns of numbers; found: 'text' string"),
     ({"U1": np.zeros(0)}, "holds no rows"),
     ({"time": np.arange(9.0)}, "a time column and no channel")],
)  # fmt: skip
def test_parquet_that_is_no_recording(tmp_path, columns, message):
    with pytest.raises(RecordingError, match=message):
        open_recording(parquet(tmp_path, columns))
    with pytest.raises(RateError, match="give --rate"):
        open_recording(parquet(tmp_path, {"U1": np.ones(5)}))


# HDF5


def test_hdf5_with_a_dataset_for_each_channel(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["sample_rate"] = 6400
        file.attrs["start_time"] = "2026-01-02T03:04:05Z"
        group = file.create_group("grid/phases")
        group.attrs["side"] = "primary"
        group["U1"] = np.arange(100) / 4
        group["U1"].attrs["units"] = "kV"
        group["I1"] = np.ones((1, 100), "f4")
        file["serial"] = 17
    recording = open_recording(tmp_path / "a.h5")
    assert (recording.format, recording.rate, recording.length) == ("hdf5", 6400, 100)
    assert recording.start == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert {c.name: (c.unit, c.side) for c in recording.channels} == {
        "U1": ("V", "primary"), "I1": ("", "primary"),
    }  # fmt: skip
    names = [channel.name for channel in recording.channels]
    assert everything(recording)[names.index("U1"), 8] == 2000


@pytest.mark.parametrize("transposed", [False, True])
def test_hdf5_with_one_dataset_for_all(tmp_path, transposed):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["waves"] = SAMPLES if transposed else SAMPLES.T
        file["waves"].attrs.update({"channel_names": list(ROLES), "dt": 1 / 12800})
        file["waves"].attrs["units"] = ["kV"] * 3 + ["A"] * 3
    recording = open_recording(tmp_path / "a.hdf5")
    assert recording.rate == pytest.approx(12800)
    assert [channel.name for channel in recording.channels] == list(ROLES)
    assert everything(recording)[3:] == pytest.approx(SAMPLES[3:])
    assert joined(recording.blocks([1, 0])) == pytest.approx(1000 * SAMPLES[[1, 0]])


def test_hdf5_with_times_scale_and_a_rate_that_stands_alone(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["time"] = 1767225600 + np.r_[0:50, 60:100] / 1000
        file["U1"] = np.arange(90, dtype="i2")
        file["U1"].attrs["scale_factor"] = 0.5
    recording = open_recording(tmp_path / "a.h5")
    assert (recording.rate, recording.start) == (1000, datetime(2026, 1, 1, tzinfo=UTC))
    assert positions(recording.blocks([0])).tolist() == [*range(50), *range(60, 100)]
    assert everything(recording)[0, 3] == 1.5
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["fs"], file["y"] = [[25600.0]], np.arange(90, dtype="i4")
    recording = open_recording(tmp_path / "b.h5")
    assert (recording.rate, recording.full_scale) == (25600, 2.0**31)


def test_hdf5_of_ours_in_h5py(tmp_path):
    write_recording(tmp_path / "a.h5", ArraySource(SAMPLES, side="primary"))
    with h5py.File(tmp_path / "a.h5") as file:
        assert list(file) == list(ROLES)
        assert file["i3"][:].tolist() == SAMPLES[5].tolist()
        assert (file.attrs["rate"], file.attrs["start"]) == (12800, START.isoformat())
        assert dict(file["v2"].attrs)["unit"] == "V"


def test_hdf5_that_says_too_little(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["short/U1"], file["long/U1"] = np.zeros(10), np.zeros(20)
    with pytest.raises(RecordingError, match=r"several sets.*/long/U1 20 float64, /short/U1 10"):
        open_recording(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["one"], file["two"] = np.zeros((10, 2)), np.zeros((20, 2))
    with pytest.raises(RecordingError, match=r"several sets.*/one 10x2 float64, /two 20x2"):
        open_recording(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["text"] = "none"
    with pytest.raises(RecordingError, match=r"no dataset of samples; .* found: none"):
        open_recording(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["U1"] = np.zeros(10)
    with pytest.raises(RateError, match="give --rate"):
        open_recording(tmp_path / "a.h5")


def test_hdf5_with_settings_beside_the_samples(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["adc/u"], file["adc/i"] = np.arange(3000.0), np.ones(3000)
        file["adc/time"] = np.arange(3000) / 1000
        file["time"] = np.arange(3000) / 500
        file["cfg/gain"], file["spectrum"] = [1.0, 2.0], np.zeros((4, 5))
    recording = open_recording(tmp_path / "a.h5")
    assert [channel.name for channel in recording.channels] == ["i", "u"]
    assert recording.rate == 1000
    assert recording.notes == ("datasets that are much shorter are left out: /cfg/gain, /spectrum",)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["other"] = np.zeros((2000, 2))
    with pytest.raises(RecordingError, match=r"several sets.*/adc/u 3000 float64.*/other 2000x2"):
        open_recording(tmp_path / "a.h5")


def test_hdf5_reads_no_other_file(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(800))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        outside = [(str(tmp_path / "secret"), 0, 800)]
        file.create_dataset("U1", (100,), "f8", external=outside)
        file["U2"] = h5py.ExternalLink("b.h5", "U1")
    with pytest.raises(RecordingError, match="no dataset of samples"):
        open_recording(tmp_path / "a.h5", rate=1000)


@pytest.mark.parametrize("code", ["import os; os.abort()", "while True: pass"])
def test_hdf5_library_that_crashes_takes_nothing_along(tmp_path, monkeypatch, code):
    """As HDF5 2.0 does on some damaged attributes."""
    write_recording(tmp_path / "a.h5", ArraySource(SAMPLES))
    run = contents.subprocess.run

    def crash(command, **options):
        assert command[-2:] == ["smartx96.samples.hdf5.listing", str(tmp_path / "a.h5")]
        return run([command[0], "-c", code], **{**options, "timeout": 3})

    monkeypatch.setattr(contents.subprocess, "run", crash)
    with pytest.raises(RecordingError, match=r"a\.h5: damaged; the HDF5 library gave up on it"):
        open_recording(tmp_path / "a.h5")


def test_hdf5_declared_sizes_cost_nothing(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("U1", (10**12,), "f8", chunks=(1000,))
    with pytest.raises(RecordingError, match="declares 8000000000000 bytes of numbers, 0 are"):
        open_recording(tmp_path / "a.h5", rate=12800)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("U1", (10**9,), "f8", chunks=(10**8,))
    with pytest.raises(RecordingError, match="chunks too large"):
        open_recording(tmp_path / "a.h5", rate=12800)


# All three


@pytest.mark.parametrize("name", ["a.flac", "a.parquet", "a.h5"])
@pytest.mark.parametrize("content", [b"x", b"PAR1" * 9, b"fLaC" + bytes(60), b"\x89HDF\r\n\x1a\n"])
def test_what_is_none_is_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingError, match="damaged or no") as caught:
        open_recording(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "package"), [("a.flac", "soundfile"), ("a.parquet", "pyarrow"), ("a.h5", "h5py")]
)
def test_a_missing_library_is_one_line(tmp_path, monkeypatch, name, package):
    write_recording(tmp_path / name, ArraySource(SAMPLES))

    def refuse(module):
        raise ImportError(module)

    monkeypatch.setattr(extras, "import_module", refuse)
    message = rf"^{package} is not installed: pip install {package}, or .*smartx96\[archives\]"
    with pytest.raises(MissingExtraError, match=message):
        open_recording(tmp_path / name)
    with pytest.raises(MissingExtraError, match=message):
        write_recording(tmp_path / f"b{name}", ArraySource(SAMPLES))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_nothing_is_imported_before_it_is_needed(monkeypatch):
    import subprocess
    import sys

    code = (
        "import sys, smartx96.samples, smartx96.commands.convert, smartx96.tables.writers;"
        "print([m for m in ('pyarrow', 'h5py', 'soundfile') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n"


@needs_data
def test_a_recording_of_daqopen():
    path = DATA / "parquet" / "daqopen_m_20260329_1044.parquet"
    recording = open_recording(path)
    table = pq.read_table(path)
    stamps = table["time_s"].to_numpy()
    index = np.arange(len(stamps)) - (len(stamps) - 1) / 2
    rate = 1 / (index @ (stamps - stamps.mean()) / (index @ index))
    assert recording.rate == pytest.approx(rate, rel=5e-6)
    assert recording.rate == pytest.approx(55_554, abs=0.5)
    assert [c.name for c in recording.channels] == ["U1", "I1", "U2", "I2", "U3", "I3"]
    assert positions(recording.blocks([0])).tolist() == list(range(199_980))
    truth = np.stack([table[name].to_numpy() for name in ("U1", "I3")])
    assert np.array_equal(joined(recording.blocks([0, 5])), truth)
    assert recording.start.date().isoformat() == "2026-03-29"
    assert select(recording).roles == ROLES
