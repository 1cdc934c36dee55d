"""Logs of every kind: what goes in is there for other programs, once, whatever happens."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from smartx96.errors import LogError, MissingExtraError, OptionError
from smartx96.samples import extras
from smartx96.tables.log import csv_log
from smartx96.tables.log.destination import open_log, stored_columns, stored_rows
from smartx96.tables.log.row import LARGEST, Layout, Row
from smartx96.tables.log.sqlite_log import SqliteLog
from support.logs import FILES, LAYOUT, STEP, T0, filled, opened, read_by_others, row

pytest.importorskip("pyarrow.parquet")

OTHER = Layout(("voltage_l1", "frequency"))


@pytest.fixture(params=FILES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def test_other_programs_read_what_was_logged(where: Path) -> None:
    log = opened(where)
    log.add([row(0), row(0, "yard", fault="no answer")])
    log.add([row(1)])
    log.close()
    hall, yard, later = read_by_others(where)
    assert list(hall) == list(LAYOUT.columns)
    assert hall["time"] == "2026-09-21T14:13:20.000Z"
    assert hall["answered"] == "2026-09-21T14:13:20.012Z"
    assert later["time"] == "2026-09-21T14:13:30.000Z"
    assert (float(str(hall["voltage_l1"])), int(str(hall["pulse1_count"]))) == (230.0, 2**53)
    assert (yard["meter"], yard["fault"], yard["answered"]) == ("yard", "no answer", None)
    assert (yard["voltage_l1"], hall["voltage_harmonic_l1[5]"], hall["fault"]) == (None,) * 3


def test_it_goes_on_after_the_newest_row(where: Path) -> None:
    filled(where, 0, 1)
    log = opened(where)
    latest = log.latest()
    log.add([row(2)])
    log.close()
    assert latest == {"hall": row(1)}
    assert [each["time"] for each in read_by_others(where)] == [
        f"2026-09-21T14:13:{second}.000Z" for second in (20, 30, 40)
    ]


def test_of_a_long_log_sqlite_finds_the_newest_rows_without_reading_all(tmp_path: Path) -> None:
    log = opened(tmp_path / "log.db", meters=("hall", "yard", "new"))
    assert isinstance(log, SqliteLog)
    log.add([row(n, meter) for n in range(5000) for meter in ("hall", "yard")])
    steps = list[None]()
    log._connection.set_progress_handler(lambda: steps.append(None), 100)
    assert log.latest() == {"hall": row(4999), "yard": row(4999, "yard")}
    assert len(steps) < 10
    log.close()


def test_rows_come_back_as_they_were(where: Path) -> None:
    rows = [row(0), row(1, fault="missed"), Row(T0 + 2 * STEP, "hall", None, T0, 0.5, None,
                                               (-1.5e-7, 3.25, LARGEST))]  # fmt: skip
    log = opened(where)
    log.add(rows)
    log.close()
    assert stored_columns(str(where)) == list(LAYOUT.columns)
    assert list(stored_rows(str(where), LAYOUT.ids)) == rows
    chosen = [each.values for each in stored_rows(str(where), ["pulse1_count"])]
    assert chosen == [(2**53,), (None,), (LARGEST,)]


def test_a_log_that_is_being_written_is_refused(where: Path) -> None:
    log = opened(where)
    with pytest.raises(LogError, match=f"is being written by process {os.getpid()}; stop that"):
        opened(where)
    log.close()
    opened(where).close()
    assert not list(where.parent.glob(".*")), "nothing is left beside it"


def test_nothing_that_is_no_log_is_touched(tmp_path: Path) -> None:
    for name, text in (("a.csv", "my,own\n1,2\n"), ("a.db", "no database, but long enough " * 40)):
        (tmp_path / name).write_text(text)
        with pytest.raises(LogError, match="give another file"):
            opened(tmp_path / name)
        assert (tmp_path / name).read_text() == text
    with closing(sqlite3.connect(tmp_path / "b.db")) as connection:
        connection.execute("CREATE TABLE meter_log (time TEXT, note TEXT)")
    with pytest.raises(LogError, match="is no log: it lacks meter, serial_number"):
        opened(tmp_path / "b.db")


@pytest.mark.parametrize("name", ["log.csv", "log.parquet"])
def test_other_columns_need_another_file(name: str, tmp_path: Path) -> None:
    filled(tmp_path / name, 0)
    with pytest.raises(LogError, match=r"lacks frequency and has voltage_harmonic_l1\[5\], pulse1"):
        opened(tmp_path / name, OTHER)


def test_a_database_gets_new_columns(tmp_path: Path) -> None:
    filled(tmp_path / "log.db", 0)
    log = opened(tmp_path / "log.db", OTHER)
    log.add([Row(T0 + STEP, "hall", 7, T0, 0.1, None, (231.0, 50.0))])
    log.close()
    first, second = read_by_others(tmp_path / "log.db")
    assert log.notes == [f"{tmp_path / 'log.db'}: has new columns: frequency"]
    assert (first["frequency"], first["pulse1_count"]) == (None, 2**53)
    assert (second["frequency"], second["pulse1_count"]) == (50.0, None)


def test_a_database_takes_no_row_twice(tmp_path: Path) -> None:
    filled(tmp_path / "log.db", 0, 1)
    filled(tmp_path / "log.db", 1, 2)
    assert len(read_by_others(tmp_path / "log.db")) == 3


@pytest.mark.parametrize("torn", ["2026-09-21T14:13:40.000Z,hall,7,2026-09-2", "x", '"ha'])
def test_a_torn_last_line_is_cut_off(torn: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    filled(path, 0, 1)
    whole = path.read_bytes()
    with path.open("a") as file:
        file.write(torn)
    log = opened(path)
    log.close()
    assert log.notes == [f"{path}: its last line was torn and is cut off"]
    assert path.read_bytes() == whole


@pytest.mark.parametrize("length", [0, 1, 40])
def test_a_torn_header_is_written_again(length: int, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    header = ",".join(LAYOUT.columns)
    path.write_text(header[:length])
    filled(path, 0)
    assert path.read_text().startswith(f"{header}\n2026")


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    filled(path, 0)
    before, write = path.read_bytes(), os.pwrite

    def full(descriptor: int, data: bytes, place: int) -> int:
        if len(data) > 20:
            return write(descriptor, data[:20], place)
        raise OSError(28, "No space left on device")

    log = opened(path)
    monkeypatch.setattr(csv_log.os, "pwrite", full)
    with pytest.raises(LogError, match="cannot be written: no space left on device"):
        log.add([row(1)])
    assert path.read_bytes() == before
    monkeypatch.undo()
    log.add([row(1)])
    log.close()
    assert len(read_by_others(path)) == 2


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    log = opened(path)
    log.add([row(0)])
    path.rename(tmp_path / "old.csv")
    log.add([row(1)])
    log.close()
    assert [len(read_by_others(tmp_path / name)) for name in ("old.csv", "log.csv")] == [1, 1]


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_file_that_others_cut_off_goes_on_with_whole_lines(kept: int, tmp_path: Path) -> None:
    """As `copytruncate` of logrotate does."""
    path = tmp_path / "log.csv"
    log = opened(path)
    log.add([row(n) for n in range(5)])
    os.truncate(path, kept)
    log.add([row(5)])
    log.close()
    assert b"\0" not in path.read_bytes()
    assert read_by_others(path)[-1]["time"] == "2026-09-21T14:14:10.000Z"
    assert opened(path).latest() == {"hall": row(5)}


def test_a_line_that_is_no_row_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    filled(path, 0)
    with path.open("a") as file:
        file.write("yesterday,hall,,,,,1,2,3\n")
    with pytest.raises(LogError, match=r"log\.csv: line 3: is no row of a log: Invalid iso"):
        list(stored_rows(str(path), LAYOUT.ids))


def test_names_that_no_log_has(tmp_path: Path) -> None:
    for name in ("log.txt", "log", "mysql://user:secret@host/db"):
        with pytest.raises(OptionError, match=r"cannot be written; give FILE\.csv") as failure:
            open_log(name, LAYOUT)
        assert "secret" not in str(failure.value)
    with pytest.raises(LogError, match=r"none\.csv: there is none"):
        stored_columns(str(tmp_path / "none.csv"))
    (tmp_path / "a.csv").write_text("my,own\n")
    with pytest.raises(LogError, match="there is no log in it"):
        stored_columns(str(tmp_path / "a.csv"))
    with pytest.raises(LogError, match="cannot be written there: No such file"):
        opened(tmp_path / "none" / "log.csv")


@pytest.mark.parametrize(("name", "package"), [("a.parquet", "pyarrow"), ("postgres:", "psycopg")])
def test_what_is_not_installed_is_told(name: str, package: str, tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def missing(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(MissingExtraError, match=f"{package} is not installed: pip install"):
        opened(name if name.endswith(":") else tmp_path / name)
