"""A folder of an older program: no meter's name in its log, no kept rows in its records."""

import hashlib
import json

import pytest

from smartx96.store.folder import StateFolder
from smartx96.store.reading import read_events, read_profile, read_state
from smartx96.store.record import unsealed
from smartx96.store.twin import Twins
from smartx96.store.verification import verify
from support.stored import commit, fill, opened, sql

COUNT = 10


def digest(text):
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def unnamed(previous, number, time, kind, details):
    entry = {"details": json.loads(details), "kind": kind, "number": number, "time": time}
    return digest(previous + json.dumps(entry, sort_keys=True, separators=(",", ":")))


def aged(sealed, hashes):
    """A record as it was written before."""
    found = json.loads(sealed.partition(" ")[2])
    found["format"] = 1
    del found["events"]["unnamed"], found["rows_pruned"]
    found["events"]["hash"] = hashes[found["events"]["count"]]
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    return f"{digest(text)} {text}"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "state"
    with opened(path) as store:
        fill(store, commits=5, events=2)
    hashes = ["0" * 64]
    for row in sql(path, "SELECT number, time, kind, details FROM events ORDER BY number"):
        hashes.append(unnamed(hashes[-1], *row))
        sql(path, "UPDATE events SET hash = ? WHERE number = ?", hashes[-1], row[0])
    for sequence, sealed in sql(path, "SELECT sequence, sealed FROM records ORDER BY sequence"):
        older = aged(sealed, hashes)
        sql(path, "UPDATE records SET sealed = ? WHERE sequence = ?", older, sequence)
    (path / "twins/main").unlink()
    Twins(StateFolder(path)).write({"main": older})
    sql(path, "UPDATE format SET version = 1")
    sql(path, "PRAGMA user_version = 1")
    return path


def findings(folder):
    return [(f.number, f.text) for check in verify(folder) for f in check.findings]


def record(folder):
    (sealed,) = sql(folder, "SELECT sealed FROM records ORDER BY sequence DESC LIMIT 1")[0]
    return unsealed(sealed, "main")


def test_read_as_it_is(folder):
    assert findings(folder) == []
    assert read_state(folder, "main") == commit(5).state
    assert len(list(read_events(folder, "main"))) == COUNT
    assert len(list(read_profile(folder, "main"))) == 5
    assert sql(folder, "PRAGMA user_version") == [(1,)]


def test_gone_on_with(folder):
    with opened(folder) as store:
        assert store.load("main").state == commit(5).state
        assert store.notes == ()
        for number in (6, 7):
            store.commit({"main": commit(number, events=2)})
    assert findings(folder) == []
    assert record(folder).events.unnamed == COUNT
    rows = sql(folder, "SELECT number, time, kind, details, hash FROM events WHERE number > 9")
    previous = rows[0][4]
    for number, time, kind, details, hash in rows[1:]:
        entry = {"details": json.loads(details), "kind": kind, "meter": "main", "number": number,
                 "time": time}  # fmt: skip
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        assert hash == digest(previous + text)
        previous = hash
    with opened(folder) as store:
        assert store.load("main").state == commit(7).state
        assert store.notes == ()


@pytest.mark.parametrize("number", [3, COUNT, COUNT + 1])
def test_altered_on_either_side(folder, number):
    with opened(folder) as store:
        store.commit({"main": commit(6, events=2)})
    sql(folder, "UPDATE events SET time = time - 1 WHERE number = ?", number)
    assert [n for n, _ in findings(folder)] == [number]


def test_an_entry_without_the_name_cannot_follow_one_with_it(folder):
    with opened(folder) as store:
        store.commit({"main": commit(6, events=2)})
    (previous,) = sql(folder, "SELECT hash FROM events WHERE number = 11")[0]
    (entry,) = sql(folder, "SELECT number, time, kind, details FROM events WHERE number = 12")
    sql(folder, "UPDATE events SET hash = ? WHERE number = 12", unnamed(previous, *entry))
    assert findings(folder)[0][0] == 12


@pytest.mark.parametrize("later", [False, True])
def test_a_record_that_is_older_than_its_log(folder, later):
    """Entries behind it may be of either program."""
    if later:
        with opened(folder) as store:
            store.commit({"main": commit(6, events=2)})
    sql(folder, "UPDATE records SET sealed = '' WHERE sequence > 3")
    (folder / "twins/main").unlink()
    with opened(folder) as store:
        found = store.load("main")
        assert found.sequence == 3
        assert found.events.count == (12 if later else 10)
        assert found.events.unnamed == 10
        store.commit({"main": commit(7, events=2)})
    assert findings(folder) == []


def test_no_record_left(folder):
    with opened(folder) as store:
        store.commit({"main": commit(6, events=2)})
    sql(folder, "UPDATE records SET sealed = ''")
    (folder / "twins/main").unlink()
    text = "no record of the meter can be read: the end of the log is not known"
    assert findings(folder) == [(0, text)]
