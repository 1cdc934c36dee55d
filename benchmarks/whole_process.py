"""A recording from the file to the answer: processor time and memory of `x96 measure` as a process.

    python benchmarks/whole_process.py            print the tables
    python benchmarks/whole_process.py --write    put them into docs/explanation/speed.md

Starting, reading, decoding, measuring and writing are all in it. The recordings are made in a
scratch folder and removed; they are in the memory of the system when they are read. Medians of
several rounds, in each of which everything runs once.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from smartx96.block import Block
from smartx96.installation.speed.machine import machine as this_machine
from smartx96.samples.outgoing.writing import write_recording

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "speed.md"
BEGIN, END = (
    "<!-- begin tables of the whole process -->",
    "<!-- end tables of the whole process -->",
)
X96 = """
import sys
from smartx96.commands.main import main
try:
    main()
finally:
    with open("/proc/self/status") as file:
        sys.stderr.write(next(line for line in file if line.startswith("VmHWM")))
"""
"""The program, which tells its largest memory at the end: what the system tells of a process that
has ended counts the one that it was forked from."""
RATE, FREQUENCY = 12_800.0, 50.02
PERIOD = 50.0
"""After so long the signal begins anew without a step [s]: 2501 cycles."""
ROLES = ("v1", "v2", "v3", "i1", "i2", "i3")
FORMATS = {
    "COMTRADE FLOAT32": ("float32.cfg", "FLOAT32"),
    "COMTRADE BINARY": ("binary.cfg", "BINARY"),
    "WAV float, 32 bits": ("float.wav", "F32"),
    "WAV, 16 bits": ("short.wav", "S16"),
    "WAV, 24 bits": ("long.wav", "S24"),
    "NumPy, float64": ("array.npy", None),
}
UNNAMED = ("--rate", f"{RATE:g}", "--channels", "v1=1,v2=2,v3=3,i1=4,i2=5,i3=6")
OUTPUTS = (".csv", ".npz", ".parquet")


class Repeated:
    """Six channels, or the voltages alone, with harmonics; as long as is wanted."""

    rate, start, side = RATE, None, "secondary"

    def __init__(self, seconds: float, channels: int = 6) -> None:
        self.length = round(seconds * RATE)
        self.roles = ROLES[:channels]
        turn = 2 * np.pi * FREQUENCY / RATE * np.arange(round(PERIOD * RATE))
        orders = {1: 1.0, 3: 0.02, 5: 0.04, 7: 0.03, 11: 0.02, 13: 0.01, 63: 0.005}
        self._samples = np.array([
            (325.3 if n < 3 else 7.07)
            * sum(part * np.sin(order * (turn - 2 * np.pi / 3 * n)) for order, part in
                  orders.items())
            for n in range(channels)
        ])  # fmt: skip

    def blocks(self, seconds: float = 1.0) -> Iterator[Block]:
        step = round(PERIOD * RATE)
        for first in range(0, self.length, step):
            yield Block(self._samples[:, : min(step, self.length - first)], RATE, first)


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    cpu: float
    wall: float
    memory: float


def cost(*arguments: str) -> Cost:
    """Processor time [s], time [s] and largest memory [MB] of a run of `x96`."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", X96, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    with process.stderr as said:
        *lines, memory = said.read().decode().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"x96 {' '.join(arguments)} failed: {' '.join(lines)}")
    return Cost(used.ru_utime + used.ru_stime, wall, int(memory.split()[1]) / 1024)


def interleaved(commands: Sequence[Sequence[str]], rounds: int) -> list[list[Cost]]:
    """Costs of each command, one of each in a round."""
    found: list[list[Cost]] = [[] for _ in commands]
    for _ in range(rounds):
        for command, costs in zip(commands, found, strict=True):
            costs.append(cost("measure", *command, "--json"))
    return found


