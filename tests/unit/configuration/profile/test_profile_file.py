"""Profiles as files: what is written comes back, and one line for whatever is wrong."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from smartx96.configuration.profile.file import (
    Origin,
    Profile,
    profile_text,
    read_profile,
    write_profile,
)
from smartx96.configuration.settings_file import read_settings
from smartx96.errors import ConfigurationError
from smartx96.settings import KEPT, Settings

WHEN = datetime.fromisoformat("2026-03-02T12:00:00+01:00")
ORIGIN = Origin("X96-5A", 96_000_001, "2.4", "/dev/ttyUSB0 9600 N1 unit 7", WHEN)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feeder.toml"


def test_everything_comes_back(path):
    values = dict(Settings({"ct_primary": 200, "unit_address": 7, "current_gain_l2": -12}))
    write_profile(Profile(values, ORIGIN), path)
    found = read_profile(path)
    assert (found.values, found.origin, found.name) == (values, ORIGIN, str(path))
    stated = tomllib.loads(path.read_text())
    assert stated.pop("meter") == {
        "member": "X96-5A", "serial_number": 96_000_001, "software_version": "2.4",
        "place": "/dev/ttyUSB0 9600 N1 unit 7", "time": WHEN,
    }  # fmt: skip
    assert stated.keys() == {setting.id for setting in KEPT}
    assert (stated["system_type"], stated["baud_rate"], stated["current_gain_l2"]) == (
        "3P4W", 9600, -12,
    )  # fmt: skip


def test_a_file_of_settings_is_a_profile_and_the_other_way_round(path):
    write_profile(Profile({"ct_primary": 200}, ORIGIN), path)
    assert read_settings(path) == {"ct_primary": 200}
    path.write_text("ct_primary = 400\n")
    assert read_profile(path) == Profile({"ct_primary": 400}, name=str(path))


def test_what_cannot_be_is_a_comment_with_the_reason(path):
    wrong = {"demand_period": "demand_period: 7 min is not allowed; allowed: 0|5|8"}
    text = profile_text(Profile({"scroll_time": 3}, None, wrong))
    assert tomllib.loads(text) == {"scroll_time": 3}
    (line,) = (line for line in text.splitlines() if "NO VALUE" in line)
    assert line == "# NO VALUE: demand_period: 7 min is not allowed; allowed: 0|5|8"
    assert "ct_primary" not in text


def test_what_a_meter_says_of_itself_cannot_break_the_file(path):
    nasty = Origin('x"\n[settings]\x1b[2J', None, None, "host\x00", None)
    write_profile(Profile({"scroll_time": 3}, nasty), path)
    found = read_profile(path)
    assert found.values == {"scroll_time": 3}
    assert found.origin is not None
    assert found.origin.member == 'x"\\n[settings]\\x1b[2J'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scroll_time = 3\nct_primry = 5", "line 2: 'ct_primry' is no setting; did you mean"),
        ("ct_primary = 0", "line 1: ct_primary: 0 A is not allowed; allowed: 1..9999 A"),
        ("password = 1000", "line 1: password: is secret"),
        ("meter = 3", "line 1: 'meter' is no setting"),
        ('[meter]\nserial_number = "7"',
         "line 2: meter.serial_number = '7': must be a whole number"),
        ("[meter]\nserial_number = true", "meter.serial_number = True: must be a whole number"),
        ("[meter]\ntime = 2026-01-01", "line 2: meter.time = datetime.date(2026, 1, 1): must be a "
         "date and time"),
        ("[meter]\nserial = 3", "line 2: meter.serial: unknown key; did you mean serial_number?"),
        ("[[meter]]\nname = 1", "is no setting"),
        ("x = 1\n" * 50_000, "larger than 100000 bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(path, text, message):
    path.write_text(text)
    with pytest.raises(ConfigurationError) as met:
        read_profile(path)
    assert message in str(met.value)
    assert str(met.value).startswith(str(path))
    assert "\n" not in str(met.value)
