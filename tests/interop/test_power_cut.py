"""A running meter is killed at any moment: nothing shown goes back, no pulse is doubled."""

from __future__ import annotations

import csv
import os
import random
import struct
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from smartx96.store.store import Store
from smartx96.store.verification import verify
from support.running import Registers, Running

pytestmark = [pytest.mark.interop, pytest.mark.alone]

KILLS = 500 if os.environ.get("SOAK") else 10

FULL_LOAD = """
[voltage]
rms = 230.0
[current]
rms = 6.0
angle = 30.0
"""


SLACK = 0.5
"""What a commit and the clocks of two processes take beside the second [s]; a machine, or
a disk, that halts both of them adds as much as this test was halted."""


@dataclass
class Shown:
    """Exact registers and pulse counts of one answer."""

    registers: tuple[int, ...]
    pulses: tuple[int, int]

    @classmethod
    def by(cls, registers: Registers) -> Shown:
        words = struct.pack(">96H", *registers.words(0x2000, 96))
        exact = struct.unpack(">20Q", words[:160])
        return cls(exact, struct.unpack(">2Q", words[0xB0:0xC0]))

    def is_not_behind(self, other: Shown) -> bool:
        pairs = zip(self.registers + self.pulses, other.registers + other.pulses, strict=True)
        return all(now >= before for now, before in pairs)


@dataclass
class Run:
    """A run until the meter was killed: when it was started and killed, how soon it answered."""

    shown: list[Shown]
    began: float
    ended: float
    took: float
    halted: float


def write_through(path: Path) -> None:
    """Wait for the disk as a commit does."""
    with path.open("wb") as file:
        file.write(b"x" * 8192)
        file.flush()
        os.fsync(file.fileno())


def killed(folder: Path, seconds: float, *arguments: str) -> Run:
    began, begun = time.time(), time.monotonic()
    running = Running("--state", str(folder), *arguments)
    try:
        with Registers(running.port) as registers:
            shown = [Shown.by(registers)]
            last = time.monotonic()
            took, halted = last - begun, 0.0
            while time.monotonic() < begun + took + seconds:
                time.sleep(0.005)
                if len(shown) % 20 == 0:
                    write_through(folder.parent / "probe")
                shown.append(Shown.by(registers))
                halted, last = max(halted, time.monotonic() - last), time.monotonic()
            running.process.kill()
            at = time.time()
    finally:
        running.process.kill()
        running.process.communicate(timeout=10)
    return Run(shown, began, at, took, halted)


def committed(folder: Path) -> float:
    """Up to when the meter is stored, by its clock."""
    with Store.open(folder, clock=lambda: 0) as store:
        return store.load("meter").time / 1e6


def pulses(path: Path) -> dict[int, list[int]]:
    """Numbers of the pulses of each output in a file."""
    found: dict[int, list[int]] = {1: [], 2: []}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found[int(row["output"])].append(int(row["number"]))
            datetime.fromisoformat(row["rising_edge_utc"])
    return found


def test_killed_at_random_moments_under_load(tmp_path: Path, record_property: Any) -> None:
    folder, file, scenario = tmp_path / "state", tmp_path / "pulses.csv", tmp_path / "load.toml"
    scenario.write_text(FULL_LOAD)
    settings = tmp_path / "meter.toml"
    settings.write_text(
        f'source = "{scenario}"\nstate = "{folder}"\npulses = ["{file}"]\n'
        'ct = "200/5"\nsettings.pulse1_rate = 1\n'
    )
    chance = random.Random(96)
    before: Run | None = None
    lost, slowest = 0.0, 0.0
    for _ in range(KILLS):
        run = killed(folder, chance.uniform(0.0, 2.5), str(settings))
        for earlier, later in pairwise(run.shown):
            assert later.is_not_behind(earlier)
        if before is not None:
            assert run.shown[0].is_not_behind(before.shown[-1])
            slowest = max(slowest, run.took)
        # Nobody can lose what was before it began to measure.
        since = max(committed(folder), run.began + run.took)
        lost = max(lost, run.ended - since - 3 * run.halted)
        before = run
    (log,) = verify(folder, "meter")
    assert not log.findings
    print(f"{KILLS} kills: at most {lost:.2f} s lost, answering again after {slowest:.2f} s")
    assert lost < 1.0 + SLACK
    for output, numbers in pulses(file).items():
        assert len(numbers) > KILLS
        assert len(set(numbers)) == len(numbers), f"output {output}: a pulse is doubled"
        assert numbers == sorted(numbers)
        missing = numbers[-1] - len(numbers)
        print(f"output {output}: {len(numbers)} pulses, {missing} lost in {KILLS} kills")
        assert missing <= KILLS
