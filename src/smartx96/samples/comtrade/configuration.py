"""The configuration (.cfg) of a COMTRADE record: channels, rates, times, data format."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from smartx96.errors import RecordingError
from smartx96.samples.comtrade.dates import fraction_digits, parse_moment, parse_time_code
from smartx96.samples.comtrade.text import decode

FORMATS = ("ASCII", "BINARY", "BINARY32", "FLOAT32")
REVISIONS = (1991, 1999, 2013)
SIDES = {"P": "primary", "S": "secondary"}
MOST_CHANNELS = 100_000
"""A tenth of what the standard's six digits allow, and far beyond any recorder."""

LAST_SAMPLE = 2**62
"""Declared numbers of samples beyond are taken as this: the content rules over them."""


@dataclass(frozen=True, slots=True)
class Analog:
    """One analog channel; its value is `a * raw + b` in `unit`."""

    name: str
    phase: str
    unit: str
    a: float
    b: float
    skew: float
    low: float
    high: float
    primary: float
    secondary: float
    side: str | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a .cfg says, in the recorder's own terms.

    `rates` holds pairs of sampling rate [1/s] and number of the last sample at it. `start` and
    `trigger` have no zone, `utc_offset` is None before revision 2013. `stamp_unit` is the time of
    one count of the data's time stamps [s], multiplier included.
    """

    station: str
    recorder: str
    revision: int
    analog: tuple[Analog, ...]
    digital: int
    frequency: float
    rates: tuple[tuple[float, int], ...]
    start: datetime | None
    trigger: datetime | None
    utc_offset: timedelta | None
    data_format: str
    multiplier: float
    stamp_unit: float
    encoding: str
    notes: tuple[str, ...]


class _Lines:
    """Lines of a configuration with their numbers, for messages that say where."""

    def __init__(self, text: str, where: str) -> None:
        self._lines = text.replace("\x1a", "").replace("\x00", "").splitlines()
        self._where = where
        self.number = 0

    def take(self, what: str) -> list[str]:
        if self.number >= len(self._lines):
            raise RecordingError(
                f"{self._where}: ends at line {len(self._lines)} before {what}; the .cfg is cut off"
            )
        line = self._lines[self.number]
        self.number += 1
        return [field.strip() for field in line.split(",")]

    def rest(self) -> Iterator[list[str]]:
        while self.number < len(self._lines):
            yield self.take("its end")

    def error(self, problem: str) -> RecordingError:
        return RecordingError(f"{self._where}: line {self.number}: {problem}")

    def number_of(self, text: str, what: str, convert: Callable[[str], float] = float) -> float:
        try:
            value = convert(text)
        except ValueError:
            raise self.error(f"{what} is {text[:40]!r}, not a number") from None
        if not math.isfinite(value):
            raise self.error(f"{what} is {text[:40]!r}, not finite")
        return value


def parse_configuration(content: bytes, where: str) -> Configuration:
    """Read a configuration of revision 1991, 1999 or 2013.

    Parameters
    ----------
    content : bytes
        The .cfg file, or that section of a .cff.
    where : str
        The file, for messages.

    Raises
    ------
    RecordingError
        The text is not a COMTRADE configuration.
    """
    text, encoding = decode(content)
    lines = _Lines(text, where)
    notes: list[str] = []
    station, recorder, revision = _identity(lines, notes)
    analog_count, digital = _counts(lines)
    analog = tuple(_analog(lines, revision, n) for n in range(1, analog_count + 1))
    for n in range(1, digital + 1):
        lines.take(f"digital channel {n} of {digital}")
    frequency = _optional(lines.take("the line frequency")[0])
    rates = _rates(lines)
    start, stamps_ns = _moment(lines, revision, "the time of the first sample", notes)
    trigger, _ = _moment(lines, revision, "the trigger time", [])
    data_format = _data_format(lines)
    rest = list(islice(lines.rest(), 2))  # of what follows, multiplier and time code are of use
    multiplier = _multiplier(rest, notes)
    unit = 1e-9 if stamps_ns and revision == 2013 else 1e-6
    offset = parse_time_code(rest[1][0]) if revision == 2013 and len(rest) > 1 else None
    return Configuration(
        station=station,
        recorder=recorder,
        revision=revision,
        analog=analog,
        digital=digital,
        frequency=frequency,
        rates=rates,
        start=start,
        trigger=trigger,
        utc_offset=offset,
        data_format=data_format,
        multiplier=multiplier,
        stamp_unit=unit * multiplier,
        encoding=encoding,
        notes=tuple(notes),
    )


def _identity(lines: _Lines, notes: list[str]) -> tuple[str, str, int]:
    """Station, recorder and revision; a station's name may hold commas."""
    fields = lines.take("the station")
    year = fields[-1] if len(fields) > 2 else ""
    if not (year.isdecimal() and len(year) <= 4):
        if year:
            notes.append(f"revision {year[:20]!r} is read as 1991")
        return fields[0], fields[1] if len(fields) > 1 else "", 1991
    revision = min(REVISIONS, key=lambda known: abs(known - int(year)))
    if revision != int(year):
        notes.append(f"revision {year} is read as {revision}")
    return ",".join(fields[:-2]), fields[-2], revision


