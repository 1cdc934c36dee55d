"""`x96 generate`: write a recording from a scenario."""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import data_format_option, front_end_option, publication_options
from smartx96.commands.progress import progress
from smartx96.errors import OptionError
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.samples.sampled_values.control_block import ControlBlock
    from smartx96.samples.source import Source


@click.command("generate")
@click.argument("scenario")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="Recording to write; its suffix picks the format (.cfg, .cff, .csv, .npy, .npz, .wav, "
    ".pcap, .pcapng ...). `sv:eth0` sends sampled values on that network in real time.",
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
@front_end_option
@data_format_option
@publication_options
def command(
    scenario: str,
    output: Path,
    duration: float | None,
    rate: float | None,
    frontend: str | None,
    data_format: str | None,
    **options: Any,
) -> None:
    """Write a recording from SCENARIO: a TOML file, or `mains` for the built-in supply.

    \b
    Examples:
      x96 generate examples/dip-and-phase-loss.toml -o dip.cfg
      x96 generate scenario.toml -o scenario.csv --rate 4000
      x96 generate scenario.toml -o scenario.cff --data-format float32
      x96 generate mains -o minute.npz --duration 60
      x96 generate scenario.toml -o stream.pcapng --sv-profile F4800S2I4U4
      x96 generate mains -o sv:eth0 --rate 4000
      x96 generate scenario.toml -o seen.npz --frontend x96
    """
    from smartx96.commands.options import published
    from smartx96.samples import write_recording
    from smartx96.samples.sources import SAMPLED_VALUES

    block = published(options)
    if rate is None and block is not None and block.profile is not None:
        rate = float(block.profile.rate)
    if str(output).startswith(SAMPLED_VALUES):
        if data_format is not None:
            raise OptionError("--data-format is for files, not for a network")
        interface = str(output).removeprefix(SAMPLED_VALUES)
        _send(_seen(frontend, scenario, duration, rate, endless=True), interface, block, duration)
        return
    source = _seen(frontend, scenario, duration, rate)
    with progress("writing", _seconds(source, duration)) as advance:
        write_recording(
            output, source, duration, data_format=data_format, advance=advance, control_block=block
        )


def _seconds(source: Source, duration: float | None) -> float | None:
    """Length of what will be written [s]."""
    if duration is not None or source.length is None:
        return duration
    return source.length / source.rate


def _send(
    source: Source, interface: str, block: ControlBlock | None, duration: float | None
) -> None:
    """Send until the end, or until interrupted, which is no failure."""
    from smartx96.samples.sampled_values.interface import Interface
    from smartx96.samples.sampled_values.sending import send_source

    done = (0, 0.0)

    def sent(frames: int, seconds: float) -> None:
        nonlocal done
        done = frames, seconds

    with contextlib.closing(Interface(interface, listening=False)) as network:
        click.echo(f"sending sampled values on {interface}; Ctrl-C stops")
        with contextlib.suppress(KeyboardInterrupt):
            send_source(network, source, block, duration, sent)
    click.echo(f"sent {counted(done[0], 'frame')}, {done[1]:.1f} s")


def _seen(
    frontend: str | None, scenario: str, duration: float | None, rate: float | None, *,
    endless: bool = False,
) -> Source:  # fmt: skip
    """What SCENARIO names, as a meter's converter sees it where a front end is given."""
    source = _source(scenario, duration, rate, endless=endless)
    if frontend is None:
        return source
    from smartx96.frontend.front_end_file import open_front_end
    from smartx96.installation.front_end_source import CorrectedSource

    if source.side == "primary":
        raise OptionError(
            f'--frontend: a meter\'s inputs have secondary values: set side = "secondary" in '
            f"{scenario}"
        )
    front_end, stated = open_front_end(frontend), source.rate
    if front_end.clock_error:
        # A converter whose clock is too quick takes more samples than it says.
        rate = stated * (1.0 + front_end.clock_error)
        source = _source(scenario, duration, rate, endless=endless)
    return CorrectedSource(source, front_end, rate=stated)


def _source(
    scenario: str, duration: float | None, rate: float | None, *, endless: bool = False
) -> Source:
    """What SCENARIO names, with the options in place of its own statements."""
    from smartx96.samples.sources import MAINS

    for option, value in (("--duration", duration), ("--rate", rate)):
        if value is not None and not math.isfinite(value):
            raise OptionError(f"{option} {value:g}: must be a finite number above 0")
    if scenario == MAINS:
        from smartx96.samples.mains import mains

        if duration is None and not endless:
            raise OptionError(f"{MAINS} never ends: say how many seconds with --duration S")
        return mains() if rate is None else mains(rate=rate)
    from smartx96.samples.scenario_file import load_scenario

    stated = load_scenario(scenario)
    stated = replace(
        stated,
        duration=stated.duration if duration is None else duration,
        rate=stated.rate if rate is None else rate,
    )
    if stated.duration is None and not endless:
        raise OptionError(f"{scenario} states no duration: say how many seconds with --duration S")
    return stated
