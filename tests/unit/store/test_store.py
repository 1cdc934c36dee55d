import json
import os
import subprocess
import sys
import time

import pytest

from smartx96.errors import OptionError, StoreError
from smartx96.meter.events import Event, EventKind
from smartx96.store import reading, schema
from smartx96.store import store as store_module
from smartx96.store.chain import Head
from smartx96.store.reading import meter_names, read_events, read_profile
from smartx96.store.transaction import Commit, row_crc
from smartx96.store.verification import verify
from support.stored import NOON, commit, event, fill, opened, row, sql

HOLDER = """
import sys, time
from pathlib import Path
from smartx96.store.store import Store

store = Store.open(Path(sys.argv[1]), clock=lambda: 0)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


def test_new_meter(folder):
    with opened(folder) as store:
        found = store.load("main")
    assert (found.state, found.sequence, found.events) == (None, 0, Head())
    assert found.emitted == {1: 0, 2: 0}
    assert store.notes == ()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o077 for p in folder.iterdir()} == {0}


def test_what_was_committed_is_loaded(folder):
    with opened(folder) as store:
        fill(store, commits=7, events=2)
        store.journal("main").advance(2, 9)
    with opened(folder) as store:
        found = store.load("main")
        assert store.notes == ()
    assert found.state == commit(7).state
    assert (found.sequence, found.time, found.events.count) == (7, commit(7).time, 14)
    assert found.emitted == {1: 0, 2: 9}


def test_a_meter_goes_on_without_being_loaded(folder):
    with opened(folder) as store:
        fill(store)
    with opened(folder) as store:
        store.commit({"main": commit(6)})
        assert store.load("main").sequence == 6
    assert [check.findings for check in verify(folder)] == [()]


def test_meters_are_apart(folder):
    with opened(folder) as store:
        store.commit({"a": commit(1, events=3), "b": commit(2)})
        store.commit({"b": commit(3, rows=0)})
        store.commit({})
    with opened(folder) as store:
        assert store.load("a").state == commit(1).state
        assert store.load("b").state == commit(3).state
        assert store.load("c").state is None
    assert meter_names(folder) == ["a", "b"]
    assert [len(list(read_events(folder, name))) for name in "ab"] == [3, 2]
    assert [len(list(read_profile(folder, name))) for name in "ab"] == [1, 1]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "ä", "x" * 65, " a", "-a", "a\n"])
def test_names_that_are_none(folder, name):
    with opened(folder) as store, pytest.raises(OptionError, match="a name has 1 to 64"):
        store.load(name)


@pytest.mark.parametrize(
    "wrong",
    [
        Commit({"x": float("nan")}, NOON),
        Commit({"x": {1, 2}}, NOON),
        Commit({}, NOON, events=[event(1), Event(1 << 80, EventKind.RESET)]),
        Commit({}, NOON, monotone={"energy": 10**20}),
    ],
)
def test_all_or_nothing(folder, wrong):
    with opened(folder) as store:
        store.commit({"a": commit(1), "b": commit(1)})
        with pytest.raises((ValueError, TypeError, OverflowError, StoreError)):
            store.commit({"a": commit(2), "b": wrong})
        assert store.load("a").sequence == store.load("b").sequence == 1
        assert [len(list(read_events(folder, name))) for name in "ab"] == [1, 1]
        store.commit({"a": commit(2), "b": commit(2)})
    assert [len(list(read_events(folder, name))) for name in "ab"] == [2, 2]
    assert [check.findings for check in verify(folder)] == [(), ()]


def test_a_register_cannot_fall(folder):
    with opened(folder) as store:
        fill(store)
        low = Commit({}, NOON, {"energy": 10**20 + 4})
        with pytest.raises(StoreError, match=r"energy would fall from 1.*5 to 1.*4; not stored"):
            store.commit({"main": low})
        store.commit({"main": Commit({}, NOON, {"energy": 10**20 + 5})})


def test_events_and_rows_as_they_were(folder):
    with opened(folder) as store:
        fill(store, commits=3, events=2, rows=2)
    events = list(read_events(folder, "main"))
    assert [e.number for e in events] == [1, 2, 3, 4, 5, 6]
    assert [(e.time, e.details) for e in events] == [
        (event(n).time, dict(event(n).details)) for n in range(1, 7)
    ]
    assert {e.kind for e in events} == {EventKind.PARAMETER_CHANGED}
    assert [e.number for e in read_events(folder, "main", last=2)] == [5, 6]
    rows = list(read_profile(folder, "main"))
    assert [(r.number, r.time, r.flags, dict(r.values)) for r in rows] == [
        (n, row(n).time, 1, dict(row(n).values)) for n in range(1, 7)
    ]
    some = read_profile(folder, "main", start=row(2).time, stop=row(4).time)
    assert [r.number for r in some] == [3, 4]


def test_nothing_but_the_database_is_needed_by_others(folder):
    with opened(folder) as store:
        fill(store)
    ((sealed,),) = sql(folder, "SELECT sealed FROM records ORDER BY sequence DESC LIMIT 1")
    assert json.loads(sealed.partition(" ")[2])["state"] == commit(5).state
    assert sql(folder, "SELECT count(*), max(sequence) FROM records") == [(4, 5)]


def test_rings(folder):
    with opened(folder, events_size=10, profile_size=6) as store:
        for n in range(1, 9):
            store.commit({"main": commit(n, events=3, rows=1)})
            check = verify(folder)[0]
            assert (check.findings, check.entries) == ((), min(10, 3 * n))
        assert store.load("main").events.count == 24
    assert [e.number for e in read_events(folder, "main")] == list(range(15, 25))
    assert [r.number for r in read_profile(folder, "main")] == list(range(3, 9))


def test_more_at_once_than_a_ring_holds(folder):
    with opened(folder, events_size=10, profile_size=6) as store:
        fill(store, commits=2, events=35, rows=35)
    assert [e.number for e in read_events(folder, "main")] == list(range(61, 71))
    assert [r.number for r in read_profile(folder, "main")] == list(range(65, 71))
    assert verify(folder)[0].findings == ()


def test_ring_made_smaller(folder):
    with opened(folder) as store:
        fill(store, commits=30)
    with opened(folder, events_size=5) as store:
        fill(store, commits=1)
    assert [e.number for e in read_events(folder, "main")] == list(range(27, 32))
    assert verify(folder)[0].findings == ()


def test_second_process_is_refused_until_the_first_one_is_killed(folder):
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        assert first.stdout.readline() == "held\n"
        refusal = f"{folder}: in use by process {first.pid}; stop it or give another --state FOLDER"
        with pytest.raises(StoreError) as caught:
            opened(folder)
        assert str(caught.value) == refusal
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    with opened(folder) as store:
        fill(store)


def test_second_store_of_one_process_is_refused(folder):
    with opened(folder) as store:
        with pytest.raises(StoreError, match=f"in use by process {os.getpid()}"):
            opened(folder)
        fill(store)
    opened(folder).close()


def test_later_version_is_refused_and_untouched(folder):
    with opened(folder) as store:
        fill(store)
    sql(folder, "UPDATE format SET version = 7")
    sql(folder, "PRAGMA user_version = 7")
    before = (folder / "state.sqlite").read_bytes()
    with pytest.raises(
        StoreError, match=r"written by a later version .*format 7, this one knows 2"
    ):
        opened(folder)
    with pytest.raises(StoreError, match="written by a later version"):
        list(read_events(folder, "main"))
    assert (folder / "state.sqlite").read_bytes() == before
    assert not list(folder.glob("*damaged*"))


def test_older_version_is_led_on(folder, monkeypatch):
    with opened(folder) as store:
        fill(store)
    tables = schema._TABLES | {"remarks": "CREATE TABLE remarks (text TEXT)"}
    monkeypatch.setattr(schema, "_TABLES", tables)
    monkeypatch.setattr(schema, "VERSION", 4)
    steps = {2: (tables["remarks"],), 3: ("INSERT INTO remarks VALUES ('led on')",)}
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    for _ in range(2):
        with opened(folder) as store:
            assert store.load("main").sequence == 5
            assert store.notes == ()
    assert sql(folder, "SELECT text, version FROM remarks, format") == [("led on", 4)]


def test_start_is_quick_with_full_logs(folder):
    with opened(folder) as store:
        for _ in range(10):
            fill(store, commits=1, events=10_000, rows=10_000)
    begun = time.perf_counter()
    with opened(folder) as store:
        assert store.load("main").sequence == 10
        store.commit({"main": commit(11)})
    took = time.perf_counter() - begun
    print(f"start with 100 000 events and rows: {took:.2f} s")
    assert took < 3


def test_a_folder_made_for_nothing_goes(tmp_path):
    deep = tmp_path / "a" / "b" / "state"
    store = opened(deep)
    store.load("main")
    store.journal("main").advance(1, 1)
    assert deep.is_dir()
    store.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_stays_where_it_was_or_something_is_in_it(tmp_path):
    (tmp_path / "empty").mkdir()
    opened(tmp_path / "empty").discard()
    assert (tmp_path / "empty/state.sqlite").exists()
    store = opened(tmp_path / "used")
    fill(store)
    store.discard()
    with opened(tmp_path / "used") as store:
        assert store.load("main").sequence == 5
    store = opened(tmp_path / "beside" / "state")
    (tmp_path / "beside/letter").write_text("mine")
    store.discard()
    assert [p.name for p in (tmp_path / "beside").iterdir()] == ["letter"]


def test_a_store_that_cannot_be_made_leaves_nothing(tmp_path, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(store_module, "JournalFile", full)
    with pytest.raises(StoreError, match="no space left on device"):
        opened(tmp_path / "a" / "state")
    assert list(tmp_path.iterdir()) == []


def test_only_the_newest_rows_are_read(folder, monkeypatch):
    with opened(folder) as store:
        fill(store, commits=3, rows=1500)
    read = []
    monkeypatch.setattr(reading, "row_crc", lambda *row: read.append(row) or row_crc(*row))
    assert [r.number for r in read_profile(folder, "main", last=3)] == [4498, 4499, 4500]
    assert len(read) == 3
    some = read_profile(folder, "main", start=row(4000).time, stop=row(4002).time)
    assert [r.number for r in some] == [4001, 4002]
    assert len(read) == 5
    assert reading.count_rows(folder, "main") == 4500
    assert len(read) == 5
