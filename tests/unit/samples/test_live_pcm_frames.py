"""Raw samples: decoding, WAV headers, the options that describe a frame."""

from __future__ import annotations

import contextlib
import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.errors import OptionError, RecordingError, X96Error
from smartx96.samples.live_pcm.frames import FORMATS, Frames, sample_format
from smartx96.samples.live_pcm.heading import Heading
from smartx96.samples.live_pcm.opening import frame_layout, host_and_port
from smartx96.samples.live_pcm.wave_header import LARGEST, wave_header
from smartx96.samples.sources import is_live_pcm

WIDTHS = {"s16le": 2, "s24le": 3, "s32le": 4}


def packed(values: list[int], width: int) -> bytes:
    return b"".join(value.to_bytes(width, "little", signed=True) for value in values)


@pytest.mark.parametrize("name", WIDTHS)
def test_integers_are_exact_to_their_ends(name: str) -> None:
    most = 1 << (8 * WIDTHS[name] - 1)
    values = [0, 1, -1, most - 1, -most, 256, -257, 12345]
    samples = FORMATS[name].decode(packed(values, WIDTHS[name]), 2)
    assert samples.T.ravel().tolist() == values
    assert FORMATS[name].full_scale == most
    assert FORMATS[name].limits == (-most, most - 1)


def test_floats_are_exact() -> None:
    values = [0.0, 1.0, -1.0, 1e-30, 3.4e38]
    samples = FORMATS["f32le"].decode(struct.pack("<5f", *values), 1)
    assert samples[0].tolist() == [struct.unpack("<f", struct.pack("<f", v))[0] for v in values]


def test_any_bytes_are_floats() -> None:
    """Also such as signal when they are touched."""
    samples = FORMATS["f32le"].decode(struct.pack("<2I", 0x7FA00000, 0xFFBFFFFF), 1)
    assert np.isnan(samples).all()


@given(
    st.sampled_from(sorted(WIDTHS)),
    st.integers(1, 5),
    st.lists(st.integers(-(2**15), 2**15 - 1), min_size=60, max_size=60),
    st.lists(st.integers(0, 40), max_size=40),
)
def test_cut_anywhere_the_frames_are_the_same(
    name: str, channels: int, values: list[int], cuts: list[int]
) -> None:
    data = packed(values, WIDTHS[name])
    frames, found = Frames(FORMATS[name], channels), []
    position = 0
    for size in (*cuts, len(data)):
        frames.append(data[position : position + size])
        position += size
        found.append(frames.take(len(frames)))
    assert np.concatenate(found, axis=1).T.ravel().tolist() == values
    assert not frames.drop_partial()


def test_a_partial_frame_is_dropped_whole_ones_stay() -> None:
    frames = Frames(FORMATS["s16le"], 2)
    frames.append(packed([1, 2, 3], 2) + b"\x01")
    assert frames.drop_partial()
    frames.append(packed([4, 5], 2))
    assert frames.take(2).T.tolist() == [[1, 2], [4, 5]]


def test_an_unknown_format() -> None:
    with pytest.raises(OptionError, match=r"--format u8: give one of s16le, s24le, s32le, f32le"):
        sample_format("u8")


