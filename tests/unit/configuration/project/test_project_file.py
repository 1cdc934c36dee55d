"""Project files: what they say, and one line with its place for whatever is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartx96.configuration.project.project_file import is_project, read_project
from smartx96.errors import ConfigurationError, OptionError
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.toml_file import read_toml

WHOLE = """\
# Two floors
parity = "E1"
timeout = 2
profile = "office.toml"
password_variable = "X96_PASSWORD_HOUSE"

[settings]
demand_period = 15
baud_rate = 19200

[line.cellar]
port = "/dev/ttyUSB0"
baud = 2400

[line."first floor"]
tcp = "192.168.1.20"
retries = 5

[[meter]]
name = "feeder 1"
line = "cellar"
unit = 7
serial_number = 12345678
settings = { ct_primary = 200, unit_address = 8 }

[[meter]]
name = "feeder 2"
line = "first floor"
tariffs = "tariffs.toml"
member = "sdm630"
unverified = true
leave_unknown = true

[[meter]]
name = "roof"
rtu_tcp = "10.0.0.3:4001"
parity = "N2"
profile = "roof.toml"
all = true
[meter.settings]
demand_period = 30
"""
TARIFFS = '[days]\nd = 1\n[weeks]\nw = "d"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "office.toml").write_text("scroll_time = 7\nct_primary = 100\n")
    (tmp_path / "roof.toml").write_text("unit_address = 9\n[meter]\nserial_number = 5\n")
    (tmp_path / "tariffs.toml").write_text(TARIFFS)
    (tmp_path / "wrong.toml").write_text("ct_primary = 0\n")
    return tmp_path


def read(folder: Path, text: str):
    (folder / "house.toml").write_text(text)
    return read_project(folder / "house.toml")


def test_all_that_may_be_said(folder):
    project = read(folder, WHOLE)
    one, two, roof = project.meters
    assert [meter.name for meter in project.meters] == ["feeder 1", "feeder 2", "roof"]
    assert one.target.place == Place(Kind.RTU, "/dev/ttyUSB0")
    assert one.target.parameters == LineParameters(2400, "E", 1)
    assert (one.target.unit, one.serial_number, one.unit_wanted) == (7, 12345678, 8)
    assert one.settings == {
        "demand_period": 15, "baud_rate": 3, "ct_primary": 200, "unit_address": 8,
    }  # fmt: skip
    assert one.line.policy == Policy(2.0)
    assert (one.password_variable, one.member, one.unverified) == (
        "X96_PASSWORD_HOUSE",
        None,
        False,
    )
    assert two.target.place == Place(Kind.TCP, "192.168.1.20", 502)
    assert (two.line.policy.retries, two.target.unit, str(two.member)) == (5, 1, "SDM630")
    assert two.unverified
    assert two.terms == (False, True)
    assert two.calendar is not None
    assert one.calendar is None
    assert roof.target.parameters == LineParameters(9600, "N", 2)
    assert roof.settings == {"demand_period": 30, "baud_rate": 3}
    assert roof.terms.everything
    assert roof.unit_wanted == 9
    assert [m.profile and m.profile.name.rpartition("/")[2] for m in project.meters] == [
        "office.toml", "office.toml", "roof.toml",
    ]  # fmt: skip
    assert len(project.lines) == 3


def test_without_a_line_of_its_own_the_only_one_is_meant(folder):
    project = read(folder, '[line.a]\ntcp = "h"\n[[meter]]\nname = "m"\nunit = 255\n')
    assert project.meters[0].target.place == Place(Kind.TCP, "h", 502)


def test_a_place_named_twice_is_one_line(folder):
    project = read(folder, '[[meter]]\nname = "a"\ntcp = "h:5"\n[[meter]]\nname = "b"\nunit = 2\n'
                   'tcp = "h:5"\n')  # fmt: skip
    assert len(project.lines) == 1


def test_transformers_may_be_said_as_on_their_plate(folder):
    project = read(folder, f"[settings]\nct = '400/5'\n{METER}settings.ct_primary = 250\n"
                   "[[meter]]\nname = 'n'\nunit = 2\nsettings.ct = '200/1'\n")  # fmt: skip
    assert [meter.settings for meter in project.meters] == [
        {"ct_primary": 250, "ct_secondary": 5}, {"ct_primary": 200, "ct_secondary": 1},
    ]  # fmt: skip


def test_which_files_are_projects(folder):
    (folder / "house.toml").write_text(WHOLE)
    assert is_project(read_toml(folder / "house.toml", 100_000))
    assert not is_project(read_toml(folder / "roof.toml", 100_000))
    assert not is_project(read_toml(folder / "office.toml", 100_000))


METER = '[line.a]\ntcp = "h"\n[[meter]]\nname = "m"\n'
"""Four lines."""


def both(one: str, two: str, top: str = "") -> str:
    """Meters `x` and `y` on one line."""
    return f'{top}[line.a]\ntcp = "h"\n[[meter]]\nname = "x"\n{one}\n[[meter]]\nname = "y"\n{two}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[line.a]\ntcp = "h"\n', "a project has 1 to 5000 meters, each begins with [[meter]]"),
        ("meter = 3\n", "a project has 1 to 5000 meters"),
        ('[[meter]]\nline = "a"\n', "line 1: meter[1]: name: missing"),
        (f'{METER}unut = 3\n', "line 5: meter 'm': unut: unknown key; did you mean unit?"),
        (f"{METER}unit = 256\n", "line 5: meter 'm': unit = 256: must be a whole number 0 to 255"),
        (f"{METER}unit = true\n", "line 5: meter 'm': unit = True: must be a whole number"),
        (METER.replace('tcp = "h"', 'port = "p"') + "unit = 248\n", "whole number 1 to 247"),
        (f'{METER}password = 1000\n', "line 5: meter 'm': password: is in no file; X96_PASSWORD"),
        (f'{METER}settings = {{ password = 1000 }}\n', "line 5: meter 'm': settings: password: is "
         "secret"),
        (f"{METER}settings = {{ ct_primary = 0 }}\n",
         "line 5: meter 'm': settings: ct_primary: 0 A is not allowed"),
        (f"{METER}settings = {{ ct = '200' }}\n",
         "line 5: meter 'm': settings: ct '200': give primary/secondary in whole ampere"),
        (f"{METER}settings = {{ ct = '200/2' }}\n",
         "line 5: meter 'm': settings: ct '200/2': ct_secondary: 2 A is not allowed"),
        (f"{METER}settings = {{ ct = '200/5', ct_secondary = 1 }}\n",
         "line 5: meter 'm': settings: ct and ct_secondary: give one of them"),
        (f"{METER}[meter.settings]\nscroll_time = 1\nct_primry = 3\n",
         "line 7: meter 'm': settings: 'ct_primry' is no setting; did you mean ct_primary?"),
        (f'{METER}line = "b"\n', "line 5: meter 'm': line = 'b': there is none"),
        (f'{METER}tcp = "h"\nline = "a"\n', "line 6: meter 'm': line: its own place is given"),
        (f'{METER}tcp = "h"\nport = "p"\n', "tcp and port: give one of them"),
        (f'{METER}tcp = "h:x"\n', "line 5: meter 'm': tcp = 'h:x': must be HOST:PORT"),
        (f'{METER}parity = "E3"\n', "line 5: meter 'm': parity = 'E3': must be one of N1, E1, O1"),
        (f'{METER}profile = "none.toml"\n', "profile = 'none.toml': "),
        (f'{METER}profile = "wrong.toml"\n', "wrong.toml: line 1: ct_primary: 0 A is not allowed"),
        (f'{METER}tariffs = "wrong.toml"\n', "tariffs = 'wrong.toml': "),
        (f'{METER}member = "SDM120"\n', "member = 'SDM120': 'SDM120' is no member of the family"),
        (f'{METER}password_variable = "A B"\n', "must be the name of an environment variable"),
        (f'{METER}member = "X96-5E"\nsettings = {{ system_type = "3P3W" }}\n',
         "line 3: meter 'm': system_type: model X96-5E has no wiring 3p3w"),
        ("[line.a]\nbaud = 9600\n" + METER[19:], "line 1: line.a: where is it?"),
        ('[line.a]\ntcp = "h"\n[line.b]\ntcp = "h:502"\n' + METER[19:], "line 3: line.b: h:502 is "
         "line a already"),
        ('[line.a]\ntcp = "h"\n[line.b]\ntcp = "i"\n[[meter]]\nname = "m"\n', "line 5: meter 'm': "
         "line: missing; one of a, b"),
        (both("", ""), "meter 'y': has address 1 at h:502, as 'x' does"),
        (both("", "unit = 2").replace('"y"', '"X"'), "meter 'X': the name is given twice"),
        (both("serial_number = 5", "unit = 2\nserial_number = 5"),
         "meter 'y': serial_number 5 is that of 'x'"),
        (both("settings.unit_address = 3", "unit = 2\nsettings.unit_address = 3"),
         "meter 'y': is to have address 3 at h:502, as 'x' does"),
        (both("settings.unit_address = 2",
              "unit = 2\nserial_number = 4\nsettings.unit_address = 1"),
         "meter 'x': give its serial_number: address 2 goes from 'y' to 'x'"),
        (both("settings.unit_address = 2\nserial_number = 4",
              "unit = 2\nsettings.unit_address = 3"),
         "meter 'y': give its serial_number"),
        (both("", "unit = 2", "settings.unit_address = 3\n"), "settings: unit_address: belongs to "
         "one meter"),
        (both("", "unit = 2", "[settings]\nscroll_time = 1\ncurrent_gain_l1 = 3\n"),
         "line 3: settings: current_gain_l1: belongs to one meter"),
        (f"timeout = nan\n{METER}", "timeout = nan: must be seconds"),
        (f"retries = 1000\n{METER}", "line 1: retries = 1000: must be a whole number 0 to 100"),
        ("[meter]\nname = 3\n", "a project has 1 to 5000 meters"),
        ("line = 3\n" + METER[19:], "must be a table"),
        ("meter = [3]\n", "meter[1]: 3: must be a table"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(folder, text, message):
    with pytest.raises(ConfigurationError) as met:
        read(folder, text)
    assert message in str(met.value)
    assert str(met.value).startswith(str(folder / "house.toml"))
    assert "\n" not in str(met.value)
    assert "1000" not in str(met.value).replace("retries = 1000", "")


def test_a_file_that_is_too_large_is_not_read(folder):
    with pytest.raises(ConfigurationError, match="larger than 2000000 bytes"):
        read(folder, "#" * 2_000_001)


def test_the_largest_project_is_read_quickly_enough(folder):
    meters = "".join(f'[[meter]]\nname = "m{n}"\ntcp = "10.1.{n // 200}.{n % 200}"\n'
                     for n in range(5000))  # fmt: skip
    assert len(read(folder, meters).lines) == 5000


def test_another_wish_is_another_fingerprint(folder):
    def prints(text: str) -> list[str]:
        return [meter.fingerprint for meter in read(folder, text).meters]

    def same(text: str) -> list[bool]:
        return [a == b for a, b in zip(prints(text), before, strict=True)]

    before = prints(WHOLE)
    assert same(WHOLE) == [True, True, True]
    assert same(WHOLE.replace("= 200,", "= 201,")) == [False, True, True]
    (folder / "roof.toml").write_text("unit_address = 9\nscroll_time = 3\n[meter]\n")
    assert same(WHOLE) == [True, True, False]
    (folder / "tariffs.toml").write_text(TARIFFS.replace("1", "2"))
    assert prints(WHOLE)[1] != before[1]


def test_only_some_of_them(folder):
    project = read(folder, WHOLE)
    assert [meter.name for meter in project.only(["roof"]).meters] == ["roof"]
    with pytest.raises(OptionError, match="no meter 'rof'; did you mean roof"):
        project.only(["rof"])
