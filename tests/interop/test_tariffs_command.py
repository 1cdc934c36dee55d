"""`x96 tariffs` against a running meter; what the meter has then is read by pymodbus."""

from __future__ import annotations

import json
import subprocess
import zlib

import pytest

from smartx96.configuration.calendar_file import read_calendar
from smartx96.configuration.tariffs.template import TEMPLATE
from smartx96.meter.calendar.plain import calendar_data
from support.calendar_registers import by_the_page
from support.running import X96, Running

pytestmark = pytest.mark.interop

CODES = {"good": 0, "failed": 1, "wrong": 2}


@pytest.fixture(scope="module")
def meter():
    running = Running()
    yield running
    running.stop()


@pytest.fixture
def x96(meter, tmp_path):
    """`x96 tariffs` on that meter: its exit code, and what it says on both pipes."""

    def run(command: str, *arguments: str, password: str = "1000", place: bool = True):
        where = ["--tcp", f"127.0.0.1:{meter.port}", "--password", password] if place else []
        found = subprocess.run(
            [*X96, "tariffs", command, *arguments, *where], cwd=tmp_path, text=True,
            capture_output=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return found.returncode, found.stdout, found.stderr

    return run


def block(port: int, base: int) -> bytes:
    """Registers of a calendar as pymodbus reads them."""
    from pymodbus.client import ModbusTcpClient

    with ModbusTcpClient("127.0.0.1", port=port) as client:
        found = [client.read_holding_registers(address, count=124, device_id=1).registers
                 for address in range(base, base + 0x1F00, 124)]  # fmt: skip
    return b"".join(word.to_bytes(2, "big") for words in found for word in words)


def test_the_whole_way(x96, meter, tmp_path):
    assert x96("template", "-o", "t.toml", place=False) == (0, "", "")
    assert x96("template", place=False)[1] == TEMPLATE
    data = calendar_data(read_calendar(tmp_path / "t.toml").calendar)

    code, said, _ = x96("push", "t.toml", "--dry-run")
    assert (code, said.splitlines()[-1].endswith("; nothing is written")) == (0, True)
    assert block(meter.port, 0x4000) == bytes(0x3E00)

    code, said, told = x96("push", "t.toml")
    assert (code, told) == (0, "")
    assert said.endswith("calendar 'Two tariffs' rules: read back and compared\n")
    assert block(meter.port, 0x4000) == by_the_page(data)
    assert "was there before: nothing written" in x96("push", "t.toml")[1]

    other = TEMPLATE.replace('"17:00" = 3', '"17:30" = 4').replace("Two", "Three")
    (tmp_path / "u.toml").write_text(other)
    code, said, _ = x96("diff", "u.toml")
    assert code == CODES["failed"]
    assert [line.strip() for line in said.splitlines()[2:]] == [
        "name = Two tariffs -> Three tariffs",
        '+ days.winter-workday."17:30" = 4',
        '- days.winter-workday."17:00" = 3',
        "3 differences",
    ]
    code, said, _ = x96("push", "u.toml", "--activation", "2090-01-01T06:00", "--json")
    document = json.loads(said)
    assert (code, document["state"], document["done"]) == (0, "waits", True)
    assert block(meter.port, 0xA000) == by_the_page(
        calendar_data(read_calendar(tmp_path / "u.toml").calendar)
    )

    assert x96("pull", "-o", "p.toml", "--passive")[:2] == (
        0, "p.toml: 2 seasons, 2 weeks, 3 days, 3 special days\n"
    )  # fmt: skip
    assert "activation = 2090-01-01T06:00:00\n" in (tmp_path / "p.toml").read_text()
    assert x96("diff", "p.toml", "--passive")[0] == 0
    code, _, told = x96("pull", "-o", "p.toml")
    assert (code, told) == (2, "x96: p.toml is there already: give another name, or --force\n")

    code, said, _ = x96("show", "--json")
    document = json.loads(said)
    assert document["active"]["calendar"] == data
    assert document["active"]["checksum"] == f"0x{zlib.crc32(by_the_page(data)):08X}"
    assert document["activation"] == "2090-01-01T06:00:00"
    assert x96("show")[1].count("# Tariff calendar of a SMART X96.") == 2


def test_what_is_wrong_is_one_line(x96, tmp_path):
    (tmp_path / "t.toml").write_text(TEMPLATE.replace("Two", "Other"))
    (tmp_path / "wrong.toml").write_text("days = 3\n")
    long = TEMPLATE.replace("winter-workday", "ä" * 17)
    (tmp_path / "long.toml").write_text(long.replace("[days.ä", '[days."ä').replace("ä]", 'ä"]'))
    for code, words, *arguments in (
        (1, "the password is wrong", "push", "t.toml", ("1001",)),
        (1, "wrong.toml: days = 3: must be a table", "push", "wrong.toml"),
        (2, "has 34 bytes, registers hold 32", "push", "long.toml"),
        (2, "--activation 'soon': give it like", "push", "t.toml", "--activation", "soon"),
        (2, "--activation = '2027-01-01 00:00:00+00:00': must be a local time",
         "push", "t.toml", "--activation", "2027-01-01T00:00:00Z"),
        (2, "--now and --activation: give one of them",
         "push", "t.toml", "--now", "--activation", "2027-01-01"),
        (2, "where is the meter?", "show", None),
    ):  # fmt: skip
        passwords = [each[0] for each in arguments if isinstance(each, tuple)]
        given = [each for each in arguments if isinstance(each, str)]
        found = x96(*given, place=None not in arguments, password=(passwords or ["1000"])[0])
        assert (found[0], found[1].startswith("note: ") or not found[1]) == (code, True), found
        assert found[2].count("\n") == 1
        assert words in found[2]
        assert "1001" not in found[2]
