import errno
import os

import pytest

from smartx96.store import twin as module
from smartx96.store.folder import StateFolder
from smartx96.store.record import Record
from smartx96.store.twin import SMALLEST, Twins, read_twin


@pytest.fixture
def folder(tmp_path):
    found = StateFolder(tmp_path / "state")
    found.make()
    return found


def sealed(meter, sequence, size=10):
    return Record(meter, sequence=sequence, state={"x": "y" * size, "n": sequence}).sealed()


def sequences(folder, meter="main"):
    return sorted(0 if r is None else r.sequence for r in read_twin(folder, meter))


def test_the_last_two_are_there(folder):
    twins = Twins(folder)
    assert twins.read("main") == []
    for n in range(1, 8):
        twins.write({"main": sealed("main", n)})
        assert sequences(folder)[-1] == n
    assert sequences(folder) == [6, 7]
    assert [r.sequence for r in Twins(folder).read("main")] in ([6, 7], [7, 6])


def test_a_write_that_is_cut_off_costs_the_older_one(folder, monkeypatch):
    twins = Twins(folder)
    for n in (1, 2, 3):
        twins.write({"main": sealed("main", n)})

    def half(descriptor, data, offset):
        os.pwrite(descriptor, data[: len(data) // 2], offset)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module, "write_whole", half)
    twins.write({"main": sealed("main", 4)})
    assert twins.fault.endswith("twins/main: cannot be written: Input/output error")
    assert sequences(folder) == [0, 3]
    monkeypatch.undo()
    again = Twins(folder)
    assert [r.sequence for r in again.read("main")] == [3]
    again.write({"main": sealed("main", 5)})
    assert sequences(folder) == [3, 5]
    assert again.fault is None


def test_what_was_not_brought_to_the_disk_is_written_over_first(folder, monkeypatch):
    """Of many meters some take their turn; what has reached the disk stays until more has."""
    names = [f"m{n}" for n in range(10)]
    synced = []
    monkeypatch.setattr(
        module, "sync_data", lambda fd: synced.append(os.readlink(f"/proc/self/fd/{fd}"))
    )
    twins = Twins(folder)
    durable = dict.fromkeys(names, 1)
    for n in range(1, 12):
        synced.clear()
        twins.write({name: sealed(name, n) for name in names})
        assert n == 1 or len(synced) == 4
        for name in names:
            assert n in sequences(folder, name)
            if n > 1:
                assert durable[name] in sequences(folder, name)
            if str(folder.twin(name)) in synced:
                durable[name] = n
    assert min(durable.values()) > 8


def test_records_that_outgrow_the_file(folder):
    twins = Twins(folder)
    for n, size in enumerate((10, SMALLEST, 10, 5 * SMALLEST, 10), 1):
        twins.write({"main": sealed("main", n, size)})
        assert sequences(folder)[-1] == n
        assert [p.name for p in folder.twins.iterdir()] == ["main"]


def test_file_that_vanishes_is_made_again(folder):
    twins = Twins(folder)
    twins.write({"main": sealed("main", 1)})
    folder.twin("main").unlink()
    twins.write({"main": sealed("main", 2)})
    assert twins.fault is None
    assert sequences(folder) == [0, 2]


@pytest.mark.parametrize("content", [b"", b"x", b"x96 record 99999999999999999\n", bytes(40_000)])
def test_rubbish(folder, content):
    folder.twin("main").write_bytes(content)
    assert read_twin(folder, "main") == (None, None)
    twins = Twins(folder)
    assert twins.read("main") == []
    twins.write({"main": sealed("main", 1)})
    assert sequences(folder) == [0, 1]


def test_twin_of_another_meter(folder):
    Twins(folder).write({"other": sealed("other", 1)})
    folder.twin("other").rename(folder.twin("main"))
    assert read_twin(folder, "main") == (None, None)
