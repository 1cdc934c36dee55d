"""Standard time of every zone, against the sources of the time zone data base."""

from __future__ import annotations

import subprocess
import sys
import zoneinfo
from importlib.util import find_spec
from pathlib import Path

import pytest

from smartx96.errors import OptionError
from smartx96.meter.calendar import standard_offset
from support.calendars import at


def source() -> Path | None:
    """`tzdata.zi` of the data base that zoneinfo reads."""
    folders = [Path(folder) for folder in zoneinfo.TZPATH]
    package = find_spec("tzdata")
    if package and package.origin:
        folders.append(Path(package.origin).parent / "zoneinfo")
    inhabited = [folder for folder in folders if (folder / "Europe/Berlin").is_file()]
    return next((f / "tzdata.zi" for f in inhabited[:1] if (f / "tzdata.zi").is_file()), None)


def seconds(text: str) -> int:
    sign, text = (-1, text[1:]) if text[0] == "-" else (1, text)
    return sign * sum(
        int(part) * 60**n for part, n in zip(text.split(":"), (2, 1, 0), strict=False)
    )


def standard_by_source(lines: list[str], year: int) -> dict[str, int]:
    """Standard time of each zone in a year [s]: STDOFF, less what its winter goes back."""
    savings: dict[str, list[int]] = {}
    zones: dict[str, list[list[str]]] = {}
    name = ""
    for kind, *fields in (line.split() for line in lines):
        if kind == "R":
            rule, first, last = fields[:3]
            until = {"o": int(first), "m": 9999}.get(last[0]) or int(last)
            if int(first) <= year <= until:
                savings.setdefault(rule, []).append(seconds(fields[7].rstrip("sd")))
        elif kind == "Z":
            name, *line = fields
            zones[name] = [line]
        elif kind not in "#L":
            zones[name].append([kind, *fields])
    found = {}
    for name, own in zones.items():
        ruling = next(line for line in own if len(line) < 4 or int(line[3]) > year)
        found[name] = seconds(ruling[0]) + min([0, *savings.get(ruling[1], [])])
    return found


@pytest.mark.parametrize("year", [2026, 2040])
def test_standard_time_of_every_zone(year: int) -> None:
    path = source()
    if path is None:
        pytest.skip("the time zone data base has no sources here")
    expected = standard_by_source(path.read_text("utf-8").splitlines(), year)
    assert len(expected) > 300
    assert [expected[f"Europe/{place}"] for place in ("Berlin", "Dublin")] == [3600, 0]
    for month in range(1, 13):
        time = at(f"{year}-{month:02}-20T12:34:56")
        assert {zone: standard_offset(zone, time) for zone in expected} == expected


@pytest.mark.parametrize(
    ("zone", "utc", "hours"),
    [
        ("UTC", "2026-07-01T00:00", 0),
        ("Europe/Berlin", "2026-07-01T00:00", 1),
        ("Australia/Lord_Howe", "2026-01-01T00:00", 10.5),
        ("Asia/Kathmandu", "2026-01-01T00:00", 5.75),
        ("Antarctica/Troll", "2026-07-01T00:00", 0),
        # Where utcoffset() - dst() of zoneinfo is wrong.
        ("America/Inuvik", "2026-01-01T00:00", -7),
        ("America/Inuvik", "2026-07-01T00:00", -7),
        ("Africa/Casablanca", "2026-02-25T00:00", 0),
        ("Africa/Casablanca", "2026-07-01T00:00", 0),
        # Namibia's winter time was the exception to +2; given up in 2017.
        ("Africa/Windhoek", "2005-01-01T00:00", 1),
        ("Africa/Windhoek", "2020-01-01T00:00", 2),
        # Moscow changed its standard time in these two nights.
        ("Europe/Moscow", "2011-03-26T22:59:59", 3),
        ("Europe/Moscow", "2011-03-26T23:00:00", 4),
        ("Europe/Moscow", "2014-10-25T21:59:59", 4),
        ("Europe/Moscow", "2014-10-25T22:00:00", 3),
        # Samara went to Moscow's time as summer began, so that its clock did not move.
        ("Europe/Samara", "2010-03-27T21:59:59", 4),
        ("Europe/Samara", "2010-07-01T00:00", 3),
        ("Europe/Samara", "2012-01-01T00:00", 4),
        # Turkey kept its summer time.
        ("Europe/Istanbul", "2016-07-01T00:00", 2),
        ("Europe/Istanbul", "2017-07-01T00:00", 3),
        # North Korea went back by half an hour.
        ("Asia/Pyongyang", "2018-05-04T14:59:59", 8.5),
        ("Asia/Pyongyang", "2018-05-04T15:00:00", 9),
    ],
)
def test_standard_time(zone: str, utc: str, hours: float) -> None:
    assert standard_offset(zone, at(utc)) == hours * 3600


def test_a_clock_that_is_set_anywhere_has_standard_time() -> None:
    for time in (-(1 << 63), -(10**17), 0, 10**17, 1 << 63):
        assert standard_offset("UTC", time) == 0
        assert abs(standard_offset("Europe/Berlin", time)) <= 3600


def test_utc_needs_no_data_base() -> None:
    program = """
import sys
sys.modules["tzdata"] = None
from smartx96.errors import OptionError
from smartx96.meter.calendar import Calendars, Tariffs, standard_offset
from smartx96.meter.calendar.plain import calendar_from
data = {"weeks": {"w": "d"}, "days": {"d": {"00:00": 2, "06:00": 1}}}
tariffs = Tariffs(Calendars(calendar_from(data).calendar))
assert tariffs.next_switch(10**15) and standard_offset("UTC", 10**15) == 0
assert "zoneinfo" not in sys.modules
try:
    Tariffs(time_zone="Europe/Berlin")
except OptionError as error:
    print(error)
"""
    found = subprocess.run([sys.executable, "-c", program], env={"PYTHONTZPATH": ""},
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert found.stdout.startswith("time zone 'Europe/Berlin' is not known here; install ")
    assert found.stdout.count("\n") == 1


def test_unknown_zone() -> None:
    for name in ("Mars/Olympus", "", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\0"):
        with pytest.raises(OptionError, match="is not known here"):
            standard_offset(name, 0)
