"""Speed of the engine: with and without compiled loops, beside engines of others, how it grows.

    python benchmarks/speed.py            print the tables
    python benchmarks/speed.py --write    put them into docs/explanation/speed.md

They are what `x96 bench` measures, in a process each; see there for what is in a row.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smartx96.metrology.loops import VARIABLE

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explanation" / "speed.md"
PROCESSORS = Path("/proc/cpuinfo")
BEGIN, END = "<!-- begin tables of the engine -->", "<!-- end tables of the engine -->"
WHOLE = ("--against", "numpy,pqopen", "--growth")
WITHOUT = ("--against", "numpy")
X96 = "from smartx96.commands.main import main; main()"
STAGES = {
    "windows": "samples to windows: tracking, sums, spectrum",
    "readings": "windows to readings",
    "quantities": "readings to all quantities",
}

Row = Iterable[object]


def measured(*options: str, native: bool = True) -> dict[str, Any]:
    """What a run of `x96 bench` finds."""
    environment = {**os.environ, VARIABLE: "on" if native else "off"}
    command = [sys.executable, "-c", X96, "bench", *options, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
    return json.loads(done.stdout)


def table(title: str, text: str, heads: Iterable[str], rows: Iterable[Row]) -> str:
    heads = list(heads)
    lines = [f"### {title}", "", text, "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def spread(values: dict[str, float], form: str = ".0f") -> str:
    return f"{values['median']:{form}} ({values['min']:{form}} to {values['max']:{form}})"


def speeds(with_loops: dict[str, Any], without: dict[str, Any]) -> str:
    rows = []
    for name, speed in with_loops["speed"].items():
        text = speed["text"].partition(":")[0]
        window = f"{speed['milliseconds_per_window']['median']:.3f}"
        other = without["speed"].get(name, {}).get("times_real_time")
        slow = spread(other) if other and name not in with_loops["ratios"] else "-"
        rows.append([text, spread(speed["times_real_time"]), window, slow])
    heads = ("", "x real time", "ms per window", f"x real time with `{VARIABLE}=off`")
    signal, rounds = with_loops["signal"], with_loops["rounds"]
    text = (
        f"{signal['seconds']:g} s of six channels at {signal['sample_rate']:g} S/s, "
        f"{signal['frequency']:g} Hz; medians of {rounds} rounds in turn, and the extremes."
    )
    return table("Speed", text, heads, rows)


def ratios(with_loops: dict[str, Any], without: dict[str, Any]) -> str:
    versions = with_loops["machine"]["versions"]
    rows = [
        [versions[name], spread(found, ".1f"),
         spread(without["ratios"][name], ".1f") if name in without["ratios"] else "-"]
        for name, found in with_loops["ratios"].items()
    ]  # fmt: skip
    heads = ("engine", "our batch is quicker by", f"with `{VARIABLE}=off`")
    text = "Median of the ratios of each round, and their extremes."
    return table("Beside others", text, heads, rows)


def accuracy(found: dict[str, Any]) -> str:
    names = list(found["accuracy"][0]["largest_error"])
    rows = [
        [row["text"], row["unit"],
         *("-" if (error := row["largest_error"][name]) is None else f"{error:.2g}"
           for name in names)]
        for row in found["accuracy"]
    ]  # fmt: skip
    text = (
        "Largest error of all windows and phases within 10 s of the same signal, against closed "
        "forms: unbalanced, 19 harmonics of 1 % up to the 63rd. THD is compared up to the order to "
        "which an engine has it. A dash: it has no such quantity."
    )
    return table("Accuracy on the same samples", text, ("largest error", "unit", *names), rows)


def split(with_loops: dict[str, Any], without: dict[str, Any]) -> str:
    rows = [
        [text, *(f"{1e3 * found['stages'][way][stage]:.1f}"
                 for found in (with_loops, without) for way in ("batch", "live"))]
        for stage, text in STAGES.items()
    ]  # fmt: skip
    off = f"`{VARIABLE}=off`"
    heads = ("us per window", "batch", "live", f"batch, {off}", f"live, {off}")
    text = "Processor time of the engine's stages for a window of 10 cycles."
    return table("How the time splits", text, heads, rows)


def growth(found: dict[str, list[dict[str, Any]]]) -> str:
    def cost(row: dict[str, Any]) -> str:
        return spread(row["microseconds_per_second"])

    length = [[f"{row['seconds']:g} s", cost(row)] for row in found["length"]]
    channels = [[row["channels"], row["text"], cost(row)] for row in found["channels"]]
    meters = [
        [row["meters"], spread(row["milliseconds_per_window"], ".2f")] for row in found["meters"]
    ]
    unit = "us per second of signal"
    return "\n".join(
        (
            table("Growth with the length", "Engine, batch; the same for every second is linear.",
                  ("length", unit), length),
            table("Growth with the channels", "Engine, batch, by the channels that there are.",
                  ("channels", "which", unit), channels),
            table("Growth with the meters", "Whole meters, live, in one process and one store.",
                  ("meters", "ms per window of each"), meters),
        )
    )  # fmt: skip


def machine(found: dict[str, Any]) -> str:
    own, virtual = found["machine"], "hypervisor" in PROCESSORS.read_text()
    return (
        f"{datetime.date.today().isoformat()}, {own['processor']}, {os.cpu_count()} cores"
        f"{', virtual' if virtual else ''}, {own['system']}, "
        f"Python {own['python']}, NumPy {own['numpy']}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the engine as Markdown tables.")
    parser.add_argument("--write", action="store_true", help=f"put them into {PAGE.name}")
    parser.add_argument("--seconds", default="60", help="length of the signal")
    parser.add_argument("--rounds", default="7", help="runs of each, in turn")
    given = parser.parse_args()
    size = ("--seconds", given.seconds, "--rounds", given.rounds)
    with_loops, without = measured(*WHOLE, *size), measured(*WITHOUT, *size, native=False)
    if not with_loops["machine"]["compiled_loops"]:
        sys.exit("the compiled loops are not built: install the package with a C compiler")
    output = "\n".join([
        f"Run of {machine(with_loops)}\n", speeds(with_loops, without), ratios(with_loops, without),
        accuracy(with_loops), split(with_loops, without), growth(with_loops["growth"]),
    ])  # fmt: skip
    if not given.write:
        print(output)
        return
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{output}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
