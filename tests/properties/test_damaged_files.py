"""Files cut off, with bits turned, stretches gone and numbers that lie: samples, or one line.

The files are real ones, where they are there, and small ones of every format by other libraries and
by the project. Each is read and measured with memory and time limited.
"""

from __future__ import annotations

import io
import os
import re
import struct
import warnings
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartx96.samples import open_recording, write_recording
from smartx96.samples.scenario import Scenario, Wave
from support.exercise import confined, exercise, measured
from support.published import pcap, stream, waves
from support.shared import DATA

SOAK = bool(os.environ.get("SOAK"))
ROOMY = 40_000
"""Bytes that are kept of a real file."""

Files = dict[str, bytes]
"""Files by suffix; the first is opened, and damage comes to any."""

samples = (np.sin(np.arange(2400).reshape(2, 1200) / 20.4) * 20_000).astype("<i2")


def by_wave() -> Files:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(6400)
        file.writeframes(np.ascontiguousarray(samples.T).tobytes())
    return {".wav": out.getvalue()}


def by_soundfile() -> Files:
    soundfile = pytest.importorskip("soundfile")
    out = io.BytesIO()
    soundfile.write(out, samples.T, 6400, format="FLAC", subtype="PCM_16")
    return {".flac": out.getvalue()}


def by_numpy_npz() -> Files:
    out = io.BytesIO()
    np.savez_compressed(out, rate=6400.0, samples=samples)
    return {".npz": out.getvalue()}


def by_numpy_channels() -> Files:
    out = io.BytesIO()
    np.savez(out, t=np.arange(1200) / 6400, v1=samples[0], i1=samples[1])
    return {".npz": out.getvalue()}


def by_numpy_npy() -> Files:
    out = io.BytesIO()
    np.save(out, samples.T)
    return {".npy": out.getvalue()}


def by_numpy_text() -> Files:
    out = io.StringIO()
    np.savetxt(out, np.column_stack((np.arange(1200) / 6400, samples.T)), "%.7g", ";",
               header="time [s];v1 [V];i1 [A]")  # fmt: skip
    return {".csv": out.getvalue().encode()}


def by_arrow() -> Files:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    times = np.arange(1200) / 6400
    parquet.write_table(pyarrow.table({"time": times, "v1": samples[0], "i1": samples[1]}), out)
    return {".parquet": out.getvalue()}


def by_h5py() -> Files:
    h5py = pytest.importorskip("h5py")
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs["sample rate"] = 6400.0
        file.create_dataset("v1", data=samples[0], chunks=(100,), compression="gzip")
        file.create_dataset("i1", data=samples[1]).attrs["unit"] = "A"
    return {".h5": out.getvalue()}


def by_scapy() -> Files:
    layers = pytest.importorskip("scapy.all")
    frames, times = stream(waves(300), 4000, rate=4000)
    out = io.BytesIO()
    writer = layers.PcapWriter(out)
    for octets, time in zip(frames, times, strict=True):
        packet = layers.Ether(octets)
        packet.time = time / 1e9
        writer.write(packet)
    writer.flush()
    return {".pcap": out.getvalue()}


def by_hand() -> Files:
    return {".pcap": pcap(*stream(waves(300), 12800, asdus=8), order=">")}