def wav(channels: int = 6, width: int = 2, rate: int = 48_000, frames: int = 3) -> bytes:
    """By the standard library."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(range(frames * channels * width)))
    return target.getvalue()


@pytest.mark.parametrize(("width", "name"), [(2, "s16le"), (3, "s24le"), (4, "s32le")])
def test_a_wav_header(width: int, name: str) -> None:
    data = wav(width=width)
    header = wave_header(data)
    assert header is not None
    assert (header.format.name, header.channels, header.rate) == (name, 6, 48_000.0)
    assert data[header.size :] == bytes(range(18 * width))
    assert header.content == 18 * width
    for size in range(header.size):
        assert wave_header(data[:size]) is None


def chunks(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(n + struct.pack("<I", len(d)) + d + bytes(len(d) % 2) for n, d in parts)
    return b"RIFF\xff\xff\xff\xffWAVE" + body


def described(tag: int, bits: int, more: bytes = b"") -> tuple[bytes, bytes]:
    size = 6 * bits // 8
    return b"fmt ", struct.pack("<HHIIHH", tag, 6, 48_000, 48_000 * size, size, bits) + more


def test_extensible_float_chunks_between_and_no_length() -> None:
    float_id = struct.pack("<HHIHHIII", 22, 32, 0x3F, 3, 0, 0x100000, 0xAA000080, 0x719B3800)
    fmt = described(0xFFFE, 32, float_id)
    for size in (b"\xff\xff\xff\xff", b"\0\0\0\0"):
        header = wave_header(chunks(fmt, (b"LIST", b"odd")) + b"data" + size)
        assert header is not None
        assert (header.format.name, header.content) == ("f32le", None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (chunks(described(1, 8)) + b"data\0\0\0\0", "format 1, 8 bit"),
        (chunks(described(6, 16)), "format 6"),
        (chunks((b"fmt ", b"\1\0\1\0")), "cut short"),
        (chunks() + b"data\0\0\0\0", "without a description"),
        (chunks()[:12] + b"LIST\xff\xff\xff\x7f", f"more than {LARGEST}"),
        (b"RIFF1234AVI ", "no WAV header"),
    ],
)
def test_headers_that_are_none(data: bytes, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        wave_header(data)


@given(st.binary(max_size=200), st.booleans())
def test_any_beginning_is_a_header_or_a_clear_error(data: bytes, riff: bool) -> None:
    with contextlib.suppress(X96Error):
        wave_header(b"RIFF\0\0\0\0WAVEfmt " + data if riff else data)


def stripped(data: bytes, cuts: int, *expected: object) -> bytes:
    heading = Heading(*(expected or (FORMATS["s16le"], 6, 48_000.0)))  # type: ignore[arg-type]
    return b"".join(heading.strip(data[n : n + cuts]) for n in range(0, len(data), cuts))


@pytest.mark.parametrize("cuts", [1, 7, 1000])
def test_a_header_is_taken_off_and_what_follows_the_samples(cuts: int) -> None:
    content = bytes(range(36))
    assert stripped(wav() + b"LIST....more", cuts) == content
    assert stripped(b"RIFF1234" + content, cuts) == b"RIFF1234" + content
    assert stripped(b"RI" + content, cuts) == b"RI" + content


@pytest.mark.parametrize("cuts", [1, 5, 1000])
def test_after_one_lot_comes_another_with_its_header(cuts: int) -> None:
    """As `arecord` does at 2 GB, where a part of a frame is left over."""
    first = wav()[:-36] + bytes(range(24)) + b"cut"
    first = first.replace(struct.pack("<4sI", b"data", 36), struct.pack("<4sI", b"data", 27))
    assert stripped(first + wav(), cuts) == bytes(range(24)) + bytes(range(36))


def test_samples_go_on_where_the_length_was_a_guess() -> None:
    """As `sox` does at 2 GB."""
    size = 0x7FFFF000
    header = wav().replace(struct.pack("<4sI", b"data", 36), struct.pack("<4sI", b"data", size))
    heading = Heading(FORMATS["s16le"], 6, 48_000.0)
    assert heading.strip(header) == bytes(range(36))
    zeros = bytes(1 << 20)
    sizes = [len(heading.strip(zeros)) for _ in range(2100)]
    assert 36 + sum(sizes) == 36 + (2100 << 20)


def test_a_header_that_contradicts_the_options() -> None:
    with pytest.raises(RecordingError, match="says s24le, 6 channels, 48000 1/s, the options"):
        stripped(wav(width=3), 1000)
    with pytest.raises(RecordingError, match="more than"):
        stripped(b"RIFF\0\0\0\0WAVEfmt \xff\xff\0\0" + bytes(1 << 17), 1 << 12)


@pytest.mark.parametrize(
    ("text", "count", "roles"),
    [
        (None, 6, "v1=1 v2=2 v3=3 i1=4 i2=5 i3=6"),
        ("2", 2, "v1=1 i1=2"),
        ("i1=1,v1=2", 2, "i1=1 v1=2"),
        ("8,v1=3,i1=1", 8, "v1=3 i1=1"),
        ("v1=1,i1=7", 7, "v1=1 i1=7"),
    ],
)
def test_layouts_of_a_frame(text: str | None, count: int, roles: str) -> None:
    assert frame_layout(text) == (count, dict(pair.split("=") for pair in roles.split()))


@pytest.mark.parametrize(
    "text",
    ["0", "65", "8", "v1=0", "v1=9,i1=70", "2,v1=3", "v1=a", "x", "v1", "3,5", "-1", ""],
)
def test_layouts_that_are_none(text: str) -> None:
    with pytest.raises(OptionError, match=r"channels|--channels"):
        frame_layout(text)


def test_hosts_and_ports() -> None:
    assert host_and_port("5", "udp:5", "127.0.0.1") == ("127.0.0.1", 5)
    assert host_and_port("[::1]:5", "tcp:[::1]:5", None) == ("::1", 5)
    for where in ("", "5", ":5", "a:", "a:b", "a:65536", "a:-1"):
        with pytest.raises(OptionError, match="give tcp:HOST:PORT"):
            host_and_port(where, f"tcp:{where}", None)


def test_what_is_live() -> None:
    for text in ("-", "tcp:a:1", "tcp-listen:1", "udp:1", "pipe:/a"):
        assert is_live_pcm(text)
    for text in ("mains", "a.csv", "tcp.csv", "/dev/null", "nothing\0"):
        assert not is_live_pcm(text)
