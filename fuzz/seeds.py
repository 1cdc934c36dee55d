"""Seeds of the fuzzing targets: small files of every kind that the readers know.

    python fuzz/seeds.py FOLDER

writes FOLDER/comtrade/*, FOLDER/capture/*, FOLDER/wav/*.
"""

from __future__ import annotations

import io
import struct
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.fuzzed import SEPARATOR
from support.published import asdu, element, frame, pcap, sample, stream, waves

Seeds = Iterator[tuple[str, bytes]]

ANALOG = ("1,UA,A,,V,0.5,0,0,-32767,32767,110,0.1,S", "2,IA,A,,kA,0.01,1,3,-32767,32767,1,1,P")
MOMENTS = ("01/02/2020,10:20:30.123456", "01/02/2020,10:20:30.5")


def cfg(kind: str, revision: str = "1999", rates: tuple[str, ...] = ("1000,8",),
        analog: tuple[str, ...] = ANALOG, digital: int = 3, encoding: str = "utf-8",
        moments: tuple[str, ...] = MOMENTS) -> bytes:  # fmt: skip
    """A configuration."""
    lines = [
        f"station Süd,recorder,{revision}" if revision else "station,recorder",
        f"{len(analog) + digital},{len(analog)}A,{digital}D",
        *analog,
        *(f"{n},D{n},,,0" for n in range(1, digital + 1)),
        "50",
        str(len(rates)) if rates[0] != "0,8" else "0",
        *rates,
        *moments,
        kind,
        "1",
        *(("+5h30,+5h30", "B,3") if revision == "2013" else ()),
    ]
    return "\r\n".join([*lines, ""]).encode(encoding, "replace")


def rows(kind: str, count: int = 8, step: int = 1000, analog: int = 2, digital: int = 3) -> bytes:
    """Samples."""
    values = (np.arange(count * analog).reshape(count, analog) * 7919) % 60_001 - 30_000
    if kind == "ASCII":
        return "".join(
            ",".join(map(str, [n + 1, n * step, *row, *[n % 2] * digital])) + "\r\n"
            for n, row in enumerate(values.tolist())
        ).encode()
    letter = {"BINARY": "h", "BINARY32": "i", "FLOAT32": "f"}[kind]
    words = (digital + 15) // 16
    return b"".join(
        struct.pack(f"<II{analog}{letter}{words}H", n + 1, n * step, *row, *[n % 8] * words)
        for n, row in enumerate(values.tolist())
    )


