"""A store whose process is killed at any moment: nothing that was said to be stored is gone."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from smartx96.store.reading import read_events, read_profile
from smartx96.store.store import Store
from smartx96.store.verification import verify
from support import store_writer
from support.running import rest
from support.store_writer import METERS, SIZES

SOAK = bool(os.environ.get("SOAK"))
KILLS = 500 if SOAK else 20


def run_and_kill(folder: Path, seconds: float) -> list[list[str]]:
    """Lines of a writer that is killed so many seconds after it is ready."""
    process = subprocess.Popen(
        [sys.executable, store_writer.__file__, folder], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    said, _ = rest(process)
    assert ready == "ready\n"
    # A line that was cut off was not said.
    return [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]


def last(lines: list[list[str]], word: str, name: str) -> list[str] | None:
    return next((line for line in reversed(lines) if line[:2] == [word, name]), None)


def test_killed_at_random_moments(tmp_path):
    folder = tmp_path / "state"
    chance = random.Random(96)
    slowest, commits, journalled = 0.0, 0, {1: 0, 2: 0}
    for _ in range(KILLS):
        lines = run_and_kill(folder, chance.uniform(0, 0.25))
        begun = time.perf_counter()
        with Store.open(folder, clock=lambda: 0, **SIZES) as store:
            loaded = {meter: store.load(meter) for meter in METERS}
            slowest = max(slowest, time.perf_counter() - begun)
            assert store.notes == ()
        # One transaction for all of them.
        (number,) = {found.sequence for found in loaded.values()}
        said = last(lines, "committed", METERS[-1])
        if said is not None:
            assert int(said[2]) <= number <= int(said[2]) + 1
        assert number >= commits
        commits = number
        events = sum(n % 4 for n in range(number + 1))
        for found in loaded.values():
            assert found.state == (store_writer.state(number) if number else None)
            assert found.events.count == events
        emitted = loaded["a"].emitted
        assert emitted is not None
        for output in (1, 2):
            due, advanced = last(lines, "due", str(output)), last(lines, "advanced", str(output))
            least = journalled[output] if advanced is None else int(advanced[2])
            most = least if due is None else int(due[2])
            assert least <= emitted[output] <= most
            journalled[output] = emitted[output]
        if not number:
            continue
        for check in verify(folder):
            assert check.findings == ()
            assert check.head.count == events
            assert check.entries == min(events, SIZES["events_size"])
        kept = [event.details["number"] for event in read_events(folder, "f")]
        assert kept == [n for n in range(number + 1) for _ in range(n % 4)][-len(kept) :]
        rows = [row.time for row in read_profile(folder, "f")]
        assert rows == [n for n in range(1, number + 1) if n % 3 == 0][-SIZES["profile_size"] :]
    print(f"{KILLS} kills, {commits} commits, slowest start {slowest * 1e3:.0f} ms")
    assert commits > KILLS
    assert slowest < 2


def test_killed_before_anything_was_there(tmp_path):
    """From its first instruction on, so that the making of the folder is hit too."""
    for n in range(100 if SOAK else 8):
        folder = tmp_path / str(n)
        process = subprocess.Popen(
            [sys.executable, store_writer.__file__, folder], stdout=subprocess.DEVNULL
        )
        while not (folder / "lock").exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(n * 0.0003)
        process.kill()
        process.wait()
        with Store.open(folder, clock=lambda: 0, **SIZES) as store:
            numbers = {store.load(meter).sequence for meter in METERS}
            assert len(numbers) == 1
            assert store.notes == ()
