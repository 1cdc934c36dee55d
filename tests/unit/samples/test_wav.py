"""WAV files, against the standard library, scipy, libsndfile and headers written by hand."""

from __future__ import annotations

import struct
import time
import wave

import numpy as np
import pytest

from smartx96.block import Quality
from smartx96.errors import RecordingError
from smartx96.samples import open_recording, write_recording
from smartx96.samples.channels.selection import select
from smartx96.samples.recording import Channel
from support.shared import DATA, needs_data

from .conftest import ROLES, ArraySource, everything, flags, joined, three_phases

SAMPLES = three_phases(3000, 12800)
GUID = bytes.fromhex("000000001000800000aa00389b71")


def chunk(id: bytes, content: bytes, order: str = "<") -> bytes:
    return id + struct.pack(f"{order}I", len(content)) + content + b"\0" * (len(content) % 2)


def fmt(tag=1, channels=2, rate=6400, bits=16, align=None, order="<") -> bytes:
    align = channels * -(-bits // 8) if align is None else align
    return struct.pack(f"{order}HHIIHH", tag, channels, rate, rate * align, align, bits)


def riff(*chunks: bytes, form=b"RIFF", size=None, order="<") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return form + struct.pack(f"{order}I", len(body) if size is None else size) + body


@pytest.fixture
def wav(tmp_path):
    def write(content: bytes):
        (tmp_path / "a.wav").write_bytes(content)
        return tmp_path / "a.wav"

    return write


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_what_the_standard_library_writes(tmp_path, width):
    rng = np.random.default_rng(width)
    ends = 2 ** (8 * width - 1)
    counts = rng.integers(-ends, ends, (500, 3))
    counts[100] = -ends, ends - 1, 0
    stored = counts + 128 if width == 1 else counts
    octets = b"".join(int(n).to_bytes(width, "little", signed=width > 1) for n in stored.flat)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((3, width, 8000, 0, "NONE", ""))
        file.writeframes(octets)
    recording = open_recording(tmp_path / "a.wav")
    assert (recording.rate, recording.length, recording.full_scale) == (8000, 500, ends)
    assert np.array_equal(everything(recording), counts.T)
    assert np.array_equal(joined(recording.blocks([2, 0])), counts.T[[2, 0]])


SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]


@pytest.mark.parametrize("subtype", SUBTYPES)
@pytest.mark.parametrize(
    ("form", "endian"), [("WAV", "LITTLE"), ("WAV", "BIG"), ("WAVEX", "LITTLE"), ("RF64", "LITTLE")]
)
def test_what_libsndfile_writes(tmp_path, subtype, form, endian):
    soundfile = pytest.importorskip("soundfile")
    values = np.random.default_rng(1).uniform(-1, 1, (700, 6))
    path = tmp_path / "a.wav"
    soundfile.write(path, values, 51200, subtype, endian, form)
    truth, _ = soundfile.read(path, dtype="float64", always_2d=True)
    recording = open_recording(path)
    assert recording.rate == 51200
    scale = recording.full_scale or 1.0
    assert (recording.full_scale is None) == (subtype in ("FLOAT", "DOUBLE"))
    assert np.array_equal(everything(recording) / scale, truth.T)


@pytest.mark.parametrize(
    ("data_format", "tolerance"),
    [("F32", 3e-5), ("F64", 0), ("S16", 6e-3), ("S24", 3e-5), ("S32", 1e-7)],
)
def test_what_we_write_is_read_by_others(tmp_path, data_format, tolerance):
    soundfile = pytest.importorskip("soundfile")
    io = pytest.importorskip("scipy.io.wavfile")
    path = tmp_path / "a.wav"
    write_recording(path, ArraySource(SAMPLES), data_format=data_format)
    back = open_recording(path)
    block = next(back.blocks(range(6)))
    scale = np.ones(6) if block.scale is None else block.scale
    full = 1.0 if data_format[0] == "F" else 2.0 ** (int(data_format[1:]) - 1)
    read, rate = soundfile.read(path, dtype="float64")
    assert rate == 12800
    assert read * full * scale == pytest.approx(SAMPLES.T, abs=tolerance)
    with pytest.warns(io.WavFileWarning, match="not understood"):  # of our own chunk
        rate, read = io.read(path)
    read = read / 256 if data_format == "S24" else read
    assert rate == 12800
    assert read * scale == pytest.approx(SAMPLES.T, abs=tolerance)


