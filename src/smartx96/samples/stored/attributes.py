"""What files of others say beside their samples: rate, start and side under many names.

The lines before the header of a CSV, the attributes of an HDF5 file and the metadata of a Parquet
file are read by the same list of names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smartx96.samples.stored.description import SIDES, parse_moment
from smartx96.samples.stored.units import TIME_UNITS

RATE_NAMES = (
    "rate", "samplerate", "samplingrate", "samplefrequency", "samplingfrequency", "fs",
    "samplespersecond", "sr", "samplefreq", "samplingfreq", "abtastrate",
)  # fmt: skip
INTERVAL_NAMES = (
    "dt", "sampleinterval", "samplinginterval", "sampleperiod", "samplingperiod", "xincrement",
    "xinc", "increment", "timestep", "deltat", "timeincrement", "wfincrement",
)  # fmt: skip
START_NAMES = (
    "start", "starttime", "startdate", "t0", "begin", "date", "datetime", "timestamp",
    "recordedat", "recordingtime", "acquisitiontime", "triggertime", "wfstarttime",
)  # fmt: skip
UNIT_NAMES = ("unit", "units", "unitstring")
NAME_NAMES = ("channels", "names", "channelnames", "columns", "labels")
SIDE_NAMES = ("side",)
"""Names in lower case without blanks, dashes and underscores."""

RATE_UNITS = {"": 1.0, "hz": 1.0, "khz": 1e3, "mhz": 1e6}
RATE_UNITS |= {f"{k}{s}/s": f for k, f in (("", 1.0), ("k", 1e3), ("m", 1e6)) for s in ("s", "sa")}
QUANTITY = re.compile(r"^\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*([^\d\s]\S*)?\s*$")
THOUSANDS = re.compile(r"^\s*[-+]?[1-9]\d{0,2}(?:,\d{3})+(?!\d)[^,.]*$")
"""A comma before three digits: of thousands or a decimal sign."""

LONGEST_QUANTITY = 100
LOCAL_DATE = re.compile(r"^(\d\d?)[./](\d\d?)[./](\d{4})[ T,]*(.*)$")
EPOCH_SECONDS = 1e8
"""Numbers beyond this are seconds since 1970 and tell a date."""

Attributes = Mapping[str, Any]


def folded(name: str) -> tuple[str, str]:
    """A name as the lists above have it, and the unit that it ends with in brackets."""
    bare, _, unit = name.partition("[") if "[" in name else name.partition("(")
    return re.sub(r"[\s_\-.]", "", bare).casefold(), unit.strip(" ])").casefold()


def rate_in(attributes: Attributes) -> float | None:
    """Sampling rate [1/s], stated as it is or as an interval; None where none is."""
    for names, units, inverse in (
        (RATE_NAMES, RATE_UNITS, False),
        (INTERVAL_NAMES, {"": 1.0, **TIME_UNITS}, True),
    ):
        for name, value in attributes.items():
            bare, unit = folded(name)
            number = _quantity(value, unit, units) if bare in names else None
            if number is not None and 0 < number < math.inf:
                return 1 / number if inverse else number
    return None


def _quantity(value: Any, unit: str, units: Mapping[str, float]) -> float | None:
    if isinstance(value, str):
        if len(value) > LONGEST_QUANTITY:
            return None
        if THOUSANDS.match(value):
            return None
        found = QUANTITY.match(value.replace(",", ".") if "." not in value else value)
        if found is None:
            return None
        value, unit = found[1], (found[2] or unit).casefold()
    try:
        return float(value) * units[unit]
    except (ValueError, TypeError, KeyError):
        return None


def doubtful_rate(attributes: Attributes) -> str:
    """A note on a stated rate or interval that may mean two numbers, empty where there is none."""
    for name, value in attributes.items():
        if folded(name)[0] not in (*RATE_NAMES, *INTERVAL_NAMES) or not isinstance(value, str):
            continue
        if len(value) <= LONGEST_QUANTITY and THOUSANDS.match(value):
            return (
                f"the file's {name[:40]!a} of {value.strip()!a} is not used: its comma may be a "
                "decimal sign or not"
            )
    return ""


def start_in(attributes: Attributes) -> datetime | None:
    """Time of the first sample (UTC where no zone is stated); None where none is."""
    for name, value in attributes.items():
        if folded(name)[0] in START_NAMES:
            moment = _moment(value)
            if moment is not None:
                return moment
    return None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        local = LOCAL_DATE.match(value.strip())
        if local is not None:
            day, month, year, time = local.groups()
            value = f"{year}-{int(month):02}-{int(day):02}T{time.strip() or '00:00:00'}"
        return parse_moment(value)
    return moment_of(value)


def moment_of(seconds: Any) -> datetime | None:
    """Seconds since 1970 as a moment; None for what cannot be one."""
    try:
        number = float(seconds)
        return datetime.fromtimestamp(number, UTC) if number > EPOCH_SECONDS else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def side_in(attributes: Attributes) -> str | None:
    """`primary` or `secondary`; None where nothing is said."""
    for name, value in attributes.items():
        if folded(name)[0] in SIDE_NAMES and str(value).strip().casefold() in SIDES:
            return str(value).strip().casefold()
    return None


def unit_in(attributes: Attributes) -> str:
    """Unit of a channel, empty where nothing is said."""
    for name, value in attributes.items():
        if folded(name)[0] in UNIT_NAMES and isinstance(value, str):
            return value
    return ""
