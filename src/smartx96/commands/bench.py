"""`x96 bench`: speed of the measuring engine on this machine, and of engines of others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from smartx96.commands.options import Positive


@click.command("bench")
@click.option("--seconds", type=Positive(min=2, max=600), default=60.0, show_default=True,
              help="Length of the signal.")  # fmt: skip
@click.option("--rounds", type=click.IntRange(min=1, max=100), default=5, show_default=True,
              help="Runs of each, in turn; medians are printed.")  # fmt: skip
@click.option("--against", multiple=True, metavar="numpy|pqopen",
              help="Give the same samples to an engine of others, or several.")  # fmt: skip
@click.option("--growth", is_flag=True,
              help="Also how the cost grows with length, channels and meters.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def command(seconds: float, rounds: int, against: tuple[str, ...], growth: bool,
            as_json: bool) -> None:  # fmt: skip
    """Measure the engine: six channels, 12.8 kS/s, every quantity, harmonics to the 63rd, tracking
    included; processor time of one core. The engine's rows go from samples to all instantaneous
    quantities; energies, demand and all that is made of readings are in the row of the whole meter.
    Beside engines of others stand the largest errors of each, on a signal whose truth is known.

    \b
    x96 bench
    x96 bench --against numpy,pqopen
    x96 bench --seconds 20 --json
    x96 bench --growth
    """
    from smartx96.installation.speed.bench import bench
    from smartx96.installation.speed.growth import growth as grown

    names = [name.strip().lower() for given in against for name in given.split(",")]
    found = bench(seconds, rounds, names)
    if growth:
        found["growth"] = grown(rounds)
    if as_json:
        click.echo(json.dumps(found, indent=2, allow_nan=False))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    machine = found["machine"]
    compiled = f"compiled loops ({machine['instructions']})"
    loops = compiled if machine["compiled_loops"] else "loops of NumPy"
    yield f"{machine['processor']}, Python {machine['python']}, NumPy {machine['numpy']}, {loops}"
    for speed in found["speed"].values():
        yield _speed_line(speed)
    for name, ratio in found["ratios"].items():
        yield (
            f"engine, batch, over {name}: {ratio['median']:.1f} "
            f"({ratio['min']:.1f} to {ratio['max']:.1f})"
        )
    yield ""
    yield from _accuracy_lines(found["accuracy"])
    if "growth" in found:
        yield ""
        yield from _growth_lines(found["growth"])


def _speed_line(speed: Mapping[str, Any]) -> str:
    times, window = speed["times_real_time"], speed["milliseconds_per_window"]["median"]
    spread = f"({times['min']:.0f} to {times['max']:.0f})"
    name = speed["text"].partition(":")[0]
    return f"{times['median']:7.0f} x real time {spread:16} {window:7.3f} ms per window  {name}"


def _accuracy_lines(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    names = list(rows[0]["largest_error"])
    yield f"{'largest error':36}" + "".join(f"{name:>12}" for name in names)
    for row in rows:
        text = f"{row['text']} [{row['unit']}]" if row["unit"] else row["text"]
        errors = (row["largest_error"][name] for name in names)
        yield f"{text:36}" + "".join(
            f"{'-' if error is None else f'{error:.2g}':>12}" for error in errors
        )


_GROWTH = (
    ("length", "seconds", "{:g} s", "microseconds_per_second", "us per second of signal"),
    ("channels", "channels", "{} channels", "microseconds_per_second", "us per second of signal"),
    ("meters", "meters", "{} whole meters", "milliseconds_per_window", "ms per window of each"),
)


def _growth_lines(growth: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[str]:
    for table, key, form, value, unit in _GROWTH:
        for row in growth[table]:
            cost = row[value]
            spread = f"({cost['min']:.4g} to {cost['max']:.4g})"
            text = f"  {row['text']}" if "text" in row else ""
            yield f"{form.format(row[key]):>16} {cost['median']:8.4g} {unit} {spread}{text}"
