"""Files of the traffic: what is in them, their size, what is left alone, a disk that is full."""

import csv
import json
import os
import resource
import signal
import stat
from contextlib import contextmanager

import pytest

from smartx96.errors import OptionError
from smartx96.modbus.traffic import Exchange, Framing, Message
from smartx96.modbus.watch.capture import Capture
from smartx96.modbus.watch.exchange_file import COLUMNS, ExchangeFile
from smartx96.modbus.watch.rotating_file import RotatingFile

TIME = 1_767_225_600.25
PORT, CLIENT = "127.0.0.1:5020", "127.0.0.1:40000"
READ = Exchange(TIME, PORT, CLIENT, 1, bytes.fromhex("0400000002"), bytes.fromhex("040441424344"))
UNLOCK = Exchange(
    TIME, 'a "line", 1', 'a "line", 1', 7, bytes.fromhex("10000e0002045ec4e75a"), None
)


def write(path, *exchanges, **options):
    told = []
    file = ExchangeFile(path, told.append, **options)
    for each in exchanges:
        file.exchange(each)
    return file, told


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_csv_has_a_row_for_each_exchange(tmp_path):
    write(tmp_path / "t.csv", READ, UNLOCK)  # not closed: each is there at once
    first, second = rows(tmp_path / "t.csv")
    assert tuple(first) == COLUMNS
    assert first == {
        "time": "2026-01-01T00:00:00.250000Z", "port": PORT, "client": CLIENT, "unit": "1",
        "function": "4", "address": "0", "quantity": "2", "first": "voltage_l1",
        "last": "voltage_l1", "outcome": "answered", "request": "0400000002",
        "answer": "040441424344",
    }  # fmt: skip
    assert second["port"] == 'a "line", 1'
    assert second["outcome"] == "silence"
    assert second["answer"] == ""


def test_json_lines_have_the_same(tmp_path):
    write(tmp_path / "t.jsonl", READ, UNLOCK)
    found = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert [tuple(row) for row in found] == [COLUMNS, COLUMNS]
    assert found[0]["quantity"] == 2
    assert found[1]["answer"] is None


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_no_password_is_written(tmp_path, name):
    write(tmp_path / name, UNLOCK)
    text = (tmp_path / name).read_text()
    assert "10000e000204********" in text
    assert "5e" not in text


def test_files_are_for_their_owner_alone(tmp_path):
    write(tmp_path / "t.csv", READ)
    assert stat.S_IMODE((tmp_path / "t.csv").stat().st_mode) == 0o600


def test_two_files_of_the_size_are_kept(tmp_path):
    file, told = write(tmp_path / "t.csv", *[READ] * 100, limit=2000)
    sizes = [(tmp_path / name).stat().st_size for name in ("t.csv", "t.1.csv")]
    assert max(sizes) <= 2000
    assert sizes[1] > 1800
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.1.csv", "t.csv"]
    for name in ("t.csv", "t.1.csv"):
        assert {row["first"] for row in rows(tmp_path / name)} == {"voltage_l1"}
    file.close()
    assert told == []


def test_the_file_of_an_earlier_run_is_kept_once(tmp_path):
    for unit in range(3):
        write(tmp_path / "t.csv", READ._replace(unit=unit))[0].close()
    units = [rows(tmp_path / name)[0]["unit"] for name in ("t.csv", "t.1.csv")]
    assert units == ["2", "1"]


@pytest.mark.parametrize("name", ["t.csv", "t.1.csv"])
def test_what_is_not_ours_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("date,price\n1,2\n")
    with pytest.raises(OptionError, match=rf"^--trace .*{name}: holds something else; give a name"):
        write(tmp_path / "t.csv")
    assert (tmp_path / name).read_text() == "date,price\n1,2\n"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_being_written_is_refused(tmp_path):
    file, _ = write(tmp_path / "t.csv", READ)
    with pytest.raises(OptionError, match="is being written already"):
        write(tmp_path / "t.csv")
    file.exchange(READ)
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("make", "name", "line"),
    [
        (ExchangeFile, "t.txt", "--trace .*t.txt: give a name that ends in .csv or .jsonl"),
        (Capture, "t.pcap", "--capture .*t.pcap: give a name that ends in .pcapng"),
        (ExchangeFile, "no/t.csv", "--trace .*: cannot be written: No such file or directory"),
        (ExchangeFile, "pipe.csv", "--trace .*: is no file; give the name of one"),
        (ExchangeFile, "folder.csv", "--trace .*: (is no file|cannot be written)"),
    ],
)
def test_places_where_nothing_can_be_written(tmp_path, make, name, line):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OptionError, match=f"^{line}") as caught:
        make(tmp_path / name, print)
    assert "\n" not in str(caught.value)


@contextmanager
def files_up_to(size):
    """Beyond a size the system refuses, as a full disk does; only within, for what runs the tests
    writes into files as well.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_told_once_and_leaves_whole_records(tmp_path):
    told = []
    file = RotatingFile("--x", tmp_path / "f.bin", b"head", lambda: b"head", told.append)
    with files_up_to(30):
        written = [file.write(b"0123456789") for _ in range(6)]
    assert written == [True, True] + [False] * 4
    assert (tmp_path / "f.bin").read_bytes() == b"head" + b"0123456789" * 2
    assert len(told) == 1
    assert told[0].startswith(f"--x {tmp_path / 'f.bin'}: cannot be written: File too large")
    assert file.write(b"0123456789")
    assert (tmp_path / "f.bin").read_bytes() == b"head" + b"0123456789" * 3
    assert told[1].endswith("is written again; 4 records are missing")


def test_a_port_first_seen_on_a_full_disk_is_described_later(tmp_path):
    told = []
    capture = Capture(tmp_path / "c.pcapng", told.append)
    message = Message(TIME, "line", "line", False, bytes.fromhex("01040000000271cb"), Framing.RTU)
    capture.message(message)
    size = (tmp_path / "c.pcapng").stat().st_size
    with files_up_to(size + 4):
        capture.message(message._replace(port="other", client="other"))
    assert (tmp_path / "c.pcapng").stat().st_size == size
    capture.message(message._replace(port="other", client="other"))
    capture.close()
    content = (tmp_path / "c.pcapng").read_bytes()
    assert content.count(b"Modbus RTU other") == 1
    assert len(told) == 2
