import os
from threading import Thread

import pytest

from smartx96.errors import StoreError
from smartx96.store import journal as module
from smartx96.store.journal import JournalFile
from smartx96.store.journal_slot import BLOCK, SIZE

NONE = {1: 0, 2: 0}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pulses.journal"


def counted(path, known=NONE, meter="main"):
    """What a process that starts finds; the one before was killed."""
    return JournalFile(path).pulses(meter, known)


def test_new_meter(path):
    journal = counted(path, {})
    assert (journal.counts, journal.certain, journal.note) == (NONE, True, None)


def test_counts_of_several_meters(path):
    file = JournalFile(path)
    for meter in "abc":
        for n in range(1, 6):
            file.pulses(meter, {}).advance(1, n)
        file.pulses(meter, {}).advance(2, ord(meter), sync=True)
    for meter in "abc":
        assert counted(path, meter=meter).counts == {1: 5, 2: ord(meter)}


def test_every_advance_is_in_the_file_at_once(path):
    journal = counted(path, {})
    for n in range(1, 20):
        journal.advance(1 + n % 2, n)
        assert counted(path).counts == journal.counts


def test_refused(path):
    journal = counted(path, {})
    journal.advance(1, 5)
    with pytest.raises(ValueError, match="4 pulses after 5"):
        journal.advance(1, 4)
    with pytest.raises(ValueError, match="output 3"):
        journal.advance(3, 1)
    assert journal.counts == {1: 5, 2: 0}


def test_what_cannot_be_written_does_not_count(path, monkeypatch):
    journal = counted(path, {})

    def full(descriptor, data, offset):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_whole", full)
    with pytest.raises(StoreError, match="pulse journal: cannot be written: No space"):
        journal.advance(1, 1)
    assert journal.counts == NONE
    monkeypatch.undo()
    journal.advance(1, 1)
    assert counted(path).counts == {1: 1, 2: 0}


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("advances", [1, 2, 7, 8])
def test_one_damaged_slot_never_doubles_a_pulse(path, slot, advances):
    journal = counted(path, {})
    for n in range(1, advances + 1):
        journal.advance(1, n)
    data = bytearray(path.read_bytes())
    data[slot * BLOCK + 50] ^= 4
    path.write_bytes(data)
    found = counted(path)
    assert found.certain
    assert "damaged" in found.note
    assert advances <= found.counts[1] <= advances + 1
    before = found.counts[1]
    found.advance(1, before + 1)
    assert counted(path).counts[1] == before + 1
    assert counted(path).note is None


def test_write_that_is_cut_off(path):
    journal = counted(path, {})
    for n in range(1, 6):
        journal.advance(1, n)
        data = bytearray(path.read_bytes())
    for cut in range(1, SIZE):
        torn = bytearray(data)
        offset = BLOCK * (journal._slot)
        torn[offset : offset + cut] = os.urandom(cut)
        path.write_bytes(torn)
        assert counted(path).counts[1] in (5, 6)


def test_both_slots_damaged(path):
    counted(path, {}).advance(1, 7)
    path.write_bytes(bytes(2 * BLOCK))
    found = counted(path, {1: 6, 2: 0})
    assert not found.certain
    assert found.counts == {1: 6, 2: 0}
    assert "lost" in found.note
    found.advance(1, 9)
    assert counted(path).counts == {1: 9, 2: 0}


def test_file_that_is_gone_is_not_certain_for_a_meter_that_was_here(path):
    assert not counted(path, NONE).certain


def test_journal_behind_the_record_is_not_certain(path):
    counted(path, {}).advance(1, 7)
    found = counted(path, {1: 8, 2: 0})
    assert not found.certain
    assert found.counts[1] == 8


@pytest.mark.parametrize(("sync", "certain"), [(False, False), (True, True)])
def test_power_cut_of_the_machine(path, monkeypatch, sync, certain):
    counted(path, {}).advance(1, 7, sync=sync)
    monkeypatch.setattr(module, "this_boot", lambda: b"another run here")
    found = counted(path)
    assert found.certain is certain
    assert found.counts[1] == 7


def test_closed_journal_is_certain_after_a_restart_of_the_machine(path, monkeypatch):
    file = JournalFile(path)
    file.pulses("main", {}).advance(1, 7)
    file.close()
    monkeypatch.setattr(module, "this_boot", lambda: b"")
    assert counted(path).certain
    assert counted(path).counts[1] == 7


def test_restored_in_a_new_file(path):
    file = JournalFile(path)
    journals = [file.pulses(meter, {}) for meter in "ab"]
    for n in range(1, 4):
        journals[0].advance(1, n)
    journals[1].advance(2, 9)
    path.unlink()
    assert not file.in_place
    file.restore(path)
    assert file.in_place
    assert counted(path, meter="a").counts == {1: 3, 2: 0}
    assert counted(path, meter="b").counts == {1: 0, 2: 9}
    assert counted(path, meter="b").note is None
    journals[0].advance(1, 4)
    assert counted(path, meter="a").counts == {1: 4, 2: 0}


def test_a_pulse_while_the_file_is_brought_back(path, monkeypatch):
    """The thread of the contacts counts while the one that commits restores the file."""
    file = JournalFile(path)
    journal = file.pulses("main", {})
    journal.advance(1, 3)
    path.unlink()
    failures = []

    def count():
        try:
            journal.advance(1, 4)
        except StoreError as error:
            failures.append(str(error))

    pulse = Thread(target=count)

    def while_shut(file, path):
        pulse.start()
        pulse.join(0.3)
        true(file, path)

    true = JournalFile._open
    monkeypatch.setattr(JournalFile, "_open", while_shut)
    file.restore(path)
    pulse.join()
    assert failures == []
    assert journal.counts == {1: 4, 2: 0}
    monkeypatch.undo()
    assert counted(path).counts == {1: 4, 2: 0}


def test_a_pulse_after_the_end_reaches_no_other_file(path, tmp_path):
    file = JournalFile(path)
    journal = file.pulses("main", {})
    file.close()
    with (tmp_path / "other").open("w+b") as other:
        with pytest.raises(StoreError, match="pulse journal: cannot be written"):
            journal.advance(1, 1)
        assert other.read() == b""


def test_killed_between_the_two_first_writes(path):
    counted(path, {})
    path.write_bytes(path.read_bytes()[:BLOCK])
    assert counted(path, {}).counts == NONE
    assert counted(path, {}).note is None
