"""Options of `x96 typetest` for a meter outside of this program, and which go together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from smartx96.commands.options import SECONDS, Positive, options_together
from smartx96.errors import OptionError

_POSITIVE = Positive(min=0, min_open=True)

external_options = options_together(
    click.option("--list", "listed", type=click.Path(path_type=Path), metavar="FILE.csv",
                 help="Write the points that a bench has to set for a meter outside."),
    click.option("--points", type=click.Path(path_type=Path), metavar="FILE.csv",
                 help="Judge a meter outside by the points that are filled in there; with --meter "
                 "or --pulses, measure those that are empty first."),
    click.option("--meter", metavar="tcp:HOST:PORT|rtu:DEVICE",
                 help="Where the meter under test is read over Modbus."),
    click.option("--unit", type=int, default=1, show_default=True, metavar="N",
                 help="Its unit address."),
    click.option("--reference", metavar="tcp:HOST:PORT|rtu:DEVICE",
                 help="Where a reference meter of the same register map is read."),
    click.option("--reference-unit", type=int, default=1, show_default=True, metavar="N",
                 help="Its unit address."),
    click.option("--baud", type=int, default=9600, show_default=True, metavar="BIT/S",
                 help="Speed of a serial line."),
    click.option("--parity", type=click.Choice(["N", "E", "O"]), default="N", show_default=True),
    click.option("--stop-bits", type=click.Choice(["1", "2"]), default="1", show_default=True),
    click.option("--timeout", type=SECONDS, default=1.0, show_default=True, metavar="SECONDS",
                 help="How long an answer of Modbus is waited for."),
    click.option("--by", type=click.Choice(["registers", "power", "pulses"]), default="registers",
                 show_default=True, help="What the energy of the meter is told by."),
    click.option("--pulses", metavar="FILE.csv|gpio:CHIP:LINE",
                 help="Where pulses of the meter come in."),
    click.option("--constant", type=_POSITIVE, default=3200.0, show_default=True,
                 metavar="N", help="Pulses of the meter for 1 kWh at its terminals."),
    click.option("--reference-pulses", metavar="FILE.csv|gpio:CHIP:LINE",
                 help="Where pulses of a reference come in."),
    click.option("--reference-constant", type=_POSITIVE, metavar="N",
                 help="Pulses of the reference for 1 kWh."),
    click.option("--reference-uncertainty", metavar="PERCENT|FILE.csv",
                 help="Expanded uncertainty (k = 2) of what the meter is compared with."),
    click.option("--set-command", metavar="COMMAND",
                 help="Sets each point: gets it as JSON on its standard input."),
    click.option("--settle", type=click.FloatRange(min=0, max=3600), default=5.0,
                 show_default=True, metavar="SECONDS", help="After a point was set."),
    click.option("--repeat", type=click.IntRange(min=1, max=1000), default=5, show_default=True,
                 metavar="N", help="How often each point is measured."),
    click.option("--seconds", type=SECONDS, metavar="SECONDS",
                 help="How long each time; otherwise as its resolution needs."),
    click.option("--resolution", type=_POSITIVE, default=0.1, show_default=True, metavar="WH",
                 help="Step of the register that is read, for the times that --list proposes."),
    click.option("--ct", metavar="P/S", help="Current transformers of the meter, such as 200/5."),
    click.option("--vt", type=_POSITIVE, metavar="RATIO", help="Its voltage transformer ratio."),
    click.option("--device", default="", metavar="TEXT", help="What is tested, in words."),
    click.option("--bench", default="", metavar="TEXT", help="With what, in words."),
)  # fmt: skip

_OF_LIST = ("listed", "points", "resolution")
"""What --list knows; all other options here are of --points alone."""
_OF_SIMULATION = ("frontend", "jobs", "seed", "calibrate", "against")


def is_external(options: dict[str, Any], given: set[str]) -> bool:
    """Whether a meter outside is meant.

    Raises
    ------
    OptionError
        Options that do not go together.
    """
    if options["listed"] is not None and options["points"] is not None:
        raise OptionError("--list and --points: give one of them")
    if options["points"] is None:
        _no_stray(options, given)
        if options["listed"] is None:
            return False
    of_other = next((name for name in _OF_SIMULATION if name in given), None)
    if of_other is not None:
        raise OptionError(
            f"{option_of(of_other)}: is of the meter in this program, not of one outside"
        )
    return True


def _no_stray(options: dict[str, Any], given: set[str]) -> None:
    """Without --points nothing is given that only means something with it."""
    listed = options["listed"] is not None
    stray = next((n for n in options if n in given and n not in _OF_LIST), None)
    if stray is not None:
        instead = "the points are only listed" if listed else "the meter in this program is tested"
        raise OptionError(f"{option_of(stray)}: only with --points; without, {instead}")
    if "resolution" in given and not listed:
        raise OptionError("--resolution: only with --list or --points")


def option_of(name: str) -> str:
    """An option as it is typed."""
    return f"--{name.replace('_', '-')}"
