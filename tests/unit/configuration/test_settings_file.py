"""Settings files: what is written is read as the same, and one line for whatever is wrong."""

from __future__ import annotations

import io
import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.configuration.settings_file import (
    LARGEST,
    read_settings,
    settings_text,
    write_settings,
)
from smartx96.errors import ConfigurationError, OptionError
from smartx96.settings import BY_ID, KEPT, TABLE, Settings
from support.pulses import files_up_to


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def given_text(text: str | bytes) -> dict:
        path = tmp_path / "feeder.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_settings(path)

    return given_text


ANY = st.fixed_dictionaries(
    {},
    optional={
        s.id: st.sampled_from(s.allowed) if s.allowed else st.sampled_from(["UTC", "Europe/Berlin"])
        for s in KEPT
    },
)


@given(changes=ANY)
@settings(max_examples=200, deadline=None)
def test_round_trip(changes: dict, tmp_path_factory: pytest.TempPathFactory) -> None:
    meant = Settings(changes)
    path = tmp_path_factory.mktemp("settings") / "feeder.toml"
    write_settings(meant, path)
    found = read_settings(path)
    assert found == dict(meant)
    assert {id: type(value) for id, value in found.items()} == {
        id: type(value) for id, value in meant.items()
    }
    stream = io.StringIO()
    write_settings(meant, stream)
    assert stream.getvalue() == path.read_text(encoding="utf-8")
    assert os.listdir(path.parent) == ["feeder.toml"]


def test_file_is_what_people_read() -> None:
    text = settings_text(Settings({"baud_rate": 3, "ct_primary": 200, "scroll_time": 30}))
    found = tomllib.loads(text)
    assert list(found)[:4] == ["unit_address", "baud_rate", "parity_stop", "energy_prefix"]
    assert found["baud_rate"] == 19200
    assert found["system_type"] == "3P4W"
    assert found["pulse1_energy"] == "import kWh"
    assert found["ct_primary"] == 200
    assert (found["backlight_time"], found["scroll_time"]) == (60, 30)
    assert set(found) == {s.id for s in TABLE if not s.secret}
    assert max(len(line) for line in text.splitlines()) <= 100


def test_every_setting_says_what_it_may_be() -> None:
    blocks = {
        block.splitlines()[-1].partition(" = ")[0]: " ".join(
            line.removeprefix("# ") for line in block.splitlines()[:-1]
        )
        for block in settings_text(Settings()).split("\n\n")
        if " = " in block.splitlines()[-1]
    }
    for setting in KEPT:
        comment = blocks[setting.id]
        assert comment.startswith(setting.label)
        assert setting.choices in comment
        assert ("protected" in comment) is setting.protected
    assert "; 1..9999 A; default 5; protected" in blocks["ct_primary"]
    assert blocks["baud_rate"].endswith("bit/s; default 9600")


def test_names_are_not_broken_over_lines() -> None:
    lines = settings_text(Settings()).splitlines()
    assert all(line.count('"') % 2 == 0 for line in lines)


def test_password_is_in_no_file(read) -> None:  # type: ignore[no-untyped-def]
    text = settings_text(Settings())
    assert "password =" not in text
    with pytest.raises(ConfigurationError, match="line 2: password: is secret") as caught:
        read("ct_primary = 5\npassword = 4711\n")
    assert "4711" not in str(caught.value)


def test_only_what_the_file_states(read) -> None:  # type: ignore[no-untyped-def]
    assert read("") == {}
    assert read('# a comment\nct_primary = 200 # feeder\n"vt_ratio" = 10.0\n') == {
        "ct_primary": 200,
        "vt_ratio": 10,
    }


def test_editors_of_other_systems(read) -> None:  # type: ignore[no-untyped-def]
    assert read(b"\xef\xbb\xbfct_primary = 200\r\nvt_ratio = 3\r\n") == {
        "ct_primary": 200,
        "vt_ratio": 3,
    }


def test_codes_and_names_mean_the_same(read) -> None:  # type: ignore[no-untyped-def]
    names = 'system_type = "1p2w"\nbaud_rate = 38400\npulse1_rate = "0.1 kWh (kvarh)"'
    codes = "system_type = 1\nbaud_rate = 4\npulse1_rate = 2"
    assert read(names) == read(codes) == {"system_type": 1, "baud_rate": 4, "pulse1_rate": 2}


