"""`x96 generate`: write a recording from a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartx96.commands.progress import progress
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.block import Block
    from smartx96.samples.source import Source

FORMATS = ("ascii", "binary", "binary32", "float32")


@click.command("generate")
@click.argument("scenario")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="Recording to write; its suffix picks the format (.cfg, .cff, .csv, .npy, .npz).",
)
@click.option(
    "--duration",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds to write, instead of the scenario's own duration.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="R",
    help="Samples per second, instead of the scenario's own rate (12800 unless it says).",
)
@click.option(
    "--format",
    "data_format",
    type=click.Choice(FORMATS),
    help="How COMTRADE stores its samples.",
)
def command(
    scenario: str,
    output: Path,
    duration: float | None,
    rate: float | None,
    data_format: str | None,
) -> None:
    """Write a recording from SCENARIO: a TOML file, or `mains` for the built-in supply.

    \b
    Examples:
      x96 generate examples/dip-and-phase-loss.toml -o dip.cfg
      x96 generate scenario.toml -o scenario.csv --rate 4000
      x96 generate scenario.toml -o scenario.cff --format float32
      x96 generate mains -o minute.npz --duration 60
    """
    from smartx96.samples import write_recording

    source = _source(scenario, duration, rate)
    write_recording(output, _Watched(source, duration), duration, data_format=data_format)


def _source(scenario: str, duration: float | None, rate: float | None) -> Source:
    """What SCENARIO names, with the options in place of its own statements."""
    from smartx96.samples.sources import MAINS

    for option, value in (("--duration", duration), ("--rate", rate)):
        if value is not None and not math.isfinite(value):
            raise OptionError(f"{option} {value:g}: must be a finite number above 0")
    if scenario == MAINS:
        from smartx96.samples.mains import mains

        if duration is None:
            raise OptionError(f"{MAINS} never ends: say how many seconds with --duration S")
        return mains() if rate is None else mains(rate=rate)
    from smartx96.samples.scenario_file import load_scenario

    stated = load_scenario(scenario)
    stated = replace(
        stated,
        duration=stated.duration if duration is None else duration,
        rate=stated.rate if rate is None else rate,
    )
    if stated.duration is None:
        raise OptionError(f"{scenario} states no duration: say how many seconds with --duration S")
    return stated


@dataclass(frozen=True)
class _Watched:
    """A source that shows on a terminal how much of it has been read.

    Parameters
    ----------
    source : Source
    seconds : float, optional
        What will be read of it; None is all.
    """

    source: Source
    seconds: float | None

    @property
    def roles(self) -> tuple[str, ...]:
        """As the source."""
        return self.source.roles

    @property
    def rate(self) -> float:
        """As the source."""
        return self.source.rate

    @property
    def length(self) -> int | None:
        """As the source."""
        return self.source.length

    @property
    def start(self) -> datetime | None:
        """As the source."""
        return self.source.start

    @property
    def side(self) -> str:
        """As the source."""
        return self.source.side

    def blocks(self, seconds: float = 1.0) -> Iterator[Block]:
        """Blocks of the source, each of which moves the bar."""
        length = None if self.length is None else self.length / self.rate
        with progress("generating", length if self.seconds is None else self.seconds) as advance:
            for block in self.source.blocks(seconds):
                yield block
                if advance is not None:
                    advance(block.end / block.rate)
