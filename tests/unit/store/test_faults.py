"""Faults of what is around the store: the disk, other programs, the folder itself."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from smartx96.errors import StoreError
from smartx96.store import database
from smartx96.store.reading import read_events
from smartx96.store.verification import verify
from support.stored import commit, fill, opened


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def disk(tmp_path):
    """A disk of 1 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", path], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def whole(folder, meter="main"):
    """Numbers of the events that are there, in a log that verifies."""
    assert [check.findings for check in verify(folder)] == [()]
    return [entry.number for entry in read_events(folder, meter)]


def refused(store, number, match, **each):
    with pytest.raises(StoreError, match=match) as caught:
        store.commit({"main": commit(number, **each)})
    assert "\n" not in str(caught.value)


def test_disk_that_is_full_and_has_room_again(disk):
    ballast = disk / "ballast"
    with opened(disk / "state") as store:
        fill(store)
        with contextlib.suppress(OSError):
            ballast.write_bytes(bytes(2 << 20))
        number = 6
        with contextlib.suppress(StoreError):
            while number < 2000:
                store.commit({"main": commit(number, rows=20)})
                number += 1
        for _ in range(3):
            refused(store, number, f"{disk}/state: the disk is full; make room there", rows=20)
        ballast.unlink()
        store.commit({"main": commit(number, rows=20)})
        assert store.notes == ()
    assert whole(disk / "state") == list(range(1, number + 1))
    with opened(disk / "state") as store:
        assert store.load("main").state == commit(number).state
        assert store.notes == ()


def test_no_room_for_a_first_start(disk):
    with contextlib.suppress(OSError):
        (disk / "ballast").write_bytes(bytes(2 << 20))
    with pytest.raises(StoreError) as caught:
        opened(disk / "state")
    assert "\n" not in str(caught.value)
    (disk / "ballast").unlink()
    with opened(disk / "state") as store:
        fill(store)
        assert store.notes == ()