def by_us(suffix: str, data_format: str | None = None) -> Callable[[], Files]:
    def make() -> Files:
        import tempfile

        source = Scenario(
            voltages=(Wave(230),) * 3, currents=(Wave(5, 30),) * 3, rate=4000, duration=0.25
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a" + suffix)
            write_recording(path, source, data_format=data_format, annotated=True)
            first = {suffix: path.read_bytes()}
            others = {p.suffix: p.read_bytes() for p in path.parent.iterdir()}
            return first | others

    return make


MADE: dict[str, Callable[[], Files]] = {
    "wave": by_wave,
    "soundfile": by_soundfile,
    "numpy npz": by_numpy_npz,
    "numpy channels": by_numpy_channels,
    "numpy npy": by_numpy_npy,
    "numpy text": by_numpy_text,
    "arrow": by_arrow,
    "h5py": by_h5py,
    "scapy": by_scapy,
    "pcap": by_hand,
    "our pcapng": by_us(".pcapng"),
    "our float32": by_us(".cfg"),
    "our ascii": by_us(".cff", "ascii"),
    "our binary": by_us(".cff", "binary"),
    "our csv": by_us(".csv"),
    "our npz": by_us(".npz"),
    "our wav": by_us(".wav", "s24"),
    "our flac": by_us(".flac"),
    "our parquet": by_us(".parquet"),
    "our hdf5": by_us(".h5"),
}
REAL = (
    "comtrade/wisp_1.cfg", "comtrade/wisp_2.cfg", "comtrade/wisp_5.cfg",
    "comtrade/cio_ascii_1991.cfg", "comtrade/python_comtrade_samples/sample_ascii.cff",
    "comtrade/python_comtrade_samples/sample_float32.cff",
    "comtrade/python_comtrade_samples/sample_bin.cfg", "cmi_sim/cmi_01.npy", "cmi_sim/cmi_02.wav",
    "cmi_sim/cmi_08.csv", "sv/epm_rex640_first10000.pcapng",
    "csv_misc/epm_simulated_ROCOF_fs4000_f49.9-50.csv",
    "parquet/daqopen_m_20260329_1044.parquet",
)  # fmt: skip
WHOLE = (".parquet", ".npy")
"""Formats that say nothing without their end."""


def original(name: str) -> Files:
    if name in MADE:
        return MADE[name]()
    path = DATA / name
    if not path.is_file():
        pytest.skip("shared/data is not beside the project")
    kept = None if path.suffix in WHOLE else ROOMY
    files = {path.suffix: path.read_bytes()[:kept]}
    if path.suffix == ".cfg":
        files[".dat"] = path.with_suffix(".dat").read_bytes()[:ROOMY]
    return files


LANDMARKS = re.compile(
    rb"RIFF|WAVE|fmt |data|PK..|\x93NUMPY|shape|descr|PAR1|fLaC|\x89HDF|OHDR|TREE|SNOD|HEAP"
    rb"|\x88\xba|\x60[\x80-\x84]|\xa2[\x80-\x84]|\x30[\x80-\x84]|\x87[\x10-\x80]|---|\n",
    re.DOTALL,
)
"""After these stand numbers on which a reader relies."""

NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
TEXTS = st.sampled_from(
    [b"", b"0", b"-1", b"nan", b"inf", b"-inf", b"1e308", b"1e-308", b"1e400", b"99999999999999",
     b"9" * 5000, b"65536", b"\x1b[31m", b"\xff", b"\xc2\xb2", b"1,2", b"\n"]
)  # fmt: skip
WORDS = st.builds(
    lambda word, order: word if order == "<" else word[::-1],
    st.sampled_from(
        [struct.pack("<I", n) for n in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FC00000)]
        + [struct.pack("<Q", n) for n in (0, 2**31, 2**62, 2**63, 2**64 - 1)]
        + [struct.pack("<d", x) for x in (np.nan, np.inf, -1.0, 1e308, 5e-324)]
    ),
    st.sampled_from("<>"),
)
PLACES = (
    st.integers(0, 400)
    | st.integers(-400, -1)
    | st.floats(0, 1, exclude_max=True)
    | st.tuples(st.integers(0, 10_000), st.integers(0, 24))
)
"""Near an end, at a part of the whole, or so many bytes after a landmark."""

EDITS = st.lists(
    st.tuples(st.just("bit"), PLACES, st.integers(0, 7))
    | st.tuples(st.just("word"), PLACES, WORDS)
    | st.tuples(st.just("gone"), PLACES, st.integers(1, 2000))
    | st.tuples(st.just("twice"), PLACES, st.integers(1, 2000))
    | st.tuples(st.just("new"), PLACES, st.binary(min_size=1, max_size=40))
    | st.tuples(st.just("number"), st.integers(0, 10_000), TEXTS)
    | st.tuples(st.just("cut"), PLACES, st.none()),
    min_size=1,
    max_size=5,
)


