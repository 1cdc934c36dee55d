"""Writing COMTRADE records of revision 2013: .cfg with .dat, or a single .cff."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError, RecordingError
from smartx96.samples.comtrade.configuration import FORMATS
from smartx96.samples.comtrade.dates import UNSET
from smartx96.samples.comtrade.rows import BINARY_MISSING, RAW_TYPES, STAMP_MISSING
from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.outgoing.spool import Spool
from smartx96.samples.outgoing.writing import unfinished
from smartx96.samples.recording import Channel

PEAKS = {"BINARY": 32000.0, "BINARY32": 2.1e9, "ASCII": 2.1e9}
"""Counts of the largest sample: below the range, for a peak at the limit would look clipped."""

LIMITS = {
    "BINARY": "-32767,32767",
    "BINARY32": "-2147483647,2147483647",
    "ASCII": "-2147483647,2147483647",
    "FLOAT32": "-3.4028235E38,3.4028235E38",
}
LONGEST_NAME = 128
"""Characters of a channel's name (IEC 60255-24:2013, 7.4.4)."""


def write_pair(path: Path, outgoing: Outgoing, data_format: str = "FLOAT32") -> None:
    """Write a .cfg and the .dat of the same name beside it.

    Parameters
    ----------
    path : Path
        The .cfg.
    outgoing : Outgoing
    data_format : str
        `FLOAT32`, `BINARY32`, `BINARY` or `ASCII`.
    """
    dat = path.with_suffix(".DAT" if path.suffix.isupper() else ".dat")
    with unfinished(dat, path) as (data, configuration):
        with data.open("wb") as file:
            text = _write_data(file, outgoing, data_format, path)
        configuration.write_bytes(text)


def write_single(path: Path, outgoing: Outgoing, data_format: str = "FLOAT32") -> None:
    """Write a .cff: configuration, empty information and header, samples.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    data_format : str
        `FLOAT32`, `BINARY32`, `BINARY` or `ASCII`.
    """
    with unfinished(path) as (part,), tempfile.TemporaryFile(dir=path.parent) as data:
        text = _write_data(data, outgoing, data_format, path)
        size = "" if data_format == "ASCII" else f": {data.tell()}"
        sections = ["--- file type: INF ---", "", "--- file type: HDR ---", ""]
        sections.append(f"--- file type: DAT {data_format}{size} ---")
        data.seek(0)
        with part.open("wb") as file:
            file.write(b"--- file type: CFG ---\r\n" + text)
            file.write("".join(line + "\r\n" for line in sections).encode())
            shutil.copyfileobj(data, file, 1 << 20)


def _write_data(file: IO[bytes], outgoing: Outgoing, data_format: str, path: Path) -> bytes:
    """Write the samples, and give the configuration that describes them."""
    if data_format not in FORMATS:
        raise OptionError(f"data format {data_format!r} is none of {', '.join(FORMATS)}")
    encode = _ascii if data_format == "ASCII" else _binary
    with tempfile.TemporaryFile(dir=path.parent) as temporary:
        spool = Spool(temporary, len(outgoing.channels), outgoing.pieces())
        if spool.count == 0:
            raise RecordingError(f"{path}: there are no samples to write")
        factors = np.ones(spool.channels)
        if data_format in PEAKS:
            factors = spool.factors(PEAKS[data_format])
        for rows in spool.rows():
            file.write(encode(rows, _stamps(rows, outgoing.rate), factors, data_format))
    return _configuration(outgoing, factors, spool.count, data_format).encode("utf-8")


def _stamps(rows: NDArray[np.float64], rate: float) -> NDArray[np.int64]:
    """Microseconds since the first sample; beyond 71 minutes the field is full: missing."""
    stamps = np.round(rows[:, 0] * (1e6 / rate))
    return np.where(stamps < STAMP_MISSING, stamps, STAMP_MISSING).astype(np.int64)


def _binary(
    rows: NDArray[np.float64],
    stamps: NDArray[np.int64],
    factors: NDArray[np.float64],
    data_format: str,
) -> bytes:
    raw = rows[:, 1:] / factors
    if data_format != "FLOAT32":
        raw = np.where(np.isnan(raw), BINARY_MISSING[data_format], np.round(raw))
    layout = [("number", "<u4"), ("stamp", "<u4"), ("analog", RAW_TYPES[data_format], len(factors))]
    table = np.zeros(len(rows), np.dtype(layout))
    table["number"], table["stamp"] = (rows[:, 0].astype(np.int64) + 1) % 2**32, stamps
    with np.errstate(over="ignore"):  # beyond float32 it is infinite, which reads as missing
        table["analog"] = raw.reshape(table["analog"].shape)
    return table.tobytes()


def _ascii(
    rows: NDArray[np.float64],
    stamps: NDArray[np.int64],
    factors: NDArray[np.float64],
    data_format: str,
) -> bytes:
    raw = np.round(rows[:, 1:] / factors).tolist()
    heads = zip((rows[:, 0].astype(np.int64) + 1).tolist(), stamps.tolist(), strict=True)
    lines = [
        f"{number},{'' if stamp == STAMP_MISSING else stamp},{','.join(map(_count, values))}\r\n"
        for (number, stamp), values in zip(heads, raw, strict=True)
    ]
    return "".join(lines).encode("ascii")


def _count(value: float) -> str:
    return "" if value != value else str(int(value))


def _configuration(
    outgoing: Outgoing, factors: NDArray[np.float64], count: int, data_format: str
) -> str:
    start = outgoing.start
    moment = UNSET if start is None else start.astimezone(UTC).replace(tzinfo=None)
    stamp = moment.strftime("%d/%m/%Y,%H:%M:%S.%f")
    analog = [
        _analog(n, channel, side, factor, LIMITS[data_format])
        for n, (channel, side, factor) in enumerate(
            zip(outgoing.channels, outgoing.sides, factors.tolist(), strict=True), 1
        )
    ]
    lines = ["smartx96,software meter,2013", f"{len(analog)},{len(analog)}A,0D", *analog]
    lines += ["0", "1", f"{outgoing.rate!r},{count}", stamp, stamp, data_format, "1", "0,0", "0,0"]
    return "".join(line + "\r\n" for line in lines)


def _analog(number: int, channel: Channel, side: str, factor: float, limits: str) -> str:
    """Line of an analog channel."""
    name, phase, unit = (_field(text) for text in (channel.name, channel.phase, channel.unit))
    ratio = f"{_shortest(channel.primary)},{_shortest(channel.secondary)}"
    scaling = f"{factor!r},0,{1e6 * channel.skew:.9g},{limits}"
    return f"{number},{name},{phase},,{unit},{scaling},{ratio},{side[0].upper()}"


def _field(text: str) -> str:
    """Text without the signs that end a field or a line."""
    return " ".join(text.replace(",", " ").split())[:LONGEST_NAME]


def _shortest(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
