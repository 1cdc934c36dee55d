"""Options of where and how meters are read and set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import options_together
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.assembly.plan import InstallationPlan, MeterPlan, ServicePlan

SERVICE = ("tcp", "rtu", "rtu_tcp", "max_read", "read_only", "allow", "connections", "idle",
           "turnaround", "tls", "trace", "capture", "faults", "meter_code", "serve_as", "web",
           "web_name", "new_web_token")  # fmt: skip
"""Parameters that the options give."""


class Finite(click.FloatRange):
    """A number within limits, which `nan` is not, though FloatRange takes it."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Refuse what is no number."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is no number", param, ctx)
        return number


service_options = options_together(
    click.option("--tcp", default="127.0.0.1:5020", show_default=True, metavar="HOST:PORT",
                 help="Where Modbus TCP listens; `off` for nowhere."),
    click.option("--rtu", default="off", show_default=True, metavar="DEVICE|pty:LINK",
                 help="Serial port for Modbus RTU, or a pseudo-terminal with LINK as its name; "
                 "speed and parity are settings of the meter."),
    click.option("--rtu-tcp", default="off", show_default=True, metavar="HOST:PORT",
                 help="Where RTU frames are taken over TCP."),
    click.option("--max-read", type=click.IntRange(1, 125), default=125, show_default=True,
                 help="Most registers of one read; real models have 50, 60 or 80."),
    click.option("--read-only", is_flag=True, help="Refuse everything that is written."),
    click.option("--allow", multiple=True, metavar="ADDRESS|NETWORK",
                 help="Who may connect; may be given several times. Otherwise everybody."),
    click.option("--connections", type=click.IntRange(1, 10_000), default=64, show_default=True,
                 help="Most TCP clients of a port at once."),
    click.option("--idle", type=Finite(1, 86_400), default=300.0, show_default=True,
                 metavar="SECONDS", help="Drop a TCP client that asks nothing for so long."),
    click.option("--turnaround", type=Finite(0, 10_000), default=0.0, show_default=True,
                 metavar="MS", help="Wait so long on a line before answering."),
    click.option("--tls", metavar="CERT.pem,KEY.pem[,CLIENTS.pem]",
                 help="Speak Modbus TCP over TLS; with CLIENTS.pem only to whom it vouches for."),
    click.option("--trace", is_flag=False, flag_value="", default=None, metavar="[FILE]",
                 help="Tell at the end, and on SIGUSR1, who asked what; with FILE.csv or "
                 "FILE.jsonl write every exchange."),
    click.option("--capture", metavar="FILE.pcapng", help="Capture the traffic for Wireshark."),
    click.option("--faults", metavar="late=MS,crc=..,silent=..,busy=..,noise=..,seed=N",
                 help="Spoil answers, for those who test their clients: parts of 1."),
    click.option("--meter-code", type=click.IntRange(0, 0xFFFF), default=0x0079, metavar="CODE",
                 help="Type code by which clients choose their register map; 121 is a meter with "
                 "current transformers."),
    click.option("--serve-as", type=click.Choice(["sdm630"]),
                 help="Serve the registers that are documented for a related model, under its type "
                 "code, to clients that insist on it."),
    click.option("--web", default="127.0.0.1:8096", show_default=True, metavar="HOST:PORT",
                 help="Where the page is, also by the variable X96_WEB; `off` for nowhere. Beyond "
                 "this computer it asks for a token: that of X96_WEB_TOKEN, or one that is made "
                 "and told at the first start."),
    click.option("--web-name", multiple=True, metavar="HOST",
                 help="Name under which the page is reached beside its own, as through a reverse "
                 "proxy; may be given several times, and asks for a token."),
    click.option("--new-web-token", is_flag=True, help="Make another token for the page."),
)  # fmt: skip


def with_service(
    plan: InstallationPlan, options: Mapping[str, Any], given: set[str]
) -> InstallationPlan:
    """A plan with what the command line says of ports and terms."""
    said = _service(options)
    service = {f.name: getattr(said, f.name) for f in fields(said) if f.name in given}
    meters = tuple(_with_places(meter, options, given) for meter in plan.meters)
    found = replace(plan, meters=meters, service=replace(plan.service, **service))
    return _with_page(found, options, given)


def _with_page(
    plan: InstallationPlan, options: Mapping[str, Any], given: set[str]
) -> InstallationPlan:
    from smartx96.assembly.plan import WebPlan, web_name

    if "web" in given:
        try:
            plan = replace(plan, web=WebPlan.parse(options["web"]))
        except OptionError as error:
            raise OptionError(f"--web {options['web']}: {error}") from None
    for name in options["web_name"]:
        try:
            plan = replace(plan, web_names=(*plan.web_names, web_name(name)))
        except OptionError as error:
            raise OptionError(f"--web-name {name}: {error}") from None
    return replace(plan, new_web_token=options["new_web_token"])


def _service(options: Mapping[str, Any]) -> ServicePlan:
    from smartx96.assembly.plan import ServicePlan
    from smartx96.modbus.tls import TlsFiles

    found = {f.name: options[f.name] for f in fields(ServicePlan)}
    files = found.pop("tls")
    return ServicePlan(tls=None if files is None else TlsFiles.parse(files), **found)


def _with_places(meter: MeterPlan, options: Mapping[str, Any], given: set[str]) -> MeterPlan:
    from smartx96.assembly.plan import place
    from smartx96.modbus.place import Kind
    from smartx96.modbus.relative import Relative

    ports = dict(meter.ports)
    for kind in Kind:
        if kind in given:
            try:
                found = place(kind, options[kind])
            except OptionError as error:
                option = kind.replace("_", "-")
                raise OptionError(f"--{option} {options[kind]}: {error}") from None
            ports.pop(kind, None)
            ports |= {} if found is None else {kind: found}
    code = options["meter_code"] if "meter_code" in given else meter.meter_code
    relative = None if options["serve_as"] is None else Relative(options["serve_as"])
    return replace(meter, ports=ports, meter_code=code, serve_as=relative or meter.serve_as)
