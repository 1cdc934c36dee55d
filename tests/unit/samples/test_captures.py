"""Captures: pcap and pcapng against scapy, and against files built after the specifications."""

from __future__ import annotations

import importlib
import io
import struct
import tracemalloc
from decimal import Decimal

import numpy as np
import pytest

from smartx96.errors import RecordingError
from smartx96.samples.capture.reading import read_capture
from smartx96.samples.capture.writing import PcapngWriter, PcapWriter

scapy = pytest.importorskip("scapy.utils")

FRAMES = [bytes([n % 251]) * (60 + n % 7) for n in range(500)]
BEGIN = 1_700_000_000


def read(path):
    """Frames and times [ns] of a capture, and its notes."""
    notes: list[str] = []
    found, times = [], []
    for batch in read_capture(path, notes):
        found += [batch[n] for n in range(len(batch))]
        times += batch.times.tolist()
    return found, times, notes


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, link: int = 1, resolution: int | None = None, offset: int = 0) -> bytes:
    options = struct.pack(order + "HH", 2, 3) + b"eth\0"
    if resolution is not None:
        options += struct.pack(order + "HHB3x", 9, 1, resolution)
    if offset:
        options += struct.pack(order + "HHq", 14, 8, offset)
    options += struct.pack(order + "HH", 0, 0)
    return block(order, 1, struct.pack(order + "HHI", link, 0, 0) + options)


