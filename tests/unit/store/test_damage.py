"""A damaged store: set aside, the last good record used, never zero."""

import contextlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from smartx96.errors import StoreError
from smartx96.store import database
from smartx96.store.folder import StateFolder
from smartx96.store.reading import read_events, read_profile
from smartx96.store.record import Record
from smartx96.store.verification import verify
from support.stored import commit, fill, opened, sql


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("filled") / "state"
    with opened(path) as store:
        fill(store, commits=200, events=3, rows=2)
        fill(store, meter="second", commits=4)
    return path


@pytest.fixture
def folder(tmp_path, filled):
    return shutil.copytree(filled, tmp_path / "state")


def write(path, offset, data):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def restarted(folder, meter="main"):
    with opened(folder) as store:
        found = store.load(meter)
        return found, store.notes


def test_page_of_the_log_damaged(folder):
    pages = (folder / "state.sqlite").stat().st_size // 4096
    write(folder / "state.sqlite", (pages // 2) * 4096, bytes(4096))
    before = (folder / "state.sqlite").read_bytes()
    found, (note, *others) = restarted(folder)
    assert (found.state, found.sequence) == (commit(200).state, 200)
    assert found.events.count == 600
    assert note.startswith(f"{folder}/state.sqlite: was damaged (")
    assert "; set aside as state.damaged-20260921T141320.sqlite, " in note
    assert others == []
    assert (folder / "state.damaged-20260921T141320.sqlite").read_bytes() == before
    events, rows = list(read_events(folder, "main")), list(read_profile(folder, "main"))
    lost = 604 + 404 - len(events) - len(rows) - 8
    assert f"{len(events) + 4} events and {len(rows) + 4} profile rows were carried over" in note
    assert 0 < lost < 120
    assert f", {lost} could not be read" in note
    with opened(folder) as store:
        assert store.notes == ()
        fill(store, commits=2, events=3)
        assert store.load("second").state == commit(4).state
    if len(events) < 600:
        assert {f.text.rpartition(" ")[2] for f in verify(folder)[0].findings} == {"missing"}


def sized(folder, size, commits):
    with opened(folder, profile_size=10) as store:
        for number in range(1, commits + 1):
            each = commit(number, rows=5)
            store.commit({"main": replace(each, profile_size=size)})


@pytest.mark.parametrize(("size", "kept"), [(40, 40), (4, 4), (1000, 50), (None, 10)])
def test_as_many_rows_come_over_as_the_meter_keeps(tmp_path, size, kept):
    folder = tmp_path / "state"
    sized(folder, size, 10)
    sql(folder, "PRAGMA user_version = 9")
    sql(folder, "UPDATE format SET version = 8")
    with opened(folder, profile_size=10) as store:
        (note,) = store.notes
    assert note.endswith(f"10 events and {kept} profile rows were carried over")
    assert [r.number for r in read_profile(folder, "main")] == list(range(51 - kept, 51))


def test_rows_that_the_meter_does_not_keep_are_not_missed(tmp_path):
    """Where the beginning of the table cannot be read the record tells how much there was."""
    folder = tmp_path / "state"
    sized(folder, 4, 10)
    sql(folder, "DELETE FROM profile")
    sql(folder, "PRAGMA user_version = 9")
    with opened(folder) as store:
        assert store.notes[0].endswith(
            "10 events and 0 profile rows were carried over, 4 could not be read"
        )


@pytest.mark.parametrize("damage", ["header", "all", "empty", "half", "text"])
def test_nothing_or_little_of_the_database_left(folder, damage):
    path = folder / "state.sqlite"
    size = path.stat().st_size
    if damage == "header":
        write(path, 0, bytes(100))
    elif damage == "all":
        path.write_bytes(b"\xa5" * size)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "half":
        path.write_bytes(path.read_bytes()[: size // 2])
    else:
        path.write_text("somebody's letter")
    for meter, number in (("main", 200), ("second", 4)):
        found, _ = restarted(folder, meter)
        assert (found.state, found.sequence) == (commit(number).state, number)
    assert len(list(folder.glob("state.damaged-*.sqlite"))) == 1
    with opened(folder) as store:
        fill(store, commits=1, events=3)
    texts = [f.text for f in verify(folder, "main")[0].findings]
    assert all("missing" in text for text in texts)
    assert damage == "half" or texts == ["entries 1 to 600 are missing"]


def test_database_that_is_gone(folder):
    (folder / "state.sqlite").unlink()
    found, notes = restarted(folder)
    assert found.state == commit(200).state
    assert notes == (
        "meter main: the database ends 200 commits before its copy; goes on from the copy, commit "
        "200",
        "meter main: entries 1 to 600 of its event log are missing",
    )


def test_database_of_an_older_backup(folder):
    shutil.copy(folder / "state.sqlite", folder / "backup")
    with opened(folder) as store:
        fill(store, commits=9)
    (folder / "backup").replace(folder / "state.sqlite")
    found, notes = restarted(folder)
    assert (found.state, found.events.count) == (commit(209).state, 609)
    assert len(notes) == 2
    with opened(folder) as store:
        fill(store, commits=1)
    assert [f.text for f in verify(folder, "main")[0].findings] == [
        "entries 601 to 609 are missing"
    ]


def test_record_that_is_altered(folder):
    sql(folder, "UPDATE records SET sealed = replace(sealed, '1', '2') WHERE sequence > 198")
    found, notes = restarted(folder)
    assert (found.state, found.sequence) == (commit(200).state, 200)
    assert any("2 of its last records damaged; goes on from commit 200" in note for note in notes)
    (folder / "twins/main").unlink()
    found, notes = restarted(folder)
    assert (found.state, found.sequence) == (commit(198).state, 198)
    assert found.events.count == 600
    with opened(folder) as store:
        store.commit({"main": commit(201, events=3, rows=2)})
        assert store.load("main").events.count == 603
    assert verify(folder, "main")[0].findings == ()
    assert [r.number for r in read_profile(folder, "main")] == list(range(1, 403))


def test_register_lower_than_before(folder):
    low = Record("main", sequence=300, monotone={"energy": 5}, state={"energy": 5})
    sql(folder, "UPDATE records SET sealed = ? WHERE meter = 'main' AND place = 1", low.sealed())
    found, notes = restarted(folder)
    assert found.state == commit(200).state
    assert notes == ("meter main: commit 300 passed over: a register is lower than before",)
    with opened(folder) as store:
        store.commit({"main": commit(201)})
    found, _ = restarted(folder)
    assert (found.state, found.sequence) == (commit(201).state, 301)


def test_twin_damaged_or_gone(folder):
    for spoil in (lambda p: p.write_bytes(b"rubbish"), lambda p: p.unlink()):
        spoil(folder / "twins/main")
        found, notes = restarted(folder)
        assert found.state == commit(200).state
        assert notes == (
            "meter main: the copy of its record was missing or damaged; goes on from the database, "
            "commit 200",
        )


def test_refused_where_nothing_can_be_read(folder):
    write(folder / "state.sqlite", 0, bytes(4096))
    for name in ("main", "second"):
        (folder / "twins" / name).write_bytes(b"rubbish")
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "lock"}
    for _ in range(2):
        with pytest.raises(StoreError, match="no record of a meter can be read") as caught:
            opened(folder)
        assert "another --state FOLDER, or move this folder away" in str(caught.value)
    after = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "lock"}
    assert {p: d for p, d in after.items() if p in before} == before


@pytest.mark.parametrize("renewed", [False, True])
def test_one_meter_of_two_cannot_be_read(folder, renewed):
    sql(folder, "UPDATE records SET sealed = '' WHERE meter = 'second'")
    (folder / "twins/second").write_bytes(b"rubbish")
    if renewed:
        sql(folder, "PRAGMA user_version = 3")
    with opened(folder) as store:
        assert store.load("main").state == commit(200).state
        with pytest.raises(StoreError, match="no record of meter second can be read, though"):
            store.load("second")
        with pytest.raises(StoreError, match="no record of meter second can be read, though"):
            store.commit({"second": commit(1)})
        store.commit({"main": commit(201)})
        assert bool(store.notes) is renewed


@pytest.mark.parametrize("trace", ["events", "profile", "twin"])
def test_any_trace_of_a_meter_keeps_it_from_zero(folder, trace):
    sql(folder, "DELETE FROM records WHERE meter = 'second'")
    for table in ("events", "profile"):
        if trace != table:
            sql(folder, f"DELETE FROM {table} WHERE meter = 'second'")
    if trace == "twin":
        (folder / "twins/second").write_bytes(b"")
    else:
        (folder / "twins/second").unlink()
    with opened(folder) as store, pytest.raises(StoreError, match="meter second can be read"):
        store.load("second")


def test_damage_that_shows_while_it_runs(folder):
    with opened(folder) as store:
        store.load("main")
        with closing(sqlite3.connect(folder / "state.sqlite")) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = (folder / "state.sqlite").stat().st_size
        write(folder / "state.sqlite", 4096, b"\xa5" * (size - 4096))
        (folder / "twins/main").write_bytes(b"rubbish")
        (folder / "twins/second").write_bytes(b"rubbish")
        number = 201
        for _ in range(4):
            with contextlib.suppress(StoreError):
                store.commit({"main": commit(number, events=3)})
                number += 1
        assert number > 202
        assert "set aside" in store.notes[0]
    found, _ = restarted(folder)
    assert found.state == commit(number - 1).state
    with opened(folder) as store, pytest.raises(StoreError, match="meter second can be read"):
        store.load("second")


@pytest.mark.parametrize("count", range(6))
def test_killed_while_it_was_set_aside(folder, count, monkeypatch):
    """Between naming the damaged file and naming the new one; the log is not taken for the new."""

    class Killed(BaseException):
        pass

    state = StateFolder(folder)
    write(state.database, 8192, bytes(4096))
    true = type(state.database).rename

    def rename(path, target):
        nonlocal count
        if not count:
            raise Killed
        count -= 1
        return true(path, target)

    monkeypatch.setattr(type(state.database), "rename", rename)
    with contextlib.suppress(Killed):
        opened(folder).close()
    monkeypatch.undo()
    (folder / "state.sqlite-wal").write_bytes(b"of the old one" * 100)
    found, _ = restarted(folder)
    assert (found.state, found.events.count) == (commit(200).state, 600)
    assert len(list(folder.glob("state.damaged-*.sqlite"))) == 1
    assert not state.renewed.exists()


def test_two_in_one_second_have_two_names(folder):
    for _ in range(3):
        sql(folder, "PRAGMA user_version = 3")
        restarted(folder)
    assert sorted(p.name for p in folder.glob("state.damaged*.sqlite")) == [
        "state.damaged-20260921T141320-2.sqlite",
        "state.damaged-20260921T141320-3.sqlite",
        "state.damaged-20260921T141320.sqlite",
    ]
    assert verify(folder, "main")[0].findings == ()


@pytest.fixture
def killed(tmp_path):
    """A folder as a killed process leaves it: the last commits are in the log of the database."""
    with opened(tmp_path / "running") as store:
        fill(store, commits=20)
        shutil.copytree(tmp_path / "running", tmp_path / "killed")
    return tmp_path / "killed"


def test_log_of_the_database_goes_with_it(killed):
    log = (killed / "state.sqlite-wal").read_bytes()
    write(killed / "state.sqlite", 0, bytes(100))
    with opened(killed) as store:
        assert store.load("main").state == commit(20).state
        assert "set aside as state.damaged-20260921T141320.sqlite" in store.notes[0]
    assert (killed / "state.damaged-20260921T141320.sqlite-wal").read_bytes() == log


def test_log_without_its_database_is_not_taken_for_that_of_a_new_one(killed):
    log = (killed / "state.sqlite-wal").read_bytes()
    (killed / "state.sqlite").unlink()
    with opened(killed) as store:
        assert store.load("main").state == commit(20).state
        assert "ends 20 commits before its copy" in store.notes[0]
    assert (killed / "state.damaged-20260921T141320.sqlite-wal").read_bytes() == log
    assert sql(killed, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("use", ["load", "commit"])
def test_damage_that_the_examination_did_not_reach(folder, monkeypatch, use):
    monkeypatch.setattr(database, "damage", lambda path: None)
    size = (folder / "state.sqlite").stat().st_size
    with opened(folder) as store:
        if use == "load":
            write(folder / "state.sqlite", 4096, b"\xa5" * (size - 4096))
        else:
            store.load("main")
            write(folder / "state.sqlite", 4096, b"\xa5" * (size - 4096))
            store._database.close()
            with pytest.raises(StoreError, match="the database is damaged"):
                store.commit({"main": commit(201)})
            store.commit({"main": commit(201)})
        assert store.load("main").state == commit(200 if use == "load" else 201).state
        assert "set aside" in store.notes[0]


def test_log_beyond_an_older_record_counts_as_far_as_it_is_whole(folder):
    sql(folder, "UPDATE records SET sealed = '' WHERE meter = 'main' AND sequence > 198")
    sql(folder, "UPDATE events SET time = 0 WHERE meter = 'main' AND number = 598")
    sql(folder, "UPDATE profile SET row = '{}' WHERE meter = 'main' AND number = 399")
    (folder / "twins/main").unlink()
    found, _ = restarted(folder)
    assert (found.sequence, found.events.count) == (198, 597)
    with opened(folder) as store:
        store.commit({"main": commit(199, events=3, rows=2)})
    assert verify(folder, "main")[0].findings == ()
    assert [r.number for r in read_profile(folder, "main")] == list(range(1, 401))
