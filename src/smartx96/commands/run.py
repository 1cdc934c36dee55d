"""`x96 run`: live meters, kept over power-off, with Modbus TCP and pulses."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from smartx96.commands.live_line import say
from smartx96.commands.options import SECONDS, configuration_options, format_option, source_options
from smartx96.errors import OptionError, X96Error

if TYPE_CHECKING:
    from smartx96.configuration.plan import InstallationPlan, MeterPlan
    from smartx96.installation.installation import Installation
    from smartx96.installation.live import LiveMeter
    from smartx96.modbus.server import ModbusTcpServer

OFF = "off"
"""What `--tcp` and `--state` are set to where there shall be none."""


@click.command("run")
@click.argument("config", required=False, type=click.Path(path_type=Path), metavar="[CONFIG.toml]")
@click.option("--source", default="mains", show_default=True,
              help="`mains`, a scenario TOML, a recording, or samples as they come: `-` (standard "
              "input), `pipe:PATH`, `tcp:HOST:PORT`, `tcp-listen:[HOST:]PORT`, "
              "`udp:[HOST:]PORT`, `sv:INTERFACE[/STREAM]`.")  # fmt: skip
@click.option("--state", metavar="FOLDER",
              help="Where registers, settings and events are kept; otherwise the user's data "
              "folder, or X96_STATE. `off` keeps nothing.")  # fmt: skip
@click.option("--tcp", default="127.0.0.1:5020", show_default=True, metavar="HOST:PORT",
              help="Where Modbus TCP listens; `off` for nowhere.")  # fmt: skip
@click.option("--pulses", multiple=True, metavar="FILE.csv|FILE.vcd|gpio:CHIP:LINE1,LINE2",
              help="Where pulses go; may be given several times.")  # fmt: skip
@click.option("--settings", "settings_file", type=click.Path(path_type=Path), metavar="FILE.toml",
              help="Settings to be set, as `x96 settings template` and `export` write them.",
              )  # fmt: skip
@click.option("--tariffs", type=click.Path(path_type=Path), metavar="FILE.toml",
              help="Tariff calendar to be set.")  # fmt: skip
@click.option("--supply", type=click.Choice(["self", "auxiliary"]), default="self",
              show_default=True, help="What the meter lives on: the voltages that it measures, or "
              "one that never fails.")  # fmt: skip
@click.option("--signal", "signals", type=click.Choice(["auto", "waveform", "phasors"]),
              default="auto", show_default=True,
              help="What is measured of `mains` and scenarios: samples, or phasors, which is "
              "much quicker; auto takes phasors with --speed max where they lack noise at most.",
              )  # fmt: skip
@click.option("--speed", default="1", show_default=True, metavar="FACTOR",
              help="Signal seconds per second, or `max`.")  # fmt: skip
@click.option("--for", "seconds", type=SECONDS, metavar="SECONDS",
              help="Stop after so much signal.")  # fmt: skip
@click.option("--once", is_flag=True, help="End with the recording, which otherwise repeats; "
              "with the sender, where otherwise the next is waited for.")  # fmt: skip
@format_option
@source_options
@configuration_options
@click.pass_context
def command(context: click.Context, /, config: Path | None, **options: Any) -> None:
    """Run a meter, or those of CONFIG.toml: live readings here, Modbus TCP for clients.

    Registers, settings, events and the load profile are kept in the state folder. A meter that was
    here before goes on with its settings; options that are given change them.

    \b
    x96 run
    x96 run --source fault.cfg --once --state off
    x96 run --source examples/balanced-feeder.toml --ct 200/5 --tcp 127.0.0.1:1502
    x96 run --speed max --for 86400 --pulses day.csv
    x96 run building.toml
    arecord -t raw -f S16_LE -r 48000 -c 6 | x96 run --source - --rate 48000 --scale v=500,i=20
    """
    from smartx96.configuration.assembly import assemble

    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    plan = _plan(config, options, given)
    installation = assemble(
        plan,
        _folder(plan, options["state"]),
        datetime.now(UTC),
        lambda line: say(line, err=True),
        phasors=_phasors(options["signals"], plan.speed),
    )
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(installation, plan))


_OF_RUN = ("config", "state", "tcp", "speed", "seconds", "once", "signals")
"""Parameters that belong to the run and not to a meter."""


def _plan(config: Path | None, options: dict[str, Any], given: set[str]) -> InstallationPlan:
    """The plan of a file with what the command line says otherwise, or of the options alone."""
    from smartx96.configuration.plan import InstallationPlan

    said = {
        "tcp": _address(options["tcp"]),
        "speed": _speed(options["speed"]),
        "seconds": options["seconds"],
        "once": options["once"],
    }
    if config is None:
        return InstallationPlan(meters=(_meter(options, given),), **said)
    from smartx96.configuration.installation_file import read_installation

    foreign = sorted(given.difference(_OF_RUN))
    if foreign:
        raise OptionError(f"--{foreign[0]}: belongs to a meter, and stands in {config}")
    return replace(read_installation(config), **{key: said[key] for key in said if key in given})


def _meter(options: dict[str, Any], given: set[str]) -> MeterPlan:
    from smartx96.commands.options import stated_settings
    from smartx96.configuration.plan import MeterPlan, SourcePlan, SupplyKind
    from smartx96.models import MODELS

    source = SourcePlan(options["source"], **{name: options[name] for name in SourcePlan().options})
    return MeterPlan(
        name="meter",
        source=source,
        model=MODELS[options["model"]],
        changes={**_settings_of(options["settings_file"]), **stated_settings(options, given)},
        subgroups=options["subgroups"],
        supply=SupplyKind(options["supply"]),
        pulses=options["pulses"],
        tariffs=options["tariffs"],
    )


def _settings_of(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    from smartx96.configuration.settings_file import read_settings

    return dict(read_settings(path))


def _folder(plan: InstallationPlan, text: str | None) -> Path | None:
    if text == OFF:
        return None
    if text == "":
        raise OptionError("--state: give a folder, or off")
    if text is not None:
        return Path(text)
    from smartx96.store.folder import default_folder

    return plan.state or default_folder()


def _phasors(text: str, speed: float) -> bool | None:
    if text == "auto":
        return None if math.isinf(speed) else False
    return text == "phasors"


def _speed(text: str) -> float:
    if text == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1e6:
        raise OptionError(f"--speed {text}: give a factor above 0, such as 10, or max")
    return speed


def _address(text: str) -> tuple[str, int] | None:
    if text == OFF:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise OptionError(f"--tcp {text}: give HOST:PORT, such as 127.0.0.1:5020")
    return host.strip("[]"), int(port)


def shown_address(host: str, port: int) -> str:
    """Host and port as they are typed; an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _run(installation: Installation, plan: InstallationPlan) -> None:
    running = asyncio.ensure_future(_serve(installation, plan))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, running.cancel)
    await running