HOSTILE: list[tuple[str, str | bytes, str]] = [
    ("unknown", "ct_primary = 5\nct_primry = 5", "line 2: 'ct_primry' is no setting; did you mean"),
    ("too large a value", "\nct_primary = 12000", "line 2: ct_primary: 12000 A is not allowed; "
     "allowed: 1..9999 A"),
    ("name", 'system_type = "4P"', 'line 1: system_type: \'4P\' is not allowed; allowed: "1P2W"'),
    ("quoted number", 'ct_primary = "200"', "line 1: ct_primary: '200' A is not allowed"),
    ("boolean", "ct_primary = true", "line 1: ct_primary: True A is not allowed"),
    ("fraction", "ct_primary = 5.5", "line 1: ct_primary: 5.5 A is not allowed"),
    ("nan", "ct_primary = nan", "line 1: ct_primary: nan A is not allowed"),
    ("infinity", "ct_primary = -inf", "line 1: ct_primary: -inf A is not allowed"),
    ("list", "ct_primary = [5]", r"line 1: ct_primary: [5] A is not allowed"),
    ("date", "ct_primary = 2026-01-01", "line 1: ct_primary: datetime.date(2026, 1, 1) A is not"),
    ("table", "[settings]\nct_primary = 5", "'settings' is no setting; known are"),
    ("array of tables", "[[ct_primary]]\nx = 5", "ct_primary: [{'x': 5}] A is not allowed"),
    ("zone", 'time_zone = "Mars/Base"', "line 1: time_zone: 'Mars/Base' is no IANA time zone"),
    ("number for a zone", "time_zone = 1", "line 1: time_zone: 1 is no IANA time zone"),
    ("way out of the zones", 'time_zone = "../../../../etc/passwd"', "is no IANA time zone"),
    ("terminal", 'ct_primary = "\\u001b[2J"', r"ct_primary: '\x1b[2J' A is not allowed"),
    ("key of escapes", '"\\u001b[2J" = 1', r"'\x1b[2J' is no setting"),
    ("long value", f'ct_primary = "{"x" * 50_000}"', "xxx... A is not allowed"),
    ("long key", f"{'x' * 50_000} = 1", "xxx... is no setting"),
    ("long hexadecimal", f"ct_primary = 0x{'f' * 50_000}", "a number too long to show A is not"),
    ("long decimal", f"ct_primary = {'9' * 50_000}", "not readable TOML: ValueError"),
    ("twice", "ct_primary = 5\nct_primary = 6\n", "not TOML: Cannot overwrite a value (at line 2"),
    ("no TOML", "ct_primary: 5", "not TOML: Expected '=' after a key"),
    ("deep", "ct_primary = " + "[" * 20_000, "not readable TOML: RecursionError"),
    ("deep key", ".".join("a" * 20_000) + " = 1", "keys of too many parts"),
    ("not text", b"\x7fELF\x02\x01\x01\x00\xff", "byte 8 is not UTF-8; not a text file"),
    ("NUL", b"ct_primary = 5\0", "not TOML"),
    ("too large", b"#" * (LARGEST + 1), f"larger than {LARGEST} bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_hostile_file_is_one_line(read, tmp_path, text, line) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'feeder.toml'}: ")
    assert line in said
    assert said.isprintable()
    assert len(said) < 1500


def test_the_largest_file_is_read(read) -> None:  # type: ignore[no-untyped-def]
    start = b"ct_primary = 7\n"
    assert read(start + b"#" * (LARGEST - len(start))) == {"ct_primary": 7}


def test_a_line_that_cannot_be_told_is_left_out(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError) as caught:
        read('ct_primary = 0\nx = """\nct_primary = 1\n"""')
    assert "feeder.toml: ct_primary: 0 A" in str(caught.value)


def test_endless_and_missing_files(tmp_path: Path) -> None:
    for path, line in (
        (Path("/dev/zero"), "larger than"),
        (tmp_path, "Is a directory"),
        (tmp_path / "none.toml", "No such file"),
        (Path("a\0b"), "null byte"),
    ):
        with pytest.raises(ConfigurationError, match=line):
            read_settings(path)


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    folder = tmp_path / "feeder.toml"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OptionError, match=r"feeder\.toml: is a folder; give a file name"):
        write_settings(Settings(), folder)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["feeder.toml"]
    with pytest.raises(OptionError, match="cannot be written: No such file"):
        write_settings(Settings(), tmp_path / "none" / "feeder.toml")


def test_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "feeder.toml"
    write_settings(Settings({"ct_primary": 200}), path)
    with files_up_to(100), pytest.raises(OptionError, match="File too large"):
        write_settings(Settings({"ct_primary": 300}), path)
    assert read_settings(path)["ct_primary"] == 200
    assert os.listdir(tmp_path) == ["feeder.toml"]


def test_every_name_can_be_written(read) -> None:  # type: ignore[no-untyped-def]
    for setting in KEPT:
        for code, name in BY_ID[setting.id].codes.items():
            assert read(f'{setting.id} = "{name}"') == {setting.id: code}
