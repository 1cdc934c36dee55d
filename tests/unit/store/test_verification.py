"""What an attacker, or a mistake, does to a log, and what the verification says of it."""

import shutil
from dataclasses import replace

import pytest

from smartx96.meter.events import Event, EventKind
from smartx96.store.chain import following, link
from smartx96.store.record import Record, unsealed
from smartx96.store.verification import Noted, verify
from support.stored import NOON, commit, fill, opened, sql

COUNT = 12


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("filled") / "state"
    with opened(path) as store:
        fill(store, commits=4, events=3)
    return path


@pytest.fixture
def folder(tmp_path, filled):
    return shutil.copytree(filled, tmp_path / "state")


def findings(folder, noted=None):
    (check,) = verify(folder, noted=noted)
    return [(finding.number, finding.text) for finding in check.findings]


def texts(folder, noted=None):
    return [text for _, text in findings(folder, noted)]


def hash_of(folder, number):
    return sql(folder, "SELECT hash FROM events WHERE number = ?", number)[0][0]


def rewrite(folder, first, count=COUNT):
    """Give entries from `first` on the hashes that their contents now have."""
    for number in range(first, count + 1):
        previous = "0" * 64 if number == 1 else hash_of(folder, number - 1)
        ((time, kind, details),) = sql(
            folder, "SELECT time, kind, details FROM events WHERE number = ?", number
        )
        sql(folder, "UPDATE events SET hash = ? WHERE number = ?",
            link("main", previous, number, time, kind, details), number)  # fmt: skip


def test_untouched(folder):
    assert findings(folder) == []


@pytest.mark.parametrize(
    "change", ["time = time - 1", "kind = 'reset'", "details = replace(details, '5', '6')",
               "details = details || ' '", "hash = replace(hash, 'a', 'b')", "time = 'x'",
               "details = x'00ff'", "kind = 7"],
)  # fmt: skip
def test_altered_entry(folder, change):
    sql(folder, f"UPDATE events SET {change} WHERE number = 5")
    assert findings(folder)[0][0] == 5
    if "hash" not in change:
        assert texts(folder) == ["entry 5 is altered, or entry 4 was put in place of another"]


def test_altered_first_and_last_entry(folder):
    sql(folder, "UPDATE events SET time = 0 WHERE number IN (1, 12)")
    assert texts(folder) == [
        "entry 1 is altered", "entry 12 is altered, or entry 11 was put in place of another"
    ]  # fmt: skip


def test_altered_with_its_hash(folder):
    sql(folder, "UPDATE events SET time = 0 WHERE number = 5")
    rewrite(folder, 5, 5)
    assert texts(folder) == ["entry 6 is altered, or entry 5 was put in place of another"]


def test_removed_in_the_middle(folder):
    sql(folder, "DELETE FROM events WHERE number IN (5, 6, 9)")
    assert texts(folder) == ["entries 5 to 6 are missing", "entry 9 is missing"]


def test_removed_in_the_middle_and_numbered_anew(folder):
    sql(folder, "DELETE FROM events WHERE number = 5")
    for number in range(6, 13):
        sql(folder, "UPDATE events SET number = number - 1 WHERE number = ?", number)
    assert findings(folder)[0][0] == 5
    assert texts(folder)[-1] == "entry 12 is missing"
    rewrite(folder, 5, 11)
    assert texts(folder) == ["entry 12 is missing"]


def test_removed_first(folder):
    sql(folder, "DELETE FROM events WHERE number < 4")
    assert texts(folder) == ["entries 1 to 3 are missing"]


def test_removed_tail(folder):
    sql(folder, "DELETE FROM events WHERE number > 9")
    assert texts(folder) == ["entries 10 to 12 are missing"]


def test_removed_tail_with_the_records_that_knew_it(folder):
    sql(folder, "DELETE FROM events WHERE number > 9")
    sql(folder, "DELETE FROM records WHERE sequence > 3")
    assert texts(folder) == ["entries 10 to 12 are missing"]
    (folder / "twins/main").unlink()
    # Without either copy only what somebody noted tells.
    assert texts(folder) == []
    noted = Noted(12, hash_of(folder, 9))
    assert texts(folder, noted) == ["the log ends before entry 12, which was noted"]


def test_all_removed(folder):
    sql(folder, "DELETE FROM events")
    assert texts(folder) == ["entries 1 to 12 are missing"]


def test_reordered(folder):
    sql(folder, "UPDATE events SET number = 99 WHERE number = 5")
    sql(folder, "UPDATE events SET number = 5 WHERE number = 7")
    sql(folder, "UPDATE events SET number = 7 WHERE number = 99")
    assert [number for number, _ in findings(folder)] == [5, 6, 7, 8]


def test_inserted(folder):
    for number in range(12, 4, -1):
        sql(folder, "UPDATE events SET number = number + 1 WHERE number = ?", number)
    entry = following("main", hash_of(folder, 4), 5, Event(NOON, EventKind.RESET))
    sql(folder, "INSERT INTO events VALUES ('main', ?, ?, ?, ?, ?)", *entry)
    assert findings(folder)[0][0] == 6
    assert texts(folder)[-1] == "entry 13 was inserted: the meter does not count it"
    rewrite(folder, 5, 13)
    assert texts(folder) == ["entry 13 was inserted: the meter does not count it"]