async def _serve(installation: Installation, plan: InstallationPlan) -> None:
    from smartx96.commands.live_line import LiveLine

    several = len(installation.meters) > 1
    for live in installation.meters:
        name = f"{live.name}, " if several else ""
        model, wiring = live.configuration.model.name, live.configuration.wiring
        say(f"SMART X96, {name}model {model}, {wiring}, on {_source_name(live, plan)}")
    try:
        installation.begin()
        server = await _listening(installation, plan)
    except BaseException:
        await installation.abandon()
        raise
    lines = [LiveLine(live.name if several else "") for live in installation.meters]
    for live, line in zip(installation.meters, lines, strict=True):
        if live.meter.windows:
            line(live.snapshot())
        live.listen(line)
    try:
        await installation.run()
    finally:
        if server is not None:
            server.close()
            await server.wait_closed()
        for line in lines:
            line.close()
        if not isinstance(sys.exception(), X96Error):
            for live in installation.meters:
                _summarise(live, _source_name(live, plan))


def _source_name(live: LiveMeter, plan: InstallationPlan) -> str:
    """What was opened knows itself better: the port that was free, standard input."""
    texts = {meter.name: meter.source.text for meter in plan.meters}
    return str(getattr(getattr(live.source, "recording", None), "path", texts[live.name]))


async def _listening(installation: Installation, plan: InstallationPlan) -> ModbusTcpServer | None:
    if plan.tcp is None:
        return None
    from smartx96.installation.registers import ServedRegisters
    from smartx96.modbus.bank import UnitRow
    from smartx96.modbus.server import ModbusTcpServer

    served = [ServedRegisters(live) for live in installation.meters]
    server = ModbusTcpServer(UnitRow(served))
    await server.start(*plan.tcp)
    units = ", ".join(str(each.unit_address) for each in served)
    noun = "unit" if len(served) == 1 else "units"
    say(f"Modbus TCP listens on {shown_address(*server.address)}, {noun} {units}")
    return server


def _summarise(live: LiveMeter, name: str) -> None:
    from smartx96.commands.live_line import counter, summary

    if live.input is None:
        return
    if live.ended:
        say(f"{name}: the samples have ended")
    say(summary(live.input, live.meter.measured_time))
    found = (counter(id, n) for id, n in live.counters.items() if n)
    say(f"source: {', '.join(found)}")
