"""The journal: what it says is on the disk, what is torn does not count, one has it at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smartx96.configuration.project.journal import LARGEST, Journal, Known, journal_path
from smartx96.errors import OptionError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "house.journal.jsonl"


def without_time(known: dict[str, Known]) -> dict[str, tuple]:
    return {name: (each.serial_number, each.unit, each.done) for name, each in known.items()}


def test_it_is_beside_its_project(tmp_path):
    assert journal_path(tmp_path / "house.toml") == tmp_path / "house.journal.jsonl"


def test_what_it_was_told_it_knows(path):
    with Journal(path) as journal:
        assert journal.known == {}
        journal.found("a", 5, 247)
        journal.done("b", None, 2, "f" * 32)
    with Journal(path) as journal:
        assert without_time(journal.known) == {"a": (5, 247, ""), "b": (None, 2, "f" * 32)}
        journal.done("a", 5, 1, "e" * 32)
    with Journal(path) as journal:
        assert without_time(journal.known)["a"] == (5, 1, "e" * 32)


def test_a_begin_keeps_only_where_meters_are(path):
    with Journal(path) as journal:
        journal.done("a", 5, 7, "f")
        journal.begin()
    with Journal(path) as journal:
        assert without_time(journal.known) == {"a": (5, 7, "")}


def test_at_whatever_byte_it_broke_off_whole_lines_count(path):
    with Journal(path) as journal:
        journal.done("a", 5, 1, "f")
        first = path.stat().st_size
        journal.done("b", 6, 2, "g")
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with Journal(path) as journal:
            # A line counts without its end of line: nothing of it is missing.
            names = {name for name, at in (("a", first), ("b", len(whole))) if end >= at - 1}
            assert journal.known.keys() == names
            journal.done("c", 7, 3, "h")
        with Journal(path) as journal:
            assert journal.known.keys() == names | {"c"}


@pytest.mark.parametrize(
    "line",
    ["", "3", "[]", "null", "{}", '{"event": "done"}', "\x00\x00", "[" * 100_000,
     '{"event": "done", "meter": "a", "serial_number": "5", "unit": 1, "time": ""}',
     '{"event": "done", "meter": "a", "serial_number": 5, "unit": [], "time": ""}'],
)  # fmt: skip
def test_what_is_no_line_of_it_is_passed_over(path, line):
    path.write_text(f"{line}\n")
    with Journal(path) as journal:
        assert journal.known == {}


def test_two_pushes_at_once_are_refused(path):
    script = ("import sys; from pathlib import Path; from smartx96.configuration.project.journal "
              "import Journal; j = Journal(Path(sys.argv[1])); print('has it', flush=True); "
              "sys.stdin.read()")  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == b"has it\n"
        with pytest.raises(OptionError, match="another push of this project is under way"):
            Journal(path)
        other.kill()
        other.wait()
        # The kernel lets go of it, however the other one ended.
        with Journal(path):
            pass


def test_a_place_that_takes_no_file(tmp_path):
    with pytest.raises(OptionError, match=r"journal .*none.*: No such file or directory"):
        Journal(tmp_path / "none" / "a.jsonl")
    with pytest.raises(OptionError, match="Is a directory"):
        Journal(tmp_path)


def test_one_that_has_grown_too_large_is_not_read(path):
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(OptionError, match="remove it, unless a push that was stopped"):
        Journal(path)