@contextlib.contextmanager
def largest_file(size):
    """Writes beyond a size of a file fail, as on a disk with a fault."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_disk_that_refuses_to_write_and_writes_again(folder):
    with opened(folder) as store:
        fill(store)
        with largest_file(4096):
            for _ in range(3):
                refused(store, 6, "the disk reports a fault|cannot be|full")
        store.commit({"main": commit(6)})
        assert store.notes == ()
    assert whole(folder) == [1, 2, 3, 4, 5, 6]


def test_folder_that_cannot_be_written(disk):
    with opened(disk / "state") as store:
        fill(store)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(StoreError, match=r"lock: read-only file system; give another --state"):
        opened(disk / "state")
    # What only reads goes on.
    assert whole(disk / "state") == [1, 2, 3, 4, 5]
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    with opened(disk / "state") as store:
        assert store.load("main").sequence == 5


@pytest.mark.parametrize("index", [True, False])
def test_copy_with_its_log_where_nothing_can_be_written(disk, index):
    with opened(disk / "state") as store:
        fill(store)
        shutil.copytree(disk / "state", disk / "copy")
    if not index:
        (disk / "copy/state.sqlite-shm").unlink()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    if index:
        assert whole(disk / "copy") == [1, 2, 3, 4, 5]
    else:
        # Without the index of its log SQLite cannot read it here; rather nothing than old news.
        with pytest.raises(StoreError, match="cannot be opened; see who may read and write there"):
            verify(disk / "copy")
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_of_somebody_else(folder):
    opened(folder).close()
    folder.chmod(0o500)
    with pytest.raises(StoreError, match="permission denied; give another --state"):
        opened(folder / "below")
    folder.chmod(0o700)


def test_a_file_where_the_folder_should_be(folder):
    folder.write_text("")
    with pytest.raises(StoreError, match="file exists"):
        opened(folder)


def test_another_program_locks_the_database(folder):
    with opened(folder) as store:
        fill(store)
        with closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused(store, 6, "another program has locked the database; end it")
            other.execute("ROLLBACK")
            store.commit({"main": commit(6)})
    assert whole(folder) == [1, 2, 3, 4, 5, 6]


def test_reader_that_stays_for_long(folder, monkeypatch):
    with opened(folder) as store:
        fill(store)
        with closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM events").fetchone()
            fill(store, commits=300)
            log = folder / "state.sqlite-wal"
            assert log.stat().st_size > 4 << 20
            monkeypatch.setattr(database, "WAL_LIMIT", 4 << 20)
            refused(store, 306, "keeps an old view of the database open; end it")
            assert other.execute("SELECT count(*) FROM events").fetchone() == (5,)
            other.execute("COMMIT")
        fill(store, commits=1)
        assert log.stat().st_size < 1 << 20
    assert whole(folder) == list(range(1, 307))


def test_log_of_the_database_stays_small(folder):
    with opened(folder) as store:
        fill(store, commits=1500, events=5)
        assert (folder / "state.sqlite-wal").stat().st_size < 9 << 20


def test_folder_that_is_deleted(folder):
    with opened(folder) as store:
        fill(store)
        store.journal("main").advance(1, 4)
        shutil.rmtree(folder)
        refused(store, 6, "was removed or replaced while in use; it is made again")
        store.commit({"main": commit(6)})
        store.commit({"main": commit(7)})
        with pytest.raises(StoreError, match="in use"):
            opened(folder)
    with opened(folder) as store:
        found = store.load("main")
        assert (found.state, found.emitted) == (commit(7).state, {1: 4, 2: 0})
    (check,) = verify(folder)
    assert [f.text for f in check.findings] == ["entries 1 to 5 are missing"]


@pytest.mark.parametrize("name", ["state.sqlite", "lock", "pulses.journal"])
def test_file_that_is_deleted(folder, name):
    with opened(folder) as store:
        fill(store)
        store.journal("main").advance(1, 4)
        (folder / name).unlink()
        refused(store, 6, "removed or replaced")
        store.commit({"main": commit(6)})
    with opened(folder) as store:
        found = store.load("main")
        assert (found.state, found.emitted) == (commit(6).state, {1: 4, 2: 0})


def test_folder_that_comes_back_older(folder):
    """As a disk that was unplugged for a while."""
    with opened(folder) as store:
        fill(store)
        shutil.copytree(folder, folder.with_name("older"))
        fill(store, commits=3)
        shutil.rmtree(folder)
        folder.with_name("older").rename(folder)
        refused(store, 9, "removed or replaced")
        store.commit({"main": commit(9)})
    with opened(folder) as store:
        assert store.load("main").state == commit(9).state
    (check,) = verify(folder)
    assert [f.text for f in check.findings] == ["entries 6 to 8 are missing"]


def test_another_process_has_written_meanwhile(folder):
    moved = folder.with_name("moved")
    with opened(folder) as store:
        fill(store)
        folder.rename(moved)
        shutil.copytree(moved, folder)
        with opened(folder) as other:
            fill(other, commits=3)
        refused(store, 6, "removed or replaced")
        for _ in range(2):
            refused(store, 6, "another process has written meter main; start again")


class Landing:
    """A connection that brings a transaction to the disk and then says that it failed."""

    def __init__(self, connection):
        self.connection = connection

    def execute(self, statement, *values):
        found = self.connection.execute(statement, *values)
        if statement == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error
        return found

    def __getattr__(self, name):
        return getattr(self.connection, name)


def test_transaction_that_came_through_without_our_knowing(folder):
    with opened(folder) as store:
        fill(store)
        store._database._connection = Landing(store._database._connection)
        refused(store, 6, "the disk reports a fault .SQLITE_IOERR_FSYNC.; see whether")
        assert [e.number for e in read_events(folder, "main")] == [1, 2, 3, 4, 5, 6]
        store.commit({"main": commit(6, events=1)})
        assert whole(folder) == [1, 2, 3, 4, 5, 6]
        store._database._connection = Landing(store._database._connection)
        refused(store, 7, "fault", events=1)
        # Fewer than those that are there already: the rest goes.
        store.commit({"main": commit(7, events=0, rows=0)})
        assert whole(folder) == [1, 2, 3, 4, 5, 6]


def test_copies_that_cannot_be_written_do_not_stop_the_meter(folder):
    with opened(folder) as store:
        fill(store)
        shutil.rmtree(folder / "twins")
        store.commit({"main": commit(6)})
        assert "twins/main: cannot be written" in store.copy_fault
        (folder / "twins").mkdir()
        store.commit({"main": commit(7)})
        assert store.copy_fault is None
