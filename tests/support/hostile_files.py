"""Files that lie about themselves, one for each way that formats know. Nothing here is of the
project: headers are packed by hand or written by other libraries and then changed."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from support.published import asdu, frame, pcap, sample, stream, waves

Case = tuple[str, dict[str, bytes], str]
"""Name of the file to open, all files by name, and a pattern of the line that is due; empty where
the file is to be read."""

CFG = """\
station,recorder,1999
5,2A,3D
1,UA,A,,V,0.5,0,0,-32767,32767,110,0.1,S
2,IA,A,,A,0.01,1,3,-32767,32767,1,1,P
1,D1,,,0
2,D2,,,0
3,D3,,,0
50
1
1000,600
01/02/2020,10:20:30.123456
01/02/2020,10:20:30.5
BINARY
1
"""
ROWS = b"".join(
    struct.pack("<II3h", n + 1, n * 1000, round(500 * np.sin(0.314159 * n)), 200, 0)
    for n in range(600)
)


def record(changes: dict[int, str], data: bytes = ROWS) -> dict[str, bytes]:
    """A COMTRADE pair with some lines of the configuration replaced, counted from 1."""
    lines = [changes.get(n, line) for n, line in enumerate(CFG.splitlines(), 1)]
    return {"a.cfg": "\n".join([*lines, ""]).encode(), "a.dat": data}


def comtrade() -> Iterator[Case]:
    """Configurations and containers."""
    analog = "1,UA,A,,{unit},{a},0,0,-32767,32767,110,0.1,S"
    for changes, line in (
        ({2: "999999999,999999999A,0D"}, "line 2: .* more than 100000 channels"),
        ({2: "9" * 5000 + "," + "9" * 5000 + "A,0D"}, "line 2: the number of channels"),
        ({2: "-1,-1A,0D"}, "line 2: .* names no channels"),
        ({2: "0,0A,0D"}, "line 2: .* names no channels"),
        ({2: "5,0A,5D"}, "no analog channels"),
        ({2: "2000,2A,1998D"}, "ends at line 14 before digital channel"),
        ({3: analog.format(unit="V", a="inf")}, "line 3: .* not finite"),
        ({3: analog.format(unit="V", a="nan")}, "line 3: .* not finite"),
        ({3: analog.format(unit="kV", a="1e308")}, ""),
        ({9: "999999999"}, "line 11: the sampling rate"),
        ({9: "-3"}, ""),
        ({10: "nan,600"}, "line 10: the sampling rate .* not finite"),
        ({10: "1e300,600"}, r"sampling rate 1e\+300"),
        ({10: "1e-300,600"}, "sampling rate 1e-300"),
        ({10: "-1000,600"}, ""),
        ({10: "1000,1e300"}, ""),
        ({1: "a,b," + "9" * 5000}, ""),
        ({1: "a,b,²"}, ""),
        ({11: "31/12/9999,24:00:00"}, ""),
        ({13: "PICKLE"}, "line 13: data format 'PICKLE'"),
        ({14: "1e400"}, ""),
        ({14: "1e300"}, ""),
        ({14: "1e308"}, ""),
    ):
        yield "a.cfg", record(changes), line
    yield "a.cfg", record({}, b"\0" * 9), "holds no samples"
    ascii_rows = {13: "ASCII"}
    yield "a.cfg", record(ascii_rows, b"1," * (5 << 20)), "line of over"
    yield "a.cfg", record(ascii_rows, b"1,2\n" * 600), "row 1: .* fields"
    yield "a.cfg", {"a.cfg": b"\n" * (1 << 25), "a.dat": ROWS}, "larger than"
    single = b"--- file type: CFG ---\n" + CFG.encode() + b"--- file type: DAT BINARY: "
    yield "a.cff", {"a.cff": single + b"9" * 5000 + b" ---\n" + ROWS}, "no section"
    yield "a.cff", {"a.cff": single + b" " * 50_000 + b" ---\n" + ROWS}, "no section"
    yield "a.cff", {"a.cff": single + b"18446744073709551615 ---\n" + ROWS}, ""
    yield "a.cff", {"a.cff": b"--- file type: CFG ---\n" + CFG.encode()}, "no section"


def text() -> Iterator[Case]:
    """Text columns."""
    even = b"time,v1,i1\n" + b"".join(b"%.4f,%d,2\n" % (n / 1000, n % 20) for n in range(3000))
    long = b"time,v1,i1\n" + b"1," * (50 << 20)
    yield "a.csv", {"a.csv": long}, "no rows of numbers"
    yield "a.csv", {"a.csv": even + b"1" * (100 << 20)}, "line of over"
    yield "a.csv", {"a.csv": b",".join([b"1"] * 400_000) + b"\n"}, "400000 columns"
    yield "a.csv", {"a.csv": b"x" * 200_000 + b",i1\n" + b"1,2\n" * 99}, "--rate"
    yield "a.csv", {"a.csv": even + b"1e15,1,1\n1e15,2,2\n"}, "jump by more than"
    yield "a.csv", {"a.csv": even + b"1e9,1,1\n1e9,2,2\n"}, ""
    yield "a.csv", {"a.csv": even + b"inf,1,1\nnan,2,2\n"}, ""
    tiny = b"time,v1,i1\n" + b"".join(b"%de-320,1,2\n" % n for n in range(99))
    yield "a.csv", {"a.csv": tiny}, "does not increase"
    yield "a.csv", {"a.csv": tiny.replace(b"e-320", b"e300")}, "does not increase"
    yield "a.csv", {"a.csv": b"\xff\xfe" + bytes(range(1, 250)) * 9}, "no rows of numbers"
    yield "a.csv", {"a.csv": bytes(9999)}, "no rows of numbers"
    swallowed = even.replace(b"2.5000,", b'2.5000,"', 1)
    yield "a.csv", {"a.csv": swallowed}, ""
    rows = b"\n" + b"1,2\n" * 99
    for blanks in (
        b" " * 90_000 + b"x",
        b"a: x" + b" " * 90_000 + b"y",
        b"v" + b" " * 90_000 + b"[,i1",
    ):
        yield "a.csv", {"a.csv": blanks + rows}, "--rate"
    yield "a.csv", {"a.csv": even.replace(b",2\n", b",1e400\n")}, ""


def array(header: str, data: bytes = bytes(4096), version: int = 1) -> bytes:
    """A .npy file with this header."""
    size = struct.pack("<H" if version == 1 else "<I", len(header) + 1)
    return b"\x93NUMPY" + bytes((version, 0)) + size + header.encode() + b"\n" + data


def described(descr: str = "'<f8'", shape: str = "(512,)") -> str:
    """The header of an array."""
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


def npy() -> Iterator[Case]:
    """Headers of arrays."""
    for header, line in (
        (described(shape=f"({2**60},)"), "9223372036854775808 bytes .* are declared"),
        (described(shape=f"({2**60}, {2**60})"), "65536 channels are the most"),
        (described(shape="(-1, 2)"), "declares the shape"),
        (described(shape="(True,)"), "declares the shape"),
        (described(shape="(" + "9" * 5000 + ",)"), "damaged"),
        (described(shape="()"), "has the shape"),
        (described(shape="(0,)"), "there are no samples"),
        (described("'|O'"), "Python objects"),
        (described("'<c16'"), "samples are real numbers"),
        (described("[]"), "samples are real numbers"),
        (described("{}"), "samples are real numbers"),
        (described("[('a',)]"), "damaged"),
        (described("'<m8[9999999999999999s]'"), "damaged"),
        (described("('<f8', (99999999999,))"), "damaged"),
        ("-" * 6000 + "1", "damaged"),
        ("(" * 4000, "damaged"),
        ("{" * 9000, "damaged"),
        ("[" * 90 + "]" * 90, "damaged"),
        ("x" * 60_000, "damaged"),
    ):
        yield "a.npy", {"a.npy": array(header)}, line
    yield "a.npy", {"a.npy": array(described(), version=2)[:11]}, "damaged"
    huge = b"\x93NUMPY\2\0" + struct.pack("<I", 0xFFFFFFFF) + bytes(99)
    yield "a.npy", {"a.npy": huge}, "damaged"


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def npz() -> Iterator[Case]:
    """Archives of arrays."""
    packed = zipfile.ZIP_DEFLATED
    rate = array(described("'<f8'", "(1,)"), struct.pack("<d", 1000))
    lanes = array(described("'|u1'", "(3000, 3001)"), bytes(9_003_000))
    inner = archive({"v1.npy": array(described())})
    for members, line in (
        (
            {"samples.npy": array(described(shape=f"({2**60},)")), "rate.npy": rate},
            "declared length",
        ),
        ({"v1.npy": array(described("'|O'")), "rate.npy": rate}, "Python objects"),
        ({"v1.npy": inner, "rate.npy": rate}, "damaged"),
        ({"inner.npz": inner}, "neither an array 'samples' nor one per channel"),
        ({"v1.npy": array(described()), "rate.npy": array(described())}, "--rate"),
        ({"samples.npy": lanes, "rate.npy": rate}, ""),
        ({"v1.npy": array(described()), "rate.npy": array(described("'<f8'", "(1,)"))}, "rate"),
        (
            {"v1.npy": array(described()), "rate.npy": rate,
             "channels.npy": array(described("'<U999999999'", "(1,)"))}, "channels: .* damaged",
        ),
    ):  # fmt: skip
        yield "a.npz", {"a.npz": archive(members, packed)}, line
    letter = array(described("'<U1'", "(1,)"), b"\xff\xff\xff\xff")
    named = {"samples.npy": array(described(shape="(512, 1)")), "rate.npy": rate}
    yield "a.npz", {"a.npz": archive(named | {"channels.npy": letter})}, ""
    square = array(described("'|u1'", f"({2**40}, {2**40})"))
    yield "a.npz", {"a.npz": archive({"samples.npy": square}, packed)}, "65536 channels"
    good = archive({"v1.npy": array(described(), bytes(4096)), "rate.npy": rate}, packed)
    size = struct.pack("<I", len(array(described())))
    assert good.count(size)
    yield "a.npz", {"a.npz": good.replace(size, b"\xff\xff\xff\xff")}, ""
    yield "a.npz", {"a.npz": good[:-9]}, "not a readable .npz archive"


def riff(fmt: tuple[int, ...], data: bytes, size: int | None = None, more: bytes = b"") -> bytes:
    """A WAV file; tag, channels, rate, bits as `fmt`."""
    tag, channels, rate, bits, *align = fmt
    frame_ = align[0] if align else channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, 0, frame_ & 0xFFFF, bits)
    body = b"WAVE" + more + b"fmt " + struct.pack("<I", 16) + head
    body += b"data" + struct.pack("<I", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav() -> Iterator[Case]:
    """RIFF chunks."""
    data = bytes(4000)
    for fmt, line in (
        ((1, 65535, 1000, 32), "65535 channels|frames of"),
        ((1, 0, 1000, 16), "declares no channels"),
        ((1, 2, 0, 16), "sampling rate of 0"),
        ((1, 2, 0xFFFFFFFF, 16), "sampling rate 4.29497e\\+09"),
        ((1, 2, 1000, 16, 3), "declares frames of 3 bytes"),
        ((1, 2, 1000, 0), "PCM of 0 bits"),
        ((3, 2, 1000, 16), "float of 16 bits"),
        ((85, 2, 1000, 16), "MP3"),
    ):
        yield "a.wav", {"a.wav": riff(fmt, data)}, line
    good = (1, 2, 1000, 16)
    yield "a.wav", {"a.wav": riff(good, data, 0xFFFFFFF0)}, ""
    yield "a.wav", {"a.wav": riff(good, data, 0xFFFFFFFF)}, ""
    yield "a.wav", {"a.wav": riff(good, b"")}, "holds no samples"
    yield "a.wav", {"a.wav": riff(good, data, more=b"junk\xff\xff\xff\xff")}, "no 'fmt' chunk"
    yield "a.wav", {"a.wav": riff(good, data, more=b"junk\0\0\0\0" * 9999)}, "no 'fmt' chunk"
    channel = '{"name":"\\ud800\\n","phase":"","unit":"V","side":null,"primary":1,"secondary":1}'
    text = '{"smartx96":{"rate":1000,"start":"9999-12-31T23:59:59-23:00","full_scale":1e-320,'
    for missing in ("-1", "1e400", "9" * 400):
        full = text + f'"scales":[1e308,0],"missing":{missing},"channels":[{channel},{channel}]}}}}'
        own = full.encode() + b" " * (len(full) % 2)
        chunk = b"x96d" + struct.pack("<I", len(own)) + own
        yield "a.wav", {"a.wav": riff(good, data, more=chunk)}, ""
    large = b"ds64" + struct.pack("<IQQQI", 28, 1 << 63, 1 << 63, 1 << 62, 0)
    yield "a.wav", {"a.wav": riff(good, data, 0xFFFFFFFF, large)}, ""


def captures() -> Iterator[Case]:
    """Captures and sampled values."""
    frames, times = stream(waves(60), 4000, rate=80)
    good = pcap(frames, times)
    changed = bytearray(good)
    changed[24 + 8 : 24 + 12] = b"\xff\xff\xff\xff"
    yield "a.pcap", {"a.pcap": bytes(changed)}, "declares a frame of 4294967295 bytes"
    yield "a.pcap", {"a.pcap": good[:16] + b"\xff\xff\xff\xff" + good[20:]}, ""
    yield "a.pcap", {"a.pcap": good[:20]}, "cut off within its header"
    yield "a.pcap", {"a.pcap": good[:24]}, "holds no sampled values"
    yield "a.pcap", {"a.pcap": good[:-7]}, ""
    section = b"\x0a\x0d\x0d\x0a" + struct.pack("<IIHHqI", 28, 0x1A2B3C4D, 1, 0, -1, 28)
    for length in (0, 8, 13, 0xFFFFFFFC, 0xFFFFFFFF):
        block = struct.pack("<II", 6, length) + bytes(99)
        line = "holds no sampled values" if length == 99 else "declares \\d+ bytes"
        yield "a.pcapng", {"a.pcapng": section + block}, line
    yield "a.pcapng", {"a.pcapng": section + struct.pack("<II", 9, 0xFFFFFFFC)}, "no sampled values"
    yield "a.pcapng", {"a.pcapng": section[:12] + bytes(16)}, "declares|cut off|no sampled"
    ends = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
    yield "a.pcapng", {"a.pcapng": section + ends * 5000}, "more than 4096 interfaces"
    for tail in (b"\x60\x84\xff\xff\xff\xff", b"\x60\x80", b"\x60\xff", b"\x60\x85" + bytes(5)):
        octets = frames[0][:22] + tail + bytes(60)
        yield "a.pcap", {"a.pcap": pcap([octets], [0])}, "holds no sampled values"
    none = [frame([asdu(0, sample([]))])]
    yield "a.pcap", {"a.pcap": pcap(none, [0])}, "holds no sampled values"
    later = [*times[:30], *(2**31 * 10**9 + time for time in times[30:])]
    yield "a.pcap", {"a.pcap": pcap(frames, [t % (2**32 * 10**9) for t in later])}, "--rate"


def toml() -> Iterator[Case]:
    """Scenarios."""
    for content, line in (
        (b"duration = 1e400\n", "duration"),
        (b"duration = nan\n", "duration"),
        (b"duration = -1\n", "duration"),
        (b"duration = 1\nrate = 1e300\n", "rate"),
        (b"duration = 1\nrate" + b".a" * 50_000 + b" = 1\n", "too many parts"),
        (b"duration = 1\nrate" + b'."a"' * 50_000 + b" = 1\n", "too many parts"),
        (b"duration = 1\n[rate" + b" . a" * 50_000 + b"]\n", "too many parts"),
        (b"duration = 1\nrate" + b".a" * 15 + b" = 1\n", "rate"),
        (b"duration = 1\nrate = " + b"[" * 50_000 + b"]" * 50_000, "TOML"),
        (b"duration = 1\nrate = " + b"9" * 50_000, "TOML|rate"),
        (b"duration = 1\n" + b"[[event]]\n" * 90_000, "event"),
        (b"duration = 1\n" + b"#" * (1 << 20), "larger than"),
        (b'duration = 1\n"\\u001b[31m" = 1\n', "unknown key"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'"' * 100_000, "TOML"),
        (b"duration = 0.2\n[voltage]\nharmonics = [[2, 1e308]]\n", "harmonics"),
    ):
        yield "a.toml", {"a.toml": content}, line


def flac() -> Iterator[Case]:
    """FLAC files by libsndfile, with another header."""
    import soundfile

    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(-999, 999, (4000, 2)).astype(np.int16)
    soundfile.write(out, noise, 1000, format="FLAC", subtype="PCM_16")
    good = out.getvalue()
    # STREAMINFO: 20 bits of rate, 3 of channels, 5 of bits, 36 of samples.
    head, rest = good[:18], good[26:]
    fields = int.from_bytes(good[18:26], "big")
    endless = (fields | (1 << 36) - 1).to_bytes(8, "big")
    yield "a.flac", {"a.flac": head + endless + rest}, "damaged|does not tell"
    unknown = (fields & ~((1 << 36) - 1)).to_bytes(8, "big")
    yield "a.flac", {"a.flac": head + unknown + rest}, "damaged|no samples"
    still = (fields & ((1 << 44) - 1)).to_bytes(8, "big")
    yield "a.flac", {"a.flac": head + still + rest}, "damaged"
    yield "a.flac", {"a.flac": good[: len(good) // 2]}, "cut off"
    long = b"\x04\xff\xff\xff" + b"\xff" * 40
    yield "a.flac", {"a.flac": good[:4] + b"\0" + good[5:42] + long + good[42:]}, "damaged|no FLAC"


def hdf5() -> Iterator[Case]:
    """HDF5 files by h5py."""
    import h5py

    def made(fill: Callable[[h5py.File], object]) -> dict[str, bytes]:
        out = io.BytesIO()
        with h5py.File(out, "w") as file:
            file.attrs["rate"] = 1000.0
            fill(file)
        return {"a.h5": out.getvalue()}

    def empty(file: h5py.File) -> None:
        file.create_dataset("v1", (2**60,), "f8", chunks=(4096,), compression="gzip")

    def endless(file: h5py.File) -> None:
        values = file.create_dataset("v1", (2**60,), "f8", chunks=(4096,))
        values[:9] = 1.0

    def wide(file: h5py.File) -> None:
        file.create_dataset("s", (2**20, 2**21), "f8", chunks=(64, 64))

    def chunky(file: h5py.File) -> None:
        file.create_dataset("v1", (2**28,), "f8", chunks=(2**27,))

    def circle(file: h5py.File) -> None:
        file["v1"] = np.ones(999)
        file["loop"] = h5py.SoftLink("/")
        file.create_group("g")["up"] = file["/"]

    def outside(file: h5py.File) -> None:
        file["v1"] = h5py.ExternalLink("/etc/passwd", "/v1")

    def objects(file: h5py.File) -> None:
        file.create_dataset("v1", (9,), h5py.ref_dtype)

    for fill, line in (
        (empty, "declares"), (endless, "declares"), (wide, "declares"),
        (chunky, "chunks too large"), (circle, ""), (outside, "no dataset"),
        (objects, "no dataset"),
    ):  # fmt: skip
        yield "a.h5", made(fill), line
    good = made(circle)["a.h5"]
    yield "a.h5", {"a.h5": good[: len(good) // 2]}, "damaged|no HDF5"
    yield "a.h5", {"a.h5": b"\x89HDF\r\n\x1a\n" + b"\xff" * 999}, "damaged|no HDF5"


def parquet() -> Iterator[Case]:
    """Parquet files by Arrow, with another footer."""
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    table = pyarrow.table({"v1": np.arange(3000.0), "i1": np.arange(3000.0)})
    pyarrow.parquet.write_table(table.replace_schema_metadata({"rate": "1000"}), out)
    good = out.getvalue()
    nested = io.BytesIO()
    metadata = {"rate": "1000", "PANDAS_ATTRS": "[" * 100_000}
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), nested)
    yield "a.parquet", {"a.parquet": nested.getvalue()}, ""
    yield "a.parquet", {"a.parquet": good[:-8] + b"\xff\xff\xff\x7fPAR1"}, "damaged"
    yield "a.parquet", {"a.parquet": good[:-8] + bytes(4) + b"PAR1"}, "damaged"
    yield "a.parquet", {"a.parquet": good[: len(good) // 2]}, "damaged"
    yield "a.parquet", {"a.parquet": good[:40] + b"\xff" * 400 + good[440:]}, "damaged"
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"a": ["x"] * 9}), out)
    yield "a.parquet", {"a.parquet": out.getvalue()}, "no columns? of numbers"


FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    "comtrade": comtrade, "text": text, "npy": npy, "npz": npz, "wav": wav, "captures": captures,
    "toml": toml, "flac": flac, "hdf5": hdf5, "parquet": parquet,
}  # fmt: skip


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write the files of a case."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