def _counts(lines: _Lines) -> tuple[int, int]:
    counts = {"A": 0, "D": 0}
    fields = lines.take("the numbers of channels")
    for field in fields[1:]:
        if field[-1:].upper() in counts:
            counts[field[-1].upper()] = int(
                lines.number_of(field[:-1], "the number of channels", int)
            )
    if min(counts.values()) < 0 or sum(counts.values()) == 0:
        raise lines.error(f"{','.join(fields)[:40]!r} names no channels such as 10,6A,4D")
    if sum(counts.values()) > MOST_CHANNELS:
        raise lines.error(f"{','.join(fields)[:40]!r} are more than {MOST_CHANNELS} channels")
    return counts["A"], counts["D"]


def _analog(lines: _Lines, revision: int, n: int) -> Analog:
    fields = lines.take(f"analog channel {n}")
    expected = 10 if revision == 1991 and fields[-1].upper() not in SIDES else 13
    while len(fields) > expected and not fields[-1]:
        fields.pop()
    if len(fields) > expected:  # a name with commas in it
        extra = len(fields) - expected
        fields[1 : 2 + extra] = [",".join(fields[1 : 2 + extra])]
    if len(fields) < 7:
        raise lines.error(f"analog channel {n} has {len(fields)} fields, 10 or 13 are due")
    fields += [""] * (13 - len(fields))
    return Analog(
        name=fields[1],
        phase=fields[2],
        unit=fields[4],
        a=lines.number_of(fields[5], f"the multiplier of channel {fields[1]!r}"),
        b=lines.number_of(fields[6] or "0", f"the offset of channel {fields[1]!r}"),
        skew=_optional(fields[7]),
        low=_optional(fields[8], math.nan),
        high=_optional(fields[9], math.nan),
        primary=_optional(fields[10], 1.0),
        secondary=_optional(fields[11], 1.0),
        side=SIDES.get(fields[12].upper()),
    )


def _optional(text: str, default: float = 0.0) -> float:
    """A number that the reading does not depend on."""
    try:
        value = float(text)
    except ValueError:
        return default
    return value if math.isfinite(value) else default


def _rates(lines: _Lines) -> tuple[tuple[float, int], ...]:
    """Rates with the last sample of each; a count of 0 is followed by one line `0,last`."""
    count = int(lines.number_of(lines.take("the number of rates")[0] or "0", "their number", int))
    rates = []
    for n in range(1, max(count, 1) + 1):
        fields = lines.take(f"sampling rate {n} of {count}")
        rate = lines.number_of(fields[0] or "0", "the sampling rate")
        last = lines.number_of(fields[1], "the last sample") if len(fields) > 1 else 0
        rates.append((rate, int(max(0, min(last, LAST_SAMPLE)))))
    return tuple(rates)


def _moment(
    lines: _Lines, revision: int, what: str, notes: list[str]
) -> tuple[datetime | None, bool]:
    fields = [*lines.take(what), ""]
    moment, mended = parse_moment(fields[0], fields[1], month_first=revision == 1991)
    notes.extend(mended)
    return moment, fraction_digits(fields[1]) > 6


def _data_format(lines: _Lines) -> str:
    name = lines.take("the data format")[0].upper()
    if name not in FORMATS:
        raise lines.error(f"data format {name[:40]!r} is none of {', '.join(FORMATS)}")
    return name


def _multiplier(rest: list[list[str]], notes: list[str]) -> float:
    text = rest[0][0] if rest else ""
    value = _optional(text or "1", 0.0)
    if value > 0:
        return value
    notes.append(f"the time multiplier {text[:20]!r} is taken as 1")
    return 1.0