def comtrade() -> Seeds:
    """Pairs and single files of all formats and revisions, with one rate, several and none."""
    for kind in ("ASCII", "BINARY", "BINARY32", "FLOAT32"):
        yield f"pair-{kind}", cfg(kind) + SEPARATOR + rows(kind)
        note = "" if kind == "ASCII" else f" {kind}: {len(rows(kind))}"
        yield f"single-{kind}", (
            b"--- file type: CFG ---\r\n" + cfg(kind, "2013")
            + b"--- file type: INF ---\r\n--- file type: HDR ---\r\n"
            + f"--- file type: DAT{note or ' ASCII'} ---\r\n".encode() + rows(kind)
        )  # fmt: skip
    tracked = tuple(f"{1200 + n},{4 * n + 4}" for n in range(8))
    yield "tracked", cfg("BINARY", rates=tracked) + SEPARATOR + rows("BINARY", 32, 833)
    stepped = ("4000,8", "400,16", "50,24")
    yield "stepped", cfg("ASCII", rates=stepped) + SEPARATOR + rows("ASCII", 24)
    yield "stamped", cfg("ASCII", rates=("0,8",)) + SEPARATOR + rows("ASCII")
    uneven = b"".join(b"%d,%d,%d,%d,0,0,0\n" % (n, n * n * 500, n, -n) for n in range(1, 12))
    yield "uneven", cfg("ASCII", rates=("0,8",)) + SEPARATOR + uneven
    old = ("1,UA,A,,V,0.5,0,0,-32767,32767", "2,I名,A,,A,0.01,1,0,0,65535")
    first = ("02/01/91,10:20:30.123456", "02/01/91,10:20:30.5")
    pair = cfg("BINARY", "", analog=old, encoding="gb18030", moments=first)
    yield "revision-1991", pair + SEPARATOR + rows("BINARY")
    yield "cyrillic", (
        cfg("ASCII", analog=(ANALOG[0].replace("UA", "Напряжение Ua"), ANALOG[1]),
            encoding="cp1251") + SEPARATOR + rows("ASCII")[:-9] + b"\x1a"
    )  # fmt: skip
    gap = rows("BINARY", 8) + rows("BINARY", 8, 9999)
    yield "gap", cfg("BINARY", rates=("1000,16",)) + SEPARATOR + gap
    empty = b"1,0,1,,0,0,0\n2,1000,,99999,1,1,1\n\n3,2000,5,6,0,0,0\n"
    yield "missing", cfg("ASCII", moments=("32/13/0015,24:00:00", "")) + SEPARATOR + empty


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A block of a pcapng file."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def pcapng(frames: list[bytes], times: list[int], order: str = "<", kind: int = 6,
           options: bytes = b"") -> bytes:  # fmt: skip
    """A pcapng file with one section and one interface."""
    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    out += block(1, struct.pack(order + "HHI", 1, 0, 0) + options, order)
    for octets, time in zip(frames, times, strict=True):
        high, low = divmod(time // 1000, 1 << 32)
        size = struct.pack(order + "II", len(octets), len(octets))
        heads = {
            6: struct.pack(order + "III", 0, high, low) + size,
            2: struct.pack(order + "HHII", 0, 0, high, low) + size,
            3: size[:4],
        }
        out += block(kind, heads[kind] + octets, order)
    return out


def long_form(length: int) -> bytes:
    """A length in four octets, where one would do."""
    return b"\x84" + length.to_bytes(4, "big")


def capture() -> Seeds:
    """Both formats in both orders; frames of every layout, with losses and other traffic."""
    frames, times = stream(waves(6), 4000, rate=80)
    for order in "<>":
        yield f"pcap{ord(order)}", pcap(frames, times, order)
        yield f"pcapng{ord(order)}", pcapng(frames, times, order)
    yield "obsolete", pcapng(frames, times, kind=2)
    yield "simple", pcapng(frames, times, kind=3)
    nano = struct.pack("<HHB3xHHq", 9, 1, 9, 14, 8, 5) + bytes(4)
    yield "options", pcapng(frames, times, options=nano)
    yield "other", pcapng(frames[:3], times[:3]) + block(5, bytes(20)) + pcapng(frames, times)
    eight, when = stream(waves(16, 6), 12800, asdus=8, svid="F12800S8I3U3", mode=1, rate=12800)
    yield "eight", pcap(eight, when)
    lost = [*frames[:2], frames[4], frames[3], frames[3], frames[5]]
    yield "order", pcap(lost, times)
    tagged = [frame([asdu(n, sample(range(8)), time=bytes(8), grandmaster=bytes(8),
                          dataset="d")], tags=b"\x81\x00\x80\x05", security=b"xyz",
                    padding=bytes(4), reserved=0x8000, length=long_form)
              for n in range(4)]  # fmt: skip
    yield "tagged", pcap(tagged, times[:4])
    two = [frame([asdu(n, sample(range(4)), svid)]) for n in range(3) for svid in ("A", "B")]
    yield "two", pcap(two, times)
    cooked = [bytes(14) + octets[12:] for octets in frames]
    yield "cooked", pcap(cooked, times, link=113)
    broken = [frame([element(0x30, b"\x80")]), frames[0][:40], bytes(60), *frames[:3]]
    yield "broken", pcap(broken, times)
    quality = [frame([asdu(n, sample(range(8), [n] * 8))]) for n in range(5)]
    yield "quality", pcap(quality, times[:5])


def riff(fmt: bytes, data: bytes, form: bytes = b"RIFF", more: bytes = b"", order: str = "<",
         size: int | None = None) -> bytes:  # fmt: skip
    """A WAV file of these chunks."""

    def chunk(id: bytes, content: bytes, size: int | None = None) -> bytes:
        declared = len(content) if size is None else size
        return id + struct.pack(order + "I", declared) + content + bytes(len(content) % 2)

    body = b"WAVE" + more + chunk(b"fmt ", fmt) + chunk(b"data", data, size)
    return form + struct.pack(order + "I", len(body)) + body


def wav() -> Seeds:
    """Integers and floats of every width, the extensible form, RF64, RIFX and unknown lengths."""
    values = bytes(range(48))
    for width in (1, 2, 3, 4):
        whole = io.BytesIO()
        with wave.open(whole, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(width)
            file.setframerate(6400)
            file.writeframes(values)
        yield f"pcm{8 * width}", whole.getvalue()

    def fmt(tag: int, bits: int, channels: int = 2, order: str = "<") -> bytes:
        align = channels * bits // 8
        return struct.pack(order + "HHIIHH", tag, channels, 6400, 6400 * align, align, bits)

    floats = struct.pack("<6f", 0, 1, -1, float("nan"), float("inf"), 3e38)
    yield "float32", riff(fmt(3, 32), floats)
    yield "float64", riff(fmt(3, 64), np.frombuffer(floats, "<f4").astype("<f8").tobytes())
    tail = bytes.fromhex("000000001000800000aa00389b71")
    extended = fmt(0xFFFE, 16) + struct.pack("<HHIH", 22, 16, 3, 1) + tail
    yield "extensible", riff(extended, values)
    yield "rifx", riff(fmt(1, 16, order=">"), values, b"RIFX", order=">")
    large = b"ds64" + struct.pack("<IQQQI", 28, 200, 48, 12, 0)
    yield "rf64", riff(fmt(1, 24), values, b"RF64", large, size=0xFFFFFFFF)
    yield "endless", riff(fmt(1, 16), values, size=0xFFFFFFFF)
    yield "nothing", riff(fmt(1, 16), values, size=0)
    channel = '{"name":"%s","phase":"A","unit":"V","side":null,"primary":1.0,"secondary":1.0}'
    channels = ",".join(channel % name for name in ("UA", "IA"))
    text = (
        '{"smartx96":{"rate":6400.2,"start":"2026-01-01T00:00:00+00:00","full_scale":null,'
        f'"scales":[0.5,2.0],"missing":-32768,"channels":[{channels}]}}}}'
    ).encode()
    text += b" " * (len(text) % 2)
    described = b"x96d" + struct.pack("<I", len(text)) + text
    yield "described", riff(fmt(1, 16), values + b"\x00\x80" * 4, more=described)


TARGETS: dict[str, Callable[[], Seeds]] = {"comtrade": comtrade, "capture": capture, "wav": wav}


def main(folder: Path) -> None:
    """Write all seeds."""
    for target, seeds in TARGETS.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in seeds():
            (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
