"""`x96 run`: a live meter with Modbus TCP."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import SECONDS, configuration_options, source_options
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.installation.live import LiveMeter
    from smartx96.meter.snapshot import Snapshot

_LINE_SECONDS = 10.0
"""Time between lines of readings where the output is no terminal [s of signal]."""


@click.command("run")
@click.option("--source", default="mains", show_default=True,
              help="`mains`, a scenario TOML or a recording.")  # fmt: skip
@click.option("--tcp", default="127.0.0.1:5020", show_default=True, metavar="HOST:PORT",
              help="Where Modbus TCP listens; `off` for nowhere.")  # fmt: skip
@click.option("--speed", default="1", show_default=True, metavar="FACTOR",
              help="Signal seconds per second, or `max`.")  # fmt: skip
@click.option("--for", "seconds", type=SECONDS, metavar="SECONDS",
              help="Stop after so much signal.")  # fmt: skip
@click.option("--once", is_flag=True, help="End with the recording; otherwise it repeats.")
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
    """
    from smartx96.commands.options import configured, opened
    from smartx96.installation.live import LiveMeter, with_starting_current

    meter = LiveMeter(
        opened(source, options, now=datetime.now(UTC)),
        with_starting_current(configured(options)),
        speed=_speed(speed),
        repeat=not once,
        limit=seconds,
    )
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(meter, source, None if tcp == "off" else _address(tcp)))


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
    click.echo(
        f"SMART X96, model {meter.configuration.model}, {meter.configuration.wiring}, on {source}"
    )
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


class _Line:
    """The live line: renewed in place on a terminal, now and then elsewhere."""

    def __init__(self) -> None:
        import sys

        self._terminal = sys.stdout.isatty()
        self._next = -math.inf
        self._waiting: Snapshot | None = None

    def __call__(self, snapshot: Snapshot) -> None:
        self._waiting = snapshot
        if self._terminal:
            click.echo(f"\r\x1b[K{line(snapshot)}", nl=False)
        elif snapshot.time >= self._next:
            self._next = snapshot.time + _LINE_SECONDS
            self._waiting = None
            click.echo(line(snapshot))

    def close(self) -> None:
        """Leave the last readings to be read."""
        if self._terminal:
            click.echo()
        elif self._waiting is not None:
            click.echo(line(self._waiting))


def line(snapshot: Snapshot) -> str:
    """One line of readings."""

    def shown(id: str, form: str) -> str:
        value = snapshot[id]
        return "----" if value is None else format(value, form)

    volts = " ".join(shown(f"voltage_l{n}", ".1f") for n in (1, 2, 3))
    amps = " ".join(shown(f"current_l{n}", ".3f") for n in (1, 2, 3))
    return (
        f"{snapshot.time:9.1f} s  {volts} V  {amps} A  {shown('active_power', '.1f')} W  "
        f"{shown('reactive_power', '.1f')} var  PF {shown('power_factor', '.3f')}  "
        f"{shown('frequency', '.3f')} Hz  import {shown('active_energy_import', '.5f')} kWh  "
        f"export {shown('active_energy_export', '.5f')} kWh"
    )
