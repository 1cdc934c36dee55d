"""`x96 run`: a live meter with Modbus TCP."""

from __future__ import annotations

import asyncio
import contextlib
import math
import shutil
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import SECONDS, configuration_options, format_option, source_options
from smartx96.errors import OptionError, X96Error

if TYPE_CHECKING:
    from smartx96.installation.live import LiveMeter
    from smartx96.meter.snapshot import InputState, Snapshot

_LINE_SECONDS = 10.0
"""Time between lines of readings where the output is no terminal [s of signal]."""


@click.command("run")
@click.option("--source", default="mains", show_default=True,
              help="`mains`, a scenario TOML, a recording, or samples as they come: `-` (standard "
              "input), `pipe:PATH`, `tcp:HOST:PORT`, `tcp-listen:[HOST:]PORT`, "
              "`udp:[HOST:]PORT`, `sv:INTERFACE[/STREAM]`.")  # fmt: skip
@click.option("--tcp", default="127.0.0.1:5020", show_default=True, metavar="HOST:PORT",
              help="Where Modbus TCP listens; `off` for nowhere.")  # fmt: skip
@click.option("--speed", default="1", show_default=True, metavar="FACTOR",
              help="Signal seconds per second, or `max`.")  # fmt: skip
@click.option("--for", "seconds", type=SECONDS, metavar="SECONDS",
              help="Stop after so much signal.")  # fmt: skip
@click.option("--once", is_flag=True, help="End with the recording, which otherwise repeats; "
              "with the sender, where otherwise the next is waited for.")  # fmt: skip
@format_option
@source_options
@configuration_options
def command(
    source: str, tcp: str, speed: str, seconds: float | None, once: bool, **options: Any
) -> None:
    """Run a meter: live readings here, Modbus TCP for clients.

    \b
    x96 run
    x96 run --source fault.cfg --once
    x96 run --source examples/balanced-feeder.toml --ct 200/5 --tcp 127.0.0.1:1502
    arecord -t raw -f S16_LE -r 48000 -c 6 | x96 run --source - --rate 48000 --scale v=500,i=20
    """
    from smartx96.commands.options import configured, opened
    from smartx96.installation.live import LiveMeter, with_starting_current

    opened_source = opened(source, options, now=datetime.now(UTC), live=True, again=not once)
    meter = LiveMeter(
        opened_source,
        with_starting_current(configured(opened_source, options)),
        speed=_speed(speed),
        repeat=not once,
        limit=seconds,
    )
    # What was opened knows itself better: the port that was free, standard input.
    name = getattr(getattr(opened_source, "recording", None), "path", source)
    for note in getattr(opened_source, "notes", ()):
        click.echo(f"note: {note}", err=True)
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(meter, str(name), None if tcp == "off" else _address(tcp)))


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


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise OptionError(f"--tcp {text}: give HOST:PORT, such as 127.0.0.1:5020")
    return host.strip("[]"), int(port)


def shown_address(host: str, port: int) -> str:
    """Host and port as they are typed; an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _run(meter: LiveMeter, source: str, address: tuple[str, int] | None) -> None:
    running = asyncio.ensure_future(_serve(meter, source, address))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    await running


async def _serve(meter: LiveMeter, source: str, address: tuple[str, int] | None) -> None:
    model, wiring = meter.configuration.model.name, meter.configuration.wiring
    click.echo(f"SMART X96, model {model}, {wiring}, on {source}")
    server = None
    if address is not None:
        from smartx96.modbus.bank import RegisterBank
        from smartx96.modbus.image import HoldingImage, InputImage
        from smartx96.modbus.server import ModbusTcpServer

        settings, bank = meter.configuration.settings, RegisterBank()
        unit = settings.number("unit_address")
        bank.images = replace(bank.images, holding=HoldingImage(settings), unit_address=unit)
        prefix = settings.number("energy_prefix")

        def publish(snapshot: Snapshot) -> None:
            bank.images = replace(bank.images, input=InputImage(snapshot, prefix))

        meter.listen(publish)
        server = ModbusTcpServer(bank)
        await server.start(*address)
        click.echo(f"Modbus TCP listens on {shown_address(*server.address)}, unit {unit}")
    line_of_readings = _Line()
    meter.listen(line_of_readings)
    try:
        await meter.run()
    finally:
        if server is not None:
            server.close()
            await server.wait_closed()
        line_of_readings.close()
        if meter.input is not None and not isinstance(sys.exception(), X96Error):
            if meter.ended:
                click.echo(f"{source}: the samples have ended")
            click.echo(summary(meter.input, meter.meter.measured_time))
            found = (_counter(id, n) for id, n in meter.counters.items() if n)
            click.echo(f"source: {', '.join(found)}")


class _Line:
    """The live line: renewed in place on a terminal, as wide as that is; now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._next = -math.inf
        self._dry = False
        self._waiting: Snapshot | None = None

    def __call__(self, snapshot: Snapshot) -> None:
        self._waiting = snapshot
        if self._terminal:
            # A line that fills the last column is renewed a line below.
            width = shutil.get_terminal_size().columns - 1
            click.echo(f"\r\x1b[K{line(snapshot, width)}", nl=False)
        elif snapshot.time >= self._next or _is_dry(snapshot) is not self._dry:
            self._next = snapshot.time + _LINE_SECONDS
            self._dry = _is_dry(snapshot)
            self._waiting = None
            click.echo(line(snapshot))

    def close(self) -> None:
        """Leave the last readings to be read."""
        renewal = "\r\x1b[K" if self._terminal else ""
        if self._waiting is not None:
            click.echo(f"{renewal}{line(self._waiting)}")