def test_names_units_side_and_start_go_along(tmp_path):
    source = ArraySource(SAMPLES, 1110.4, side="primary")
    write_recording(tmp_path / "a.wav", source)
    back = open_recording(tmp_path / "a.wav")
    assert (back.rate, back.start) == (1110.4, source.start)
    assert back.channels[4] == Channel("i2", "B", "A", "primary")
    assert select(back).roles == ROLES


def test_a_description_of_other_samples_is_not_used(tmp_path):
    write_recording(tmp_path / "a.wav", ArraySource(SAMPLES))
    content = bytearray((tmp_path / "a.wav").read_bytes())
    at = content.index(b"fmt ") + 12
    content[at : at + 4] = struct.pack("<I", 6400)  # as after resampling
    (tmp_path / "a.wav").write_bytes(content)
    back = open_recording(tmp_path / "a.wav")
    assert (back.rate, back.channels[0].name) == (6400, "1")
    assert "description" in back.notes[0]


def test_full_scale_and_clipping(wav):
    counts = np.array([0, 100, 32767, 32767, 32767, -5, -32768, 3], "<i2")
    recording = open_recording(
        wav(riff(chunk(b"fmt ", fmt(channels=1)), chunk(b"data", counts.tobytes())))
    )
    source = select(recording, channels={"v1": "1"}, scale={"v": 500})
    assert joined(source.blocks())[0].tolist() == pytest.approx((counts * (500 / 32768)).tolist())
    assert np.flatnonzero(flags(source.blocks()) & Quality.CLIPPED).tolist() == [2, 3, 4]


def test_signalling_and_quiet_nan_are_missing(wav):
    stored = np.array([1, 0x7F800001, 0x7FC00000, 0x7F800000, 1], "<u4").tobytes()
    recording = open_recording(
        wav(riff(chunk(b"fmt ", fmt(3, 1, bits=32)), chunk(b"data", stored)))
    )
    assert flags(recording.blocks([0])).tolist() == [0, 1, 1, 1, 0]


COUNTS = np.arange(40, dtype="<i2").reshape(-1, 2)
DATA_CHUNK = chunk(b"data", COUNTS.tobytes())
EXTENSIBLE = fmt(0xFFFE) + struct.pack("<HHI", 22, 16, 0) + b"\1\0" + GUID


@pytest.mark.parametrize(
    "content",
    [
        riff(chunk(b"fmt ", fmt()), DATA_CHUNK),
        riff(chunk(b"LIST", b"odd"), chunk(b"fmt ", fmt()), chunk(b"x", b"")[:0], DATA_CHUNK),
        riff(chunk(b"fmt ", fmt()), DATA_CHUNK, chunk(b"cue ", bytes(28))),
        riff(DATA_CHUNK, chunk(b"LIST", b"name"), chunk(b"fmt ", fmt())),
        riff(chunk(b"fmt ", EXTENSIBLE), DATA_CHUNK),
        riff(chunk(b"fmt ", fmt()), DATA_CHUNK, size=0),
        riff(chunk(b"fmt ", fmt()), DATA_CHUNK, size=0xFFFFFFFF),
        riff(chunk(b"fmt ", fmt()), DATA_CHUNK) + b"\0",
    ],
)
def test_chunks_in_any_order(wav, content):
    recording = open_recording(wav(content))
    assert (recording.rate, recording.notes) == (6400, ())
    assert np.array_equal(everything(recording), COUNTS.T)


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("form", [b"RIFF", b"RF64"])
def test_streamed_headers_last_to_the_end(wav, declared, form):
    data = b"data" + struct.pack("<I", declared) + COUNTS.tobytes()
    recording = open_recording(wav(riff(chunk(b"fmt ", fmt()), data, form=form, size=declared)))
    assert np.array_equal(everything(recording), COUNTS.T)
    assert "end of the file" in recording.notes[0]


def test_rf64_sizes_are_in_the_ds64_chunk(wav):
    sizes = chunk(b"ds64", struct.pack("<QQQI", 0, COUNTS.nbytes - 8, len(COUNTS) - 2, 0))
    data = b"data" + struct.pack("<I", 0xFFFFFFFF) + COUNTS.tobytes()
    recording = open_recording(wav(riff(sizes, chunk(b"fmt ", fmt()), data, form=b"RF64")))
    assert (recording.length, recording.notes) == (len(COUNTS) - 2, ())


