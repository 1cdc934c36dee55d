"""Bits that turn in the files of a store: one clear line, or all of the last good record."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartx96.errors import StoreError
from smartx96.store.reading import read_events, read_profile
from smartx96.store.store import Store
from smartx96.store.verification import verify
from support.stored import commit, event, fill, opened, row

SOAK = bool(os.environ.get("SOAK"))
TURNS = 4000 if SOAK else 150
METERS = {"main": 60, "second": 7}
PULSES = {1: 41, 2: 8}
TWINS = ("twins/main", "twins/second")


@pytest.fixture(scope="module", params=["closed", "killed"])
def filled(request, tmp_path_factory) -> Path:
    """A folder as a clean end leaves it, and as a killed process does: with its log."""
    path = tmp_path_factory.mktemp("filled")
    with opened(path / "closed") as store:
        for meter, commits in METERS.items():
            fill(store, meter, commits, events=2, rows=3)
        for output, count in PULSES.items():
            for n in range(1, count + 1):
                store.journal("main").advance(output, n, sync=True)
        shutil.copytree(path / "closed", path / "killed")
    assert (path / "killed/state.sqlite-wal").stat().st_size > 100_000
    return path / request.param


def spoil(path: Path, chance: random.Random) -> None:
    """One bit, a few of them, a stretch of rubbish, of zeros, the end gone, or all of it."""
    data = bytearray(path.read_bytes())
    kind = chance.randrange(9)
    place, length = chance.randrange(len(data)), chance.choice((1, 16, 512, 4096, 8192))
    if kind < 4:
        for _ in range((1, 1, 3, 30)[kind]):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif kind == 4:
        data[place : place + length] = chance.randbytes(len(data[place : place + length]))
    elif kind == 5:
        data[place : place + length] = bytes(len(data[place : place + length]))
    elif kind == 6:
        data[place : place + length] = b"\xff" * len(data[place : place + length])
    elif kind == 7:
        del data[place:]
    else:
        data[:] = chance.randbytes(len(data))
    path.write_bytes(data)


@contextmanager
def one_line() -> Iterator[None]:
    """Nothing comes out of the block but a StoreError of one line, which goes no further."""
    try:
        yield
    except StoreError as error:
        if "\n" in str(error):
            raise


def exercise(folder: Path) -> None:
    """What other commands read; damage is a finding or one line."""
    with one_line():
        verify(folder)
        for meter in METERS:
            for found in read_events(folder, meter):
                repr(found)
            for line in read_profile(folder, meter):
                assert dict(line.values) == dict(row(line.number).values)


def goes_on(store: Store) -> None:
    """Whatever was found, from here on all is stored and verifies."""
    last = store.load("main").sequence + 1
    store.commit({"main": commit(last, events=2, rows=3)})
    assert store.load("main").state == commit(last).state


def spoiled(filled: Path, folder: Path, names: tuple[str, ...], chance: random.Random) -> str:
    """A copy of the folder in which one of these files is spoiled."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(filled, folder)
    name = chance.choice([name for name in names if (folder / name).exists()])
    spoil(folder / name, chance)
    return name


def test_database_or_its_log(filled, tmp_path):
    """The copies have it all: every record is the newest, whatever became of the database."""
    chance = random.Random(1)
    renewed = 0
    for _ in range(TURNS):
        spoiled(filled, tmp_path / "s", ("state.sqlite", "state.sqlite-wal"), chance)
        exercise(tmp_path / "s")
        with opened(tmp_path / "s") as store:
            for meter, number in METERS.items():
                found = store.load(meter)
                assert (found.state, found.sequence) == (commit(number).state, number)
                assert found.events.count == 2 * number
            assert store.load("main").emitted == PULSES
            renewed += any("set aside" in note for note in store.notes)
            goes_on(store)
        exercise(tmp_path / "s")
        with opened(tmp_path / "s") as store:
            assert not any("set aside" in note for note in store.notes)
            assert store.load("main").sequence == METERS["main"] + 1
    assert renewed > TURNS / 10


def test_copies(filled, tmp_path):
    chance = random.Random(2)
    for _ in range(TURNS // 2):
        spoiled(filled, tmp_path / "s", TWINS, chance)
        exercise(tmp_path / "s")
        with opened(tmp_path / "s") as store:
            for meter, number in METERS.items():
                assert store.load(meter).state == commit(number).state
            goes_on(store)
            (check, _) = verify(tmp_path / "s")
            assert check.findings == ()


def test_pulse_journal(filled, tmp_path):
    """Never fewer pulses than were emitted, or it says that it is not certain."""
    chance = random.Random(3)
    uncertain = 0
    for _ in range(TURNS):
        spoiled(filled, tmp_path / "s", ("pulses.journal",), chance)
        with opened(tmp_path / "s") as store:
            assert store.load("main").state == commit(METERS["main"]).state
            emitted = store.load("main").emitted
            uncertain += emitted is None
            for output, count in PULSES.items():
                assert emitted is None or count <= emitted[output] <= count + 1
            store.journal("main").advance(1, 100)
        with opened(tmp_path / "s") as store:
            assert store.journal("main").counts[1] == 100
    assert 0 < uncertain < TURNS / 2


def test_both_the_database_and_the_copies(filled, tmp_path):
    """An older record at the worst, or one line; never zero."""
    chance = random.Random(4)
    refused = 0
    for _ in range(TURNS):
        spoiled(filled, tmp_path / "s", ("state.sqlite", "state.sqlite-wal"), chance)
        for name in (*TWINS, *TWINS):
            spoil(tmp_path / "s" / name, chance)
            if not (tmp_path / "s" / name).stat().st_size:
                break
        exercise(tmp_path / "s")
        for meter, number in METERS.items():
            found = None
            with one_line(), opened(tmp_path / "s") as store:
                found = store.load(meter)
            if found is None:
                refused += 1
                continue
            assert found.state is not None
            assert 0 < found.sequence <= number
            assert found.state == commit(found.sequence).state
    assert refused > 0


def test_events_that_are_there_are_those_that_were_written(filled, tmp_path):
    """Where the verification finds nothing, nothing is changed."""
    chance = random.Random(5)
    for _ in range(TURNS // 2):
        spoiled(filled, tmp_path / "s", ("state.sqlite",), chance)
        try:
            clean = {c.meter for c in verify(tmp_path / "s") if not c.findings}
            logs = {meter: list(read_events(tmp_path / "s", meter)) for meter in clean}
        except StoreError:
            continue
        for meter, log in logs.items():
            written = [event(n) for n in range(1, 2 * METERS[meter] + 1)]
            assert [(e.time, e.kind, e.details) for e in log] == [
                (e.time, e.kind, dict(e.details)) for e in written
            ]