def spread(values: Sequence[float], form: str = ".2f") -> str:
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def table(title: str, text: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"### {title}", "", text, "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def formats(folder: Path, seconds: float, rounds: int) -> str:
    """What each format costs, by one thread and by two."""
    commands = []
    for file, data_format in FORMATS.values():
        write_recording(folder / file, Repeated(seconds), data_format=data_format)
        options = UNNAMED if file.endswith(".npy") else ()
        commands += [(str(folder / file), *options, "--jobs", str(jobs)) for jobs in (1, 2)]
    found = interleaved(commands, rounds)
    rows = []
    for n, name in enumerate(FORMATS):
        one, two = found[2 * n], found[2 * n + 1]
        cpu = median(c.cpu for c in one)
        ratios = [b.wall / a.wall for a, b in zip(one, two, strict=True)]
        rows.append([
            name, spread([c.cpu for c in one]), f"{seconds / cpu:.0f}",
            spread([c.wall for c in one]), spread([c.cpu for c in two]), spread(ratios),
            f"{max(c.memory for c in one):.0f}, {max(c.memory for c in two):.0f}",
        ])  # fmt: skip
    heads = ("", "processor time [s]", "x real time", "time by the clock [s]",
             "processor time, `--jobs 2` [s]", "time by the clock, of one thread's",
             "memory, 1 and 2 threads [MB]")  # fmt: skip
    text = f"{seconds / 60:g} minutes of six channels at {RATE:g} S/s; the answer as JSON."
    return table("A recording of each format", text, heads, rows)


def outputs(folder: Path, seconds: float, rounds: int) -> str:
    """What it costs to write every window beside."""
    file = folder / FORMATS["WAV float, 32 bits"][0]
    written = [folder / f"readings{suffix}" for suffix in OUTPUTS]
    commands = [(str(file),), *((str(file), "--readings", str(path)) for path in written)]
    plain, *found = interleaved(commands, rounds)
    rows = []
    for suffix, costs in zip(OUTPUTS, found, strict=True):
        more = [b.cpu - a.cpu for a, b in zip(plain, costs, strict=True)]
        memory = max(c.memory for c in costs)
        rows.append([f"`--readings` {suffix}", spread(more), f"{memory:.0f}"])
    text = f"All quantities of the {seconds * 5:.0f} windows, with harmonics, of the float WAV."
    heads = ("", "more processor time [s]", "memory [MB]")
    return table("Rows of every window", text, heads, rows)


def growth(folder: Path, minutes: Sequence[float], rounds: int) -> str:
    """How the cost grows with length and channels."""
    cases: list[tuple[float, int, str]] = []
    for name in ("COMTRADE FLOAT32", "WAV float, 32 bits"):
        file, data_format = FORMATS[name]
        for channels in (3, 6):
            for length in minutes if channels == 6 else minutes[:2]:
                path = folder / f"{length:g}-{channels}-{file}"
                write_recording(path, Repeated(60 * length, channels), data_format=data_format)
                cases.append((length, channels, str(path)))
    short = folder / "short-float.wav"
    write_recording(short, Repeated(2.0), data_format="F32")
    start, *found = interleaved([(str(short),), *((path,) for *_, path in cases)], rounds)
    started = median(c.cpu for c in start)
    rows = []
    for (length, channels, path), costs in zip(cases, found, strict=True):
        cpu = [c.cpu for c in costs]
        beyond = [1e6 * (c - started) / (60 * length) for c in cpu]
        name = Path(path).suffix.replace(".cfg", "COMTRADE FLOAT32").replace(".wav", "WAV float")
        rows.append([f"{length:g} min", channels, name, spread(cpu), spread(beyond, ".0f"),
                     f"{max(c.memory for c in costs):.0f}"])  # fmt: skip
    text = (
        f"Starting takes {started:.2f} s of processor time (a recording of 2 s); the rest grows "
        "with the length, and memory does not."
    )
    heads = ("length", "channels", "", "processor time [s]",
             "beyond the start, us per second of signal", "memory [MB]")  # fmt: skip
    return table("Growth with length and channels", text, heads, rows)


def machine() -> str:
    own = this_machine()
    return (
        f"Run of {datetime.date.today().isoformat()}, {own['processor']}, "
        f"{os.cpu_count()} cores, Python {own['python']}, NumPy {own['numpy']}.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Cost of `x96 measure` as Markdown tables.")
    parser.add_argument("--write", action="store_true", help=f"put them into {PAGE.name}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the recordings are made: 5 GB")
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 10, 60])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        folder = Path(scratch)
        output = "\n".join([
            machine(), formats(folder, 600.0, given.rounds), outputs(folder, 600.0, given.rounds),
            growth(folder, given.minutes, given.rounds),
        ])  # fmt: skip
    if not given.write:
        print(output)
        return
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{output}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