def test_cut_off_data_are_read_and_noted(wav):
    whole = riff(chunk(b"fmt ", fmt()), DATA_CHUNK)
    recording = open_recording(wav(whole[:-7]))
    assert np.array_equal(everything(recording), COUNTS.T[:, :18])
    assert recording.notes == ("20 samples are declared, the file holds 18",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"RIFX", "is no WAV file"),
        (riff(chunk(b"fmt ", fmt()[:12]), DATA_CHUNK), "'fmt' chunk is cut off"),
        (riff(chunk(b"fmt ", fmt())), "no 'data' chunk"),
        (riff(DATA_CHUNK), "no 'fmt' chunk"),
        (riff(chunk(b"fmt ", fmt(channels=0)), DATA_CHUNK), "no channels"),
        (riff(chunk(b"fmt ", fmt(rate=0)), DATA_CHUNK), "rate of 0"),
        (riff(chunk(b"fmt ", fmt(align=5)), DATA_CHUNK), "frames of 5 bytes for 2 channels"),
        (riff(chunk(b"fmt ", fmt(tag=6, bits=8)), DATA_CHUNK), "A-law of 8 bits"),
        (riff(chunk(b"fmt ", fmt(bits=64)), DATA_CHUNK), "PCM of 64 bits"),
        (riff(chunk(b"fmt ", fmt(tag=3, bits=16)), DATA_CHUNK), "float of 16 bits"),
        (riff(chunk(b"fmt ", fmt(0xFFFE)), DATA_CHUNK), "extensible"),
        (riff(chunk(b"fmt ", fmt()), chunk(b"data", b"")), "no samples"),
        (riff(chunk(b"fmt ", fmt()), chunk(b"data", b"abc")), "no samples"),
    ],
)
def test_damaged_files(wav, content, message):
    with pytest.raises(RecordingError, match=message) as caught:
        open_recording(wav(content))
    assert "\n" not in str(caught.value)
    assert "a.wav" in str(caught.value)


def test_declared_sizes_cost_nothing(wav):
    data = b"data" + struct.pack("<I", 0xFFFFFF00) + COUNTS.tobytes()
    begin = time.process_time()
    recording = open_recording(wav(riff(chunk(b"fmt ", fmt()), data, size=0xFFFFFF08)))
    assert recording.length == len(COUNTS)
    hostile = riff(chunk(b"fmt ", fmt()), *[chunk(b"junk", b"")] * 100_000)
    with pytest.raises(RecordingError, match="no 'data'"):
        open_recording(wav(hostile))
    assert time.process_time() - begin < 1.0


def test_more_than_four_gigabytes_are_an_rf64(tmp_path, monkeypatch):
    from smartx96.samples.wav import writing

    soundfile = pytest.importorskip("soundfile")
    monkeypatch.setattr(writing, "LARGEST", 5000)
    write_recording(tmp_path / "a.wav", ArraySource(SAMPLES))
    content = bytearray((tmp_path / "a.wav").read_bytes())
    for at in (4, content.index(b"data") + 4):
        assert content[at : at + 4] == struct.pack("<I", 5000)
        content[at : at + 4] = b"\xff" * 4  # what the true limit writes
    (tmp_path / "a.wav").write_bytes(content)
    assert content[:4] == b"RF64"
    read, _ = soundfile.read(tmp_path / "a.wav")
    assert read == pytest.approx(SAMPLES.T, abs=3e-5)
    assert everything(open_recording(tmp_path / "a.wav")) == pytest.approx(SAMPLES, abs=3e-5)


def test_missing_samples_of_integers(tmp_path):
    samples = SAMPLES.copy()
    samples[2, 7:9] = np.nan
    write_recording(tmp_path / "a.wav", ArraySource(samples), data_format="s16")
    back = open_recording(tmp_path / "a.wav")
    assert np.flatnonzero(flags(back.blocks(range(6)))).tolist() == [7, 8]


@needs_data
def test_the_institutes_recording():
    """cmi_02: six channels of 32 bits; the second reader is the standard library."""
    path = DATA / "cmi_sim" / "cmi_02.wav"
    with wave.open(str(path)) as file:
        truth = np.frombuffer(file.readframes(file.getnframes()), "<i4").reshape(-1, 6)
    recording = open_recording(path)
    assert (recording.rate, recording.length, recording.full_scale) == (12800, 25600, 2.0**31)
    assert np.array_equal(everything(recording), truth.T)


@needs_data
@pytest.mark.parametrize(("name", "count"), [("001", 192801), ("042", 262801)])
def test_mains_at_400_samples_per_second(name, count):
    path = DATA / "wav" / f"enf_whu_{name}_ref.wav"
    with wave.open(str(path)) as file:
        truth = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    source = select(open_recording(path), channels={"v1": "1"})
    assert (source.rate, source.length, source.roles) == (400, count, ("v1",))
    assert np.array_equal(joined(source.blocks())[0], truth)
