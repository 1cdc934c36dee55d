"""Dates and times of day as text columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.lines.text import BLANKS, Dialect

YEAR_FIRST = r"(?P<y>\d{4})[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)"
YEAR_LAST = r"(?P<a>\d\d?)(?P<mark>[-/.])(?P<b>\d\d?)[-/.](?P<c>\d{4})"
DATE = rf"(?:{YEAR_FIRST}|{YEAR_LAST})"
CLOCK = r"(?P<H>\d\d?):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,:](?P<f>\d{1,9}))?)?"
HALF = r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
ZONE = r"\s*(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?"
TEMPORAL = re.compile(rf"^(?:{DATE})?(?:[T\s,]*{CLOCK}{HALF}{ZONE})?$")
PLAIN = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?$")
"""What NumPy reads by itself."""

DAY = 86400.0
FIRST_YEAR, LAST_YEAR = 1678, 2261
"""Whole years that 64-bit nanoseconds count."""


def is_temporal(text: str) -> bool:
    """Whether a field is a date, a time of day or both."""
    return bool(text) and TEMPORAL.match(text) is not None


@dataclass(slots=True)
class Moments:
    """Columns that together are the time: a date, a time of day, or both in one or two columns.

    `origin` is the moment of the first row, from which the seconds count; `dated` tells whether
    it has a date, `beyond` that it lies outside the years that nanoseconds count, so that only
    the time elapsed is known. `note` says how an ambiguous date is read.
    """

    columns: tuple[int, ...]
    dialect: Dialect
    month_first: bool
    origin: np.datetime64
    dated: bool
    note: str = ""
    beyond: bool = False
    _last: float = field(default=0.0, init=False)

    def seconds(self, lines: Sequence[str], where: str, before: int) -> NDArray[np.float64]:
        """Times of rows in seconds after the first row of the file.

        Parameters
        ----------
        lines : sequence of str
            Blank ones are no rows.
        where : str
            File and kind of line, for the message of an error.
        before : int
            Lines that stood before these.

        Raises
        ------
        RecordingError
            A row has no date or time where the first one has.
        """
        moments = self._plain(lines)
        if moments is None:
            numbered = ((n, line) for n, line in enumerate(lines, before + 1) if line.strip())
            isos = [self._iso(line, f"{where} {n}") for n, line in numbered]
            moments = np.array(isos, dtype="datetime64[ns]")
        if not len(moments):
            return np.zeros(0)
        seconds = (moments - self.origin).astype(np.int64) / 1e9
        return seconds if self.dated else self._over_midnight(seconds)

    def fresh(self) -> Moments:
        """The same for reading from the beginning."""
        return replace(self)

    def _plain(self, lines: Sequence[str]) -> NDArray[np.datetime64] | None:
        """Moments all of which NumPy reads by itself, None where they are others."""
        if len(self.columns) > 1:
            return None
        column, delimiter = self.columns[0], self.dialect.delimiter
        parted = (
            self.dialect.split(line) if '"' in line else line.split(delimiter, column + 1)
            for line in lines
            if line.strip()
        )  # fmt: skip
        fields = [parts[column].strip(' "') if len(parts) > column else "" for parts in parted]
        if not fields or not PLAIN.match(fields[0]) or delimiter == BLANKS:
            return None
        if len({len(field) for field in fields}) > 1:
            return None
        if fields[0].endswith("Z"):
            fields = [field[:-1] for field in fields]
        try:
            return np.array(fields, dtype="datetime64[ns]")
        except ValueError:
            return None

    def _iso(self, line: str, where: str) -> str:
        fields = self.dialect.split(line)
        if len(fields) <= max(self.columns):
            raise RecordingError(f"{where}: the row is too short to have a time")
        text = _canonical(" ".join(fields[n] for n in self.columns), self.month_first)
        if text is None:
            raise RecordingError(f"{where}: {fields[self.columns[0]][:40]!a} is no time")
        return text

    def _over_midnight(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """A time of day that falls back by half a day or more is of the next day."""
        falls = np.diff(seconds, prepend=seconds[0]) < -DAY / 2
        days = np.cumsum(falls) * DAY
        while seconds[0] + days[0] < self._last - DAY / 2:
            days += DAY
        self._last = float(seconds[-1] + days[-1])
        return seconds + days


def moments_of(rows: Sequence[Sequence[str]], dialect: Dialect) -> Moments | None:
    """The time columns of a file by its first rows, None where it has none such.

    Parameters
    ----------
    rows : sequence of sequence of str
        Fields of the first rows.
    dialect : Dialect
    """
    width = len(rows[0])
    found = [n for n in range(width) if all(is_temporal(row[n]) for row in rows if n < len(row))]
    if not found:
        return None
    clocks = [n for n in found if ":" in rows[0][n]]
    if not clocks:
        return None
    dates = [] if _has_date(rows[0][clocks[0]]) else [n for n in found if n not in clocks]
    columns = (*dates[:1], clocks[0])
    month_first, note = _order([row[columns[0]] for row in rows if columns[0] < len(row)])
    first = _canonical(" ".join(rows[0][n] for n in columns), month_first)
    if first is None:
        return None
    dated = _has_date(rows[0][columns[0]])
    beyond = not FIRST_YEAR <= int(first[:4]) <= LAST_YEAR
    if beyond:
        note = f"dates of the year {first[:4]} are not kept, only the time elapsed"
    return Moments(columns, dialect, month_first, np.datetime64(first, "ns"), dated, note, beyond)


def start_of(moments: Moments) -> datetime | None:
    """Moment of the first row (UTC where no zone is stated); None without a date."""
    if not moments.dated or moments.beyond:
        return None
    elapsed = int((moments.origin - np.datetime64(0, "ns")).astype(np.int64))
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=elapsed // 1000)


def _has_date(text: str) -> bool:
    found = TEMPORAL.match(text)
    return found is not None and bool(found["y"] or found["c"])


def _order(texts: Sequence[str]) -> tuple[bool, str]:
    """Whether 01/02/2026 has the month first, and a note where only custom tells."""
    found = [match for text in texts if (match := TEMPORAL.match(text)) and match["c"]]
    if any(int(match["b"]) > 12 for match in found):
        return True, ""
    doubtful = any(match["mark"] == "/" and int(match["a"]) <= 12 for match in found)
    return False, "dates are read as day/month/year" if doubtful else ""


def _canonical(text: str, month_first: bool) -> str | None:
    """A date and time as NumPy reads it, in UTC; 1970-01-01 where there is no date."""
    found = TEMPORAL.match(text)
    if found is None or not text.strip():
        return None
    if found["y"]:
        date = f"{found['y']}-{int(found['m']):02}-{int(found['d']):02}"
    elif found["c"]:
        day, month = int(found["a"]), int(found["b"])
        if month_first:
            day, month = month, day
        date = f"{found['c']}-{month:02}-{day:02}"
    else:
        date = "1970-01-01"
    clock = f"T{_hour(found):02}:{found['M'] or '00'}:{found['S'] or '00'}"
    iso = f"{date}{clock}.{found['f'] or '0'}"
    zone = found["zone"]
    if zone is None or zone in ("Z", "UTC"):
        return iso if _exists(iso) else None
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    if not _exists(iso):
        return None
    shift = np.timedelta64(minutes if zone[0] == "+" else -minutes, "m")
    return str(np.datetime64(iso, "ns") - shift)


def _hour(found: re.Match[str]) -> int:
    """Hour of the day, before and after noon counted to 24."""
    hour = int(found["H"] or 0)
    if found["half"] is None or hour > 12:
        return hour
    return hour % 12 + (12 if found["half"] in "Pp" else 0)


def _exists(iso: str) -> bool:
    """Whether the calendar has this day and the clock this time."""
    try:
        datetime.fromisoformat(iso[:19])
    except ValueError:
        return False
    return True
