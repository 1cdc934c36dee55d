"""`x96 run`: live meters, kept over power-off, with Modbus TCP, pulses and a page."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from smartx96.commands.influx_options import INFLUX, influx_options, with_influx
from smartx96.commands.live_line import notify
from smartx96.commands.mqtt_options import (
    MQTT,
    PEM_FILES,
    certificates,
    mqtt_options,
    with_mqtt,
)
from smartx96.commands.options import (
    SECONDS,
    configuration_options,
    format_option,
    front_end_option,
    given_options,
    settings_options,
    source_options,
)
from smartx96.commands.service_options import SERVICE, service_options, with_service
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.assembly.plan import InstallationPlan, MeterPlan

T = TypeVar("T")


@click.command("run")
@click.argument("config", required=False, type=click.Path(path_type=Path), metavar="[CONFIG.toml]")
@click.option("--source", default="mains", show_default=True,
              help="`mains`, a scenario TOML, a recording, or samples as they come: `-` (standard "
              "input), `pipe:PATH`, `tcp:HOST:PORT`, `tcp-listen:[HOST:]PORT`, "
              "`udp:[HOST:]PORT`, `sv:INTERFACE[/STREAM]`; or values in place of samples: "
              "`values:` (posted to the page), `values:-`, `values:PIPE`, "
              "`values:mqtt://HOST/TOPIC`.")  # fmt: skip
@click.option("--stale", type=click.Choice(["hold", "zero", "silent"]),
              help="What becomes of `values:` that nobody renews: they are held, no current flows, "
              "or, unless told, the meter falls silent.")  # fmt: skip
@click.option("--stale-after", type=SECONDS, metavar="SECONDS",
              help="Without new values for so long they are stale; 30 unless told.")  # fmt: skip
@click.option("--values-tls", metavar=PEM_FILES,
              help="Who vouches for the broker of `values:mqtts:`, if the system does not know it, "
              "and our own certificate, if it asks for one.")  # fmt: skip
@click.option("--state", metavar="FOLDER",
              help="Where registers, settings and events are kept; otherwise the user's data "
              "folder, or X96_STATE. `off` keeps nothing.")  # fmt: skip
@click.option("--pulses", multiple=True, metavar="FILE.csv|FILE.vcd|gpio:CHIP:LINE1,LINE2",
              help="Where pulses go; may be given several times.")  # fmt: skip
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
@front_end_option
@service_options
@mqtt_options
@influx_options
@format_option
@source_options
@configuration_options
@settings_options
@click.pass_context
def command(context: click.Context, /, config: Path | None, **options: Any) -> None:
    """Run a meter, or those of CONFIG.toml: live readings here, Modbus TCP for clients, and a page
    with the meter's panel.

    Registers, settings, events and the load profile are kept in the state folder. A meter that was
    here before goes on with its settings; options that are given change them.

    \b
    x96 run
    x96 run --source fault.cfg --once --state off
    x96 run --source examples/balanced-feeder.toml --ct 200/5 --tcp 127.0.0.1:1502
    x96 run --speed max --for 86400 --pulses day.csv
    x96 run --frontend x96
    x96 run building.toml
    arecord -t raw -f S16_LE -r 48000 -c 6 | x96 run --source - --rate 48000 --scale v=500,i=20
    """
    from smartx96.assembly.assembly import assemble
    from smartx96.commands.serving import serve

    plan = _plan(config, options, given_options(context))
    _check_heard(plan)
    folder = _folder(plan, options["state"])
    installation = assemble(
        plan,
        folder,
        datetime.now(UTC),
        notify,
        phasors=_phasors(options["signals"], plan.speed),
    )
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(serve(installation, plan, folder))


_OF_RUN = ("config", "state", "speed", "seconds", "once", "signals", *SERVICE, *MQTT,
           *INFLUX)  # fmt: skip
"""Parameters that belong to the run and not to a meter."""


def _plan(config: Path | None, options: dict[str, Any], given: set[str]) -> InstallationPlan:
    """The plan of a file with what the command line says otherwise, or of the options alone."""
    from smartx96.assembly.plan import InstallationPlan, speed

    said = {
        "speed": _stated("--speed", options["speed"], speed),
        "seconds": options["seconds"],
        "once": options["once"],
    }
    if config is None:
        plan = InstallationPlan(meters=(meter_plan(options, given),), **said)
        return _with_outputs(plan, options, given)
    from smartx96.assembly.installation_file import read_installation

    foreign = sorted(given.difference(_OF_RUN))
    if foreign:
        raise OptionError(f"--{foreign[0]}: belongs to a meter, and stands in {config}")
    changes = {key: value for key, value in said.items() if key in given}

    def changed(plan: InstallationPlan) -> InstallationPlan:
        return _with_outputs(replace(plan, **changes), options, given)

    return read_installation(config, changed)


def _check_heard(plan: InstallationPlan) -> None:
    """Refuse a meter that waits for values which nothing can bring."""
    from smartx96.samples.sources import GIVEN

    silent = [meter for meter in plan.meters if meter.source.text == GIVEN]
    if silent and plan.web is None:
        place = f"{silent[0].place}: " if silent[0].place else ""
        raise OptionError(
            f"{place}source {GIVEN} takes what is posted to the page, and with web off there is "
            f"none: leave that out, or give {GIVEN}PIPE, {GIVEN}- or {GIVEN}mqtt://HOST/TOPIC"
        )


def _with_outputs(
    plan: InstallationPlan, options: dict[str, Any], given: set[str]
) -> InstallationPlan:
    """A plan with what the command line says of where meters are read and written."""
    for said in (with_service, with_mqtt, with_influx):
        plan = said(plan, options, given)
    return plan


def meter_plan(options: dict[str, Any], given: set[str]) -> MeterPlan:
    """The meter that the options state."""
    from smartx96.assembly.plan import MeterPlan, SourcePlan, SupplyKind
    from smartx96.commands.options import stated_settings
    from smartx96.models import MODELS

    stated = {name: options.get(name) for name in SourcePlan().options}
    if stated["values_tls"] is not None:
        stated["values_tls"] = certificates("--values-tls", stated["values_tls"])
    source = SourcePlan(options["source"], **stated)
    return MeterPlan(
        name="meter",
        source=source,
        model=MODELS[options["model"]],
        changes=stated_settings(options, given),
        subgroups=options["subgroups"],
        supply=SupplyKind(options["supply"]),
        pulses=options["pulses"],
        tariffs=options["tariffs"],
        front_end=options["frontend"],
    )


def _folder(plan: InstallationPlan, text: str | None) -> Path | None:
    from smartx96.assembly.plan import OFF

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


def _stated(option: str, text: str, of: Callable[[object], T]) -> T:
    """The value of an option that a file can state as well."""
    try:
        return of(_number(text))
    except OptionError as error:
        raise OptionError(f"{option} {text}: {error}") from None


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