def _is_dry(snapshot: Snapshot) -> bool:
    return snapshot.input is not None and snapshot.input.dry


def summary(state: InputState, measured: float) -> str:
    """One line on a live input as a whole."""
    from smartx96.report.numbers import counted

    drift = "not known yet" if state.drift is None else str(state.drift)
    return (
        f"input: {measured:.1f} s measured, {counted(state.outages, 'outage')}, "
        f"{counted(state.gaps, 'gap')}, {counted(state.lost_samples, 'sample')} lost, "
        f"{counted(state.dropped_blocks, 'block')} dropped; "
        f"drift of the sample clock {drift}"
    )


def _counter(id: str, number: int) -> str:
    """Some counters are called by a noun (`gaps`), others by what became of samples (`lost`)."""
    from smartx96.report.numbers import counted

    noun = id.removesuffix("s")
    return f"{number} {id}" if noun == id else counted(number, noun)


def line(snapshot: Snapshot, width: int | None = None) -> str:
    """One line of readings.

    Parameters
    ----------
    snapshot : Snapshot
    width : int, optional
        Columns that there are. Where they are too few, what matters least is left out.
    """
    parts = _parts(snapshot)
    while width is not None and len(parts) > 1 and len("  ".join(parts.values())) > width:
        del parts[next(id for id in _LEAST_FIRST if id in parts)]
    return "  ".join(parts.values())[:width]


_LEAST_FIRST = (
    "export", "var", "clock", "PF", "lost", "Hz", "import", "W", "A", "V", "time", "dry"
)  # fmt: skip
"""Parts of the line, in the order in which a narrow terminal does without them."""


def _parts(snapshot: Snapshot) -> dict[str, str]:
    """What the line says, in its order; of a live input only what there is to say."""

    def shown(id: str, form: str) -> str:
        value = snapshot[id]
        return "----" if value is None else format(value, form)

    volts = " ".join(shown(f"voltage_l{n}", ".1f") for n in (1, 2, 3))
    amps = " ".join(shown(f"current_l{n}", ".3f") for n in (1, 2, 3))
    return {
        "time": f"{snapshot.time:9.1f} s",
        "V": f"{volts} V",
        "A": f"{amps} A",
        "W": f"{shown('active_power', '.1f')} W",
        "var": f"{shown('reactive_power', '.1f')} var",
        "PF": f"PF {shown('power_factor', '.3f')}",
        "Hz": f"{shown('frequency', '.3f')} Hz",
        "import": f"import {shown('active_energy_import', '.5f')} kWh",
        "export": f"export {shown('active_energy_export', '.5f')} kWh",
        **_input_parts(snapshot.input),
    }


def _input_parts(state: InputState | None) -> dict[str, str]:
    from smartx96.report.numbers import counted

    if state is None:
        return {}
    said = {
        "clock": f"clock {state.drift}" if state.drift is not None else "",
        "lost": f"{counted(state.lost_samples, 'sample')} lost" if state.lost_samples else "",
        "dry": "NO SAMPLES" if state.dry else "",
    }
    return {id: text for id, text in said.items() if text}