def test_appended(folder):
    entry = following("main", hash_of(folder, 12), 13, Event(NOON, EventKind.RESET))
    sql(folder, "INSERT INTO events VALUES ('main', ?, ?, ?, ?, ?)", *entry)
    assert texts(folder) == ["entry 13 was inserted: the meter does not count it"]


def test_last_one_replaced(folder):
    sql(folder, "UPDATE events SET time = 0 WHERE number = 12")
    rewrite(folder, 12)
    assert texts(folder) == ["entry 12 is not the one that the meter wrote last"]


def test_all_rewritten_shows_by_the_record_and_by_what_was_noted(folder):
    noted = Noted(7, hash_of(folder, 7))
    sql(folder, "UPDATE events SET time = 0 WHERE number = 3")
    rewrite(folder, 3)
    assert texts(folder) == ["entry 12 is not the one that the meter wrote last"]
    # Who rewrites the records and the copy too leaves nothing but what was noted elsewhere.
    ((sealed,),) = sql(folder, "SELECT sealed FROM records WHERE sequence = 4")
    true = unsealed(sealed, "main")
    head = type(true.events)(12, hash_of(folder, 12))
    forged = Record("main", 4, true.time, head, state=true.state).sealed()
    sql(folder, "UPDATE records SET sealed = ?", forged)
    (folder / "twins/main").unlink()
    assert texts(folder) == []
    assert texts(folder, noted) == [
        "entry 7 is not the one that was noted: the log was written anew"
    ]


def test_noted_entries(folder):
    for number in (1, 5, 12):
        assert texts(folder, Noted(number, hash_of(folder, number))) == []
        assert texts(folder, Noted(number, "0" * 16)) == [
            f"entry {number} is not the one that was noted: the log was written anew"
        ]


@pytest.fixture
def pruned(tmp_path):
    with opened(tmp_path / "state", events_size=5) as store:
        fill(store, commits=12)
    return tmp_path / "state"


def test_pruned_log(pruned):
    assert findings(pruned) == []
    ((sealed,),) = sql(pruned, "SELECT sealed FROM records WHERE sequence = 12")
    assert '"pruned":7' in sealed


def test_more_removed_from_a_pruned_log(pruned):
    sql(pruned, "DELETE FROM events WHERE number < 10")
    assert texts(pruned) == ["entries 8 to 9 are missing"]


def test_oldest_of_a_pruned_log_altered(pruned):
    sql(pruned, "UPDATE events SET time = 0 WHERE number = 8")
    assert texts(pruned) == ["entry 8 is altered, or does not follow the entry before it"]


def test_entry_that_ought_to_be_pruned(pruned):
    sql(pruned, "INSERT INTO events VALUES ('main', 3, 0, 'reset', '{}', '')")
    assert texts(pruned) == ["entry 3 was inserted: none up to 7 are kept"]


def test_noted_entries_of_a_pruned_log(pruned):
    assert texts(pruned, Noted(3, "0" * 16)) == [
        "entry 3, which was noted, is not kept any more; note a newer one"
    ]
    ((sealed,),) = sql(pruned, "SELECT sealed FROM records WHERE sequence = 12")
    anchor = sealed.partition('"anchor":"')[2][:64]
    assert texts(pruned, Noted(7, anchor)) == []
    assert texts(pruned, Noted(7, "0" * 16)) == [
        "entry 7 is not the one that was noted: the log was written anew"
    ]


def test_no_record_left(folder):
    sql(folder, "UPDATE records SET sealed = ''")
    (folder / "twins/main").write_bytes(b"")
    assert texts(folder)[0] == "no record of the meter can be read: the end of the log is not known"


def test_events_of_another_meter(folder):
    with opened(folder) as store:
        store.commit({"other": commit(1, events=3)})
        store.commit({"other": commit(2, events=9)})
    sql(folder, "DELETE FROM events WHERE meter = 'main'")
    sql(folder, "UPDATE events SET meter = 'main'")
    checks = {check.meter: [f.text for f in check.findings] for check in verify(folder)}
    assert checks["other"] == ["entries 1 to 12 are missing"]
    assert len(checks["main"]) == 12 + 1
    assert checks["main"][0] == "entry 1 is altered"


def test_whole_history_of_another_meter(folder):
    """Records and all, sealed anew: the entries themselves tell whose they are."""
    with opened(folder) as store:
        fill(store, meter="other", commits=2, events=6)
    found = sql(folder, "SELECT place, sealed FROM records WHERE meter = 'other'")
    sql(folder, "DELETE FROM events WHERE meter = 'main'")
    sql(folder, "DELETE FROM records WHERE meter = 'main'")
    (folder / "twins/main").unlink()
    sql(folder, "UPDATE events SET meter = 'main' WHERE meter = 'other'")
    for place, sealed in found:
        forged = replace(unsealed(sealed, "other"), meter="main")
        sql(folder, "INSERT INTO records VALUES ('main', ?, ?, ?)",
            place, forged.sequence, forged.sealed())  # fmt: skip
    (check,) = verify(folder, "main")
    assert [f.number for f in check.findings] == list(range(1, 13))


def test_many_findings_are_cut_off(tmp_path):
    with opened(tmp_path / "state") as store:
        fill(store, commits=1, events=1000)
    sql(tmp_path / "state", "UPDATE events SET time = 0")
    (check,) = verify(tmp_path / "state")
    assert len(check.findings) == 100