def place(content: bytes, where: int | float | tuple[int, int]) -> int:
    if isinstance(where, float):
        return int(where * len(content))
    if isinstance(where, int):
        return where % max(1, len(content))
    ends = [match.end() for match in LANDMARKS.finditer(content[:ROOMY])] or [0]
    return min(ends[where[0] % len(ends)] + where[1], max(0, len(content) - 1))


def edited(content: bytes, edit: tuple) -> bytes:
    kind, where, what = edit
    if kind == "number":
        found = [match.span() for match in NUMBER.finditer(content[:ROOMY])]
        first, stop = found[where % len(found)] if found else (0, 0)
        return content[:first] + what + content[stop:]
    at = place(content, where)
    if kind == "bit":
        return content[:at] + bytes(b ^ 1 << what for b in content[at : at + 1]) + content[at + 1 :]
    if kind == "word":
        return content[:at] + what + content[at + len(what) :]
    if kind == "gone":
        return content[:at] + content[at + what :]
    if kind == "twice":
        return content[:at] + content[at : at + what] + content[at:]
    return content[:at] + what + content[at:] if kind == "new" else content[:at]


def judge(files: Files, folder: Path) -> None:
    """Read and measure files within limits."""
    path = folder / f"a{next(iter(files))}"
    for suffix, content in files.items():
        path.with_suffix(suffix).write_bytes(content or b"\0")
    with confined(), warnings.catch_warnings():
        warnings.simplefilter("error")
        exercise(path)
        measured(path)


SLOW = (".h5", ".parquet")
"""Formats for which a process or a large library is started."""


@pytest.fixture(scope="module")
def originals() -> dict[str, Files]:
    return {}


def each(names: Sequence[str]) -> list:
    return [pytest.param(name, id=name.rpartition("/")[2]) for name in names]


@pytest.mark.parametrize("name", each([*MADE, *REAL]))
def test_damage_is_read_or_one_line(name: str, originals: dict[str, Files],
                                    tmp_path_factory: pytest.TempPathFactory) -> None:  # fmt: skip
    files = originals.setdefault(name, original(name))
    folder = tmp_path_factory.mktemp("damaged")
    first = next(iter(files))
    few = 4 if first == ".h5" else 10 if first in SLOW else 15

    @settings(max_examples=60 * few if SOAK else few, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(edits=EDITS, of=st.sampled_from(list(files)))
    def damaged(edits: list[tuple], of: str) -> None:
        content = files[of]
        for edit in edits:
            content = edited(content, edit)
        judge(files | {of: content}, folder)

    damaged()


@pytest.mark.parametrize("name", each([*MADE, *REAL]))
def test_the_originals_are_read(name: str, originals: dict[str, Files], tmp_path: Path) -> None:
    """Else the damage would be done to files that are refused anyway."""
    files = originals.setdefault(name, original(name))
    path = tmp_path / f"a{next(iter(files))}"
    for suffix, content in files.items():
        path.with_suffix(suffix).write_bytes(content)
    assert exercise(path) == "read"


@pytest.mark.parametrize("row", [b'1.5000,"1500,2', b'1.5000,1500,"2', b'"1.5000,1500,2'])
def test_a_quote_without_end_takes_no_rows(row: bytes, tmp_path: Path) -> None:
    rows = b"".join(b"%.4f,%d,2\n" % (n / 1000, n) for n in range(3000))
    rows = rows.replace(b"1.4000,1400,2", b"1.4000,,2").replace(b"1.5000,1500,2", row)
    path = tmp_path / "a.csv"
    path.write_bytes(b"time,v1,i1\n" + rows)
    values = np.concatenate([b.physical()[0] for b in open_recording(path).blocks([0])])
    expected = np.arange(3000)
    expected[1400] = 0  # missing
    assert np.array_equal(values, expected)