def enhanced(order: str, frame: bytes, ticks: int, number: int = 0, options: bytes = b"") -> bytes:
    head = struct.pack(
        order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)
    )
    return block(order, 6, head + frame + bytes(-len(frame) % 4) + options)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_of_scapy(tmp_path, order, nano):
    path = tmp_path / "a.pcap"
    with scapy.RawPcapWriter(str(path), linktype=1, endianness=order, nano=nano) as writer:
        writer.write_header(None)
        for n, frame in enumerate(FRAMES):
            writer.write_packet(frame, sec=BEGIN + n // 100, usec=(n % 100) * 10_000 + 7)
    found, times, notes = read(path)
    assert found == FRAMES
    unit = 1 if nano else 1000
    assert times == [
        (BEGIN + n // 100) * 10**9 + ((n % 100) * 10_000 + 7) * unit for n in range(500)
    ]
    assert notes == []


def test_pcapng_of_scapy(tmp_path):
    path = tmp_path / "a.pcapng"
    ether = importlib.import_module("scapy.layers.l2").Ether
    with scapy.PcapNgWriter(str(path)) as writer:
        for n, frame in enumerate(FRAMES):
            packet = ether(frame)
            packet.time = Decimal(BEGIN + n) + Decimal("0.123456")
            writer.write(packet)
    found, times, _ = read(path)
    assert found == FRAMES
    assert times == [(BEGIN + n) * 10**9 + 123_456_000 for n in range(500)]


@pytest.mark.parametrize(("writer", "name"), [(PcapWriter, "a.pcap"), (PcapngWriter, "a.pcapng")])
def test_scapy_reads_ours(tmp_path, writer, name):
    frames = np.arange(20 * 61, dtype=np.uint8).reshape(20, 61)
    times = BEGIN * 10**9 + np.arange(20) * 333_333_333
    with (tmp_path / name).open("wb") as file:
        writer(file).add(frames, times)
    with scapy.RawPcapReader(str(tmp_path / name)) as reader:
        found = list(reader)
    assert [frame for frame, _ in found] == [row.tobytes() for row in frames]
    if name == "a.pcap":
        assert [m.sec * 10**9 + m.usec for _, m in found] == times.tolist()
    else:
        assert {m.tsresol for _, m in found} == {10**9}
        assert [m.tshigh << 32 | m.tslow for _, m in found] == times.tolist()
    assert read(tmp_path / name)[:2] == ([row.tobytes() for row in frames], times.tolist())


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_all_that_it_may_hold(tmp_path, order):
    frame = b"\x01" * 61
    obsolete = struct.pack(order + "HHIIII", 1, 9, 0, 5, 61, 61) + frame
    simple = struct.pack(order + "I", 61) + frame
    other = "<" if order == ">" else ">"
    comment = struct.pack(order + "HH", 1, 4) + b"note" + struct.pack(order + "HH", 0, 0)
    (tmp_path / "a.pcapng").write_bytes(
        section(order)
        + interface(order)  # 0: microseconds
        + block(order, 0x0BAD, b"unknown!")
        + interface(order, resolution=9, offset=-100)  # 1: nanoseconds, shifted
        + interface(order, resolution=0x80 | 20)  # 2: 2**-20 s
        + interface(order, link=147)  # 3: no Ethernet
        + interface(order, resolution=12)  # 4: picoseconds
        + enhanced(order, frame, 3_000_001)
        + enhanced(order, frame, 200 * 10**9 + 5, 1, comment)
        + enhanced(order, frame, 3 << 19, 2)
        + enhanced(order, frame, 0, 3)
        + enhanced(order, frame, 10**18 + 1000, 4)
        + block(order, 2, obsolete)
        + block(order, 3, simple)
        + section(other)
        + interface(other, resolution=3)
        + enhanced(other, b"\x02" * 64, 7)
    )
    found, times, notes = read(tmp_path / "a.pcapng")
    assert found == [frame] * 6 + [b"\x02" * 64]
    assert times == [3_000_001_000, 100 * 10**9 + 5, 1_500_000_000, 10**15 + 1, 0, 0, 7_000_000]
    assert notes == ["1 frame of link type 147 left out: no Ethernet"]


@pytest.mark.parametrize("cut", [1, 15, 16, 30, 75])
def test_a_cut_off_pcap_is_read_up_to_there(tmp_path, cut):
    file = io.BytesIO()
    writer = PcapWriter(file)
    writer.add(np.ones((9, 60), np.uint8), np.arange(9))
    (tmp_path / "a.pcap").write_bytes(file.getvalue()[:-cut])
    found, _, notes = read(tmp_path / "a.pcap")
    assert len(found) == 8
    assert len(notes) == 1
    assert "cut off" in notes[0]


@pytest.mark.parametrize("cut", [1, 4, 50, 90])
def test_a_cut_off_pcapng_is_read_up_to_there(tmp_path, cut):
    content = section("<") + interface("<") + enhanced("<", b"1" * 60, 1) * 3
    (tmp_path / "a.pcapng").write_bytes(content[:-cut])
    found, _, notes = read(tmp_path / "a.pcapng")
    assert len(found) == 2
    assert "cut off" in notes[0]


def damaged(content: bytes, at: int, word: int) -> bytes:
    return content[:at] + struct.pack("<I", word) + content[at + 4 :]


PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
RECORD = struct.pack("<IIII", 1, 2, 60, 60) + bytes(60)
NG = section("<") + interface("<") + enhanced("<", b"1" * 60, 1)
LAST = len(section("<") + interface("<"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (damaged(PCAP + RECORD, 32, 0xFFFFFFFF), "record at byte 24 declares .* damaged"),
        (damaged(PCAP + RECORD, 20, 127), "link type 127; Ethernet is due"),
        (PCAP[:20], "cut off within its header"),
        (b"GIF89a" + bytes(100), "neither pcap's nor pcapng's"),
        (damaged(NG, LAST + 4, 13), "declares 13 bytes: damaged"),
        (damaged(NG, LAST + 4, 0xFFFFFFF0), "declares 4294967280 bytes; .* damaged"),
        (damaged(NG, LAST + 8, 1), "not described: damaged"),
        (damaged(NG, LAST + 20, 64), "contradicts itself"),
        (damaged(NG, len(NG) - 4, 96), "contradicts itself"),
        (damaged(NG, 8, 0), "no byte-order mark"),
        (section("<") + enhanced("<", b"1" * 60, 1), "not described"),
        (section("<") + block("<", 3, b"1234"), "no interface"),
        (section("<") + block("<", 1, b"1234"), "too short"),
    ],
)
def test_damage_is_one_line(tmp_path, content, message):
    path = tmp_path / "a.pcapng"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_memory_does_not_grow_with_what_is_declared(tmp_path):
    path = tmp_path / "a.pcapng"
    large = 300_000_000
    head = section("<") + interface("<") + enhanced("<", b"1" * 60, 1)
    with path.open("wb") as file:
        file.write(head + struct.pack("<II", 0x0BAD, large))
        file.seek(len(head) + large - 4)
        file.write(struct.pack("<I", large) + enhanced("<", b"2" * 60, 2))
    tracemalloc.start()
    found, _, notes = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [b"1" * 60, b"2" * 60]
    assert notes == []
    assert peak < 20e6
